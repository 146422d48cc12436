/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/seam.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "intersect/hold.h"
#include "intersect/internal.h"
#include "intersect/surface.h"
#include "math/vector.h"

typedef struct side { /* points away from the start: 0, 1, 2 steps ... */
    int n;
    double *R, *value, *energy, *gap, *gradient; /* (n, ncart), (n) ... */
} side;

typedef struct walk {
    dia_seam *seam;
    const dia_model *model;
    const dia_molecule *molecule;
    const dia_seam_options *options;
    const dia_watch *watch;
    dia_hold *hold; /* (1 + nkeep) */
    double *R;      /* (ncart); one block with the sides */
    side side[2];   /* below, above */
    int done;
} walk;

static dia_status store_point(walk *w, side *s, const dia_search_result *result, dia_error *error)
{
    memcpy(s->R + (size_t)s->n * (size_t)w->molecule->ncart, w->R, (size_t)w->molecule->ncart * sizeof *w->R);
    s->value[s->n] = w->hold[0].value;
    s->energy[s->n] = result->energy;
    s->gap[s->n] = result->gap;
    s->gradient[s->n] = result->gradient;
    s->n++;
    return dia_watch_tell(w->watch, ++w->done, 2 * w->options->points + 1, error);
}

/* w->R: the next geometry to begin at. Extrapolated from the last two points; for the first, only the coordinate is
 * moved. */
static dia_status guess(walk *w, const side *s, double value, dia_error *error)
{
    const int n = w->molecule->ncart;
    const double *last = s->R + (size_t)(s->n - 1) * (size_t)n;
    for (int c = 0; c < n; c++)
        w->R[c] = s->n > 1 ? 2.0 * last[c] - last[c - n] : last[c];
    dia_error quiet = {0};
    dia_status status = dia_internal_place(w->molecule, NULL, 1, w->hold[0].coordinate, &value, w->R, &quiet);
    if (status == DIA_ERROR_NUMERIC) /* the search may find its own way */
        return DIA_OK;
    return status == DIA_OK ? DIA_OK : dia_error_set(error, status, "%s", quiet.text);
}

static double furthest(const walk *w, const double *A, const double *B)
{
    const int d = w->molecule->dimension;
    double most = 0.0;
    for (int a = 0; a < w->molecule->natom; a++)
        most = fmax(most, d == 3 ? dia_distance(A + 3 * a, B + 3 * a) : fabs(A[a] - B[a]));
    return most;
}

/* One step; *lost says whether that was the last, and `ended` why. */
static dia_status step(walk *w, side *s, double value, bool *lost, char *ended, dia_error *error)
{
    const dia_seam_options *o = w->options;
    const double *last = s->R + (size_t)(s->n - 1) * (size_t)w->molecule->ncart;
    const double jump = o->jump > 0.0 ? o->jump : 1.0;
    char where[64];
    dia_quantity_text(value, o->coordinate.dimension, sizeof where, where);
    w->hold[0].value = value;
    dia_status status = guess(w, s, value, error);
    dia_search_result result;
    if (status == DIA_OK)
        status = dia_search_held(w->model, o->first, o->count, &o->search, 1 + o->nkeep, w->hold, w->R, &result, error);
    if (status == DIA_OK)
        status = dia_path_superpose(w->molecule, last, w->R, error);
    if (status != DIA_OK)
        return status;
    *lost = true;
    if (!result.converged)
        snprintf(ended, 200, "no intersection found at %s: %.90s", where, result.why);
    else if (furthest(w, w->R, last) > jump)
        snprintf(ended, 200, "at %s the nearest intersection lies %.3g bohr away: another part of the seam", where,
                 furthest(w, w->R, last));
    else
        *lost = false;
    return *lost ? DIA_OK : store_point(w, s, &result, error);
}

static dia_status follow_side(walk *w, int which, dia_error *error)
{
    side *s = &w->side[which];
    const double stride = (which == 0 ? -1.0 : 1.0) * fabs(w->options->step), begin = s->value[0];
    bool lost = false;
    dia_status status = DIA_OK;
    for (int i = 1; i <= w->options->points && !lost && status == DIA_OK; i++)
        status = step(w, s, begin + i * stride, &lost, w->seam->ended[which], error);
    if (!lost)
        snprintf(w->seam->ended[which], sizeof w->seam->ended[which], "%d points", w->options->points);
    return status;
}

/* The start, brought onto the seam at its own value of the coordinate: the first point of both sides. */
static dia_status begin(walk *w, const double *start, dia_error *error)
{
    const dia_seam_options *o = w->options;
    dia_search_result result;
    memcpy(w->R, start, (size_t)w->molecule->ncart * sizeof *w->R);
    w->hold[0] = (dia_hold){&o->coordinate, dia_coordinate_value(&o->coordinate, start)};
    for (int k = 0; k < o->nkeep; k++)
        w->hold[1 + k] = (dia_hold){&o->keep[k], dia_coordinate_value(&o->keep[k], start)};
    dia_status status =
        dia_search_held(w->model, o->first, o->count, &o->search, 1 + o->nkeep, w->hold, w->R, &result, error);
    if (status == DIA_OK && !result.converged)
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "the start is on no seam: %s", result.why);
    if (status == DIA_OK)
        status = store_point(w, &w->side[0], &result, error);
    if (status == DIA_OK)
        status = store_point(w, &w->side[1], &result, error);
    w->done = 1;
    return status;
}

static dia_status walk_open(walk *w, dia_error *error)
{
    const size_t n = (size_t)w->options->points + 1, ncart = (size_t)w->molecule->ncart;
    side *a = &w->side[0], *b = &w->side[1];
    w->hold = calloc(1 + (size_t)w->options->nkeep, sizeof *w->hold);
    return DIA_PARTS({&w->R, ncart}, {&a->R, n * ncart}, {&a->value, n}, {&a->energy, n}, {&a->gap, n},
                     {&a->gradient, n}, {&b->R, n * ncart}, {&b->value, n}, {&b->energy, n}, {&b->gap, n},
                     {&b->gradient, n}) &&
                   w->hold != NULL
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a seam of %zu points", 2 * n);
}

/* Both sides into one list, ascending. */
static dia_status collect(walk *w, dia_error *error)
{
    dia_seam *seam = w->seam;
    const int below = w->side[0].n - 1, n = below + w->side[1].n;
    seam->origin = below;
    const size_t each = (size_t)n;
    if (!DIA_PARTS({&seam->value, each}, {&seam->energy, each}, {&seam->gap, each}, {&seam->gradient, each}))
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a seam of %d points", n);
    dia_status status = DIA_OK;
    for (int p = 0; p < n && status == DIA_OK; p++) {
        const side *s = &w->side[p >= below];
        const int i = p >= below ? p - below : below - p;
        seam->value[p] = s->value[i];
        seam->energy[p] = s->energy[i];
        seam->gap[p] = s->gap[i];
        seam->gradient[p] = s->gradient[i];
        status = dia_path_add(&seam->path, s->R + (size_t)i * (size_t)w->molecule->ncart, error);
    }
    return status == DIA_OK ? dia_path_evaluate(&seam->path, w->model, error) : status;
}

dia_status dia_seam_follow(dia_seam *seam, const dia_model *model, const dia_seam_options *options, const double *start,
                           const dia_watch *watch, dia_error *error)
{
    walk w = {.seam = seam, .model = model, .molecule = dia_model_molecule(model), .options = options, .watch = watch};
    *seam = (dia_seam){.first = options->first, .count = options->count, .coordinate = options->coordinate};
    dia_path_init(&seam->path, model);
    dia_status status = dia_states_check(model, options->first, options->count, 2, DIA_DEGENERATE_MAX, error);
    if (status == DIA_OK && (options->points < 0 || options->points > 100000 || !(fabs(options->step) > 0.0)))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "a seam is followed by a step that is not 0 and 0 to 100000 points a side, "
                               "found step %g and %d points",
                               options->step, options->points);
    if (status == DIA_OK)
        status = walk_open(&w, error);
    if (status == DIA_OK)
        status = begin(&w, start, error);
    for (int which = 0; which < 2 && status == DIA_OK; which++)
        status = follow_side(&w, which, error);
    if (status == DIA_OK)
        status = collect(&w, error);
    if (status == DIA_OK && w.done < 2 * options->points + 1) /* an end of the seam came before the last point */
        status = dia_watch_tell(watch, 2 * options->points + 1, 2 * options->points + 1, error);
    free(w.hold);
    free(w.R);
    if (status != DIA_OK)
        dia_seam_free(seam);
    return status;
}

void dia_seam_free(dia_seam *seam)
{
    free(seam->value);
    dia_path_free(&seam->path);
    *seam = (dia_seam){0};
}
