/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo train INPUT`: fit a network, or resume a fit that was interrupted. */
#include "cli/cli.h"
#include "diabolo/train.h"
#include "train/training.h"

static int run(int argc, char **argv)
{
    bool fresh = false;
    const dia_cli_flag flags[] = {{.name = "fresh",
                                   .help = "start anew: forget a checkpoint, replace the model file at the end",
                                   .given = &fresh},
                                  {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "INPUT",
        .summary = "Fit a network to ab initio energies, gradients and couplings. The same command resumes "
                   "an interrupted training, and gives the same numbers as without the interruption.",
        .details = "`diabolo init train` prints an input to start from; docs/training.md explains the choices.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_cli_talk talk;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_FAILED;
    const dia_input input = dia_cli_input(&cli, cli.args[0]);
    const dia_control control = dia_cli_control(&cli, &talk);
    dia_train_result result;
    const dia_status status = dia_train(&input, fresh, &control, &result, &error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK && result.complete)
        printf("complete already: %s (`diabolo info` shows its errors; `--fresh` trains anew)\n", result.model);
    else if (status == DIA_OK)
        printf("%s\nmodel: %s\n", result.errors != NULL ? result.errors : "", result.model);
    dia_train_result_free(&result);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

static const dia_input_kind inputs[] = {
    {.name = "train", .summary = "Input of `diabolo train`", .table = dia_training_options}, {.name = NULL}};

const dia_command dia_command_train = {
    .name = "train", .summary = "Fit a network to ab initio data", .run = run, .inputs = inputs};
