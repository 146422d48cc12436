/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diabolo analyse SWARM.h5: populations, lifetimes, hops and energy conservation of a swarm, with errors. */
#include <limits.h>
#include <stdlib.h>

#include "analyse/study.h"
#include "base/output.h"
#include "cli/cli.h"
#include "diabolo/analyse.h"

/* The card of the first swarm with the band of all behind it. */
static dia_status members_card(const dia_cli *cli, const dia_control *control, char **text, dia_error *error)
{
    const dia_analyse_flags own = {.card = true, .members = true};
    char *card = NULL, *band = NULL;
    size_t size = 0;
    dia_status status = dia_analyse_members(cli->narg, cli->args, control, &band, NULL, error);
    if (status == DIA_OK)
        status = dia_analyse(NULL, cli->args[0], &own, control, &card, NULL, error);
    FILE *out = status == DIA_OK ? open_memstream(text, &size) : NULL;
    if (out != NULL)
        fprintf(out, "%s\n## Error of sample and model\n\n```\n%s```\n", card, band);
    if (status == DIA_OK)
        status = dia_text_close(out, text, error);
    free(card);
    free(band);
    return status;
}

/* Several swarms, of a committee. */
static dia_status members(const dia_cli *cli, const dia_analyse_flags *own, const char *input,
                          const dia_control *control, bool json, char **text, dia_error *error)
{
    const char *other = input != NULL            ? "--input"
                        : cli->nset > 0          ? "--set"
                        : own->nscheme > 0       ? "--scheme"
                        : own->model != NULL     ? "--model"
                        : own->exact != NULL     ? "--exact"
                        : own->fit != NULL       ? "--fit"
                        : own->from != NULL      ? "--from"
                        : own->bootstrap != NULL ? "--bootstrap"
                        : own->seed != NULL      ? "--seed"
                                                 : NULL;
    if (other != NULL)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "%s: several swarms are those of the members of a committee, of which only --card and --json "
            "can be asked",
            other);
    if (own->card)
        return members_card(cli, control, text, error);
    return dia_analyse_members(cli->narg, cli->args, control, json ? NULL : text, json ? text : NULL, error);
}

static int run(int argc, char **argv)
{
    bool json = false, from_given = false, bootstrap_given = false, seed_given = false;
    int from, bootstrap, seed;
    const char *input_file = NULL, *schemes[16];
    dia_list scheme = {.items = schemes};
    dia_analyse_flags own = {0};
    const dia_cli_flag flags[] = {
        {.name = "json", .help = "print one JSON object (docs/analyse.md) instead of a page of text", .given = &json},
        {.name = "card",
         .help = "print the card of the result instead, for supporting information (Markdown): method, model and its "
                 "check, "
                 "errors, time outside the training data, conservation of energy, all settings",
         .given = &own.card},
        {.name = "input",
         .letter = 'i',
         .argument = "FILE",
         .help = "groups of states, kinetic schemes, product classes, ... (`diabolo init analyse` prints one)",
         .text = &input_file},
        {.name = "scheme",
         .argument = "SCHEME",
         .help = "kinetic scheme to fit, such as \"S2 -> S1 -> S0\"; may be repeated, then they are compared",
         .texts = &scheme},
        {.name = "model",
         .argument = "FILE",
         .help = "the model that flew the swarm, for diabatic populations (default: where the swarm file says)",
         .text = &own.model},
        {.name = "exact",
         .argument = "EXACT.h5",
         .help = "exact dynamics of the same input (a file of `diabolo exact`) beside the swarm's populations, and how "
                 "far these deviate",
         .text = &own.exact},
        {.name = "fit",
         .argument = "MODEL",
         .help = "decay of the state's population: automatic (the one that the data support; the default), delayed, "
                 "exponential, biexponential, stretched",
         .text = &own.fit},
        {.name = "from",
         .argument = "STATE",
         .help = "state whose lifetime is fitted (default: the one most trajectories started in)",
         .given = &from_given,
         .number = &from,
         .most = 10000},
        {.name = "bootstrap",
         .argument = "N",
         .help = "resamplings of trajectories for the 95 % intervals (default 1000; 0: none)",
         .given = &bootstrap_given,
         .number = &bootstrap,
         .most = 1000000},
        {.name = "seed",
         .argument = "S",
         .help = "of the resampling (default 1)",
         .given = &seed_given,
         .number = &seed,
         .most = INT_MAX},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "SWARM.h5\nMEMBER0.h5 MEMBER1.h5...",
        .summary =
            "Populations of a swarm by several estimators with their errors, internal consistency, lifetime of the "
            "initial state, kinetic schemes with 95 % intervals, quantum yields by product class, hops and their "
            "gaps, conservation of energy, and what was left out and why. Of a file of `diabolo exact`: populations, "
            "lifetime, mean values, spectrum.",
        .details =
            "Pictures of the same: analysis/populations.py, analysis/energies.py, analysis/hop_gaps.py. Swarms "
            "against each "
            "other: diabolo compare. Of several swarms, of the members of one committee, populations, outcomes and "
            "times with a band of the errors of sample and model (docs/committee.md).",
        .least = 1,
        .most = 64,
        .common = DIA_CLI_THREADS | DIA_CLI_SET | DIA_CLI_QUIET,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    own.nscheme = scheme.n;
    own.scheme = scheme.items;
    own.from = from_given ? &from : NULL;
    own.bootstrap = bootstrap_given ? &bootstrap : NULL;
    own.seed = seed_given ? &seed : NULL;
    if (own.card && json) {
        dia_cli_free(&cli);
        return dia_cli_exit(dia_error_set(&error, DIA_ERROR_INPUT, "--card and --json are two forms: ask for one"),
                            &error);
    }
    dia_cli_talk talk;
    char *text = NULL;
    const dia_input input = dia_cli_input(&cli, input_file);
    const dia_control control = dia_cli_control(&cli, &talk);
    const dia_status status = cli.narg > 1 ? members(&cli, &own, input_file, &control, json, &text, &error)
                                           : dia_analyse(&input, cli.args[0], &own, &control, json ? NULL : &text,
                                                         json ? &text : NULL, &error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK)
        fputs(text, stdout);
    free(text);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

static const dia_input_kind inputs[] = {
    {.name = "analyse", .summary = "Input of `diabolo analyse --input`", .table = dia_study_options}, {.name = NULL}};

const dia_command dia_command_analyse = {.name = "analyse",
                                         .summary = "Populations, kinetics, yields, hops and energies of a swarm",
                                         .run = run,
                                         .inputs = inputs};
