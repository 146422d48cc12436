/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/study_input.h"
#include "base/control.h"

static dia_status no_memory(dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the analysis");
}

/* ---- occupations ----------------------------------------------------------------------------- */

/* States come first: a trajectory in a state that is a species belongs to it, whatever its geometry; product classes
 * share the rest. */
static int species_of(const dia_study_plan *plan, int state, int class)
{
    for (int s = 0; s < plan->scheme.nspecies; s++)
        if (plan->species[s].states && plan->species[s].member[state])
            return s;
    for (int s = 0; s < plan->scheme.nspecies; s++)
        if (!plan->species[s].states && plan->species[s].class == class)
            return s;
    return DIA_OCCUPATION_NONE;
}

static dia_status occupation_of(dia_occupation *o, const dia_record *record, const dia_study_plan *plan,
                                const int8_t *classes, dia_discarded discarded, dia_error *error)
{
    const size_t whole = (size_t)record->ntime, first = (size_t)record->first, T = whole - first;
    dia_status status = dia_occupation_create(o, record->ntrajectory, (int)T, plan->scheme.nspecies, error);
    for (int j = 0; j < record->ntrajectory && status == DIA_OK; j++) {
        const double weight = dia_record_weight(record, j, discarded);
        if (!(weight > 0))
            continue;
        for (size_t t = 0; t < T; t++) {
            const size_t from = (size_t)j * whole + first + t;
            o->species[(size_t)o->n * T + t] =
                (int8_t)(dia_record_present(record, j, (int)(first + t), discarded)
                             ? species_of(plan, record->active[from], classes != NULL ? classes[from] : -1)
                             : DIA_OCCUPATION_ABSENT);
        }
        o->weight[o->n++] = weight;
    }
    return status;
}

/* ---- schemes --------------------------------------------------------------------------------- */

static dia_status fit_one(dia_scheme_fit *fit, const dia_record *record, const dia_study_plan *plan,
                          const int8_t *classes, dia_discarded discarded, const dia_study_request *request,
                          dia_error *error)
{
    const dia_regression_options options = {
        .bootstrap = request->lifetime.bootstrap, .seed = request->lifetime.seed, .control = request->lifetime.control};
    dia_occupation o;
    dia_status status = occupation_of(&o, record, plan, classes, discarded, error);
    if (status != DIA_OK)
        return status;
    double *time = dia_allocate((size_t)o.ntime, sizeof *time); /* from where they begin */
    for (int t = 0; time != NULL && t < o.ntime; t++)
        time[t] = record->time[record->first + t] - record->time[record->first];
    status = time != NULL ? dia_scheme_fit_create(fit, &plan->scheme, &plan->form, &o, time, &options, error)
                          : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d samples", record->ntime);
    free(time);
    dia_occupation_free(&o);
    return status;
}

static dia_status fit_scheme(dia_study_scheme *scheme, const dia_record *record, const dia_study_plan *plan,
                             const int8_t *classes, const dia_study_request *request, dia_error *error)
{
    snprintf(scheme->name, sizeof scheme->name, "%s", plan->name);
    dia_status status = fit_one(&scheme->fit, record, plan, classes, DIA_DISCARDED_LEAVE_OUT, request, error);
    for (int way = 1; way < DIA_DISCARDED_WAYS && status == DIA_OK && record->ncounted < record->ntrajectory; way++)
        status = fit_one(&scheme->discarded[way], record, plan, classes, (dia_discarded)way, request, error);
    return status;
}

/* Two schemes describe the same data if their species are the same, in any order. */
static bool same_data(const dia_scheme *a, const dia_scheme *b)
{
    int found = 0;
    for (int i = 0; i < a->nspecies; i++)
        for (int j = 0; j < b->nspecies; j++)
            found += strcmp(a->species[i].name, b->species[j].name) == 0;
    return found == a->nspecies && found == b->nspecies;
}

/* Each scheme among those of the same data. */
static void compare(dia_study *study)
{
    for (int i = 0; i < study->nscheme; i++) {
        const dia_regression *fits[DIA_STUDY_SCHEMES];
        dia_rank ranks[DIA_STUDY_SCHEMES];
        int n = 0, own = 0;
        for (int j = 0; j < study->nscheme; j++)
            if (same_data(&study->scheme[i].fit.scheme, &study->scheme[j].fit.scheme)) {
                own = j == i ? n : own;
                fits[n++] = &study->scheme[j].fit.regression;
            }
        dia_regression_compare(n, fits, ranks);
        study->scheme[i].rank = ranks[own];
    }
}

/* Most of the time goes into the resamplings of each fit, and into those of the populations before them. */
static void tell(const dia_study_request *request, int fitted, int nplan)
{
    if (nplan > 0)
        dia_control_progress(request->lifetime.control,
                             &(dia_progress_state){.what = "analysing", .done = fitted + 1, .total = nplan + 1});
}

static dia_status fit_schemes(dia_study *study, const dia_record *record, const dia_study_request *request, int nplan,
                              const dia_study_plan *plan, dia_error *error)
{
    bool classified = false;
    int8_t *classes = NULL;
    dia_status status = DIA_OK;
    for (int i = 0; i < nplan; i++)
        classified = classified || plan[i].uses_classes;
    if (classified) {
        classes = dia_allocate((size_t)record->ntrajectory * (size_t)record->ntime, sizeof *classes);
        status = classes != NULL ? dia_classes_series(record, study->classes, request->lifetime.control, classes, error)
                                 : no_memory(error);
    }
    study->scheme = dia_allocate((size_t)nplan + 1, sizeof *study->scheme);
    if (study->scheme == NULL && status == DIA_OK)
        status = no_memory(error);
    for (int i = 0; i < nplan && status == DIA_OK; i++) {
        study->nscheme = i + 1;
        status = fit_scheme(&study->scheme[i], record, &plan[i], classes, request, error);
        tell(request, i + 1, nplan);
    }
    free(classes);
    if (status == DIA_OK)
        compare(study);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static dia_status estimate(dia_study *study, const dia_record *record, const dia_study_request *request,
                           dia_error *error)
{
    dia_model *model = NULL;
    char why[500];
    dia_status status = dia_record_open_model(record, request->settings->model, &model, sizeof why, why, error);
    if (status != DIA_OK)
        return status;
    const dia_estimators_options options = {.ngroup = study->ngroup,
                                            .ndiabatic_group = study->ndiabatic_group,
                                            .group = study->group,
                                            .diabatic_group = study->diabatic_group,
                                            .model = model,
                                            .no_model = why,
                                            .bootstrap = request->lifetime.bootstrap,
                                            .seed = request->lifetime.seed,
                                            .control = request->lifetime.control};
    status = dia_estimators_create(&study->estimators, record, &options, error);
    dia_model_free(model);
    return status;
}

static dia_status with_discarded(dia_study *study, const dia_record *record, const dia_lifetime *lifetime,
                                 const dia_study_request *request, dia_error *error)
{
    dia_status status = DIA_OK;
    study->leaves_out = record->ncounted < record->ntrajectory && record->ncounted > 0;
    for (int way = 1; way < DIA_DISCARDED_WAYS && status == DIA_OK && study->leaves_out; way++) {
        dia_lifetime_options options = request->lifetime;
        options.type = lifetime->type;
        options.from = lifetime->from;
        options.discarded = (dia_discarded)way;
        status = dia_lifetime_create(&study->discarded[way], record, &options, error);
    }
    return status;
}

dia_status dia_study_create(dia_study **study, const dia_record *record, const dia_lifetime *lifetime,
                            const dia_study_request *request, dia_error *error)
{
    dia_study *s = dia_allocate(1, sizeof *s);
    dia_study_plan *plan = dia_allocate(DIA_STUDY_SCHEMES, sizeof *plan);
    int nplan = 0;
    *study = NULL;
    dia_status status = DIA_OK;
    if (s != NULL)
        s->arena = dia_arena_create();
    if (s == NULL || plan == NULL || s->arena == NULL)
        status = no_memory(error);
    if (status == DIA_OK) {
        s->bootstrap = request->lifetime.bootstrap;
        s->seed = request->lifetime.seed;
        status = dia_study_read(s, record, request, &nplan, plan, error);
    }
    if (status == DIA_OK)
        status = estimate(s, record, request, error);
    if (status == DIA_OK)
        status = with_discarded(s, record, lifetime, request, error);
    if (status == DIA_OK) {
        tell(request, 0, nplan);
        status = fit_schemes(s, record, request, nplan, plan, error);
    }
    if (status == DIA_OK && s->classes != NULL) {
        const double time = request->settings->yields.time;
        status =
            dia_yields_create(&s->yields, record, s->classes, time > 0 ? time / DIA_FEMTOSECOND : NAN,
                              request->lifetime.bootstrap, request->lifetime.seed, request->lifetime.control, error);
    }
    free(plan);
    if (status != DIA_OK)
        dia_study_free(s);
    else
        *study = s;
    return status;
}

void dia_study_free(dia_study *study)
{
    if (study == NULL)
        return;
    for (int i = 0; i < study->nscheme; i++) {
        dia_scheme_fit_free(&study->scheme[i].fit);
        for (int way = 0; way < DIA_DISCARDED_WAYS; way++)
            dia_scheme_fit_free(&study->scheme[i].discarded[way]);
    }
    for (int way = 0; way < DIA_DISCARDED_WAYS; way++)
        dia_lifetime_free(&study->discarded[way]);
    free(study->scheme);
    dia_estimators_free(&study->estimators);
    dia_yields_free(&study->yields);
    dia_classes_free(study->classes);
    dia_arena_free(study->arena);
    free(study);
}
