/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diabolo report SWARM.h5: the swarm as one HTML page. */
#include <limits.h>
#include <string.h>

#include "cli/cli.h"
#include "report/report.h"

enum { MEGABYTES = 32 }; /* a size that browsers still open in seconds */

/* "swarm.h5" -> "swarm.html" */
static dia_status page_name(const char *swarm, size_t size, char *path, dia_error *error)
{
    const char *slash = strrchr(swarm, '/'), *dot = strrchr(swarm, '.');
    const int length =
        dot != NULL && (slash == NULL || dot > slash + 1) && dot > swarm ? (int)(dot - swarm) : (int)strlen(swarm);
    if (snprintf(path, size, "%.*s.html", length, swarm) >= (int)size)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: the name is too long; give one with --output", swarm);
    return DIA_OK;
}

static void tell(const char *path, const dia_report_result *result, const dia_report_options *options, bool quiet)
{
    if (result->total == 0) {
        printf("%s  %.2f MB, exact dynamics\n", path, (double)result->size / 1e6);
        return;
    }
    printf("%s  %.2f MB, %d of %d trajectories to play%s\n", path, (double)result->size / 1e6, result->shown,
           result->total, result->molecules ? "" : ", no 3-D pictures");
    if (!result->molecules && !quiet)
        fprintf(stderr, "No 3-D pictures: %s\n", result->why);
    if (result->least > options->bytes)
        dia_cli_warning(
            "text, figures and series alone take %.1f MB, more than --megabytes %zu: no trajectory is on the "
            "page",
            (double)result->least / 1e6, options->bytes / 1000000);
    else if (result->listed < result->total)
        dia_cli_warning(
            "the tables hold the first %d of %d trajectories, the player %d: --megabytes %zu has no room for "
            "more; figures and numbers count all",
            result->listed, result->total, result->shown, options->bytes / 1000000);
    else if (result->shown < result->total && result->shown < options->trajectories)
        dia_cli_warning("the player holds the first %d of %d trajectories: --megabytes %zu has no room for more",
                        result->shown, result->total, options->bytes / 1000000);
}

static int run(int argc, char **argv)
{
    dia_report_options options = {.trajectories = INT_MAX};
    const char *analysis = NULL, *schemes[16];
    dia_list scheme = {.items = schemes};
    int megabytes = MEGABYTES;
    const dia_cli_flag flags[] = {
        {.name = "analysis",
         .argument = "FILE",
         .help = "show what this input of `diabolo analyse` asks for: groups, kinetic schemes, product classes, ...",
         .text = &analysis},
        {.name = "scheme",
         .argument = "SCHEME",
         .help = "fit and show this kinetic scheme too, such as \"S2 -> S1 -> S0\"; may be repeated, then they are "
                 "compared",
         .texts = &scheme},
        {.name = "check",
         .argument = "FILE.json",
         .help = "show the doctor's tests of the swarm's model too (a file of `diabolo check MODEL --json`)",
         .text = &options.check},
        {.name = "exact",
         .argument = "EXACT.h5",
         .help = "show the exact populations too (a file of diabolo exact, of the same input)",
         .text = &options.exact},
        {.name = "intersections",
         .argument = "FILE.h5",
         .help = "show these intersections too (a file of diabolo intersect)",
         .text = &options.intersections},
        {.name = "mechanism",
         .argument = "FILE.h5",
         .help = "show the mechanism too: census of hops, coordinates and their maps, modes, components, clusters (a "
                 "file of "
                 "diabolo mechanism)",
         .text = &options.mechanism},
        {.name = "trajectories",
         .argument = "N",
         .help = "let the player have the first N trajectories only (default: all); every figure and table still "
                 "counts all",
         .number = &options.trajectories,
         .most = INT_MAX},
        {.name = "megabytes",
         .argument = "M",
         .help =
             "largest size of the page (default 32); trajectories that do not fit are left out of player and tables",
         .number = &megabytes,
         .least = 1,
         .most = 1000},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "SWARM.h5...",
        .summary = "Writes one HTML page of a swarm: populations and fit, energies, hops, and a player that shows the "
                   "trajectories in 3-D beside their energies; or of a file of `diabolo exact`. The page needs no "
                   "other file and no network.",
        .details =
            "Without --output the page is named after the swarm: swarm.h5 gives swarm.html. docs/report.md says what "
            "is on it.",
        .least = 1,
        .most = 64,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    dia_report_result result;
    char path[4096];
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    options.swarm = cli.args[0];
    options.nmember = cli.narg;
    options.members = (const char *const *)cli.args;
    dia_cli_talk talk;
    const dia_input input = {.path = analysis};
    const dia_control control = dia_cli_control(&cli, &talk);
    if (analysis != NULL)
        options.analysis = &input;
    options.nscheme = scheme.n;
    options.scheme = scheme.items;
    options.control = &control;
    options.bytes = (size_t)megabytes * 1000000;
    dia_status status = DIA_OK;
    if (status == DIA_OK && cli.output == NULL)
        status = page_name(cli.args[0], sizeof path, path, &error);
    const char *output = cli.output != NULL ? cli.output : path;
    if (status == DIA_OK)
        status = dia_report_write(&options, output, &result, &error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK)
        tell(output, &result, &options, cli.quiet);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_report = {
    .name = "report", .summary = "One HTML page of a swarm, with a player", .run = run};
