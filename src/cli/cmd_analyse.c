/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diabolo analyse SWARM.h5: what a swarm says, with its errors. */
#include <errno.h>
#include <string.h>

#include "analyse/analyse.h"
#include "cli/cli.h"

static dia_status choose_decay(const char *name, const dia_decay_type **type, dia_error *error)
{
    enum { MOST = 16 };
    const char *names[MOST + 1] = {NULL};
    char known[200] = "";
    *type = name == NULL ? dia_decay_types : dia_decay_type_find(name);
    if (*type != NULL)
        return DIA_OK;
    for (int i = 0; dia_decay_types[i].name != NULL && i < MOST; i++) {
        names[i] = dia_decay_types[i].name;
        const size_t length = strlen(known);
        snprintf(known + length, sizeof known - length, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    const char *near = dia_text_nearest(name, names);
    return dia_error_set(error, DIA_ERROR_INPUT, "--fit: there is no decay model '%s'%s%s%s; there are %s", name,
                         near != NULL ? " (did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?)" : "",
                         known);
}

static dia_status check(const dia_lifetime_options *options, int seed, bool from_given, dia_error *error)
{
    if (from_given && options->from < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "--from: states are counted from 0, found %d", options->from);
    if (options->bootstrap != 0 && options->bootstrap < DIA_LIFETIME_BOOTSTRAP_MIN)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "--bootstrap: a 95 %% interval needs at least %d resamplings (0: no interval), found %d",
                             (int)DIA_LIFETIME_BOOTSTRAP_MIN, options->bootstrap);
    if (seed < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "--seed: expected 0 or more, found %d", seed);
    return DIA_OK;
}

static dia_status report(const char *path, const dia_lifetime_options *options, bool json, dia_error *error)
{
    dia_analysis *analysis = NULL;
    dia_status status = dia_analysis_create(&analysis, path, options, error);
    if (status != DIA_OK)
        return status;
    if (json)
        dia_analysis_write_json(analysis, stdout);
    else
        dia_analysis_write_text(analysis, stdout);
    dia_analysis_free(analysis);
    if (fflush(stdout) != 0 || ferror(stdout))
        return dia_error_set(error, DIA_ERROR_FILE, "cannot write the report: %s", strerror(errno));
    return DIA_OK;
}

static int run(int argc, char **argv)
{
    dia_lifetime_options options = {.from = -1, .bootstrap = 1000};
    const char *fit = NULL;
    bool json = false, from_given = false;
    int seed = 1;
    const dia_cli_flag flags[] = {
        {.name = "json", .help = "print one JSON object (docs/analyse.md) instead of a page of text", .given = &json},
        {.name = "fit",
         .argument = "MODEL",
         .help = "decay of the state's population: delayed (one exponential after a delay; the default), exponential, "
                 "biexponential",
         .text = &fit},
        {.name = "from",
         .argument = "STATE",
         .help = "state whose lifetime is fitted (default: the one most trajectories started in)",
         .given = &from_given,
         .number = &options.from},
        {.name = "bootstrap",
         .argument = "N",
         .help = "resamplings of trajectories for the 95 % intervals (default 1000; 0: none)",
         .number = &options.bootstrap},
        {.name = "seed", .argument = "S", .help = "of the resampling (default 1)", .number = &seed},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "SWARM.h5",
        .summary = "Populations of a swarm with their standard errors, internal consistency, lifetime of the initial "
                   "state with "
                   "95 % intervals, hops and their gaps, conservation of energy, and what was left out and why.",
        .details = "Pictures of the same: analysis/populations.py, analysis/energies.py, analysis/hop_gaps.py.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    options.threads = cli.threads;
    options.seed = (uint64_t)seed;
    dia_status status = choose_decay(fit, &options.type, &error);
    if (status == DIA_OK)
        status = check(&options, seed, from_given, &error);
    if (status == DIA_OK)
        status = report(cli.args[0], &options, json, &error);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_analyse = {
    .name = "analyse", .summary = "Populations, lifetimes, hops and energies of a swarm", .run = run};
