/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intersect/hold.h"
#include "intersect/surface.h"

typedef struct walk {
    dia_scan *scan;
    const dia_model *model;
    const dia_molecule *molecule;
    const dia_scan_options *options;
    const dia_watch *watch;
    const double *start;
    dia_internal_set rest;
    dia_hold *hold;             /* (naxis + nkeep) what is held: the axes, then `keep` */
    dia_coordinate *coordinate; /* (naxis + nkeep) the same                            */
    double *value;              /* (naxis + nkeep) the same                            */
    double *grid;               /* (points[0] + points[1]) values of the axes          */
    double *R, *first;          /* (ncart) */
    int done;
} walk;

static double *point(const walk *w, int i, int j)
{
    return w->scan->path.R + (size_t)(i * w->scan->points[1] + j) * (size_t)w->molecule->ncart;
}

/* Stores the point and reports progress. */
static dia_status keep_point(walk *w, int i, int j, bool good, int iterations, const char *why, dia_error *error)
{
    dia_scan *scan = w->scan;
    const int p = i * scan->points[1] + j;
    if (good)
        memcpy(point(w, i, j), w->R, (size_t)w->molecule->ncart * sizeof *w->R);
    scan->point[p] = (dia_scan_point){.iterations = iterations, .converged = good};
    snprintf(scan->point[p].why, sizeof scan->point[p].why, "%s", good ? "" : why);
    return dia_watch_tell(w->watch, ++w->done, scan->points[0] * scan->points[1], error);
}

/* One try at the point whose values are in w->value, from a geometry: w->R. */
static dia_status try_from(walk *w, const double *from, dia_search_result *result, dia_error *error)
{
    const dia_scan_options *o = w->options;
    const int held = o->naxis + o->nkeep;
    dia_error local = {0};
    *result = (dia_search_result){.converged = true};
    memcpy(w->R, from, (size_t)w->molecule->ncart * sizeof *w->R);
    dia_status status = dia_internal_place(w->molecule, &w->rest, held, w->coordinate, w->value, w->R, &local);
    if (status == DIA_ERROR_NUMERIC) {
        *result = (dia_search_result){.converged = false};
        snprintf(result->why, sizeof result->why, "%.199s", local.text);
        return DIA_OK;
    }
    if (status != DIA_OK)
        return dia_error_set(error, status, "%s", local.text);
    if (o->kind == DIA_SCAN_RIGID)
        return DIA_OK;
    for (int k = 0; k < held; k++)
        w->hold[k] = (dia_hold){&w->coordinate[k], w->value[k]};
    return dia_search_held(w->model, o->first, o->count, &o->search, held, w->hold, w->R, result, error);
}

/* A relaxed point is searched from its neighbour and from the start with the coordinates moved; the lower of the two
 * counts, so that the scan leaves a valley that has become the higher one. w->R and *result become the better.
 */
static dia_status try_both(walk *w, const double *neighbour, dia_search_result *result, dia_error *error)
{
    const size_t bytes = (size_t)w->molecule->ncart * sizeof *w->R;
    dia_status status = try_from(w, neighbour, result, error);
    if (status != DIA_OK || neighbour == w->start)
        return status;
    const dia_search_result first = *result;
    memcpy(w->first, w->R, bytes);
    status = try_from(w, w->start, result, error);
    if (status == DIA_OK && first.converged && !(result->converged && result->energy < first.energy - 1e-7)) {
        *result = first;
        memcpy(w->R, w->first, bytes);
    }
    return status;
}

/* The point (i, j), reached from the geometry `from`. */
static dia_status make_point(walk *w, int i, int j, const double *from, dia_error *error)
{
    const dia_scan_options *o = w->options;
    dia_search_result result;
    w->value[0] = w->grid[i];
    if (o->naxis == 2)
        w->value[1] = w->grid[w->scan->points[0] + j];
    for (int a = 0; a < o->naxis; a++)
        w->scan->value[(i * w->scan->points[1] + j) * o->naxis + a] = w->value[a];
    dia_status status =
        o->kind == DIA_SCAN_RIGID ? try_from(w, w->start, &result, error) : try_both(w, from, &result, error);
    if (status == DIA_OK)
        status = dia_path_superpose(w->molecule, from, w->R, error);
    return status == DIA_OK ? keep_point(w, i, j, result.converged, result.iterations, result.why, error) : status;
}

/* A whole row i, from place j0 outwards, beginning at the geometry `from`. */
static dia_status make_row(walk *w, int i, int j0, const double *from, dia_error *error)
{
    dia_status status = make_point(w, i, j0, from, error);
    for (int side = -1; side <= 1; side += 2) {
        const double *last = w->scan->point[i * w->scan->points[1] + j0].converged ? point(w, i, j0) : from;
        for (int j = j0 + side; j >= 0 && j < w->scan->points[1] && status == DIA_OK; j += side) {
            status = make_point(w, i, j, last, error);
            if (w->scan->point[i * w->scan->points[1] + j].converged)
                last = point(w, i, j);
        }
    }
    return status;
}

/* The grid value nearest to where the coordinate stands at the start. */
static int nearest(const dia_coordinate *coordinate, int n, const double *grid, double value)
{
    int best = 0;
    for (int i = 1; i < n; i++)
        if (fabs(dia_coordinate_difference(coordinate, grid[i], value)) <
            fabs(dia_coordinate_difference(coordinate, grid[best], value)))
            best = i;
    return best;
}

static dia_status make_rows(walk *w, dia_error *error)
{
    const dia_scan *scan = w->scan;
    int begin[DIA_SCAN_AXES] = {0, 0};
    for (int a = 0; a < scan->naxis; a++)
        begin[a] = nearest(&scan->coordinate[a], scan->points[a], w->grid + a * scan->points[0],
                           dia_coordinate_value(&scan->coordinate[a], w->start));
    dia_status status = make_row(w, begin[0], begin[1], w->start, error);
    for (int side = -1; side <= 1; side += 2) {
        const double *last = w->start;
        for (int i = begin[0]; i >= 0 && i < scan->points[0] && status == DIA_OK; i += side) {
            if (i != begin[0])
                status = make_row(w, i, begin[1], last, error);
            if (scan->point[i * scan->points[1] + begin[1]].converged)
                last = point(w, i, begin[1]);
        }
    }
    return status;
}

/* Grid values, with what is left open taken from the start and the end. */
static dia_status make_grid(walk *w, const double *end, dia_error *error)
{
    double *grid = w->grid;
    for (int a = 0; a < w->options->naxis; a++) {
        const dia_scan_axis *axis = &w->options->axis[a];
        const double from = isnan(axis->from) ? dia_coordinate_value(&axis->coordinate, w->start) : axis->from;
        double to = axis->to;
        if (isnan(to) && end == NULL)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "a scan of '%s' has no end: give a range, or a geometry to go to",
                                 axis->coordinate.text);
        if (isnan(to))
            to =
                from + dia_coordinate_difference(&axis->coordinate, dia_coordinate_value(&axis->coordinate, end), from);
        for (int i = 0; i < axis->points; i++)
            *grid++ = axis->points == 1 ? from : from + (to - from) * i / (axis->points - 1);
    }
    return DIA_OK;
}

static dia_status check(const dia_scan_options *o, const dia_model *model, dia_error *error)
{
    if (o->naxis < 1 || o->naxis > DIA_SCAN_AXES || o->nkeep < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "a scan has 1 or %d coordinates, found %d", DIA_SCAN_AXES,
                             o->naxis);
    for (int a = 0; a < o->naxis; a++)
        if (o->axis[a].points < 1 || o->axis[a].points > 100000)
            return dia_error_set(error, DIA_ERROR_INPUT, "a scan has 1 to 100000 points along '%s', found %d",
                                 o->axis[a].coordinate.text, o->axis[a].points);
    return o->kind == DIA_SCAN_RELAXED ? dia_states_check(model, o->first, o->count, 1, DIA_DEGENERATE_MAX, error)
                                       : DIA_OK;
}

static dia_status scan_open(dia_scan *scan, const dia_model *model, const dia_scan_options *o, dia_error *error)
{
    *scan = (dia_scan){.kind = o->kind, .first = o->first, .count = o->count, .naxis = o->naxis, .points = {1, 1}};
    size_t n = 1;
    for (int a = 0; a < o->naxis; a++) {
        scan->points[a] = o->axis[a].points;
        scan->coordinate[a] = o->axis[a].coordinate;
        n *= (size_t)scan->points[a];
    }
    if (n > 1000000)
        return dia_error_set(error, DIA_ERROR_INPUT, "a scan of %zu points: at most 1000000", n);
    dia_path_init(&scan->path, model);
    scan->value = calloc(n * (size_t)o->naxis, sizeof *scan->value);
    scan->point = calloc(n, sizeof *scan->point);
    double *nowhere = calloc((size_t)scan->path.ncart, sizeof *nowhere);
    dia_status status = DIA_OK;
    if (scan->value == NULL || scan->point == NULL || nowhere == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a scan of %zu points", n);
    for (int c = 0; c < scan->path.ncart && status == DIA_OK; c++)
        nowhere[c] = NAN;
    for (size_t p = 0; p < n && status == DIA_OK; p++)
        status = dia_path_add(&scan->path, nowhere, error);
    free(nowhere);
    return status;
}

static dia_status walk_open(walk *w, dia_error *error)
{
    const dia_scan_options *o = w->options;
    const size_t held = (size_t)o->naxis + (size_t)o->nkeep;
    w->hold = calloc(held, sizeof *w->hold);
    w->coordinate = calloc(held, sizeof *w->coordinate);
    w->value = calloc(held, sizeof *w->value);
    w->grid = calloc((size_t)w->scan->points[0] + (size_t)w->scan->points[1], sizeof *w->grid);
    w->R = calloc(2 * (size_t)w->molecule->ncart, sizeof *w->R);
    if (w->hold == NULL || w->coordinate == NULL || w->value == NULL || w->grid == NULL || w->R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a scan");
    w->first = w->R + w->molecule->ncart;
    for (int a = 0; a < o->naxis; a++)
        w->coordinate[a] = o->axis[a].coordinate;
    for (int k = 0; k < o->nkeep; k++) {
        w->coordinate[o->naxis + k] = o->keep[k];
        w->value[o->naxis + k] = dia_coordinate_value(&o->keep[k], w->start);
    }
    return dia_internal_set_make(&w->rest, w->molecule, 1, w->start, error);
}

static void walk_close(walk *w)
{
    free(w->hold);
    free(w->coordinate);
    free(w->value);
    free(w->grid);
    free(w->R);
    dia_internal_set_free(&w->rest);
}

dia_status dia_scan_make(dia_scan *scan, const dia_model *model, const dia_scan_options *options, const double *start,
                         const double *end, const dia_watch *watch, dia_error *error)
{
    walk w = {.scan = scan,
              .model = model,
              .molecule = dia_model_molecule(model),
              .options = options,
              .watch = watch,
              .start = start};
    *scan = (dia_scan){0};
    dia_status status = check(options, model, error);
    if (status == DIA_OK)
        status = scan_open(scan, model, options, error);
    if (status == DIA_OK)
        status = walk_open(&w, error);
    if (status == DIA_OK)
        status = make_grid(&w, end, error);
    if (status == DIA_OK)
        status = make_rows(&w, error);
    if (status == DIA_OK)
        status = dia_path_evaluate(&scan->path, model, error);
    walk_close(&w);
    if (status != DIA_OK)
        dia_scan_free(scan);
    return status;
}

void dia_scan_free(dia_scan *scan)
{
    free(scan->value);
    free(scan->point);
    dia_path_free(&scan->path);
    *scan = (dia_scan){0};
}
