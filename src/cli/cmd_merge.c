/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo merge`: one swarm of its shards. */
#include <sys/resource.h>

#include "cli/cli.h"
#include "cli/run_summary.h"
#include "diabolo/run.h"
#include "swarm/file/table.h"

/* Every shard is open until the end. */
static void allow_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static dia_status work(const dia_cli *cli, dia_merge_flags *flags, dia_error *error)
{
    dia_cli_talk talk;
    const dia_control control = dia_cli_control(cli, &talk);
    dia_merge_result result;
    dia_swarm *swarm = NULL;
    flags->output = cli->output;
    allow_files();
    dia_status status = dia_merge(cli->narg, cli->args, flags, &control, &result, error);
    dia_cli_talk_end(&talk);
    if (status != DIA_OK)
        return status;
    if (result.complete && !cli->quiet)
        fprintf(stderr, "%s: is merged already (--fresh does it again)\n", result.path);
    status = dia_swarm_open_lean(&swarm, result.path, error);
    if (status == DIA_OK)
        status = dia_run_summary(stdout, swarm, error);
    if (status == DIA_OK)
        printf("file      %s, from %d shard%s\n", result.path, result.shards, result.shards == 1 ? "" : "s");
    dia_swarm_close(swarm);
    return status;
}

static int run(int argc, char **argv)
{
    dia_merge_flags flags = {0};
    const dia_cli_flag options[] = {{.name = "partial",
                                     .help = "Merge what is there although shards are missing; the file says which",
                                     .given = &flags.partial},
                                    {.name = "fresh", .help = "Replace a swarm that is there", .given = &flags.fresh},
                                    {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "SHARD.h5...",
        .summary = "Make one swarm of the shards that `diabolo run --shard` wrote: bit for bit the file of one run.",
        .details =
            "  diabolo merge swarm.shard-*.h5          writes swarm.h5\n"
            "Shards that are missing, doubled, unfinished or of another swarm are named, and nothing is written. "
            "docs/clusters.md",
        .least = 1,
        .most = -1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_OUTPUT,
        .flags = options};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    const dia_status status = work(&cli, &flags, &error);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_merge = {.name = "merge", .summary = "Make one swarm of its shards", .run = run};
