/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/turn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diabolo/frame.h"
#include "parallel/team.h"

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
    dia_turn *turn;
    const dia_model *model;
    const dia_turn_options *options;
    dia_tape *tape;
    int nstate, ncart, npoint, most;
    double overlap;
    double *V, *H, *dH, *work; /* (n), (npacked), (npacked); of the eigenproblem */
} walk;

/* ---- nodes ----------------------------------------------------------------------------------- */

/* rate_k = u_k^T (dH/dt) u_k+1 / (E_k+1 - E_k), what d_k,k+1 . dR/dt is; NaN where the states meet. */
static void rates(walk *w, node *at)
{
    const int N = w->nstate;
    const double *U = at->U;
    for (int k = 0; k + 1 < N; k++) {
        double sum = 0.0;
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++)
                sum += U[i * N + k] * w->dH[dia_packed(i, j)] * U[j * N + k + 1];
        const double gap = at->E[k + 1] - at->E[k];
        at->rate[k] = gap > 0.0 ? sum / gap : NAN;
        w->turn->gap[k] = fmin(w->turn->gap[k], gap);
    }
}

static void node_free(node *at)
{
    free(at->R);
    *at = (node){0};
}

static dia_status node_make(walk *w, double angle, node *at, dia_error *error)
{
    const size_t n = (size_t)w->ncart, N = (size_t)w->nstate;
    *at = (node){.angle = angle, .R = malloc((n + 2 * N + N * N) * sizeof *at->R)};
    if (at->R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a point of a loop");
    at->E = at->R + n;
    at->U = at->E + N;
    at->rate = at->U + N * N;
    dia_frame frame = {.batch = 1, .nstate = w->nstate, .H = w->H, .E = at->E, .U = at->U};
    dia_status status = w->options->place(w->options->context, angle, at->R, w->V, error);
    if (status == DIA_OK && (dia_model_hamiltonian(w->model, w->tape, 1, at->R, w->H) != DIA_OK ||
                             dia_frame_solve(&frame, w->work) != DIA_OK || isnan(at->E[0]) ||
                             dia_model_derivative(w->model, w->tape, 1, (const int[]){0}, w->V, w->dH) != DIA_OK))
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "the model is not finite at %.4g deg of the loop",
                               angle * 180.0 / DIA_PI);
    if (status != DIA_OK) {
        node_free(at);
        return status;
    }
    rates(w, at);
    return DIA_OK;
}

/* (U_a^T U_b)_kk */
static double overlap(const walk *w, const node *a, const node *b, int k)
{
    const int N = w->nstate;
    double sum = 0.0;
    for (int i = 0; i < N; i++)
        sum += a->U[i * N + k] * b->U[i * N + k];
    return sum;
}

static dia_status add_point(walk *w, const node *at, dia_error *error)
{
    w->npoint++;
    return w->options->point != NULL ? w->options->point(w->options->context, at->angle, at->R, error) : DIA_OK;
}

static dia_status tell(const walk *w, int done, int total, dia_error *error)
{
    return w->options->tell != NULL ? w->options->tell(w->options->context, done, total, error) : DIA_OK;
}

/* ---- the walk around ------------------------------------------------------------------------- */

static const double gauss[3] = {5.0 / 18, 8.0 / 18, 5.0 / 18}; /* Abramowitz, Stegun 25.4.30 */

/* The product of the signs of states k and k+1, as they are carried, at a node near `left`. */
static int product(const walk *w, const node *left, const node *at, int k)
{
    const int turned = (overlap(w, left, at, k) < 0.0) != (overlap(w, left, at, k + 1) < 0.0);
    return (turned ? -1 : 1) * w->turn->sign[k] * w->turn->sign[k + 1];
}

/* Takes an interval: adds the integral by Gauss's rule and carries the states over. */
static void carry(walk *w, const node *left, const node *const inner[3], const node *right)
{
    const int N = w->nstate;
    const double length = right->angle - left->angle;
    for (int g = 0; g < 3; g++)
        for (int k = 0; k + 1 < N; k++) {
            const int sign = product(w, left, inner[g], k);
            w->turn->coupling[k] += sign != 0 ? gauss[g] * length * sign * inner[g]->rate[k] : NAN;
        }
    for (int k = 0; k < N; k++) {
        const double first = overlap(w, left, inner[1], k), second = overlap(w, inner[1], right, k);
        w->turn->overlap[k] = fmin(w->turn->overlap[k], fmin(fabs(first), fabs(second)));
        if (fmin(fabs(first), fabs(second)) < w->overlap)
            w->turn->sign[k] = 0;
        w->turn->sign[k] *= first * second < 0.0 ? -1 : 1;
    }
}

/* Does no state turn much from one end to the middle, nor from there to the other end, and does Simpson's rule agree
 * with Gauss's? States lost before are ignored. */
static bool calm(const walk *w, const node *left, const node *const inner[3], const node *right)
{
    const int N = w->nstate;
    for (int k = 0; k < N; k++)
        if (w->turn->sign[k] != 0 &&
            fmin(fabs(overlap(w, left, inner[1], k)), fabs(overlap(w, inner[1], right, k))) < w->overlap)
            return false;
    for (int k = 0; k + 1 < N; k++) {
        double difference = (left->rate[k] * product(w, left, left, k) + right->rate[k] * product(w, left, right, k) +
                             4.0 * inner[1]->rate[k] * product(w, left, inner[1], k)) /
                            6.0;
        for (int g = 0; g < 3; g++)
            difference -= gauss[g] * inner[g]->rate[k] * product(w, left, inner[g], k);
        if (w->turn->sign[k] * w->turn->sign[k + 1] != 0 && !(fabs(difference) * (right->angle - left->angle) < even))
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
    const bool last = depth == DEPTH || w->npoint >= w->most;
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
            status = tell(w, i + 1, points, error);
    }
    if (left.R != first.R)
        node_free(&left);
    node_free(&first);
    return status;
}

/* ---------------------------------------------------------------------------------------------- */

dia_status dia_turn_make(dia_turn *turn, const dia_model *model, const dia_turn_options *options, dia_error *error)
{
    const dia_shape shape = dia_model_shape(model);
    walk w = {.turn = turn,
              .model = model,
              .options = options,
              .nstate = shape.nstate,
              .ncart = shape.ncart,
              .most = options->most > 0 ? options->most : 100000,
              .overlap = options->overlap > 0.0 ? options->overlap : 0.95};
    (void)dia_team_size(1); /* pins BLAS to one thread: more only wait for each other here */
    for (int k = 0; k < shape.nstate; k++) {
        turn->sign[k] = 1;
        turn->overlap[k] = 1.0;
    }
    for (int k = 0; k + 1 < shape.nstate; k++) {
        turn->coupling[k] = 0.0;
        turn->gap[k] = INFINITY;
    }
    dia_status status = DIA_PARTS({&w.V, (size_t)shape.ncart}, {&w.H, (size_t)shape.npacked},
                                  {&w.dH, (size_t)shape.npacked}, {&w.work, dia_frame_work(shape.nstate)})
                            ? dia_tape_create(&w.tape, model, 1, 1, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a loop");
    if (status == DIA_OK)
        status = around(&w, error);
    for (int k = 0; k + 1 < shape.nstate; k++)
        turn->coupling[k] = fabs(turn->coupling[k]);
    dia_tape_free(w.tape);
    free(w.V);
    return status;
}
