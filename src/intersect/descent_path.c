/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/descent.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "intersect/block.h"
#include "math/vector.h"
#include "math/eigen.h"
#include "molecule/modes.h"

const char *const dia_descent_end_names[] = {"minimum", "saddle", "intersection", "length", "failed"};

void dia_descent_defaults(dia_descent_options *options)
{
    *options = (dia_descent_options){.directions = 8,
                                     .special = true,
                                     .radius = 0.02,
                                     .spacing = 0.1 * DIA_ANGSTROM * sqrt(DIA_DALTON),
                                     .length = 50.0 * DIA_ANGSTROM * sqrt(DIA_DALTON),
                                     .tolerance = 0.01,
                                     .gradient = 1e-5,
                                     .gap = 1e-4};
    dia_search_defaults(&options->search);
}

typedef struct walker { /* n = ncart; x are mass-weighted coordinates sqrt(m) R; arrays owned (one block) */
    const dia_model *model;
    const dia_molecule *molecule;
    const dia_descent_options *options;
    dia_surface surface;
    dia_block_view block;
    int n;
    double *root;      /* (n) sqrt(m)                                                   */
    double *x, *E, *G; /* (n), the energy there (1), the Cartesian gradient there (n)   */
    double *lambda, *mode,
        *g; /* (n), (n, n) columns, (n): of the mass-weighted Hessian there; the gradient in its modes */
    double *whole, *half, *again; /* (n) ends of one step, of its first half, of both halves       */
    double *R, *hessian, *packed, *work;
    double *saved;        /* lambda, mode, g at the start of the step                      */
    double length, since; /* from the start; from the last point kept                      */
    double stride;        /* of the next step                                              */
} walker;

/* ---- local quadratic approximation ----------------------------------------------------------- */

/* Everything at x. False if the model is not finite there. */
static bool expand(walker *w, const double *x)
{
    const int n = w->n;
    for (int c = 0; c < n; c++)
        w->R[c] = x[c] / w->root[c];
    if (!dia_block_solve(&w->block, w->R) || !dia_block_hessian(&w->block, w->R, NULL, w->hessian))
        return false;
    for (int c = 0; c < n; c++)
        for (int d = 0; d <= c; d++)
            w->packed[dia_packed(c, d)] = w->hessian[c * n + d] / (w->root[c] * w->root[d]);
    if (!dia_eigen_packed(n, w->packed, w->lambda, w->mode, w->work))
        return false;
    for (int k = 0; k < n; k++) {
        w->g[k] = 0.0;
        for (int c = 0; c < n; c++)
            w->g[k] += w->mode[c * n + k] * w->block.gradient[c] / w->root[c];
    }
    *w->E = w->block.mean;
    memcpy(w->G, w->block.gradient, (size_t)n * sizeof *w->G);
    return true;
}

/* (1 - exp(-lambda t)) / lambda, to rounding also for small lambda t */
static double reach(double lambda, double t)
{
    const double z = lambda * t;
    return fabs(z) < 1e-8 ? t * (1.0 - 0.5 * z) : -expm1(-z) / lambda;
}

/* |x(t) - x(0)| on the quadratic surface: grows with t, since displacement and velocity of each mode have the same
 * sign. */
static double distance(const walker *w, double t)
{
    double sum = 0.0;
    for (int k = 0; k < w->n; k++) {
        const double along = w->g[k] * reach(w->lambda[k], t);
        sum += along * along;
    }
    return sqrt(sum);
}

/* The time after which the flow dx/dt = -grad E of the quadratic surface has covered the distance `stride`. If the path
 * ends earlier, at the minimum of the surface: the time at which it has arrived there. Near a saddle only rounding
 * errors along the downward mode drive the path on; the time is limited so that they do not grow into a path of their
 * own. */
static double time_of(const walker *w, double stride)
{
    double high = stride / fmax(dia_norm(w->n, w->g), DBL_MIN), low = 0.0;
    const double first = high, last = w->lambda[0] < 0.0 ? -10.0 / w->lambda[0] : INFINITY;
    for (int i = 0; i < 200 && distance(w, high) < stride && high < 1e6 * first; i++)
        high *= 2.0;
    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (low + high);
        if (distance(w, middle) < stride)
            low = middle;
        else
            high = middle;
    }
    return fmin(0.5 * (low + high), last);
}

static void flow(const walker *w, const double *from, double t, double *to)
{
    const int n = w->n;
    memcpy(to, from, (size_t)n * sizeof *to);
    for (int k = 0; k < n; k++) {
        const double along = -w->g[k] * reach(w->lambda[k], t);
        for (int c = 0; c < n; c++)
            to[c] += along * w->mode[c * n + k];
    }
}

static void save(walker *w, bool back)
{
    const size_t n = (size_t)w->n;
    double *const own[] = {w->lambda, w->g, w->G, w->E, w->mode};
    const size_t size[] = {n, n, n, 1, n * n};
    double *at = w->saved;
    for (int i = 0; i < 5; at += size[i], i++)
        memcpy(back ? own[i] : at, back ? at : own[i], size[i] * sizeof(double));
}

/* ---- the walk -------------------------------------------------------------------------------- */

typedef enum verdict { GOES_ON, TOO_LONG, BROKEN } verdict;

/* One step of w->stride as a whole and in halves of equal time; the halves are taken if the two agree. Of second order:
 * the error of the halves is a third of the difference. w then stands at the new point. */
static verdict step(walker *w, double *error)
{
    const double before = *w->E, t = time_of(w, w->stride);
    save(w, false);
    flow(w, w->x, t, w->whole);
    flow(w, w->x, 0.5 * t, w->half);
    bool good = expand(w, w->half);
    if (good) {
        flow(w, w->half, 0.5 * t, w->again);
        good = expand(w, w->again);
    }
    *error = 0.0;
    for (int c = 0; c < w->n; c++)
        *error = fmax(*error, fabs(w->again[c] - w->whole[c]) / 3.0);
    if (good && *error <= w->options->tolerance && *w->E < before + 1e-13 * fabs(before))
        return GOES_ON;
    save(w, true);
    return good ? TOO_LONG : BROKEN;
}

static dia_status keep(walker *w, dia_descent_path *path, dia_error *error)
{
    double *more = realloc(path->slope, (size_t)(path->path.npoint + 1) * sizeof *more);
    if (more == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a path of %d points", path->path.npoint + 1);
    path->slope = more;
    path->slope[path->path.npoint] = dia_norm(w->n, w->g);
    for (int c = 0; c < w->n; c++)
        w->R[c] = w->x[c] / w->root[c];
    w->since = 0.0;
    return dia_path_add(&path->path, w->R, error);
}

/* Repeats the step, shorter each time, until its error is small enough. False: it never is. */
static bool advance(walker *w)
{
    const double rest = fmin(w->options->spacing - w->since, w->options->length - w->length);
    const double wish = w->stride;
    bool bounded = wish > rest;
    if (bounded)
        w->stride = rest;
    for (int tries = 0; tries < 60; tries++) {
        double error;
        const verdict v = step(w, &error);
        const double factor =
            0.9 * cbrt(w->options->tolerance / fmax(error, 1e-300)); /* the local error is of third order */
        if (v == GOES_ON) {
            double moved = 0.0;
            for (int c = 0; c < w->n; c++)
                moved += (w->again[c] - w->x[c]) * (w->again[c] - w->x[c]);
            moved = sqrt(moved);
            memcpy(w->x, w->again, (size_t)w->n * sizeof *w->x);
            w->length += moved;
            w->since += moved;
            w->stride = bounded ? fmax(wish, w->stride) : w->stride * fmin(fmax(factor, 1.0), 3.0);
            return true;
        }
        bounded = false;
        w->stride *= v == BROKEN ? 0.25 : fmin(fmax(factor, 0.1), 0.7);
    }
    return false;
}

/* How many modes other than rigid motions have negative curvature (an imaginary frequency above 20 cm^-1)? */
static int downward(const walker *w, double *T)
{
    static const double least = 20.0 * DIA_WAVENUMBER;
    const int rigid = dia_rigid_motions(w->molecule, w->R, T);
    int count = 0;
    for (int k = 0; k < w->n && w->lambda[k] < -least * least; k++) {
        double part = 0.0; /* share of the mode that is rigid motion */
        for (int r = 0; r < rigid; r++) {
            double along = 0.0;
            for (int c = 0; c < w->n; c++)
                along += T[r * w->n + c] * w->mode[c * w->n + k];
            part += along * along;
        }
        count += part < 0.5;
    }
    return count;
}

static void call_saddle(dia_descent_path *path, int negative)
{
    path->end = DIA_DESCENT_SADDLE;
    snprintf(path->why, sizeof path->why, "a saddle with %d downward mode%s: symmetry keeps the path on a ridge",
             negative, negative > 1 ? "s" : "");
}

/* Moves R (n) to the minimum nearby, if there is one: see path->end. w is then at R. */
static dia_status search_minimum(walker *w, dia_descent_path *path, double *R, double *T, dia_error *error)
{
    const double before = *w->E;
    dia_search_result result = {0};
    dia_status status = dia_search(w->model, w->options->state, 1, &w->options->search, R, &result, error);
    if (status == DIA_OK)
        status = dia_path_superpose(w->molecule, w->R, R, error);
    if (status != DIA_OK)
        return status;
    path->end = DIA_DESCENT_FAILED;
    if (!result.converged) {
        snprintf(path->why, sizeof path->why, "near a minimum that is not found: %.140s", result.why);
        return DIA_OK;
    }
    for (int c = 0; c < w->n; c++)
        w->again[c] = R[c] * w->root[c];
    if (result.energy > before + 1e-9 || !expand(w, w->again)) {
        snprintf(path->why, sizeof path->why, "the search for the minimum has gone up");
        return DIA_OK;
    }
    memcpy(w->x, w->again, (size_t)w->n * sizeof *w->x);
    path->end = DIA_DESCENT_MINIMUM;
    snprintf(path->why, sizeof path->why, "a minimum of S%d", w->options->state);
    const int negative = downward(w, T);
    if (negative > 0)
        call_saddle(path, negative);
    w->since = 1.0; /* a point worth keeping */
    return DIA_OK;
}

/* The gradient is small: is it a minimum, and where exactly? */
static dia_status finish(walker *w, dia_descent_path *path, dia_error *error)
{
    double *R = malloc(7 * (size_t)w->n * sizeof *R);
    if (R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a geometry");
    for (int c = 0; c < w->n; c++)
        R[c] = w->R[c] = w->x[c] / w->root[c];
    dia_status status = DIA_OK;
    const int negative = downward(w, R + w->n);
    if (negative > 0)
        call_saddle(path, negative);
    else
        status = search_minimum(w, path, R, R + w->n, error);
    free(R);
    return status == DIA_OK && w->since > 0.0 ? keep(w, path, error) : status;
}

/* What ends the path here, if anything. */
static bool ended(const walker *w, dia_descent_path *path)
{
    const dia_descent_options *o = w->options;
    const double gap = o->state > 0 ? w->block.E[o->state] - w->block.E[o->state - 1] : INFINITY;
    if (gap < o->gap) {
        path->end = DIA_DESCENT_INTERSECTION;
        snprintf(path->why, sizeof path->why, "S%d meets S%d: the gap is %.3g meV", o->state, o->state - 1,
                 1e3 * gap / DIA_EV);
        return true;
    }
    if (w->length >= o->length * (1.0 - 1e-6)) {
        path->end = DIA_DESCENT_LENGTH;
        snprintf(path->why, sizeof path->why, "the longest path: %.3g Angstrom sqrt(u)",
                 w->length / DIA_ANGSTROM / sqrt(DIA_DALTON));
        return true;
    }
    return false;
}

static dia_status walk_down(walker *w, dia_descent_path *path, dia_error *error)
{
    enum { STEPS = 200000 };
    path->end = DIA_DESCENT_FAILED;
    if (!expand(w, w->x)) {
        snprintf(path->why, sizeof path->why, "the model is not finite at the first point");
        return DIA_OK;
    }
    dia_status status = keep(w, path, error);
    while (status == DIA_OK && !ended(w, path)) {
        if (dia_largest(w->n, w->G) < w->options->gradient)
            return finish(w, path, error);
        if (path->steps == STEPS || !advance(w)) {
            snprintf(path->why, sizeof path->why, "no step is small enough after %d: a cusp of the surface",
                     path->steps);
            break;
        }
        path->steps++;
        if (w->since >= w->options->spacing * (1.0 - 1e-6))
            status = keep(w, path, error);
    }
    return status == DIA_OK && w->since > 0.0 ? keep(w, path, error) : status;
}

static dia_status walker_open(walker *w, const dia_model *model, const dia_descent_options *options, dia_error *error)
{
    const size_t n = (size_t)dia_model_shape(model).ncart, packed = n * (n + 1) / 2;
    *w = (walker){.model = model, .molecule = dia_model_molecule(model), .options = options, .n = (int)n};
    dia_status status = dia_surface_open(&w->surface, model, error);
    if (status != DIA_OK)
        return status;
    status = dia_block_open(&w->block, &w->surface, options->state, 1, error);
    if (status != DIA_OK) {
        dia_surface_close(&w->surface);
        return status;
    }
    if (!DIA_PARTS({&w->root, n}, {&w->x, n}, {&w->G, n}, {&w->lambda, n}, {&w->g, n}, {&w->whole, n}, {&w->half, n},
                   {&w->again, n}, {&w->R, n}, {&w->mode, n * n}, {&w->E, 1}, {&w->hessian, n * n},
                   {&w->packed, packed}, {&w->saved, 3 * n + 1 + n * n}, {&w->work, dia_eigen_work((int)n)})) {
        dia_block_close(&w->block);
        dia_surface_close(&w->surface);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a path of steepest descent");
    }
    for (size_t c = 0; c < n; c++)
        w->root[c] = sqrt(w->molecule->masses[c / (size_t)w->molecule->dimension]);
    return DIA_OK;
}

static void walker_close(walker *w)
{
    dia_block_close(&w->block);
    dia_surface_close(&w->surface);
    free(w->root);
}

/* Down from R with a walker that has been opened. */
static dia_status descend(walker *w, dia_descent_path *path, const double *R, dia_error *error)
{
    dia_path_init(&path->path, w->model);
    w->length = w->since = 0.0;
    w->stride = 0.1 * w->options->radius * w->root[0];
    for (int c = 0; c < w->n; c++) {
        w->x[c] = w->root[c] * R[c];
        w->stride = fmin(w->stride, 0.1 * w->options->radius * w->root[c]);
    }
    const dia_status status = walk_down(w, path, error);
    return status == DIA_OK ? dia_path_evaluate(&path->path, w->model, error) : status;
}

static dia_status check(const dia_model *model, const dia_descent_options *o, dia_error *error)
{
    if (!(o->radius > 0.0) || !(o->spacing > 0.0) || !(o->length > 0.0) || !(o->tolerance > 0.0) || o->directions < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "a descent needs radius, spacing, length and tolerance above 0");
    return dia_states_check(model, o->state, 1, 1, 1, error);
}

dia_status dia_descent_follow(dia_descent_path *path, const dia_model *model, const dia_descent_options *options,
                              const double *R, dia_error *error)
{
    walker w;
    *path = (dia_descent_path){0};
    dia_status status = check(model, options, error);
    if (status != DIA_OK || (status = walker_open(&w, model, options, error)) != DIA_OK)
        return status;
    status = descend(&w, path, R, error);
    walker_close(&w);
    if (status != DIA_OK)
        dia_descent_path_free(path);
    return status;
}

void dia_descent_path_free(dia_descent_path *path)
{
    dia_path_free(&path->path);
    free(path->slope);
    *path = (dia_descent_path){0};
}
