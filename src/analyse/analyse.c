/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/analyse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/output.h"
#include "diabolo/analyse.h"

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
        status = dia_record_load(&a->record, path, error);
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
    if (status != DIA_OK) {
        dia_analysis_free(a);
        return status;
    }
    for (int j = 0; j < a->record->ntrajectory; j++)
        a->fate[(int)a->record->fate[j]]++;
    *analysis = a;
    return DIA_OK;
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
    free(analysis->outcomes);
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
    o->bootstrap = settings->bootstrap.resamplings;
    o->seed = (uint64_t)settings->bootstrap.seed;
    o->threads = dia_control_threads(control);
    request->settings = settings;
    request->control = control;
    request->nscheme = flags->nscheme;
    request->scheme = flags->scheme;
    return DIA_OK;
}

static dia_status analyse(const char *swarm, const dia_study_request *request, char **page, char **json,
                          dia_error *error)
{
    dia_analysis *analysis = NULL;
    size_t size = 0;
    dia_status status = dia_analysis_create(&analysis, swarm, &request->lifetime, error);
    if (status == DIA_OK)
        status = dia_study_create(&analysis->study, analysis->record, &analysis->lifetime, request, error);
    if (status == DIA_OK && page != NULL) {
        FILE *out = open_memstream(page, &size);
        if (out != NULL)
            dia_analysis_write_text(analysis, out);
        status = dia_text_close(out, page, error);
    }
    if (status == DIA_OK && json != NULL) {
        FILE *out = open_memstream(json, &size);
        if (out != NULL)
            dia_analysis_write_json(analysis, 0, out);
        status = dia_text_close(out, json, error);
    }
    dia_analysis_free(analysis);
    return status;
}

dia_status dia_analyse(const dia_input *input, const char *swarm, const dia_analyse_flags *flags,
                       const dia_control *control, char **page, char **json, dia_error *error)
{
    static const dia_analyse_flags none;
    dia_input whole = input != NULL ? *input : (dia_input){0};
    dia_study_settings settings = {0};
    dia_study_request request = {.settings = &settings};
    if (page != NULL)
        *page = NULL;
    if (json != NULL)
        *json = NULL;
    if (whole.path == NULL && whole.text == NULL)
        whole.text = "{}"; /* everything as by default */
    dia_status status = dia_config_open(&request.config, &whole, NULL, error);
    if (status == DIA_OK)
        status = settle(&request, &settings, flags != NULL ? flags : &none, control, error);
    if (status == DIA_OK)
        status = analyse(swarm, &request, page, json, error);
    dia_config_free(request.config);
    if (status != DIA_OK && page != NULL) {
        free(*page);
        *page = NULL;
    }
    return status;
}
