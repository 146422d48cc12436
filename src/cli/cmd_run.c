/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo run`: fly a swarm, or what is left of it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/run_existing.h"
#include "cli/run_input.h"
#include "cli/run_summary.h"
#include "parallel/team.h"

typedef struct run_flags {
    bool fresh, one;
    int trajectory;
    const char *every; /* --checkpoint */
    double checkpoint; /* seconds */
} run_flags;

/* ---- progress -------------------------------------------------------------------------------- */

typedef struct watch {
    dia_progress progress;
    bool started, quiet;
    int nstate;
} watch;

/* "S0 0.12 S1 0.88 at 42 fs" */
static void populations_text(const dia_flight_progress *now, int nstate, size_t size, char *text)
{
    size_t length = 0;
    text[0] = '\0';
    for (int k = 0; now->active != NULL && k < nstate && length < size; k++)
        length += (size_t)snprintf(text + length, size - length, "S%d %.2f ", k, now->active[k]);
    if (length > 0 && length < size)
        snprintf(text + length, size - length, "at %.4g fs", now->time / DIA_FEMTOSECOND);
}

static void watch_start(watch *own, const dia_flight_progress *now)
{
    if (!own->started)
        dia_progress_start(&own->progress, "flying", (double)(now->done - now->flown), (double)now->total, own->quiet);
    own->started = true;
}

static void report(void *context, const dia_flight_progress *now)
{
    watch *own = context;
    char note[200];
    watch_start(own, now);
    populations_text(now, own->nstate, sizeof note, note);
    dia_progress_update(&own->progress, (double)now->done, note);
}

/* ---- the journal, and what is there already -------------------------------------------------- */

/* *journal: NULL if the swarm is complete already. */
static dia_status open_journal(dia_journal **journal, const run_plan *plan, bool fresh, dia_error *error)
{
    *journal = NULL;
    char *identity = dia_flight_identity(&plan->flight), *path = malloc(strlen(plan->path) + sizeof ".journal");
    dia_status status = DIA_OK;
    bool complete = false, replaces = fresh;
    if (identity == NULL || path == NULL) {
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    } else {
        sprintf(path, "%s.journal", plan->path);
        if (!fresh && access(path, F_OK) == 0) { /* an interrupted flight may have had leave to replace the file */
            status = dia_journal_open(journal, path, identity, dia_flight_blocks(&plan->flight), false, error);
            replaces = status == DIA_OK && dia_journal_replaces(*journal);
        }
    }
    if (status == DIA_OK)
        status = dia_run_existing(plan, replaces, &complete, error);
    if (status == DIA_OK && complete && !replaces) {
        if (*journal != NULL)
            dia_journal_remove(*journal);
        *journal = NULL;
    } else if (status == DIA_OK && *journal == NULL) {
        status = dia_journal_open(journal, path, identity, dia_flight_blocks(&plan->flight), fresh, error);
    } else if (status != DIA_OK) {
        dia_journal_close(*journal);
        *journal = NULL;
    }
    free(identity);
    free(path);
    return status;
}

/* ---- flying ---------------------------------------------------------------------------------- */

static dia_status fly(const run_plan *plan, dia_journal *journal, const dia_cli *cli, const run_flags *flags,
                      dia_flight_progress *last, dia_error *error)
{
    watch own = {.quiet = cli->quiet, .nstate = dia_model_shape(plan->model).nstate};
    dia_flight_control control = {.nthread = dia_team_size(cli->threads),
                                  .checkpoint = flags->checkpoint,
                                  .stop = &dia_cli_interrupted,
                                  .report = report,
                                  .context = &own};
    dia_error reason = {0};
    dia_cli_catch_signals();
    dia_status status = dia_flight_fly(&plan->flight, journal, &control, last, &reason);
    if (status == DIA_OK && last->flown > 0) {
        watch_start(&own, last);
        dia_progress_finish(&own.progress, (double)last->done, NULL);
    } else if (status == DIA_ERROR_INTERRUPTED) {
        dia_error_set(error, status,
                      "%sinterrupted with %.0f %% flown; the same command goes on from %s.journal, and ends as if "
                      "undisturbed",
                      own.started && own.progress.bar && !own.quiet ? "\n" : "",
                      100.0 * (double)last->done / (double)last->total, plan->path);
    } else if (status != DIA_OK) {
        dia_error_set(error, status, "%s", reason.text);
    }
    return status;
}

static void tell_beginning(const run_plan *plan, const dia_journal *journal, const dia_cli *cli)
{
    if (plan->initial.note[0] != '\0')
        dia_cli_warning("%s", plan->initial.note);
    if (dia_journal_damaged(journal) > 0)
        dia_cli_warning("%s.journal: %llu bytes are torn or damaged; what they held is flown again", plan->path,
                        (unsigned long long)dia_journal_damaged(journal));
    if (dia_journal_resumed(journal) && !cli->quiet)
        fprintf(stderr, "going on from %s.journal\n", plan->path);
}

static dia_status summarise(const run_plan *plan, const dia_flight_progress *last, const dia_cli *cli, dia_error *error)
{
    dia_swarm *swarm = NULL;
    dia_status status = dia_swarm_open(&swarm, plan->path, error);
    if (status != DIA_OK)
        return status;
    dia_run_summary(stdout, swarm);
    if (last->flown > 0)
        printf("speed     %.3g us a trajectory and step on %d thread%s: %.3g s for %lld of them\n",
               1e6 * last->seconds / (double)last->flown, dia_team_size(cli->threads),
               dia_team_size(cli->threads) == 1 ? "" : "s", last->seconds, (long long)last->flown);
    printf("file      %s\n", plan->path);
    dia_swarm_close(swarm);
    return DIA_OK;
}

static dia_status work(const dia_cli *cli, const run_flags *flags, run_plan *plan, dia_error *error)
{
    dia_journal *journal = NULL;
    dia_flight_progress last = {0};
    dia_status status = dia_run_plan_make(plan, cli, flags->one ? flags->trajectory : -1, error);
    if (status == DIA_OK)
        status = open_journal(&journal, plan, flags->fresh, error);
    if (status != DIA_OK)
        return status;
    if (journal == NULL) {
        if (!cli->quiet)
            fprintf(stderr, "%s: complete already, nothing to fly (--fresh flies it again)\n", plan->path);
        return summarise(plan, &last, cli, error);
    }
    tell_beginning(plan, journal, cli);
    status = fly(plan, journal, cli, flags, &last, error);
    if (status == DIA_OK)
        status = dia_flight_assemble(&plan->flight, journal, plan->path, error);
    if (status != DIA_OK) {
        dia_journal_close(journal);
        return status;
    }
    dia_journal_remove(journal);
    return summarise(plan, &last, cli, error);
}

static int run(int argc, char **argv)
{
    run_flags flags = {.every = "30"};
    const dia_cli_flag options[] = {
        {.name = "fresh", .help = "Start over: discard the journal, replace the swarm file", .given = &flags.fresh},
        {.name = "trajectory",
         .argument = "I",
         .help = "Fly only this trajectory of the swarm (counted from 0), into a file of its own",
         .given = &flags.one,
         .number = &flags.trajectory},
        {.name = "checkpoint",
         .argument = "SECONDS",
         .help = "Note the state of trajectories in flight this often (default: 30)",
         .text = &flags.every},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "INPUT",
        .summary =
            "Fly a swarm of trajectories and write it to an HDF5 file. After an interruption of any kind the same "
            "command goes on where it stopped, and ends with the same file as if undisturbed.",
        .details = "`diabolo init run` prints a commented input. The file is described in docs/swarm-file.md.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = options};
    dia_cli cli;
    dia_error error = {0};
    run_plan plan = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    dia_status status;
    char *rest;
    flags.checkpoint = strtod(flags.every, &rest);
    if (flags.one && flags.trajectory < 0)
        status = dia_error_set(&error, DIA_ERROR_INPUT, "--trajectory %d: trajectories are counted from 0",
                               flags.trajectory);
    else if (!(flags.checkpoint >= 0) || rest == flags.every || *rest != '\0')
        status = dia_error_set(&error, DIA_ERROR_INPUT, "--checkpoint %s: expected a number of seconds", flags.every);
    else
        status = work(&cli, &flags, &plan, &error);
    dia_run_plan_free(&plan);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

static const dia_input_kind kinds[] = {{"run", "Input of `diabolo run`: a swarm of trajectories", dia_run_options},
                                       {.name = NULL}};

const dia_command dia_command_run = {
    .name = "run", .summary = "Fly (or resume) a swarm of trajectories", .run = run, .inputs = kinds};
