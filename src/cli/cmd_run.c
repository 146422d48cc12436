/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo run`: fly a swarm, or what is left of it. */
#include <stdlib.h>

#include "base/number.h"
#include "cli/cli.h"
#include "cli/run_summary.h"
#include "diabolo/analyse.h"
#include "diabolo/run.h"
#include "swarm/file/table.h"
#include "swarm/plan.h"

static dia_status summarise(const dia_run_result *result, dia_error *error)
{
    dia_swarm *swarm = NULL;
    dia_status status = dia_swarm_open_lean(&swarm, result->path, error);
    if (status != DIA_OK)
        return status;
    status = dia_run_summary(stdout, swarm, error);
    if (status == DIA_OK && result->flown > 0)
        printf("speed     %.3g us a trajectory and step on %d thread%s: %.3g s for %lld of them\n",
               1e6 * result->seconds / (double)result->flown, result->threads, result->threads == 1 ? "" : "s",
               result->seconds, (long long)result->flown);
    if (status == DIA_OK)
        printf("file      %s\n", result->path);
    dia_swarm_close(swarm);
    return status;
}

/* Methods of one run: what they differ in. Members of a committee: what they agree on. */
static dia_status compare(const dia_run_results *results, const dia_control *control, dia_error *error)
{
    const bool members = results->members != 0;
    const char **paths = calloc((size_t)results->count, sizeof *paths);
    char *page = NULL;
    dia_status status = paths != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    for (int i = 0; paths != NULL && i < results->count; i++)
        paths[i] = results->item[i].result.path;
    if (status == DIA_OK)
        status = members ? dia_analyse_members(results->count, paths, control, &page, NULL, error)
                         : dia_compare(results->count, paths, control, &page, NULL, error);
    if (status == DIA_OK)
        printf("\n%s", page);
    else if (status == DIA_ERROR_INPUT) { /* the swarms are whole all the same */
        printf("\nnot compared: %s\n", error->text);
        status = DIA_OK;
    }
    free(page);
    free(paths);
    return status;
}

static dia_status work(const dia_cli *cli, const dia_run_flags *flags, dia_error *error)
{
    dia_cli_talk talk;
    const dia_control control = dia_cli_control(cli, &talk);
    const dia_input input = dia_cli_input(cli, cli->args[0]);
    dia_run_results results;
    dia_status status = dia_run_each(&input, flags, &control, &results, error);
    dia_cli_talk_end(&talk);
    for (int i = 0; status == DIA_OK && i < results.count; i++) {
        const dia_run_result *result = &results.item[i].result;
        if (result->complete && !cli->quiet)
            fprintf(stderr, "%s: complete already, nothing to fly (--fresh flies it again)\n", result->path);
        if (results.item[i].method[0] != '\0')
            printf("%s==== %s\n", i > 0 ? "\n" : "", results.item[i].method);
        status = summarise(result, error);
    }
    if (status == DIA_OK && results.count > 1 && !flags->alone && flags->shards == 0) /* one trajectory has no error */
        status = compare(&results, &control, error);
    dia_run_results_free(&results);
    return status;
}

static int run(int argc, char **argv)
{
    dia_run_flags flags = {0};
    const char *every = "30", *shard = NULL;
    int trajectory = 0;
    const dia_cli_flag options[] = {
        {.name = "fresh", .help = "Start over: discard the journal, replace the swarm file", .given = &flags.fresh},
        {.name = "trajectory",
         .argument = "I",
         .help = "Fly only this trajectory of the swarm (counted from 0), into a file of its own",
         .given = &flags.alone,
         .number = &trajectory},
        {.name = "shard",
         .argument = "I/N",
         .help = "Fly only shard I of N (1 to N), into SWARM.shard-I-of-N.h5; `slurm` or `slurm/N`: the element of an "
                 "array "
                 "of jobs that this is. `diabolo merge` makes the swarm of them",
         .text = &shard},
        {.name = "extend",
         .help = "The swarm is there, and the input asks for more trajectories or a longer duration: fly what is new",
         .given = &flags.extend},
        {.name = "checkpoint",
         .argument = "SECONDS",
         .help = "Note the state of trajectories in flight this often (default: 30)",
         .text = &every},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "INPUT",
        .summary =
            "Fly a swarm of trajectories and write it to an HDF5 file. After an interruption of any kind the same "
            "command resumes where it stopped, and gives the same file as an undisturbed run.",
        .details = "`diabolo init run` prints a commented input. The file is described in docs/swarm-file.md.\n\n"
                   "On several machines (docs/clusters.md):\n"
                   "  diabolo run swarm.yaml --shard 3/10     one of ten parts, each a job of its own\n"
                   "  diabolo merge swarm.shard-*.h5          then: bit for bit the file of one run\n"
                   "  diabolo submit swarm.yaml --shards 10   writes both as Slurm jobs",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = options};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    dia_status status;
    flags.trajectory = trajectory;
    const bool seconds = dia_text_real(every, &flags.checkpoint) && flags.checkpoint >= 0.0;
    if (flags.checkpoint == 0.0)
        flags.checkpoint = 1e-9; /* 0 means as often as possible here, but the default in the library */
    if (shard != NULL && !dia_cli_shard(shard, &flags.shard, &flags.shards, &error))
        status = error.status;
    else if (!seconds)
        status = dia_error_set(&error, DIA_ERROR_INPUT, "--checkpoint %s: expected a number of seconds", every);
    else
        status = work(&cli, &flags, &error);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

static const dia_input_kind kinds[] = {
    {.name = "run", .summary = "Input of `diabolo run`: a swarm of trajectories", .table = dia_run_options},
    {.name = NULL}};

const dia_command dia_command_run = {
    .name = "run", .summary = "Fly (or resume) a swarm of trajectories", .run = run, .inputs = kinds};
