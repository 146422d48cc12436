/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Group /starts of the intersections file: where each search began and how it ended. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intersect/survey.h"
#include "store/member.h"

/* One search with the start that it began at. */
typedef struct row {
    dia_search_end end;
    dia_start from;
} row;

#define OF(member, kind, ...) DIA_MEMBER_OF(row, member, DIA_MEMBER_##kind, __VA_ARGS__)
/* Of the ending, which comes first; read as well. */
static const dia_member end_fields[] = {OF(end.states.first, INT, .name = "first"),
                                        OF(end.states.count, INT, .name = "count"),
                                        OF(end.method, INT, .name = "method", .below = 'M'),
                                        OF(end.point, INT, .name = "point"),
                                        OF(end.result.energy, REAL, .name = "energy", .unit = "hartree"),
                                        OF(end.result.gap, REAL, .name = "gap", .unit = "hartree"),
                                        OF(end.result.gradient, REAL, .name = "gradient", .unit = "hartree/bohr"),
                                        OF(end.result.iterations, INT, .name = "iterations"),
                                        OF(end.result.why, WORDS, .name = "reason", .unit = "1"),
                                        {0}};
static const dia_member start_fields[] = {OF(from.source, INT, .name = "source"),
                                          OF(from.index, INT64, .name = "index"),
                                          OF(from.trajectory, INT64, .name = "trajectory"),
                                          OF(from.time, REAL, .name = "time", .unit = "fs"),
                                          {0}};
#undef OF
_Static_assert(sizeof(dia_search_method) == sizeof(int) && sizeof(dia_start_source) == sizeof(int), "columns of int");

dia_status dia_survey_write(const dia_survey *survey, const dia_starts *starts, const dia_molecule *molecule,
                            dia_store *store, dia_error *error)
{
    const size_t n = (size_t)survey->n, ncart = (size_t)survey->ncart;
    dia_writer group = {.store = store, .name = "starts", .error = error};
    double *R = calloc(n * ncart + 1, sizeof *R);
    row *list = calloc(n + 1, sizeof *list);
    if (R == NULL || list == NULL)
        group.status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d searches", survey->n);
    for (size_t k = 0; k < n && group.status == DIA_OK; k++) {
        const size_t start = (size_t)survey->ending[k].start;
        list[k] = (row){survey->ending[k], starts->start[start]};
        memcpy(R + k * ncart, starts->R + start * ncart, ncart * sizeof *R);
    }
    const dia_rows rows = DIA_ROWS(list, n);
    if (group.status == DIA_OK)
        group.status = dia_rows_store(end_fields, &rows, store, "starts", error);
    if (group.status == DIA_OK)
        group.status = dia_rows_store(start_fields, &rows, store, "starts", error);
    dia_writer_vectors(&group, "position", "bohr", n, molecule->natom, molecule->dimension, R);
    dia_writer_mark(&group, "method", "methods", "projection lagrange_newton penalty");
    dia_writer_mark(&group, "source", "sources", "reference input file hop");
    free(R);
    free(list);
    return group.status;
}

/* ---- reading --------------------------------------------------------------------------------- */

static dia_status read_from(dia_survey *survey, const dia_store *store, dia_error *error)
{
    int rank = 0;
    size_t dims[8] = {0};
    dia_extents extents = {.of = {['M'] = DIA_SEARCH_METHODS}};
    dia_status status = dia_store_shape(store, "starts/point", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    if (rank != 1 || dims[0] > INT_MAX / 8)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'starts/point': expected a list",
                             dia_store_path(store));
    survey->ending = calloc(dims[0] + 1, sizeof *survey->ending);
    if (survey->ending == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu searches", dims[0]);
    const dia_rows rows = DIA_ROWS(survey->ending, dims[0]);
    status = dia_rows_load(end_fields, &rows, &extents, store, "starts", NULL, error);
    survey->n = (int)dims[0];
    for (int k = 0; k < survey->n; k++) {
        survey->ending[k].start = k;
        survey->ending[k].result.converged = survey->ending[k].point >= 0;
    }
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
