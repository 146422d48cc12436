/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo compare`: swarms from the same initial conditions, trajectory by trajectory. */
#include <stdlib.h>

#include "cli/cli.h"
#include "diabolo/analyse.h"

static int run(int argc, char **argv)
{
    bool json = false;
    const dia_cli_flag flags[] = {
        {.name = "json", .help = "print one JSON object (docs/methods.md) instead of a page of text", .given = &json},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "REFERENCE.h5 SWARM.h5...",
        .summary =
            "Differences of swarms that were flown from the same initial conditions, by other methods or settings, "
            "from "
            "the first of them: populations, outcomes, time in the first state. Their errors come from the differences "
            "of each trajectory, and are smaller than those of independent swarms.",
        .details = "`diabolo run` with a block `methods` flies such swarms (docs/methods.md). A picture: "
                   "analysis/differences.py.",
        .least = 2,
        .most = -1,
        .common = DIA_CLI_QUIET,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    dia_cli_talk talk;
    char *text = NULL;
    const dia_control control = dia_cli_control(&cli, &talk);
    const dia_status status =
        dia_compare(cli.narg, cli.args, &control, json ? NULL : &text, json ? &text : NULL, &error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK)
        fputs(text, stdout);
    free(text);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_compare = {
    .name = "compare", .summary = "Paired differences of swarms from the same initial conditions", .run = run};
