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

/* The members of the searches; those of the starts are not read. values: room for (n) doubles. */
static dia_status read_columns(dia_survey *survey, double *values, const dia_store *store, dia_error *error)
{
    const size_t n = (size_t)survey->n;
    char name[64], **reason = NULL;
    dia_status status = DIA_OK;
    for (size_t f = 0; f < sizeof columns / sizeof columns[0] && status == DIA_OK; f++) {
        const column *c = &columns[f];
        const size_t size = size_of(c->number);
        if (c->of != SEARCH)
            continue;
        snprintf(name, sizeof name, "starts/%s", c->name);
        status = dia_store_read(store, name, c->number, 1, &n, values, error);
        for (size_t k = 0; k < n && status == DIA_OK; k++)
            memcpy((char *)&survey->ending[k] + c->offset, (const char *)values + k * size, size);
    }
    if (status == DIA_OK)
        status = dia_store_read_texts(store, "starts/reason", n, &reason, error);
    for (size_t k = 0; k < n && status == DIA_OK; k++) {
        dia_search_end *ending = &survey->ending[k];
        if ((int)ending->method < 0 || ending->method >= DIA_SEARCH_METHODS)
            status =
                dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'starts/method', row %zu: %d, expected 0, 1 or 2",
                              dia_store_path(store), k, (int)ending->method);
        ending->start = (int)k;
        ending->result.converged = ending->point >= 0;
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
    double *values = calloc(dims[0] + 1, sizeof *values);
    survey->n = (int)dims[0];
    survey->ending = calloc(dims[0] + 1, sizeof *survey->ending);
    if (values == NULL || survey->ending == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu searches", dims[0]);
    if (status == DIA_OK)
        status = read_columns(survey, values, store, error);
    free(values);
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
