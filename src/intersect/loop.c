/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/loop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "intersect/surface.h"
#include "math/vector.h"

/* Most halvings of an interval: if a state still turns within 1e-9 of the loop, there is a degeneracy.
 */
enum { DEPTH = 30 };
/* radians: two rules for the integral of the coupling over an interval differ by less; the better of them errs by a
 * thousandth of it */
static const double even = 1e-7;

typedef struct node { /* of the loop; N = nstate; one block of memory */
    double angle;
    double *R, *E, *U, *rate; /* (n), (N), (N, N), (N-1): <k|dH/dt|k+1>/(E_k+1 - E_k) with the signs of U */
} node;

typedef struct walk {
    dia_loop *loop;
    const dia_model *model;
    const dia_molecule *molecule;
    const dia_loop_options *options;
    const dia_watch *watch;
    const double *centre;
    dia_surface surface;
    dia_internal_set rest;
    double overlap, radius[2];
    int most;
    double *V, *R, *dH; /* (n), (n), (npacked) */
    int *gauge;         /* (N) sign of the carried state against the eigenvector of the present node; 0: lost */
    int room;           /* of loop->angle */
} walk;

/* ---- geometries on the loop ------------------------------------------------------------------ */

/* R at angle t, placed from the centre, so that it depends on t alone and the loop closes. */
static dia_status place(const walk *w, double t, double *R, dia_error *error)
{
    const int n = w->molecule->ncart;
    memcpy(R, w->centre, (size_t)n * sizeof *R);
    if (w->loop->x != NULL) {
        dia_add(n, w->radius[0] * cos(t), w->loop->x, R);
        dia_add(n, w->radius[0] * sin(t), w->loop->y, R);
        return DIA_OK;
    }
    const dia_coordinate both[2] = {*w->options->coordinate[0], *w->options->coordinate[1]};
    const double value[2] = {dia_coordinate_value(&both[0], w->centre) + w->radius[0] * cos(t),
                             dia_coordinate_value(&both[1], w->centre) + w->radius[1] * sin(t)};
    const dia_status status = dia_internal_place(w->molecule, &w->rest, 2, both, value, R, error);
    if (status != DIA_OK)
        dia_error_prefix(error, "at %.4g deg of the loop", t * 180.0 / DIA_PI);
    return status;
}

/* V = dR/dt. In coordinates by four-point differences: geometries are placed to 1e-10, so 1e-7 of V at this step. */
static dia_status tangent(walk *w, double t, dia_error *error)
{
    static const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place_at[] = {-2, -1, 1, 2};
    static const double step = 1e-3;
    const int n = w->molecule->ncart;
    dia_status status = DIA_OK;
    memset(w->V, 0, (size_t)n * sizeof *w->V);
    if (w->loop->x != NULL) {
        dia_add(n, -w->radius[0] * sin(t), w->loop->x, w->V);
        dia_add(n, w->radius[0] * cos(t), w->loop->y, w->V);
        return DIA_OK;
    }
    for (int i = 0; i < 4 && status == DIA_OK; i++) {
        status = place(w, t + place_at[i] * step, w->R, error);
        dia_add(n, weight[i] / step, w->R, w->V);
    }
    return status;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

/* rate_k = u_k^T (dH/dt) u_k+1 / (E_k+1 - E_k), what d_k,k+1 . dR/dt is; NaN where the states meet. */
static void rates(walk *w, node *at)
{
    const int N = w->surface.nstate;
    const double *U = at->U;
    for (int k = 0; k + 1 < N; k++) {
        double sum = 0.0;
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                sum += U[i * N + k] * w->dH[dia_packed(i, j)] * U[j * N + k + 1];
        const double gap = at->E[k + 1] - at->E[k];
        at->rate[k] = gap > 0.0 ? sum / gap : NAN;
        w->loop->gap[k] = fmin(w->loop->gap[k], gap);
    }
}

static void node_free(node *at)
{
    free(at->R);
    *at = (node){0};
}

static dia_status node_make(walk *w, double angle, node *at, dia_error *error)
{
    const size_t n = (size_t)w->molecule->ncart, N = (size_t)w->surface.nstate;
    *at = (node){.angle = angle, .R = malloc((n + 2 * N + N * N) * sizeof *at->R)};
    if (at->R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a point of a loop");
    at->E = at->R + n;
    at->U = at->E + N;
    at->rate = at->U + N * N;
    dia_status status = place(w, angle, at->R, error);
    if (status == DIA_OK)
        status = tangent(w, angle, error);
    if (status == DIA_OK &&
        (!dia_surface_solve(&w->surface, at->R) ||
         dia_model_derivative(w->model, w->surface.one, 1, (const int[]){0}, w->V, w->dH) != DIA_OK))
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "the model is not finite at %.4g deg of the loop",
                               angle * 180.0 / DIA_PI);
    if (status != DIA_OK) {
        node_free(at);
        return status;
    }
    memcpy(at->E, w->surface.E, N * sizeof *at->E);
    memcpy(at->U, w->surface.U, N * N * sizeof *at->U);
    rates(w, at);
    return DIA_OK;
}

/* (U_a^T U_b)_kk */
static double overlap(const walk *w, const node *a, const node *b, int k)
{
    const int N = w->surface.nstate;
    double sum = 0.0;
    for (int i = 0; i < N; i++)
        sum += a->U[i * N + k] * b->U[i * N + k];
    return sum;
}

static dia_status add_point(walk *w, const node *at, dia_error *error)
{
    dia_loop *loop = w->loop;
    if (loop->path.npoint == w->room) {
        const int room = 2 * w->room;
        double *more = realloc(loop->angle, (size_t)room * sizeof *more);
        if (more == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a loop of %d points", room);
        loop->angle = more;
        w->room = room;
    }
    loop->angle[loop->path.npoint] = at->angle;
    return dia_path_add(&loop->path, at->R, error);
}

/* ---- the walk around ------------------------------------------------------------------------- */

static const double gauss[3] = {5.0 / 18, 8.0 / 18, 5.0 / 18}; /* Abramowitz, Stegun 25.4.30 */

/* The product of the signs of states k and k+1, as they are carried, at a node near `left`. */
static int product(const walk *w, const node *left, const node *at, int k)
{
    const int turned = (overlap(w, left, at, k) < 0.0) != (overlap(w, left, at, k + 1) < 0.0);
    return (turned ? -1 : 1) * w->gauge[k] * w->gauge[k + 1];
}

/* Takes an interval: adds the integral by Gauss's rule and carries the states over. */
static void carry(walk *w, const node *left, const node *const inner[3], const node *right)
{
    const int N = w->surface.nstate;
    const double length = right->angle - left->angle;
    for (int g = 0; g < 3; g++)
        for (int k = 0; k + 1 < N; k++) {
            const int sign = product(w, left, inner[g], k);
            w->loop->coupling[k] += sign != 0 ? gauss[g] * length * sign * inner[g]->rate[k] : NAN;
        }
    for (int k = 0; k < N; k++) {
        const double first = overlap(w, left, inner[1], k), second = overlap(w, inner[1], right, k);
        w->loop->overlap[k] = fmin(w->loop->overlap[k], fmin(fabs(first), fabs(second)));
        if (fmin(fabs(first), fabs(second)) < w->overlap)
            w->gauge[k] = 0;
        w->gauge[k] *= first * second < 0.0 ? -1 : 1;
    }
}

/* Does no state turn much from one end to the middle, nor from there to the other end, and does Simpson's rule agree
 * with Gauss's? States lost before are ignored. */
static bool calm(const walk *w, const node *left, const node *const inner[3], const node *right)
{
    const int N = w->surface.nstate;
    for (int k = 0; k < N; k++)
        if (w->gauge[k] != 0 &&
            fmin(fabs(overlap(w, left, inner[1], k)), fabs(overlap(w, inner[1], right, k))) < w->overlap)
            return false;
    for (int k = 0; k + 1 < N; k++) {
        double difference = (left->rate[k] * product(w, left, left, k) + right->rate[k] * product(w, left, right, k) +
                             4.0 * inner[1]->rate[k] * product(w, left, inner[1], k)) /
                            6.0;
        for (int g = 0; g < 3; g++)
            difference -= gauss[g] * inner[g]->rate[k] * product(w, left, inner[g], k);
        if (w->gauge[k] * w->gauge[k + 1] != 0 && !(fabs(difference) * (right->angle - left->angle) < even))
            return false;
    }
    return true;
}

/* The three nodes of Gauss's rule; the second lies in the middle. */
static dia_status look(walk *w, const node *left, const node *right, node *inner, dia_error *error)
{
    static const double aside = 0.77459666924148337704; /* sqrt(3/5) */
    const double middle = 0.5 * (left->angle + right->angle), half = 0.5 * (right->angle - left->angle);
    dia_status status = DIA_OK;
    for (int g = 0; g < 3; g++)
        inner[g] = (node){0};
    for (int g = 0; g < 3 && status == DIA_OK; g++)
        status = node_make(w, middle + (g - 1) * aside * half, &inner[g], error);
    return status;
}

static dia_status interval(walk *w, const node *left, const node *right, int depth, dia_error *error)
{
    node inner[3];
    const node *const view[3] = {&inner[0], &inner[1], &inner[2]};
    dia_status status = look(w, left, right, inner, error);
    const bool last = depth == DEPTH || w->loop->path.npoint >= w->most;
    if (status == DIA_OK && (last || calm(w, left, view, right))) {
        carry(w, left, view, right);
    } else if (status == DIA_OK) {
        status = interval(w, left, &inner[1], depth + 1, error);
        if (status == DIA_OK)
            status = add_point(w, &inner[1], error);
        if (status == DIA_OK)
            status = interval(w, &inner[1], right, depth + 1, error);
    }
    for (int g = 0; g < 3; g++)
        node_free(&inner[g]);
    return status;
}

static dia_status around(walk *w, dia_error *error)
{
    const int points = w->options->points;
    node first, left, right = {0};
    dia_status status = node_make(w, 0.0, &first, error);
    if (status != DIA_OK)
        return status;
    left = first;
    for (int i = 0; i < points && status == DIA_OK; i++) {
        if (i + 1 < points)
            status = node_make(w, 2.0 * DIA_PI * (i + 1) / points, &right, error);
        else { /* the first point again, the eigenvectors with their signs */
            right = first;
            right.angle = 2.0 * DIA_PI;
        }
        if (status != DIA_OK)
            break;
        status = add_point(w, &left, error);
        if (status == DIA_OK)
            status = interval(w, &left, &right, 0, error);
        if (i > 0)
            node_free(&left);
        left = right;
        if (status == DIA_OK)
            status = dia_watch_tell(w->watch, i + 1, points, error);
    }
    if (left.R != first.R)
        node_free(&left);
    node_free(&first);
    return status;
}

/* ---- opening and closing --------------------------------------------------------------------- */

static dia_status open_geometry(walk *w, dia_error *error)
{
    const dia_loop_options *o = w->options;
    const int n = w->molecule->ncart;
    w->loop->centre = calloc(3 * (size_t)n, sizeof(double));
    if (w->loop->centre == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a loop");
    memcpy(w->loop->centre, w->centre, (size_t)n * sizeof(double));
    if (o->coordinate[0] == NULL) {
        w->loop->x = w->loop->centre + n;
        w->loop->y = w->loop->x + n;
        if (o->x != NULL && o->y != NULL) { /* otherwise they stay zero */
            memcpy(w->loop->x, o->x, (size_t)n * sizeof(double));
            memcpy(w->loop->y, o->y, (size_t)n * sizeof(double));
        }
        return dia_plane(n, w->loop->x)
                   ? DIA_OK
                   : dia_error_set(error, DIA_ERROR_INPUT, "the two vectors of a loop must span a plane");
    }
    for (int k = 0; k < 2; k++)
        snprintf(w->loop->coordinate[k], sizeof w->loop->coordinate[k], "%s", o->coordinate[k]->text);
    return dia_internal_set_make(&w->rest, w->molecule, 1, w->centre, error);
}

static dia_status walk_open(walk *w, dia_error *error)
{
    const dia_loop_options *o = w->options;
    dia_loop *loop = w->loop;
    const size_t N = (size_t)w->surface.nstate, n = (size_t)w->molecule->ncart;
    w->overlap = o->overlap > 0.0 ? o->overlap : 0.95;
    w->most = o->most > 0 ? o->most : 100000;
    loop->radius[0] = w->radius[0] = o->radius;
    loop->radius[1] = w->radius[1] = o->radius2 != 0.0 ? o->radius2 : o->radius;
    w->room = o->points;
    dia_path_init(&loop->path, w->model);
    loop->angle = calloc((size_t)w->room, sizeof *loop->angle);
    loop->sign = calloc(N, sizeof *loop->sign);
    w->gauge = calloc(N, sizeof *w->gauge);
    if (loop->angle == NULL || loop->sign == NULL || w->gauge == NULL ||
        !DIA_PARTS({&loop->overlap, N}, {&loop->coupling, N}, {&loop->gap, N}) ||
        !DIA_PARTS({&w->V, n}, {&w->R, n}, {&w->dH, (size_t)w->surface.npacked}))
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a loop of %d points", o->points);
    for (size_t k = 0; k < N; k++) {
        w->gauge[k] = 1;
        loop->overlap[k] = 1.0;
        loop->gap[k] = INFINITY;
    }
    return open_geometry(w, error);
}

static dia_status check(const dia_loop_options *o, dia_error *error)
{
    if (o->points < 4 || o->points > 100000)
        return dia_error_set(error, DIA_ERROR_INPUT, "a loop has 4 to 100000 points, found %d", o->points);
    if (!(o->radius > 0.0 && o->radius < INFINITY) || !(o->radius2 >= 0.0 && o->radius2 < INFINITY))
        return dia_error_set(error, DIA_ERROR_INPUT, "the radius of a loop must be above 0");
    return DIA_OK;
}

dia_status dia_loop_make(dia_loop *loop, const dia_model *model, const dia_loop_options *options, const double *centre,
                         const dia_watch *watch, dia_error *error)
{
    walk w = {.loop = loop,
              .model = model,
              .molecule = dia_model_molecule(model),
              .options = options,
              .watch = watch,
              .centre = centre};
    *loop = (dia_loop){0};
    dia_status status = check(options, error);
    if (status != DIA_OK || (status = dia_surface_open(&w.surface, model, error)) != DIA_OK)
        return status;
    status = walk_open(&w, error);
    if (status == DIA_OK)
        status = around(&w, error);
    if (status == DIA_OK)
        status = dia_path_evaluate(&loop->path, model, error);
    for (int k = 0; k < w.surface.nstate && status == DIA_OK; k++) {
        loop->sign[k] = w.gauge[k];
        loop->coupling[k] = fabs(loop->coupling[k]);
    }
    free(w.V);
    free(w.gauge);
    dia_internal_set_free(&w.rest);
    dia_surface_close(&w.surface);
    if (status != DIA_OK)
        dia_loop_free(loop);
    return status;
}

void dia_loop_free(dia_loop *loop)
{
    free(loop->angle);
    free(loop->sign);
    free(loop->overlap);
    free(loop->centre);
    dia_path_free(&loop->path);
    *loop = (dia_loop){0};
}
