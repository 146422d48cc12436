/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Group /starts of the intersections file: where each search began and how it ended. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intersect/survey.h"

/* One column of numbers, in turn: the values of a member of each search, or of its start. */
typedef struct column {
    const char *name, *unit;
    enum { SEARCH, START } of;
    dia_number number; /* of the member */
    size_t offset;
} column;

#define SEARCH_COLUMN(name, number, unit, member)                                                                      \
    {                                                                                                                  \
        name, unit, SEARCH, DIA_NUMBER_##number, offsetof(dia_search_end, member)                                      \
    }
#define START_COLUMN(name, number, unit, member)                                                                       \
    {                                                                                                                  \
        name, unit, START, DIA_NUMBER_##number, offsetof(dia_start, member)                                            \
    }
static const column columns[] = {SEARCH_COLUMN("first", INT, "1", states.first),
                                 SEARCH_COLUMN("count", INT, "1", states.count),
                                 SEARCH_COLUMN("method", INT, "1", method),
                                 START_COLUMN("source", INT, "1", source),
                                 START_COLUMN("index", INT64, "1", index),
                                 START_COLUMN("trajectory", INT64, "1", trajectory),
                                 START_COLUMN("time", REAL, "fs", time),
                                 SEARCH_COLUMN("point", INT, "1", point),
                                 SEARCH_COLUMN("energy", REAL, "hartree", result.energy),
                                 SEARCH_COLUMN("gap", REAL, "hartree", result.gap),
                                 SEARCH_COLUMN("gradient", REAL, "hartree/bohr", result.gradient),
                                 SEARCH_COLUMN("iterations", INT, "1", result.iterations)};
_Static_assert(sizeof(dia_search_method) == sizeof(int) && sizeof(dia_start_source) == sizeof(int), "columns of int");

static size_t size_of(dia_number number)
{
    return number == DIA_NUMBER_INT ? sizeof(int) : number == DIA_NUMBER_INT64 ? sizeof(int64_t) : sizeof(double);
}

/* values: room for (n, ncart) doubles. */
static void write_columns(const dia_survey *survey, const dia_starts *starts, double *values, dia_writer *group)
{
    const size_t n = (size_t)survey->n;
    for (size_t f = 0; f < sizeof columns / sizeof columns[0]; f++) {
        const column *c = &columns[f];
        const size_t size = size_of(c->number);
        for (size_t k = 0; k < n; k++) {
            const dia_search_end *ending = &survey->ending[k];
            const char *row = c->of == SEARCH ? (const char *)ending : (const char *)&starts->start[ending->start];
            memcpy((char *)values + k * size, row + c->offset, size);
        }
        dia_writer_write(group, c->name, c->unit, c->number, 1, &n, values);
    }
}

dia_status dia_survey_write(const dia_survey *survey, const dia_starts *starts, const dia_molecule *molecule,
                            dia_store *store, dia_error *error)
{
    const size_t n = (size_t)survey->n, ncart = (size_t)survey->ncart;
    dia_writer group = {.store = store, .name = "starts", .error = error};
    double *values = calloc(n * ncart + 1, sizeof *values);
    const char **reason = calloc(n + 1, sizeof *reason);
    if (values == NULL || reason == NULL)
        group.status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d searches", survey->n);
    else
        write_columns(survey, starts, values, &group);
    for (size_t k = 0; k < n && group.status == DIA_OK; k++) {
        const dia_search_end *ending = &survey->ending[k];
        memcpy(values + k * ncart, starts->R + (size_t)ending->start * ncart, ncart * sizeof *values);
        reason[k] = ending->result.why;
    }
    dia_writer_vectors(&group, "position", "bohr", n, molecule->natom, molecule->dimension, values);
    dia_writer_mark(&group, "method", "methods", "projection lagrange_newton penalty");
    dia_writer_mark(&group, "source", "sources", "reference input file hop");
    dia_writer_texts(&group, "reason", n, reason);
    free(values);
    free(reason);
    return group.status;
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
