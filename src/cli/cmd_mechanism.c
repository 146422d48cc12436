/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo mechanism INPUT`: which intersections a swarm passed through, and how the molecule moved. */
#include <stdlib.h>

#include "analyse/mechanism/settings.h"
#include "cli/cli.h"
#include "diabolo/analyse.h"

static int run(int argc, char **argv)
{
    bool json = false;
    const dia_cli_flag flags[] = {
        {.name = "json", .help = "print one JSON object (docs/mechanism.md) instead of a page of text", .given = &json},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "INPUT",
        .summary = "Through which conical intersections the hops of a swarm went, when, and how it moved: internal "
                   "coordinates, normal modes, principal components, clusters of geometries.",
        .details =
            "`diabolo init mechanism` prints an input to start from; docs/mechanism.md explains what is computed.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    dia_cli_talk talk;
    char *text = NULL;
    const dia_input input = dia_cli_input(&cli, cli.args[0]);
    const dia_control control = dia_cli_control(&cli, &talk);
    dia_status status = dia_mechanism(&input, &control, json ? NULL : &text, json ? &text : NULL, &error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK)
        fputs(text, stdout);
    free(text);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

static const dia_input_kind inputs[] = {
    {.name = "mechanism", .summary = "Input of `diabolo mechanism`", .table = dia_mechanism_options}, {.name = NULL}};

const dia_command dia_command_mechanism = {
    .name = "mechanism", .summary = "Through which intersections, and how, a swarm went", .run = run, .inputs = inputs};
