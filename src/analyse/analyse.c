/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/analyse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
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
    free(analysis->path);
    free(analysis);
}

/* ---- a whole input --------------------------------------------------------------------------- */

/* NULL: the one that the data support. */
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
    return dia_error_set(error, DIA_ERROR_INPUT, "fit: there is no decay model '%s'%s%s%s; there are %s", name,
                         near != NULL ? " (did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?)" : "",
                         known);
}

static dia_status check(const dia_analyse_flags *flags, const dia_lifetime_options *o, dia_error *error)
{
    if (flags->from != NULL && *flags->from < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "--from: states are counted from 0, found %d", *flags->from);
    if (o->bootstrap != 0 && o->bootstrap < DIA_LIFETIME_BOOTSTRAP_MIN)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: a 95 %% interval needs at least %d resamplings (0: no interval), found %d",
                             flags->bootstrap != NULL ? "--bootstrap" : "bootstrap.resamplings",
                             (int)DIA_LIFETIME_BOOTSTRAP_MIN, o->bootstrap);
    if (flags->seed != NULL && *flags->seed < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "--seed: expected 0 or more, found %d", *flags->seed);
    return DIA_OK;
}

/* The flags go before the input. */
static dia_status settle(dia_study_request *request, dia_study_settings *settings, const dia_analyse_flags *flags,
                         const dia_control *control, dia_error *error)
{
    dia_lifetime_options *o = &request->lifetime;
    dia_config_read(request->config, dia_config_root(request->config), "input", 1,
                    (const dia_option *const[]){dia_study_options}, (void *const[]){settings});
    dia_status status = dia_config_finish(request->config, error);
    if (status != DIA_OK)
        return status;
    if (flags->model != NULL)
        settings->model = flags->model;
    o->type = settings->decay.model > 0 ? &dia_decay_types[settings->decay.model - 1] : NULL;
    o->from = flags->from != NULL ? *flags->from : settings->decay.from;
    o->bootstrap = flags->bootstrap != NULL ? *flags->bootstrap : settings->bootstrap.resamplings;
    const int seed = flags->seed != NULL ? *flags->seed : settings->bootstrap.seed;
    o->seed = (uint64_t)(seed > 0 ? seed : 0);
    o->threads = dia_control_threads(control);
    request->settings = settings;
    request->control = control;
    request->nscheme = flags->nscheme;
    request->scheme = flags->scheme;
    status = check(flags, o, error);
    return status == DIA_OK && flags->fit != NULL ? choose_decay(flags->fit, &o->type, error) : status;
}

/* One of the two texts, on the heap; text NULL: not wanted. */
static dia_status write_to(char **text, void (*write)(const dia_analysis *, FILE *), const dia_analysis *analysis,
                           dia_error *error)
{
    size_t size = 0;
    FILE *out = text != NULL ? open_memstream(text, &size) : NULL;
    if (text == NULL)
        return DIA_OK;
    if (out != NULL)
        write(analysis, out);
    if (out == NULL || fclose(out) != 0)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the results");
    return DIA_OK;
}

static dia_status analyse(const char *swarm, const dia_study_request *request, char **page, char **json,
                          dia_error *error)
{
    dia_analysis *analysis = NULL;
    dia_status status = dia_analysis_create(&analysis, swarm, &request->lifetime, error);
    if (status == DIA_OK)
        status = dia_study_create(&analysis->study, analysis->record, &analysis->lifetime, request, error);
    if (status == DIA_OK)
        status = write_to(page, dia_analysis_write_text, analysis, error);
    if (status == DIA_OK)
        status = write_to(json, dia_analysis_write_json, analysis, error);
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
