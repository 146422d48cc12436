/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/analyse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/output.h"
#include "diabolo/analyse.h"
#include "exact/record.h"
#include "store/store.h"

static const double DIGITS = 1e-4; /* no exact population is trusted further than to its fourth digit */

static dia_status analyse_swarm(dia_analysis *a, const dia_lifetime_options *options, dia_error *error)
{
    dia_status status = dia_record_load(&a->record, a->path, error);
    if (status == DIA_OK)
        a->record->control = options->control;
    if (status == DIA_OK && options->since > 0.0)
        status = dia_record_begin(a->record, options->since, error);
    if (status == DIA_OK)
        status = dia_consistency_create(&a->consistency, a->record, error);
    if (status == DIA_OK)
        status = dia_hop_census_create(&a->hops, a->record, error);
    if (status == DIA_OK)
        status = dia_conservation_compute(&a->conservation, a->record, error);
    if (status == DIA_OK)
        status = dia_swarm_outcomes(a->record->swarm, &a->outcomes, &a->noutcome, error);
    if (status == DIA_OK)
        status = dia_lifetime_create(&a->lifetime, a->record, options, error);
    for (int j = 0; status == DIA_OK && j < a->record->ntrajectory; j++)
        a->fate[(int)a->record->fate[j]]++;
    return status;
}

static dia_status make_room_for_exact(dia_analysis *a, dia_error *error)
{
    a->exact = dia_allocate(1, sizeof *a->exact);
    return a->exact != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
}

/* Its lifetime is that of an adiabatic population, by default of the state with the largest one at the start. */
static dia_status analyse_exact(dia_analysis *a, const dia_lifetime_options *options, dia_error *error)
{
    dia_lifetime_options own = *options;
    dia_status status = make_room_for_exact(a, error);
    if (status == DIA_OK)
        status = dia_exact_alone(a->exact, &a->record, a->path, error);
    if (status == DIA_OK)
        status = dia_exact_outcomes(a->exact->result.record, &a->exact_outcomes, &a->nexact_outcome, error);
    const double *p = status == DIA_OK ? a->record->population[DIA_POPULATION_ACTIVE] : NULL;
    if (p == NULL)
        return status;
    const dia_record *r = a->record;
    for (int k = 0; options->from < 0 && k < r->nstate; k++)
        if (own.from < 0 || p[k] > p[own.from])
            own.from = k;
    if (own.from >= r->nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: there is no state %d; the states are 0 to %d", a->path,
                             own.from, r->nstate - 1);
    double *curve = dia_allocate((size_t)r->ntime, sizeof *curve);
    if (curve == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    for (int t = 0; t < r->ntime; t++)
        curve[t] = p[t * r->nstate + own.from];
    status = dia_lifetime_of_curve(&a->lifetime, r->ntime, r->time, curve,
                                   fmax(DIGITS, dia_exact_beside_change(a->exact)), &own, error);
    free(curve);
    return status;
}

dia_status dia_analysis_create(dia_analysis **analysis, const char *path, const dia_lifetime_options *options,
                               dia_error *error)
{
    dia_analysis *a = dia_allocate(1, sizeof *a);
    *analysis = NULL;
    if (a == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = DIA_OK;
    a->path = strdup(path);
    if (a->path == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    if (status == DIA_OK)
        status =
            dia_store_is(path, DIA_EXACT_FORMAT) ? analyse_exact(a, options, error) : analyse_swarm(a, options, error);
    if (status != DIA_OK)
        dia_analysis_free(a);
    else
        *analysis = a;
    return status;
}

/* Exact dynamics of the same input beside it (dia_exact_compare). */
static dia_status put_beside(dia_analysis *analysis, const char *exact, dia_error *error)
{
    if (analysis->exact != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s is exact dynamics already; exact dynamics stands beside a swarm: SWARM.h5 --exact %s",
                             analysis->path, exact);
    dia_status status = make_room_for_exact(analysis, error);
    if (status == DIA_OK)
        status = dia_exact_compare(analysis->exact, analysis->record, exact, error);
    return status == DIA_OK ? dia_exact_outcomes(analysis->exact->result.record, &analysis->exact_outcomes,
                                                 &analysis->nexact_outcome, error)
                            : status;
}

void dia_analysis_free(dia_analysis *analysis)
{
    if (analysis == NULL)
        return;
    dia_study_free(analysis->study);
    dia_consistency_free(&analysis->consistency);
    dia_lifetime_free(&analysis->lifetime);
    dia_hop_census_free(&analysis->hops);
    dia_record_free(analysis->record);
    dia_exact_beside_free(analysis->exact);
    free(analysis->exact);
    free(analysis->outcomes);
    free(analysis->exact_outcomes);
    free(analysis->path);
    free(analysis);
}

/* ---- a whole input --------------------------------------------------------------------------- */

/* The flags go before the input. */
static dia_status override(dia_config *config, const dia_analyse_flags *flags, dia_error *error)
{
    char number[3][16] = {"", "", ""};
    const int *const numbers[3] = {flags->from, flags->bootstrap, flags->seed};
    const char *const values[4] = {number[0], number[1], number[2], flags->fit}, *const keys[4] = {
                                                                                     "decay.from",
                                                                                     "bootstrap.resamplings",
                                                                                     "bootstrap.seed", "decay.model"};
    dia_status status = DIA_OK;
    if (flags->from != NULL && *flags->from < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "--from: states are counted from 0, found %d", *flags->from);
    for (int i = 0; i < 4 && status == DIA_OK; i++) {
        if (i < 3 && numbers[i] != NULL)
            snprintf(number[i], sizeof number[i], "%d", *numbers[i]);
        if (values[i] != NULL && values[i][0] != '\0')
            status = dia_config_set(config, keys[i], values[i], error);
    }
    return status;
}

static dia_status settle(dia_study_request *request, dia_study_settings *settings, const dia_analyse_flags *flags,
                         const dia_control *control, dia_error *error)
{
    dia_lifetime_options *o = &request->lifetime;
    dia_status status = override(request->config, flags, error);
    dia_config_read(request->config, dia_config_root(request->config), "input", 1,
                    (const dia_option *const[]){dia_study_options}, (void *const[]){settings});
    if (status == DIA_OK)
        status = dia_config_finish(request->config, error);
    if (status != DIA_OK)
        return status;
    if (flags->model != NULL)
        settings->model = flags->model;
    o->type = settings->decay.model > 0 ? &dia_decay_types[settings->decay.model - 1] : NULL;
    o->from = settings->decay.from;
    o->since = settings->since / DIA_FEMTOSECOND;
    o->bootstrap = settings->bootstrap.resamplings;
    o->seed = (uint64_t)settings->bootstrap.seed;
    o->control = control;
    request->settings = settings;
    request->nscheme = flags->nscheme;
    request->scheme = flags->scheme;
    return DIA_OK;
}

/* What an input, or the command line, may ask of a swarm only. */
static dia_status refuse_for_exact(const char *path, const dia_study_request *request, const dia_analyse_flags *flags,
                                   dia_error *error)
{
    const dia_study_settings *s = request->settings;
    const char *what = s->groups != NULL            ? "groups"
                       : s->diabatic_groups != NULL ? "diabatic_groups"
                       : s->schemes != NULL         ? "schemes"
                       : s->since > 0.0             ? "since"
                       : request->nscheme > 0       ? "--scheme"
                       : s->classes != NULL         ? "classes"
                       : flags->exact != NULL       ? "--exact"
                       : flags->card                ? "--card"
                                                    : NULL;
    return what == NULL
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: of exact dynamics, which has no trajectories; '%s' is for a swarm", path, what);
}

static dia_status analyse(dia_analysis **analysis, const char *swarm, const dia_study_request *request,
                          const dia_analyse_flags *flags, dia_error *error)
{
    const bool alone = dia_store_is(swarm, DIA_EXACT_FORMAT);
    dia_status status = alone ? refuse_for_exact(swarm, request, flags, error) : DIA_OK;
    if (status == DIA_OK)
        status = dia_analysis_create(analysis, swarm, &request->lifetime, error);
    dia_analysis *a = *analysis;
    if (status == DIA_OK && !alone && flags->exact != NULL)
        status = put_beside(a, flags->exact, error);
    if (status == DIA_OK && !alone && !flags->plain)
        status = dia_study_create(&a->study, a->record, &a->lifetime, request, error);
    return status;
}

dia_status dia_analysis_make(dia_analysis **analysis, const dia_input *input, const char *swarm,
                             const dia_analyse_flags *flags, const dia_control *control, dia_error *error)
{
    static const dia_analyse_flags none;
    dia_input whole = input != NULL ? *input : (dia_input){0};
    dia_study_settings settings = {0};
    dia_study_request request = {.settings = &settings};
    *analysis = NULL;
    if (flags == NULL)
        flags = &none;
    if (whole.path == NULL && whole.text == NULL)
        whole.text = "{}"; /* everything as by default */
    dia_status status = dia_config_open(&request.config, &whole, NULL, error);
    if (status == DIA_OK)
        status = settle(&request, &settings, flags, control, error);
    if (status == DIA_OK)
        status = analyse(analysis, swarm, &request, flags, error);
    dia_config_free(request.config);
    if (status != DIA_OK) {
        dia_analysis_free(*analysis);
        *analysis = NULL;
    } else if ((*analysis)->record != NULL) {
        (*analysis)->record->control = NULL; /* it was that of this call */
    }
    return status;
}

typedef void page_writer(const dia_analysis *analysis, const dia_analyse_flags *flags, FILE *out);

static void write_page(const dia_analysis *analysis, const dia_analyse_flags *flags, FILE *out)
{
    if (flags != NULL && flags->card)
        dia_analysis_write_card(analysis, flags->members, out);
    else
        dia_analysis_write_text(analysis, out);
}

static void write_object(const dia_analysis *analysis, const dia_analyse_flags *flags, FILE *out)
{
    (void)flags;
    dia_analysis_write_json(analysis, 0, out);
}

/* text NULL: not wanted. */
static dia_status write_text(const dia_analysis *analysis, const dia_analyse_flags *flags, page_writer *write,
                             char **text, dia_error *error)
{
    size_t size = 0;
    if (text == NULL)
        return DIA_OK;
    FILE *out = open_memstream(text, &size);
    if (out != NULL)
        write(analysis, flags, out);
    return dia_text_close(out, text, error);
}

dia_status dia_analyse(const dia_input *input, const char *swarm, const dia_analyse_flags *flags,
                       const dia_control *control, char **page, char **json, dia_error *error)
{
    dia_analysis *analysis;
    if (page != NULL)
        *page = NULL;
    if (json != NULL)
        *json = NULL;
    dia_status status = dia_analysis_make(&analysis, input, swarm, flags, control, error);
    if (status == DIA_OK)
        status = write_text(analysis, flags, write_page, page, error);
    if (status == DIA_OK)
        status = write_text(analysis, flags, write_object, json, error);
    dia_analysis_free(analysis);
    if (status != DIA_OK && page != NULL) {
        free(*page);
        *page = NULL;
    }
    return status;
}
