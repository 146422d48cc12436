/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All calls of the model. Trajectories that have ended are left out of every batch, so they cost nothing. */
#include "dynamics/drive.h"
#include "dynamics/internal.h"

#include <math.h>
#include <string.h>

#include "electronic/frames.h"
#include "electronic/propagate.h"
#include "math/lanes.h"

void dia_block_list_flying(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    int n = 0;
    for (int b = 0; b < s->count; b++) { /* the list has room for all */
        w->flying[n] = b;
        n += s->fate[b] == DIA_FATE_FLYING && w->part[b];
    }
    w->nflying = n;
}

void dia_block_set_back(dia_block *s, int b)
{
    dia_crossing_undo(s, b);
    for (int i = 0; i < ROWS; i++) {
        const dia_rows *rows = &s->scratch->rows[i];
        if (rows->old != NULL)
            memcpy(rows->now + (size_t)b * rows->width, rows->old + (size_t)b * rows->width,
                   rows->width * sizeof *rows->now);
    }
}

void dia_block_lose(dia_block *s, int b)
{
    dia_block_set_back(s, b);
    s->fate[b] = DIA_FATE_NAN;
}

static bool all_finite(const double *x, size_t n)
{
    enum { SUMS = 8 };
    double sum[SUMS] = {0.0}; /* 0 x is NaN for NaN and infinity */
    size_t i = 0;
    for (; i + SUMS <= n; i += SUMS)
        for (size_t k = 0; k < SUMS; k++)
            sum[k] += 0.0 * x[i + k];
    for (; i < n; i++)
        sum[0] += 0.0 * x[i];
    for (int k = 1; k < SUMS; k++)
        sum[0] += sum[k];
    return sum[0] == 0.0;
}

/* Do all rows of the block take part? Then they are a batch for the model as they are, and nothing is copied. */
static bool all_take_part(const dia_block *s)
{
    return s->scratch->nflying == s->count;
}

static dia_status evaluate(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t ncart = (size_t)s->ncart, npacked = (size_t)s->npacked;
    for (int q = 0; q < w->nflying; q++)
        w->tape_row[w->flying[q]] = q;
    if (all_take_part(s))
        return dia_model_hamiltonian(s->model, w->tape, w->nflying, s->R, s->frame.H);
    for (int q = 0; q < w->nflying; q++)
        memcpy(w->batch_R + (size_t)q * ncart, s->R + (size_t)w->flying[q] * ncart, ncart * sizeof(double));
    const dia_status status = dia_model_hamiltonian(s->model, w->tape, w->nflying, w->batch_R, w->batch_H);
    for (int q = 0; status == DIA_OK && q < w->nflying; q++)
        memcpy(s->frame.H + (size_t)w->flying[q] * npacked, w->batch_H + (size_t)q * npacked, npacked * sizeof(double));
    return status;
}

/* What follows once the frames are known. */
static dia_status settle_frames(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    bool lost = false;
    for (int q = 0; q < w->nflying; q++)
        if (!isfinite(s->frame.E[w->flying[q] * s->nstate])) {
            dia_block_lose(s, w->flying[q]);
            lost = true;
        }
    if (lost)
        dia_block_list_flying(s);
    return dia_drive_dipoles(s);
}

dia_status dia_block_hamiltonian(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    const dia_status status = evaluate(s);
    if (status != DIA_OK)
        return status;
    dia_frame_solve_near(&s->frame, &w->before, w->nflying, w->flying, w->plain, w->work);
    return settle_frames(s);
}

dia_status dia_block_arrive(dia_block *s, double dt)
{
    struct dia_block_scratch *w = s->scratch;
    const dia_propagation way = {.dt = dt,
                                 .tolerance = s->dynamics->substep_tolerance,
                                 .before = &w->before,
                                 .after = &s->frame,
                                 .c = s->c,
                                 .T = w->T,
                                 .c0 = w->c_before,
                                 .c1 = w->c_after};
    const dia_status status = evaluate(s);
    if (status != DIA_OK)
        return status;
    dia_propagate_near(&way, &s->frame, w->nflying, w->flying, w->plain, w->work);
    return settle_frames(s);
}

static const int *places(dia_block *s, int n, const int *rows)
{
    for (int q = 0; q < n; q++)
        s->scratch->request[q] = s->scratch->tape_row[rows[q]];
    return s->scratch->request;
}

dia_status dia_block_contract(dia_block *s, int n, const int *rows, const double *W, double *out)
{
    return dia_model_contract(s->model, s->scratch->tape, n, places(s, n, rows), W, out);
}

dia_status dia_block_derivative(dia_block *s, int n, const int *rows)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t ncart = (size_t)s->ncart, npacked = (size_t)s->npacked;
    for (int q = 0; q < n; q++)
        memcpy(w->batch_R + (size_t)q * ncart, s->V + (size_t)rows[q] * ncart, ncart * sizeof(double));
    dia_status status = dia_model_derivative(s->model, w->tape, n, places(s, n, rows), w->batch_R, w->answer);
    for (int q = 0; status == DIA_OK && q < n; q++)
        memcpy(w->rows[ROW_HDOT].now + (size_t)rows[q] * npacked, w->answer + (size_t)q * npacked,
               npacked * sizeof(double));
    return status;
}

/* Gradients of the flying rows, in their order -> G; rows with NaN end. */
static void take_gradients(dia_block *s, const double *gradients)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t ncart = (size_t)s->ncart;
    bool lost = false;
    if (gradients == s->G && all_finite(gradients, (size_t)w->nflying * ncart))
        return;
    for (int q = 0; q < w->nflying; q++) {
        const double *from = gradients + (size_t)q * ncart;
        double *to = s->G + (size_t)w->flying[q] * ncart;
        if (!all_finite(from, ncart)) {
            dia_block_lose(s, w->flying[q]);
            lost = true;
        } else if (from != to) {
            memcpy(to, from, ncart * sizeof *to);
        }
    }
    if (lost)
        dia_block_list_flying(s);
}

dia_status dia_block_gradients(dia_block *s, bool inner)
{
    struct dia_block_scratch *w = s->scratch;
    double *gradients = all_take_part(s) ? s->G : w->answer;
    dia_status status = dia_block_contract(s, w->nflying, w->flying, w->W, gradients);
    if (status == DIA_OK)
        status = dia_drive_gradients(s, w->nflying, w->flying, w->W, w->now, !inner, gradients);
    if (status == DIA_OK)
        take_gradients(s, gradients);
    return status;
}

/* Weights of the active states: dia_weight_pair of a state with itself. */
static inline void weight(const int n, const double *U, int k, double *W)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            *W++ = U[i * n + k] * U[j * n + k];
}

/* The same of up to ROOM states, eight at a time; what is written behind the packed numbers is written again, or there is room. */
enum { ROOM = 16, LANES = 8 };
DIA_CLONES static void weight_many(int n, const double *U, int k, double *W)
{
    double u[ROOM];
    for (int i = 0; i < ROOM; i++)
        u[i] = i < n ? U[i * n + k] : 0.0;
    const dia_v8 low = dia_v8_load(u), high = dia_v8_load(u + LANES);
    for (int i = 0; i < n; W += ++i) {
        dia_v8_store(W, u[i] * low);
        if (i >= LANES)
            dia_v8_store(W + LANES, u[i] * high);
    }
}

static void weigh(const dia_block *s, int b, int state, double *W)
{
    const int n = s->nstate;
    const double *U = s->frame.U + (size_t)(b * n * n);
    if (s->frame.hermitian)
        dia_weight_pair(&s->frame, b, state, state, W);
    else if (n == 2) /* constants, so that the compiler unrolls */
        weight(2, U, state, W);
    else if (n == 3)
        weight(3, U, state, W);
    else if (n == 4)
        weight(4, U, state, W);
    else if (n <= ROOM)
        weight_many(n, U, state, W);
    else
        weight(n, U, state, W);
}

static dia_status forces(dia_block *s, bool inner)
{
    struct dia_block_scratch *w = s->scratch;
    for (int q = 0; q < w->nflying; q++) {
        const int b = w->flying[q], state = inner ? dia_crossing_inner(s, b) : s->active[b];
        weigh(s, b, state, w->W + (size_t)q * (size_t)s->npacked);
    }
    return dia_block_gradients(s, inner);
}

dia_status dia_block_forces(dia_block *s)
{
    return s->dynamics->hop->mean_field != NULL ? dia_mean_field_forces(s) : forces(s, false);
}

dia_status dia_block_inner_forces(dia_block *s)
{
    return forces(s, true);
}

double dia_block_potential(const dia_block *s, int b, int active)
{
    return s->dynamics->hop->mean_field != NULL ? dia_mean_field_potential(s, b) : s->frame.E[b * s->nstate + active];
}

double dia_block_kinetic(const dia_block *s, int b)
{
    const double *V = s->V + (size_t)b * (size_t)s->ncart;
    double sum = 0.0;
    for (int c = 0; c < s->ncart; c++)
        sum += s->mass[c] * V[c] * V[c];
    return 0.5 * sum;
}

void dia_block_energies(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    bool lost = false;
    for (int q = 0; q < w->nflying; q++) {
        const int b = w->flying[q];
        s->kinetic[b] = dia_block_kinetic(s, b);
        s->potential[b] = dia_block_potential(s, b, s->active[b]);
        if (!isfinite(s->kinetic[b] + s->potential[b])) {
            dia_block_lose(s, b);
            lost = true;
        }
    }
    if (lost)
        dia_block_list_flying(s);
}
