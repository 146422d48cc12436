/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/study_input.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

/* ---- keys ------------------------------------------------------------------------------------ */

typedef struct scheme_input {
    const char *name, *scheme, *delay, *response;
    int start; /* 0 data, 1 fit */
} scheme_input;

static const dia_option scheme_options[] = {
    DIA_TEXT(scheme_input, name, NULL, "for tables; by default the scheme itself"),
    DIA_TEXT(scheme_input, scheme, NULL,
             "first-order steps, such as \"S2 -> S1 -> S0; S1 <-> S2\"; species are states, groups, classes",
             .required = true),
    DIA_TEXT(scheme_input, delay, "fit", "time before the first step begins: fit, none, or a time"),
    DIA_TEXT(scheme_input, response, "none",
             "Gaussian response that the populations are convolved with: none, fit, or its full width at half maximum"),
    DIA_CHOICE(scheme_input, start, "data|fit", "data",
               "populations at the start: those of the first sample, or fitted"),
    {.key = NULL}};

static const dia_option yields_options[] = {
    DIA_REAL(struct dia_yields_settings, time, DIA_TIME, NULL,
             "at which trajectories are sorted into classes, a sample of the file; by default the end",
             DIA_RANGE(1e-3, 1e12)),
    {.key = NULL}};

static const dia_option bootstrap_options[] = {
    DIA_INT(struct dia_bootstrap_settings, resamplings, "1000",
            "of trajectories, for the 95 % intervals; 0: none, otherwise at least 40", DIA_RANGE(0, 1000000)),
    DIA_INT(struct dia_bootstrap_settings, seed, "1", "of the resampling", DIA_RANGE(0, 2e9)),
    {.key = NULL}};

static const dia_option decay_options[] = {
    /* behind the first in the order of dia_decay_types */
    DIA_CHOICE(struct dia_decay_settings, model, "automatic|delayed|exponential|biexponential|stretched", "automatic",
               "shape of the decay of one state's population; automatic: the one that the data support"),
    DIA_INT(struct dia_decay_settings, from, "-1",
            "the state; -1: the one most trajectories started in; with `since`, the excited one most are in then",
            DIA_RANGE(-1, 126)),
    {.key = NULL}};

const dia_option dia_study_options[] = {
    DIA_PATH(dia_study_settings, model, NULL,
             "file of the model that flew the swarm, for diabatic populations; by default where the swarm file says"),
    DIA_NODE(dia_study_settings, groups, "adiabatic states that are counted together: {excited: [1, 2]}"),
    DIA_NODE(dia_study_settings, diabatic_groups, "the same of diabatic states"),
    DIA_REAL(dia_study_settings, since, DIA_TIME, NULL,
             "lifetimes and kinetic schemes are fitted to what comes later; by default the start, or with light the "
             "time when it "
             "has done its work",
             DIA_RANGE(1e-3, 1e12)),
    DIA_BLOCK(dia_study_settings, decay, decay_options, "lifetime of one state"),
    DIA_NODE(dia_study_settings, schemes, "kinetic schemes that are fitted to the populations, and compared",
             .table = scheme_options, .shown = DIA_OPTION_BLOCKS),
    DIA_NODE(dia_study_settings, classes, "product classes, in this order: the first whose conditions hold",
             .table = dia_class_options, .shown = DIA_OPTION_BLOCKS),
    DIA_BLOCK(dia_study_settings, yields, yields_options, "quantum yields by class"),
    DIA_BLOCK(dia_study_settings, bootstrap, bootstrap_options, "intervals"),
    {.key = NULL}};

/* ---- groups ---------------------------------------------------------------------------------- */

static bool state_name(const char *name, int nstate, int *state)
{
    return name[0] == 'S' && name[1] >= '0' && name[1] <= '9' && dia_text_int(name + 1, 0, nstate - 1, state, 0, NULL);
}

static bool looks_like_state(const char *name)
{
    return name[0] == 'S' && name[1] != '\0' && strspn(name + 1, "0123456789") == strlen(name + 1);
}

static void read_group(dia_config *config, const dia_node *list, const char *name, int nstate, dia_group *group)
{
    if (dia_node_is_scalar(list) || dia_node_is_mapping(list) || dia_node_count(list) == 0) {
        dia_config_mistake(config, list, "group '%.40s': expected a list of states, such as [1, 2]", name);
        return;
    }
    for (int i = 0; i < dia_node_count(list); i++) {
        const dia_node *item = dia_node_item(list, i);
        const char *text = dia_node_text(item);
        int state;
        if (text == NULL || (!state_name(text, nstate, &state) && !dia_text_int(text, 0, nstate - 1, &state, 0, NULL)))
            dia_config_mistake(config, item, "group '%.40s': there is no state '%.20s'; the states are 0 to %d", name,
                               text != NULL ? text : "[...]", nstate - 1);
        else if (group->member[state])
            dia_config_mistake(config, item, "group '%.40s': state %d is named twice", name, state);
        else
            group->member[state] = true;
    }
}

static dia_status read_groups(dia_study *study, dia_config *config, const dia_node *node, int nstate, int *ngroup,
                              dia_group *group, dia_error *error)
{
    if (node == NULL)
        return DIA_OK;
    if (!dia_node_is_mapping(node) || dia_node_count(node) > DIA_GROUPS) {
        dia_config_mistake(config, node, "expected at most %d groups, such as {excited: [1, 2]}", (int)DIA_GROUPS);
        return DIA_OK;
    }
    for (int i = 0; i < dia_node_count(node); i++) {
        const dia_node *list;
        const char *name = dia_node_pair(node, i, &list);
        if (strlen(name) >= DIA_SCHEME_NAME || looks_like_state(name) || strcmp(name, "other") == 0) {
            dia_config_mistake(config, list, "'%.80s' is no name for a group (a state, 'other', or too long)", name);
            continue;
        }
        group[*ngroup].name = dia_arena_text(study->arena, name);
        if (group[*ngroup].name == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for groups");
        read_group(config, list, name, nstate, &group[(*ngroup)++]);
    }
    return DIA_OK;
}

/* ---- schemes --------------------------------------------------------------------------------- */

/* Of the names of the input: those of states are all alike. NULL: none is near. */
static const char *nearest_species(const dia_study *study, const char *word)
{
    const char *names[DIA_GROUPS + DIA_CLASSES + 1];
    int n = 0;
    for (int g = 0; g < study->ngroup; g++)
        names[n++] = study->group[g].name;
    for (int c = 0; study->classes != NULL && c < dia_classes_count(study->classes); c++)
        names[n++] = dia_classes_name(study->classes, c);
    names[n] = NULL;
    return dia_text_nearest(word, names);
}

static dia_status resolve_one(const dia_study *study, int nstate, dia_study_plan *plan, int s, dia_error *error)
{
    const char *name = plan->scheme.species[s].name;
    dia_study_species *species = &plan->species[s];
    int state;
    *species = (dia_study_species){.class = -1};
    if (state_name(name, nstate, &state)) {
        species->states = species->member[state] = true;
        return DIA_OK;
    }
    for (int g = 0; g < study->ngroup; g++)
        if (strcmp(study->group[g].name, name) == 0) {
            species->states = true;
            memcpy(species->member, study->group[g].member, sizeof species->member);
            return DIA_OK;
        }
    if (study->classes != NULL)
        species->class = dia_classes_find(study->classes, name);
    if (species->class >= 0) {
        plan->uses_classes = true;
        return DIA_OK;
    }
    const char *near = nearest_species(study, name);
    return dia_scheme_mistake(
        plan->scheme.text, plan->scheme.species[s].place, error,
        "there is no species '%s'%s%s%s; there are the states S0 to S%d%s", name,
        near != NULL ? " (did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?)" : "", nstate - 1,
        study->ngroup > 0 || study->classes != NULL ? " and the groups and classes of the input" : "");
}

static dia_status resolve(const dia_study *study, int nstate, dia_study_plan *plan, dia_error *error)
{
    for (int s = 0; s < plan->scheme.nspecies; s++) {
        dia_status status = resolve_one(study, nstate, plan, s, error);
        if (status != DIA_OK)
            return status;
        for (int before = 0; before < s; before++)
            for (int k = 0; k < nstate; k++)
                if (plan->species[s].member[k] && plan->species[before].member[k])
                    return dia_scheme_mistake(plan->scheme.text, plan->scheme.species[s].place, error,
                                              "state S%d belongs to '%s' as well as to '%s'", k,
                                              plan->scheme.species[before].name, plan->scheme.species[s].name);
    }
    return DIA_OK;
}

/* "fit", "none", or a time of at least `least` fs. */
static bool read_choice(const char *text, double least, dia_kinetics_choice *choice, double *fs, size_t size, char *why)
{
    double value;
    *choice = strcmp(text, "none") == 0 ? DIA_KINETICS_NONE : DIA_KINETICS_FREE;
    if (strcmp(text, "none") == 0 || strcmp(text, "fit") == 0)
        return true;
    *choice = DIA_KINETICS_FIXED;
    if (!dia_quantity_parse(text, DIA_TIME, &value, size, why))
        return false;
    *fs = value / DIA_FEMTOSECOND;
    if (*fs >= least)
        return true;
    snprintf(why, size, "found %g fs, expected fit, none or a time of at least %g fs", *fs, least);
    return false;
}

static void plan_name(dia_study_plan *plan, const char *name)
{
    snprintf(plan->name, sizeof plan->name, "%.*s", DIA_SCHEME_NAME - 1, name);
}

static void read_scheme(dia_study *study, dia_config *config, const dia_node *node, int nstate, dia_study_plan *plan,
                        int *nplan)
{
    scheme_input input = {0};
    dia_error own = {0};
    char why[400] = "";
    dia_study_plan *p = &plan[*nplan];
    *p = (dia_study_plan){.uses_classes = false};
    dia_config_read(config, node, "schemes", 1, (const dia_option *const[]){scheme_options}, (void *const[]){&input});
    if (input.scheme == NULL)
        return;
    if (dia_scheme_parse(&p->scheme, input.scheme, &own) != DIA_OK || resolve(study, nstate, p, &own) != DIA_OK) {
        own.text[strcspn(own.text, "\n")] = '\0'; /* the place is shown in the input itself */
        dia_config_mistake(config, dia_node_child(node, "scheme"), "scheme, %s", own.text);
        return;
    }
    plan_name(p, input.name != NULL ? input.name : input.scheme);
    p->form.start_free = input.start == 1;
    if (!read_choice(input.delay, 0, &p->form.delay, &p->form.delay_value, sizeof why, why))
        dia_config_mistake(config, dia_node_child(node, "delay"), "delay: %s", why);
    if (!read_choice(input.response, 0.01, &p->form.response, &p->form.response_width, sizeof why, why))
        dia_config_mistake(config, dia_node_child(node, "response"), "response: %s", why);
    p->form.response_width /= DIA_FWHM;
    ++*nplan;
}

static void read_schemes(dia_study *study, dia_config *config, const dia_node *list, int nstate, dia_study_plan *plan,
                         int *nplan)
{
    if (list == NULL)
        return;
    const int n = dia_node_is_scalar(list) || dia_node_is_mapping(list) ? 0 : dia_node_count(list);
    if (n < 1 || n > DIA_STUDY_SCHEMES)
        dia_config_mistake(config, list, "schemes: expected a list of 1 to %d, such as - {scheme: S1 -> S0}",
                           (int)DIA_STUDY_SCHEMES);
    for (int i = 0; i < n && i < DIA_STUDY_SCHEMES; i++)
        read_scheme(study, config, dia_node_item(list, i), nstate, plan, nplan);
}

/* Schemes of the command line. */
static dia_status take_schemes(const dia_study *study, const dia_study_request *request, int nstate,
                               dia_study_plan *plan, int *nplan, dia_error *error)
{
    for (int i = 0; i < request->nscheme; i++) {
        if (*nplan == DIA_STUDY_SCHEMES)
            return dia_error_set(error, DIA_ERROR_INPUT, "more than %d schemes", (int)DIA_STUDY_SCHEMES);
        dia_study_plan *p = &plan[(*nplan)++];
        *p = (dia_study_plan){.form = {.delay = DIA_KINETICS_FREE}};
        dia_status status = dia_scheme_parse(&p->scheme, request->scheme[i], error);
        if (status == DIA_OK)
            status = resolve(study, nstate, p, error);
        if (status != DIA_OK)
            return dia_error_prefix(error, "--scheme");
        plan_name(p, request->scheme[i]);
    }
    return DIA_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static dia_status read_classes(dia_study *study, const dia_record *record, const dia_study_request *request,
                               dia_error *error)
{
    dia_molecule molecule;
    dia_status status = dia_swarm_molecule(record->swarm, &molecule, error);
    if (status != DIA_OK)
        return status;
    status = dia_classes_read(&study->classes, request->config, request->settings->classes, &molecule, error);
    dia_molecule_free(&molecule);
    for (int g = 0; g < study->ngroup && study->classes != NULL; g++)
        if (dia_classes_find(study->classes, study->group[g].name) >= 0)
            dia_config_mistake(request->config, request->settings->classes,
                               "'%s' is the name of a group and of a class", study->group[g].name);
    return status;
}

dia_status dia_study_read(dia_study *study, const dia_record *record, const dia_study_request *request, int *nplan,
                          dia_study_plan *plan, dia_error *error)
{
    const dia_study_settings *settings = request->settings;
    dia_config *config = request->config;
    const int n = record->nstate;
    *nplan = 0;
    dia_status status = DIA_OK;
    if (config != NULL) {
        status = read_groups(study, config, settings->groups, n, &study->ngroup, study->group, error);
        if (status == DIA_OK)
            status = read_groups(study, config, settings->diabatic_groups, n, &study->ndiabatic_group,
                                 study->diabatic_group, error);
        if (status == DIA_OK && settings->classes != NULL)
            status = read_classes(study, record, request, error);
        if (status == DIA_OK)
            read_schemes(study, config, settings->schemes, n, plan, nplan);
        if (status == DIA_OK)
            status = dia_config_finish(config, error);
    }
    return status == DIA_OK ? take_schemes(study, request, n, plan, nplan, error) : status;
}
