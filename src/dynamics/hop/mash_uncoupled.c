/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unSMASH, the size-consistent mapping approach to surface hopping with uncoupled spheres (Lawrence, Mannouch, Richardson,
 * JCP 160, 244112 (2024), DOI 10.1063/5.0208575).
 *
 * The active state a has a spin S^(b) with each other state b: that of the two-state method (mash), moved by H of these two states
 * alone. Where the S_z of one changes its sign, at a time of its own, the trajectory hops to that state; the momentum changes
 * along the coupling, or is reversed along it. After a hop to b the spin with b is that of b with a, upside down, and the spin with
 * every other state c, which was that of a and c, is that of b and c. Two subsystems that do not interact do not know of each
 * other; two states give `mash`. Each spin starts like that of mash: populations are shares of active states.
 *
 * A spin is kept as two amplitudes, of the active and of the other state. Of the frames at both ends of the step the two states
 * see the rotation between them nearest to the block of overlaps, in which H goes linearly from diag(E) to diag(E), turned. */
#include <math.h>
#include <string.h>

#include "dynamics/mapping.h"
#include "electronic/propagate.h"

enum { SPIN = 4 }; /* numbers of a spin: amplitudes of the active and of the other state */

static dia_status mash_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self;
    *size = (size_t)SPIN * (size_t)shape->nstate;
    if (!dia_hermitian(shape))
        return DIA_OK;
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "is for real H: after a hop it hands on spins whose angles count from the sign of the state that "
        "was left; of a complex H that is a phase, which the method leaves open. mash_multistate and, of "
        "two states, mash take the model");
}

static void mash_start(const void *self, const dia_step_view *view, int b, double *memory, double *c, int *active)
{
    (void)self, (void)c;
    double *f = view->work;
    if (dia_mapping_phases(view, b, *active, f) != DIA_OK)
        return; /* the model cannot be evaluated: the start will say so */
    for (int k = 0, i = 0; k < view->nstate; k++) {
        if (k == *active)
            continue;
        dia_mapping_hemisphere(view, b, i, f + 2 * k, memory + SPIN * k);
        i += 2;
    }
}

static double overlap(const dia_step_view *view, int b, int k, int l)
{
    double z[2];
    dia_frame_overlap(view->before, view->after, b, k, l, z);
    return z[0];
}

/* Of states a and k: amplitudes at the beginning of the step -> at its end. */
static void propagate_spin(const dia_step_view *view, int b, int a, int k, double *spin)
{
    const double *E0 = view->before->E + b * view->nstate, *E1 = view->after->E + b * view->nstate;
    const int states[2] = {a, k};
    const double turn = atan2(overlap(view, b, k, a) - overlap(view, b, a, k),
                              overlap(view, b, a, a) + overlap(view, b, k, k)),
                 cosine = cos(turn), sine = sin(turn);
    double U0[4] = {1.0, 0.0, 0.0, 1.0}, U1[4] = {cosine, -sine, sine, cosine}, H0[3] = {0}, H1[3] = {0}, e0[2], e1[2],
           T[8], after[4];
    for (int i = 0; i < 2; i++) { /* in the basis of the states at the beginning */
        e0[i] = E0[states[i]];
        e1[i] = E1[states[i]];
        H0[i == 0 ? 0 : 2] = e0[i];
        H1[0] += e1[i] * U1[i] * U1[i];
        H1[1] += e1[i] * U1[i] * U1[2 + i];
        H1[2] += e1[i] * U1[2 + i] * U1[2 + i];
    }
    const dia_frame before = {.batch = 1, .nstate = 2, .H = H0, .E = e0, .U = U0},
                    now = {.batch = 1, .nstate = 2, .H = H1, .E = e1, .U = U1};
    (void)dia_propagator(view->dt, view->tolerance, &before, &now, 0, T,
                         view->work); /* room for more states than two */
    dia_amplitudes_apply(2, T, spin, after);
    dia_amplitudes_normalise(2, after);
    memcpy(spin, after, sizeof after);
}

static void mash_propagate(const void *self, const dia_step_view *view, int b, double *memory)
{
    (void)self;
    for (int k = 0; k < view->nstate; k++)
        if (k != view->active[b])
            propagate_spin(view, b, view->active[b], k, memory + SPIN * k);
}

/* The smallest S_z; *least: of which state. */
static double smallest(const dia_step_view *view, int b, const double *memory, int *least)
{
    double value = INFINITY;
    *least = view->active[b];
    for (int k = 0; k < view->nstate; k++) {
        const double *spin = memory + SPIN * k, S = dia_population(spin) - dia_population(spin + 2);
        if (k == view->active[b] || S >= value)
            continue;
        value = S;
        *least = k;
    }
    return value;
}

static double mash_margin(const void *self, const dia_step_view *view, int b, const double *c, const double *memory)
{
    (void)self, (void)c;
    int least;
    return smallest(view, b, memory, &least);
}

static void mash_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    (void)self;
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        int least;
        if (smallest(view, b, memory + (size_t)b * SPIN * (size_t)view->nstate, &least) < 0.0)
            target[b] = least;
    }
}

/* The spin with the state that was left is that of the hop, upside down. */
static void mash_after(const void *self, const dia_step_view *view, int b, int from, int to, bool accepted,
                       double *memory, double *c)
{
    (void)self, (void)view, (void)b, (void)c;
    const double *old = memory + SPIN * to;
    double *now = memory + SPIN * from;
    for (int i = 0; i < 2 && accepted; i++) {
        now[i] = old[2 + i];
        now[2 + i] = old[i];
    }
}

const dia_hop_type dia_hop_type_mash_uncoupled = {
    .version = DIA_EXTEND_VERSION,
    .name = "mash_uncoupled",
    .summary =
        "unSMASH: mapping approach to surface hopping with a spin for each pair, size-consistent, any number of states",
    .reference =
        "J. E. Lawrence, J. R. Mannouch, J. O. Richardson, J. Chem. Phys. 160, 244112 (2024), DOI 10.1063/5.0208575",
    .without_decoherence = true,
    .reflects = true,
    .prepare = mash_prepare,
    .start = mash_start,
    .propose = mash_propose,
    .propagate = mash_propagate,
    .margin = mash_margin,
    .after = mash_after,
};
