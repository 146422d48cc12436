/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo train INPUT`: fit a network, or go on with a fit that was interrupted. */
#include <math.h>
#include <unistd.h>

#include "cli/cli.h"
#include "train/training.h"

typedef struct teller {
    dia_progress bar;
    bool started, quiet;
    double validation;
} teller;

static void progress(void *context, const dia_training_progress *p)
{
    teller *t = context;
    char note[160];
    if (!t->started) {
        dia_progress_start(&t->bar, "training", p->done, 1.0, t->quiet);
        t->started = true;
        t->validation = NAN;
    }
    if (!isnan(p->validation))
        t->validation = p->validation;
    snprintf(note, sizeof note, "stage %d/%d %s %ld/%ld, loss %.4g, validation %.4g (best %.4g)", p->stage + 1,
             p->nstage, p->optimiser, p->iteration, p->length, p->loss, t->validation, p->best);
    if (p->done >= 1.0)
        dia_progress_finish(&t->bar, p->done, note);
    else
        dia_progress_update(&t->bar, p->done, note);
}

static bool stop(void *context)
{
    (void)context;
    return dia_cli_interrupted != 0;
}

static void print_errors(const dia_training *training, int nvalidation)
{
    printf("Errors on the training points\n");
    dia_errors_table(dia_training_errors(training, false), stdout);
    if (nvalidation > 0) {
        printf("\nErrors on the validation points\n");
        dia_errors_table(dia_training_errors(training, true), stdout);
    }
    printf("\nmodel: %s\n", dia_training_output(training));
}

static dia_status train(const dia_cli *cli, bool fresh, dia_training *training, dia_error *error)
{
    int ntrain, nvalidation, nimage;
    const int ntheta = dia_training_size(training, &ntrain, &nvalidation, &nimage);
    bool complete = false;
    dia_status status = DIA_OK;
    if (fresh)
        unlink(dia_training_checkpoint(training));
    else
        status = dia_training_complete(training, &complete, error);
    if (status != DIA_OK)
        return status;
    if (complete) {
        printf("complete already: %s (`diabolo info` shows its errors; `--fresh` trains anew)\n",
               dia_training_output(training));
        return DIA_OK;
    }
    if (!cli->quiet)
        fprintf(stderr, "%d parameters, %d symmetry images, %d training and %d validation points\n", ntheta, nimage,
                ntrain, nvalidation);
    teller told = {.quiet = cli->quiet};
    const dia_training_control control = {
        .threads = cli->threads, .stop = stop, .progress = progress, .context = &told};
    dia_cli_catch_signals();
    status = dia_training_run(training, &control, error);
    if (status == DIA_OK)
        print_errors(training, nvalidation);
    return status;
}

static int run(int argc, char **argv)
{
    bool fresh = false;
    const dia_cli_flag flags[] = {{.name = "fresh",
                                   .help = "start anew: forget a checkpoint, replace the model file at the end",
                                   .given = &fresh},
                                  {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "INPUT",
        .summary = "Fit a network to ab initio energies, gradients and couplings. The same command goes on with a "
                   "training that was "
                   "interrupted, and ends with the same numbers as if it had not been.",
        .details = "`diabolo init train` prints an input to start from; docs/training.md explains the choices.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_FAILED;
    dia_config *config = NULL;
    dia_training *training = NULL;
    dia_input input = dia_cli_input(&cli, cli.args[0]);
    dia_status status = dia_config_open(&config, &input, "output.file", &error);
    if (status == DIA_OK)
        status = dia_training_open(&training, config, NULL, &error);
    if (status == DIA_OK)
        status = train(&cli, fresh, training, &error);
    dia_training_close(training);
    dia_config_free(config);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

static const dia_input_kind inputs[] = {{"train", "Input of `diabolo train`", dia_training_options},
                                        {NULL, NULL, NULL}};

const dia_command dia_command_train = {"train", "Fit a network to ab initio data", run, inputs};
