/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crossings inside a time step, seen by the overlap of the active state i at t with the states at t+dt, S = U(t+dt)^H U(t).
 *
 * Adiabatic states are numbered by energy. Where two that hardly couple cross, the state of a given number changes its
 * character, and with it its force, within less than a step. Velocity Verlet takes the mean of the forces at both ends
 * and is wrong by up to
 *
 *   stake = sqrt((D_ii - D_ll)^2 + 4 |D_il|^2)/2,   D = U(t)^H [H(t+dt) - H(t)] U(t):
 *
 * half the change of the difference between two diabats, of first order in dt. The share of this that can be wrong is
 * the population |S_ml|^2 of other states l of t in the state m that the step ends on. (A step from far outside a linear
 * crossing to a mixing angle theta: error stake (1 - cos theta)/2 = stake |S_ml|^2, less where the crossing is wide.)
 * sum_l |S_ml|^2 stake_l says what a step from i to m may be wrong by:
 *
 *   - below the tolerance for m = i: an ordinary step, nothing changes;
 *   - below it for another m, into which the electrons go as well (|T_mi|^2 >= 0.9, T the propagator of amplitudes):
 *     the states have exchanged. The trajectory keeps its diabat: it goes on in m with the force of m at the end of
 *     the step, which is Verlet's step on one smooth curve. No energy is paid. The states of t are given the numbers
 *     that they have at t+dt before hops are decided: fewest switches then sees a state that stays, and what T has
 *     in other elements decides on hops from it;
 *   - otherwise, or where this holds for no state at a geometry inside the step that has a force (integrator.h), the
 *     step is done again in two halves.
 *
 * Both S and the stake are the same for the step backwards in time. A method that stays on its adiabat (`adiabatic`)
 * never exchanges; there the halving ends where the stake itself is below the tolerance. */
#include <math.h>
#include <string.h>

#include "dynamics/ahead.h"
#include "dynamics/internal.h"

/* Where less than 1/LEAST of the active state has gone over, nothing is looked into: the error is below stake/LEAST, 1 meV
 * (the default of the tolerance) where the difference of two diabats changes by 2 eV in a step. */
enum { LEAST = 1000 };
/* Population that has to go with an exchange. Any value above one half names one state; what does not go, a tenth at most,
 * is left to the hops from the new state. */
static const double certain = 0.9;

typedef struct passage { /* of one trajectory through one step */
    const dia_frame *before, *after;
    int b, n;
    double *D; /* (npacked) H(t+dt) - H(t) */
} passage;

static passage passage_of(const dia_block *s, int b)
{
    return (passage){&s->scratch->before, &s->frame, b, s->nstate, s->scratch->work};
}

/* |S_kl|^2, of state k of t+dt and l of t */
static double share(const passage *p, int k, int l)
{
    const int n = p->n;
    double z[2] = {0.0, 0.0};
    if (p->after->hermitian) {
        dia_frame_overlap(p->after, p->before, p->b, k, l, z);
        return z[0] * z[0] + z[1] * z[1];
    }
    const double *U = p->after->U + p->b * n * n + k, *V = p->before->U + p->b * n * n + l;
    for (int i = 0; i < n; i++) /* dia_frame_overlap, every step of every trajectory */
        z[0] += U[i * n] * V[i * n];
    return z[0] * z[0];
}

/* By how much a step from state i to state m may be wrong, hartree. */
static double doubt(const passage *p, int i, int m)
{
    const int npacked = (int)dia_frame_packed(p->before), row = p->b * npacked;
    double sum = 0.0, own[2];
    for (int ij = 0; ij < npacked; ij++)
        p->D[ij] = p->after->H[row + ij] - p->before->H[row + ij];
    dia_frame_element(p->before, p->b, p->D, i, i, own);
    for (int l = 0; l < p->n; l++) {
        const double S2 = share(p, m, l);
        double other[2], between[2];
        if (l == i || S2 == 0.0)
            continue;
        dia_frame_element(p->before, p->b, p->D, l, l, other);
        dia_frame_element(p->before, p->b, p->D, l, i, between);
        sum += 0.5 * S2 * hypot(own[0] - other[0], 2.0 * hypot(between[0], between[1]));
    }
    return sum;
}

/* A mean field knows no crossings; where hops have a time of their own, that is where states cross. */
static bool heeded(const dia_block *s)
{
    const dia_hop_type *hop = s->dynamics->hop;
    return s->dynamics->crossing > 0.0 && hop->mean_field == NULL && hop->margin == NULL;
}

static inline bool changed_by(double own_share)
{
    return LEAST * (1.0 - own_share) >= 1.0;
}

/* Has state i of t become a mixture, or another state, on the way? */
static bool changes(const dia_block *s, const passage *p, int i)
{
    return heeded(s) && changed_by(share(p, i, i));
}

static inline int find(const dia_block *s, const int n, int *rows)
{
    const struct dia_block_scratch *w = s->scratch;
    int count = 0;
    for (int q = 0; q < w->nflying; q++) {
        const int b = w->flying[q], i = s->active[b];
        const double *U = s->frame.U + b * n * n + i, *V = w->before.U + b * n * n + i;
        double sum = 0.0;
        for (int j = 0; j < n; j++)
            sum += U[j * n] * V[j * n];
        rows[count] = b; /* the list has room for all */
        count += changed_by(sum * sum) || w->unresolved[b];
    }
    return count;
}

int dia_crossings_find(const dia_block *s, int *rows)
{
    const struct dia_block_scratch *w = s->scratch;
    int count = 0;
    if (heeded(s) && !s->frame.hermitian && s->nstate == 2) /* constants, so that the compiler unrolls */
        return find(s, 2, rows);
    if (heeded(s) && !s->frame.hermitian && s->nstate == 3)
        return find(s, 3, rows);
    if (heeded(s) && !s->frame.hermitian)
        return find(s, s->nstate, rows);
    for (int q = 0; q < w->nflying; q++) {
        const passage p = passage_of(s, w->flying[q]);
        if (w->unresolved[p.b] || changes(s, &p, s->active[p.b]))
            rows[count++] = p.b;
    }
    return count;
}

/* The state that is most like state i of t. */
static int most_like(const passage *p, int i)
{
    double most = 0.0;
    int m = i;
    for (int k = 0; k < p->n; k++) {
        const double S2 = share(p, k, i);
        if (S2 > most) {
            most = S2;
            m = k;
        }
    }
    return m;
}

dia_passed dia_crossing_judge(dia_block *s, int b, int *to)
{
    const dia_hop_type *hop = s->dynamics->hop;
    const passage p = passage_of(s, b);
    const int n = p.n, i = s->active[b];
    *to = i;
    if (!changes(s, &p, i))
        return DIA_PASSED;
    const int m = most_like(&p, i);
    const double *T = s->scratch->T + 2 * (b * n * n + m * n + i);
    if (m != i && !hop->adiabatic && dia_state_permitted(s->dynamics, m) && T[0] * T[0] + T[1] * T[1] >= certain &&
        doubt(&p, i, m) <= s->dynamics->crossing) {
        *to = m;
        return DIA_PASSED_EXCHANGED;
    }
    return doubt(&p, i, i) <= s->dynamics->crossing ? DIA_PASSED : DIA_PASSED_UNRESOLVED;
}

int dia_crossing_inner(dia_block *s, int b)
{
    const passage p = passage_of(s, b);
    const int i = s->active[b];
    if (!changes(s, &p, i))
        return i;
    const int k = s->dynamics->hop->adiabatic ? i : most_like(&p, i);
    if (doubt(&p, i, k) <= s->dynamics->crossing)
        return k;
    s->scratch->unresolved[b] = 1;
    return i;
}

/* ---- an exchange ----------------------------------------------------------------------------- */

/* origin (n): the state of t that each state of t+dt continues; `to` continues `from`, the others by the largest elements
 * of T that are left. */
static void pair_up(int n, const double *T, int from, int to, int *origin)
{
    for (int k = 0; k < n; k++)
        origin[k] = -1;
    origin[to] = from;
    for (int left = n - 1; left > 0; left--) {
        double most = -1.0;
        int best_k = 0, best_l = 0;
        for (int l = 0; l < n; l++) {
            bool taken = false;
            for (int k = 0; k < n; k++)
                taken = taken || origin[k] == l;
            for (int k = 0; k < n && !taken; k++) {
                const double *t = T + 2 * (k * n + l), size = t[0] * t[0] + t[1] * t[1];
                if (origin[k] < 0 && size > most) {
                    most = size;
                    best_k = k;
                    best_l = l;
                }
            }
        }
        origin[best_k] = best_l;
    }
}

/* Columns of A (rows, n, size) in the order `origin`; work (n size). */
static void reorder(int rows, int n, int size, const int *origin, double *A, double *work)
{
    const size_t bytes = (size_t)size * sizeof *A;
    for (int r = 0; r < rows; r++, A += n * size) {
        for (int k = 0; k < n; k++)
            memcpy(work + k * size, A + origin[k] * size, bytes);
        memcpy(A, work, (size_t)n * bytes);
    }
}

/* The frame before the step in the order of another numbering. */
static void renumber(dia_block *s, int b, const int *origin)
{
    struct dia_block_scratch *w = s->scratch;
    const int n = s->nstate;
    reorder(1, n, 1, origin, w->before.E + b * n, w->work);
    const int size = w->before.hermitian ? 2 : 1; /* doubles of a number */
    reorder(n, n, size, origin, w->before.U + b * n * n * size, w->work);
}

void dia_crossing_exchange(dia_block *s, int b, int to)
{
    struct dia_block_scratch *w = s->scratch;
    const int n = s->nstate;
    double *T = w->T + 2 * b * n * n;
    int *origin = w->origin + b * n;
    pair_up(n, T, s->active[b], to, origin);
    renumber(s, b, origin);
    reorder(n, n, 2, origin, T, w->work);
    reorder(1, n, 2, origin, w->c_before + 2 * b * n, w->work);
    s->active[b] = to;
}

static inline void start_row(const dia_block *s, const int n, int b)
{
    int *origin = s->scratch->origin + b * n;
    s->scratch->active_before[b] = s->active[b];
    s->scratch->unresolved[b] = 0;
    for (int k = 0; k < n; k++)
        origin[k] = k;
}

void dia_crossing_begin(dia_block *s, int b)
{
    start_row(s, s->nstate, b);
}

void dia_crossings_begin(dia_block *s)
{
    const struct dia_block_scratch *w = s->scratch;
    for (int q = 0; q < w->nflying; q++)
        if (s->nstate == 2) /* a constant, so that the compiler unrolls */
            start_row(s, 2, w->flying[q]);
        else
            start_row(s, s->nstate, w->flying[q]);
}

void dia_crossing_undo(dia_block *s, int b)
{
    const int n = s->nstate;
    const int *origin = s->scratch->origin + b * n;
    int *back = s->scratch->inverse;
    for (int k = 0; k < n; k++)
        back[origin[k]] = k;
    renumber(s, b, back);
    s->active[b] = s->scratch->active_before[b];
    dia_crossing_begin(s, b);
}

/* An exchange is recorded as a hop at the time when the two curves meet, with the gap that is there: none. */
void dia_crossing_tell(dia_block *s, int b)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t ncart = (size_t)s->ncart, row = (size_t)b * ncart;
    const int n = s->nstate, to = s->active[b], from = w->origin[b * n + to];
    if (from == to)
        return;
    dia_ahead_disturb(s, b);
    const double *before = w->before.E + b * n, *after = s->frame.E + b * n;
    const double d0 = before[from] - before[to], d1 = after[from] - after[to]; /* of the two curves, from -> to */
    const double x = d0 * d1 < 0.0 ? d0 / (d0 - d1) : 0.5;
    double *R = w->meeting, *V = w->arrival, kinetic = 0.0;
    for (size_t c = 0; c < ncart; c++) {
        const double R0 = w->rows[ROW_R].old[row + c], V0 = w->rows[ROW_V].old[row + c];
        R[c] = R0 + x * (s->R[row + c] - R0);
        V[c] = V0 + x * (s->V[row + c] - V0);
        kinetic += 0.5 * s->mass[c] * V[c] * V[c];
    }
    const dia_hop_event event = {
        .trajectory = s->trajectory[b],
        .time = w->view.time - (1.0 - x) * w->view.dt,
        .from = from,
        .to = to,
        .accepted = true,
        .kinetic_before = kinetic,
        .kinetic_after = kinetic,
        .position = R,
        .velocity = V,
    };
    dia_ahead_tell(s, b, &event);
}
