/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo intersect`: minima and conical intersections, found from many geometries and characterised. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "diabolo/intersect.h"
#include "intersect/plan.h"

static dia_status print(const dia_intersections *found, bool json, dia_error *error)
{
    int failed = 0;
    char *text = dia_intersections_text(found, json);
    if (text == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the result");
    fputs(text, stdout);
    free(text);
    if (fflush(stdout) != 0 || ferror(stdout))
        return dia_error_set(error, DIA_ERROR_FILE, "cannot write the result: %s", strerror(errno));
    for (int i = 0; i < found->ntask; i++)
        failed += found->task[i].failed;
    return failed == 0 ? DIA_OK
                       : dia_error_set(error, DIA_ERROR_NUMERIC, "%d task%s failed; the rest is in %s", failed,
                                       failed == 1 ? "" : "s", found->path);
}

static int run(int argc, char **argv)
{
    bool fresh = false, json = false;
    const dia_cli_flag flags[] = {
        {.name = "fresh", .help = "replace the result of another input", .given = &fresh},
        {.name = "json", .help = "print one JSON object (docs/intersect.md) instead of a page of text", .given = &json},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "INPUT",
        .summary =
            "Find minima and conical intersections from one or many geometries, or from the hops of a swarm; tell the "
            "distinct ones apart; branching planes, types and curvatures of the seam.",
        .details =
            "`diabolo init intersect` prints a commented input. What is computed is described in docs/intersect.md, "
            "the file in docs/intersections-file.md.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_cli_talk talk;
    dia_error error = {0};
    dia_intersections *found = NULL;
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    const dia_input input = dia_cli_input(&cli, cli.args[0]);
    const dia_control control = dia_cli_control(&cli, &talk);
    dia_status status = dia_intersect(&input, fresh, &control, &found, &error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK)
        status = print(found, json, &error);
    dia_intersections_free(found);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

static const dia_input_kind kinds[] = {{.name = "intersect",
                                        .summary = "Input of `diabolo intersect`: minima and conical intersections",
                                        .fill = dia_intersect_options},
                                       {.name = NULL}};

const dia_command dia_command_intersect = {
    .name = "intersect", .summary = "Find and characterise conical intersections", .run = run, .inputs = kinds};
