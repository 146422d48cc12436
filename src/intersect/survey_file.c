/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Group /starts of the intersections file: where each search began and how it ended. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intersect/survey.h"

typedef struct columns { /* (n) each, one block a type */
    int *first, *count, *method, *source, *point, *iterations;
    int64_t *index, *trajectory;
    double *time, *energy, *gap, *gradient, *R;
    const char **reason;
} columns;

static bool columns_make(columns *own, const dia_survey *survey, const dia_starts *starts)
{
    const size_t n = (size_t)survey->n, ncart = (size_t)survey->ncart;
    int *ints = calloc(6 * n + 1, sizeof *ints);
    int64_t *longs = calloc(2 * n + 1, sizeof *longs);
    double *reals = calloc((4 + ncart) * n + 1, sizeof *reals);
    own->reason = calloc(n + 1, sizeof *own->reason);
    own->first = ints;
    own->index = longs;
    own->time = reals;
    if (ints == NULL || longs == NULL || reals == NULL || own->reason == NULL)
        return false;
    own->count = ints + n, own->method = ints + 2 * n, own->source = ints + 3 * n;
    own->point = ints + 4 * n, own->iterations = ints + 5 * n;
    own->trajectory = longs + n;
    own->energy = reals + n, own->gap = reals + 2 * n, own->gradient = reals + 3 * n, own->R = reals + 4 * n;
    for (size_t k = 0; k < n; k++) {
        const dia_search_end *ending = &survey->ending[k];
        const dia_start *start = &starts->start[ending->start];
        own->first[k] = ending->states.first;
        own->count[k] = ending->states.count;
        own->method[k] = (int)ending->method;
        own->source[k] = (int)start->source;
        own->point[k] = ending->point;
        own->iterations[k] = ending->result.iterations;
        own->index[k] = start->index;
        own->trajectory[k] = start->trajectory;
        own->time[k] = start->time;
        own->energy[k] = ending->result.energy;
        own->gap[k] = ending->result.gap;
        own->gradient[k] = ending->result.gradient;
        own->reason[k] = ending->result.why;
        memcpy(own->R + k * ncart, starts->R + (size_t)ending->start * ncart, ncart * sizeof *own->R);
    }
    return true;
}

static void columns_free(columns *own)
{
    free(own->first);
    free(own->index);
    free(own->time);
    free(own->reason);
}

static dia_status write_columns(const columns *own, const dia_survey *survey, const dia_molecule *molecule,
                                dia_store *store, dia_error *error)
{
    const struct {
        const char *name;
        dia_number number;
        const void *values;
        const char *unit;
    } each[] = {{"first", DIA_NUMBER_INT, own->first, "1"},
                {"count", DIA_NUMBER_INT, own->count, "1"},
                {"method", DIA_NUMBER_INT, own->method, "1"},
                {"source", DIA_NUMBER_INT, own->source, "1"},
                {"index", DIA_NUMBER_INT64, own->index, "1"},
                {"trajectory", DIA_NUMBER_INT64, own->trajectory, "1"},
                {"time", DIA_NUMBER_REAL, own->time, "fs"},
                {"point", DIA_NUMBER_INT, own->point, "1"},
                {"energy", DIA_NUMBER_REAL, own->energy, "hartree"},
                {"gap", DIA_NUMBER_REAL, own->gap, "hartree"},
                {"gradient", DIA_NUMBER_REAL, own->gradient, "hartree/bohr"},
                {"iterations", DIA_NUMBER_INT, own->iterations, "1"}};
    const size_t dims[3] = {(size_t)survey->n, (size_t)molecule->natom, (size_t)molecule->dimension};
    dia_status status = DIA_OK;
    for (size_t f = 0; f < sizeof each / sizeof each[0] && status == DIA_OK; f++) {
        char name[64] = "starts/";
        strcat(name, each[f].name);
        status = dia_store_write(store, name, each[f].number, 1, dims, each[f].values, each[f].unit, error);
    }
    if (status == DIA_OK)
        status = dia_store_write(store, "starts/position", DIA_NUMBER_REAL, 3, dims, own->R, "bohr", error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "starts/position", "frame", dia_catalogue_frame(molecule), error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "starts/method", "methods", "projection lagrange_newton penalty", error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "starts/source", "sources", "reference input file hop", error);
    if (status == DIA_OK)
        status = dia_store_write_texts(store, "starts/reason", dims[0], own->reason, error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "starts/reason", "unit", "1", error);
    return status;
}

dia_status dia_survey_write(const dia_survey *survey, const dia_starts *starts, const dia_molecule *molecule,
                            dia_store *store, dia_error *error)
{
    columns own = {0};
    dia_status status = columns_make(&own, survey, starts)
                            ? write_columns(&own, survey, molecule, store, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d searches", survey->n);
    columns_free(&own);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

static dia_status read_columns(dia_survey *survey, int *ints, double *reals, const dia_store *store, dia_error *error)
{
    static const char *const int_names[] = {"first", "count", "method", "point", "iterations"};
    static const char *const real_names[] = {"energy", "gap", "gradient"};
    const size_t n = (size_t)survey->n;
    char name[64], **reason = NULL;
    dia_status status = DIA_OK;
    for (size_t f = 0; f < 5 && status == DIA_OK; f++) {
        snprintf(name, sizeof name, "starts/%s", int_names[f]);
        status = dia_store_read(store, name, DIA_NUMBER_INT, 1, &n, ints + f * n, error);
    }
    for (size_t f = 0; f < 3 && status == DIA_OK; f++) {
        snprintf(name, sizeof name, "starts/%s", real_names[f]);
        status = dia_store_read(store, name, DIA_NUMBER_REAL, 1, &n, reals + f * n, error);
    }
    if (status == DIA_OK)
        status = dia_store_read_texts(store, "starts/reason", n, &reason, error);
    for (size_t k = 0; k < n && status == DIA_OK; k++) {
        dia_search_end *ending = &survey->ending[k];
        if (ints[2 * n + k] < 0 || ints[2 * n + k] >= DIA_SEARCH_METHODS)
            status =
                dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'starts/method', row %zu: %d, expected 0, 1 or 2",
                              dia_store_path(store), k, ints[2 * n + k]);
        *ending = (dia_search_end){.start = (int)k,
                                   .states = {ints[k], ints[n + k]},
                                   .method = (dia_search_method)ints[2 * n + k],
                                   .point = ints[3 * n + k],
                                   .result = {.converged = ints[3 * n + k] >= 0,
                                              .iterations = ints[4 * n + k],
                                              .energy = reals[k],
                                              .gap = reals[n + k],
                                              .gradient = reals[2 * n + k]}};
        snprintf(ending->result.why, sizeof ending->result.why, "%s", reason[k]);
    }
    free(reason);
    return status;
}

static dia_status read_from(dia_survey *survey, const dia_store *store, dia_error *error)
{
    int rank = 0;
    size_t dims[8] = {0};
    dia_status status = dia_store_shape(store, "starts/point", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    if (rank != 1 || dims[0] > INT_MAX / 8)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'starts/point': expected a list",
                             dia_store_path(store));
    int *ints = calloc(5 * dims[0] + 1, sizeof *ints);
    double *reals = calloc(3 * dims[0] + 1, sizeof *reals);
    survey->n = (int)dims[0];
    survey->ending = calloc(dims[0] + 1, sizeof *survey->ending);
    if (ints == NULL || reals == NULL || survey->ending == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu searches", dims[0]);
    if (status == DIA_OK)
        status = read_columns(survey, ints, reals, store, error);
    free(ints);
    free(reals);
    return status;
}

dia_status dia_survey_read(dia_survey *survey, const char *path, dia_error *error)
{
    dia_store *store = NULL;
    *survey = (dia_survey){0};
    dia_status status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect(store, DIA_CATALOGUE_FORMAT, DIA_CATALOGUE_VERSION, error);
    if (status == DIA_OK)
        status = read_from(survey, store, error);
    if (store != NULL)
        dia_store_close(&store);
    if (status != DIA_OK)
        dia_survey_free(survey);
    return status;
}
