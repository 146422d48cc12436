/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/turn.h"

#include <complex.h>
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
/* radians: the phase of a complex state over an interval, whole and in halves, differs by less; extrapolation leaves a hundredth */
static const double level = 1e-6;
/* hartree: states that are closer where the loop begins are degenerate, as Kramers doublets are; none of them can be followed */
static const double together = 1e-11;

typedef struct node { /* of the loop; N = nstate; one block of memory */
    double angle;
    double *R, *E, *U,
        *rate; /* (n), (N), (N, N) or (N, N, 2), (N-1, 2): <k|dH/dt|k+1>/(E_k+1 - E_k) with the phases of U */
} node;

typedef struct walk {
    dia_turn *turn;
    const dia_model *model;
    const dia_turn_options *options;
    dia_tape *tape;
    int nstate, ncart, npoint, most;
    bool hermitian;
    double complex *carried;  /* (N) the state as it is carried is that of the node times this; 0: lost */
    double complex *integral; /* (N-1) of the rates so far */
    double overlap;
    double *V, *H, *dH, *work; /* (n), (npacked), (npacked); of the eigenproblem */
} walk;

/* ---- nodes ----------------------------------------------------------------------------------- */

static dia_frame frame_of(const walk *w, const node *at)
{
    return (dia_frame){.batch = 1, .nstate = w->nstate, .H = w->H, .E = at->E, .U = at->U, .hermitian = w->hermitian};
}

/* rate_k = u_k^H (dH/dt) u_k+1 / (E_k+1 - E_k), what d_k,k+1 . dR/dt is; NaN where the states meet. */
static void rates(walk *w, node *at)
{
    const dia_frame frame = frame_of(w, at);
    for (int k = 0; k + 1 < w->nstate; k++) {
        const double gap = at->E[k + 1] - at->E[k];
        dia_frame_element(&frame, 0, w->dH, k, k + 1, at->rate + 2 * k);
        for (int i = 0; i < 2; i++)
            at->rate[2 * k + i] = gap > 0.0 ? at->rate[2 * k + i] / gap : NAN;
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
    const size_t n = (size_t)w->ncart, N = (size_t)w->nstate, matrix = (w->hermitian ? 2 : 1) * N * N;
    *at = (node){.angle = angle, .R = malloc((n + 3 * N + matrix) * sizeof *at->R)};
    if (at->R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a point of a loop");
    at->E = at->R + n;
    at->U = at->E + N;
    at->rate = at->U + matrix;
    dia_frame frame = frame_of(w, at);
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

/* (U_a^H U_b)_kk */
static double complex overlap(const walk *w, const node *a, const node *b, int k)
{
    const dia_frame left = frame_of(w, a), right = frame_of(w, b);
    double z[2];
    dia_frame_overlap(&left, &right, 0, k, k, z);
    return z[0] + z[1] * I;
}

/* What carries state k from a to b: a sign, or a phase. */
static double complex follow(const walk *w, const node *a, const node *b, int k)
{
    const double complex z = overlap(w, a, b, k);
    if (!w->hermitian)
        return creal(z) < 0.0 ? -1.0 : 1.0;
    return cabs(z) > 0.0 ? conj(z) / cabs(z) : 1.0;
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

static double complex rate(const node *at, int k)
{
    return at->rate[2 * k] + at->rate[2 * k + 1] * I;
}

/* The rate of states k and k+1, as they are carried, at a node near `left`. */
static double complex carried_rate(const walk *w, const node *left, const node *at, int k)
{
    return conj(follow(w, left, at, k) * w->carried[k]) * follow(w, left, at, k + 1) * w->carried[k + 1] * rate(at, k);
}

/* How much more state k turns in its phase over the halves of an interval than over the whole. */
static double excess(const walk *w, const node *left, const node *middle, const node *right, int k)
{
    return carg(follow(w, left, middle, k) * follow(w, middle, right, k) * conj(follow(w, left, right, k)));
}

/* Takes an interval: adds the integral by Gauss's rule and carries the states over. */
static void carry(walk *w, const node *left, const node *const inner[3], const node *right)
{
    const int N = w->nstate;
    const double length = right->angle - left->angle;
    for (int g = 0; g < 3; g++)
        for (int k = 0; k + 1 < N; k++)
            w->integral[k] += w->carried[k] != 0.0 && w->carried[k + 1] != 0.0
                                  ? gauss[g] * length * carried_rate(w, left, inner[g], k)
                                  : NAN;
    for (int k = 0; k < N; k++) {
        const double first = cabs(overlap(w, left, inner[1], k)), second = cabs(overlap(w, inner[1], right, k));
        w->turn->overlap[k] = fmin(w->turn->overlap[k], fmin(first, second));
        if (fmin(first, second) < w->overlap)
            w->carried[k] = 0.0;
        w->carried[k] *= follow(w, left, inner[1], k) * follow(w, inner[1], right, k);
        if (w->hermitian) /* the error is as the cube of the length: a third of what halving changed is left */
            w->carried[k] *= cexp(I * excess(w, left, inner[1], right, k) / 3.0);
    }
}

/* Does no state turn much from one end to the middle, nor from there to the other end, and does Simpson's rule agree
 * with Gauss's? States lost before are ignored. */
static bool calm(const walk *w, const node *left, const node *const inner[3], const node *right)
{
    const int N = w->nstate;
    for (int k = 0; k < N; k++)
        if (w->carried[k] != 0.0 &&
            (fmin(cabs(overlap(w, left, inner[1], k)), cabs(overlap(w, inner[1], right, k))) < w->overlap ||
             (w->hermitian && fabs(excess(w, left, inner[1], right, k)) > level)))
            return false;
    for (int k = 0; k + 1 < N; k++) {
        double complex difference = (carried_rate(w, left, left, k) + carried_rate(w, left, right, k) +
                                     4.0 * carried_rate(w, left, inner[1], k)) /
                                    6.0;
        for (int g = 0; g < 3; g++)
            difference -= gauss[g] * carried_rate(w, left, inner[g], k);
        if (w->carried[k] != 0.0 && w->carried[k + 1] != 0.0 &&
            !(cabs(difference) * (right->angle - left->angle) < even))
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
    for (int k = 0; k + 1 < w->nstate; k++)
        if (first.E[k + 1] - first.E[k] < together)
            w->carried[k] = w->carried[k + 1] = 0.0;
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

static void open_turn(walk *w)
{
    const dia_turn *turn = w->turn;
    for (int k = 0; k < w->nstate; k++) {
        w->carried[k] = 1.0;
        turn->overlap[k] = 1.0;
        turn->sign[k] = 0;
        if (turn->phase != NULL)
            turn->phase[k] = NAN;
    }
    for (int k = 0; k + 1 < w->nstate; k++) {
        w->integral[k] = 0.0;
        turn->gap[k] = INFINITY;
    }
}

static void close_turn(const walk *w)
{
    const dia_turn *turn = w->turn;
    for (int k = 0; k < w->nstate; k++) {
        const bool lost = w->carried[k] == 0.0;
        turn->sign[k] = lost || w->hermitian ? 0 : creal(w->carried[k]) < 0.0 ? -1 : 1;
        if (turn->phase != NULL && !lost)
            turn->phase[k] = w->hermitian ? carg(w->carried[k]) : turn->sign[k] < 0 ? DIA_PI : 0.0;
    }
    for (int k = 0; k + 1 < w->nstate; k++)
        turn->coupling[k] = cabs(w->integral[k]);
}

dia_status dia_turn_make(dia_turn *turn, const dia_model *model, const dia_turn_options *options, dia_error *error)
{
    const dia_shape shape = dia_model_shape(model);
    const size_t N = (size_t)shape.nstate;
    walk w = {.turn = turn,
              .model = model,
              .options = options,
              .nstate = shape.nstate,
              .ncart = shape.ncart,
              .hermitian = dia_hermitian(&shape),
              .carried = calloc(2 * N, sizeof *w.carried),
              .most = options->most > 0 ? options->most : 100000,
              .overlap = options->overlap > 0.0 ? options->overlap : 0.95};
    (void)dia_team_size(1); /* pins BLAS to one thread: more only wait for each other here */
    dia_status status = DIA_PARTS({&w.V, (size_t)shape.ncart}, {&w.H, (size_t)shape.npacked},
                                  {&w.dH, (size_t)shape.npacked}, {&w.work, dia_frame_work(shape.nstate)}) &&
                                w.carried != NULL
                            ? dia_tape_create_hermitian(&w.tape, model, 1, 1, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a loop");
    if (status == DIA_OK) {
        w.integral = w.carried + N;
        open_turn(&w);
        status = around(&w, error);
    }
    if (status == DIA_OK)
        close_turn(&w);
    dia_tape_free(w.tape);
    free(w.carried);
    free(w.V);
    return status;
}
