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
    *type = dia_decay_type_find(name);
    if (*type != NULL || strcmp(name, "automatic") == 0) /* NULL: the one that the data support */
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

/* What the command line says. */
typedef struct request {
    dia_study_request study;
    dia_study_settings settings;
    const char *input, *model, *fit;
    bool json, from_given, bootstrap_given, seed_given;
    int from, bootstrap, seed;
    const char *schemes[16];
    dia_list scheme;
} request;

static dia_status check(const request *r, dia_error *error)
{
    const dia_lifetime_options *options = &r->study.lifetime;
    if (r->from_given && r->from < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "--from: states are counted from 0, found %d", r->from);
    if (options->bootstrap != 0 && options->bootstrap < DIA_LIFETIME_BOOTSTRAP_MIN)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: a 95 %% interval needs at least %d resamplings (0: no interval), found %d",
                             r->bootstrap_given ? "--bootstrap" : "bootstrap.resamplings",
                             (int)DIA_LIFETIME_BOOTSTRAP_MIN, options->bootstrap);
    if (r->seed_given && r->seed < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "--seed: expected 0 or more, found %d", r->seed);
    return DIA_OK;
}

/* The input, if there is one; the command line goes before it. */
static dia_status settle(request *r, const dia_cli *cli, dia_error *error)
{
    dia_study_settings *settings = &r->settings;
    dia_status status = DIA_OK;
    dia_option_defaults(dia_study_options, settings);
    if (r->input != NULL || cli->nset > 0) {
        dia_input input = dia_cli_input(cli, r->input);
        status = dia_config_open(&r->study.config, &input, NULL, error);
        if (status == DIA_OK)
            dia_config_read(r->study.config, dia_config_root(r->study.config), "input", 1,
                            (const dia_option *const[]){dia_study_options}, (void *const[]){settings});
        if (status == DIA_OK)
            status = dia_config_finish(r->study.config, error);
    }
    if (status != DIA_OK)
        return status;
    if (r->model != NULL)
        settings->model = r->model;
    dia_lifetime_options *o = &r->study.lifetime;
    o->type = settings->decay.model > 0 ? &dia_decay_types[settings->decay.model] : NULL;
    if (r->fit != NULL)
        status = choose_decay(r->fit, &o->type, error);
    o->from = r->from_given ? r->from : settings->decay.from;
    o->bootstrap = r->bootstrap_given ? r->bootstrap : settings->bootstrap.resamplings;
    o->seed = (uint64_t)(r->seed_given ? r->seed : settings->bootstrap.seed);
    o->threads = cli->threads;
    r->study.settings = settings;
    r->study.nscheme = r->scheme.n;
    r->study.scheme = r->schemes;
    return status == DIA_OK ? check(r, error) : status;
}

static void progress(void *context, double done)
{
    dia_progress_update(context, done, NULL);
}

static dia_status report(const char *path, request *r, bool quiet, dia_error *error)
{
    dia_analysis *analysis = NULL;
    dia_progress bar;
    dia_progress_start(&bar, "analysing", 0.0, 1.0, quiet);
    r->study.progress = progress;
    r->study.context = &bar;
    dia_status status = dia_analysis_create(&analysis, path, &r->study.lifetime, error);
    if (status == DIA_OK)
        status = dia_analysis_study(analysis, &r->study, error);
    if (status == DIA_OK && bar.shown > bar.begun) /* nothing was said of what took no time */
        dia_progress_finish(&bar, 1.0, NULL);
    if (status == DIA_OK && r->json)
        dia_analysis_write_json(analysis, stdout);
    else if (status == DIA_OK)
        dia_analysis_write_text(analysis, stdout);
    dia_analysis_free(analysis);
    if (status == DIA_OK && (fflush(stdout) != 0 || ferror(stdout)))
        return dia_error_set(error, DIA_ERROR_FILE, "cannot write the report: %s", strerror(errno));
    return status;
}

static int run(int argc, char **argv)
{
    request r = {.from = -1};
    r.scheme.items = r.schemes;
    const dia_cli_flag flags[] = {
        {.name = "json", .help = "print one JSON object (docs/analyse.md) instead of a page of text", .given = &r.json},
        {.name = "input",
         .letter = 'i',
         .argument = "FILE",
         .help = "groups of states, kinetic schemes, product classes, ... (`diabolo init analyse` prints one)",
         .text = &r.input},
        {.name = "scheme",
         .argument = "SCHEME",
         .help = "kinetic scheme to fit, such as \"S2 -> S1 -> S0\"; may be repeated, then they are compared",
         .texts = &r.scheme},
        {.name = "model",
         .argument = "FILE",
         .help = "the model that flew the swarm, for diabatic populations (default: where the swarm file says)",
         .text = &r.model},
        {.name = "fit",
         .argument = "MODEL",
         .help = "decay of the state's population: automatic (the one that the data support; the default), delayed, "
                 "exponential, "
                 "biexponential, stretched",
         .text = &r.fit},
        {.name = "from",
         .argument = "STATE",
         .help = "state whose lifetime is fitted (default: the one most trajectories started in)",
         .given = &r.from_given,
         .number = &r.from},
        {.name = "bootstrap",
         .argument = "N",
         .help = "resamplings of trajectories for the 95 % intervals (default 1000; 0: none)",
         .given = &r.bootstrap_given,
         .number = &r.bootstrap},
        {.name = "seed",
         .argument = "S",
         .help = "of the resampling (default 1)",
         .given = &r.seed_given,
         .number = &r.seed},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "SWARM.h5",
        .summary =
            "Populations of a swarm by several estimators with their errors, internal consistency, lifetime of the "
            "initial state, kinetic schemes with 95 % intervals, quantum yields by product class, hops and their "
            "gaps, conservation of energy, and what was left out and why.",
        .details = "Pictures of the same: analysis/populations.py, analysis/energies.py, analysis/hop_gaps.py.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS | DIA_CLI_SET | DIA_CLI_QUIET,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    dia_status status = settle(&r, &cli, &error);
    if (status == DIA_OK)
        status = report(cli.args[0], &r, cli.quiet, &error);
    dia_config_free(r.study.config);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

static const dia_input_kind inputs[] = {{"analyse", "Input of `diabolo analyse --input`", dia_study_options},
                                        {NULL, NULL, NULL}};

const dia_command dia_command_analyse = {.name = "analyse",
                                         .summary = "Populations, kinetics, yields, hops and energies of a swarm",
                                         .run = run,
                                         .inputs = inputs};
