/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One time step of a block: velocity Verlet for the nuclei, the diabatic propagator for the electrons.
 *
 * Hops are decided after the second half kick. The whole step is then made on the old surface, the momentum is
 * adjusted with positions and velocities of the same time, and the next step begins with the force of the new
 * surface: the total energy is the same before and after a hop up to rounding. (Adjusting between the half kicks
 * would save a gradient per hop and violate this by dt/2 V.(G_new - G_old).) Order at t+dt: hop, then decoherence
 * with the kinetic energy and active state after the hop. */
#include <string.h>

#include "dynamics/internal.h"
#include "electronic/propagate.h"

static void remember(dia_block *s)
{
    for (int i = 0; i < ROWS; i++) {
        const dia_rows *rows = &s->scratch->rows[i];
        memcpy(rows->old, rows->now, (size_t)s->count * rows->width * sizeof *rows->now);
    }
}

/* V <- V - dt G/m */
static void kick(dia_block *s, double dt)
{
    for (int q = 0; q < s->scratch->nflying; q++) {
        const size_t row = (size_t)s->scratch->flying[q] * (size_t)s->ncart;
        for (int c = 0; c < s->ncart; c++)
            s->V[row + (size_t)c] -= dt * s->G[row + (size_t)c] / s->mass[c];
    }
}

/* R <- R + dt V */
static void drift(dia_block *s, double dt)
{
    for (int q = 0; q < s->scratch->nflying; q++) {
        const size_t row = (size_t)s->scratch->flying[q] * (size_t)s->ncart;
        for (int c = 0; c < s->ncart; c++)
            s->R[row + (size_t)c] += dt * s->V[row + (size_t)c];
    }
}

static dia_electronic_end end_of(const dia_frame *frame, int b)
{
    const int n = frame->nstate;
    return (dia_electronic_end){frame->H + b * (n * (n + 1) / 2), frame->E + b * n, frame->U + b * n * n};
}

/* Adiabatic amplitudes at t, the propagator, adiabatic amplitudes at t+dt. */
static void propagate(dia_block *s, double dt)
{
    struct dia_block_scratch *w = s->scratch;
    const int n = s->nstate;
    for (int q = 0; q < w->nflying; q++) {
        const int b = w->flying[q];
        const dia_electronic_end before = end_of(&w->before, b), after = end_of(&s->frame, b);
        double *T = w->T + 2 * b * n * n, *c0 = w->c_before + 2 * b * n, *c1 = w->c_after + 2 * b * n;
        dia_amplitudes_adiabatic(n, before.U, s->c + 2 * b * n, c0);
        (void)dia_propagator(n, dt, s->dynamics->substep_tolerance, &before, &after, T, w->work);
        dia_amplitudes_apply(n, T, c0, c1);
    }
}

static void decohere(dia_block *s)
{
    const dia_dynamics *d = s->dynamics;
    if (d->decoherence != NULL && d->decoherence->decohere != NULL)
        d->decoherence->decohere(d->decoherence_self, dia_block_view(s, DIA_PURPOSE_DECOHERENCE),
                                 s->scratch->rows[ROW_DECOHERENCE].now, s->scratch->c_after);
}

/* c_after, adiabatic -> c, diabatic: the start of the next step. */
static void keep_amplitudes(dia_block *s)
{
    const int n = s->nstate;
    for (int q = 0; q < s->scratch->nflying; q++) {
        const int b = s->scratch->flying[q];
        dia_amplitudes_diabatic(n, s->frame.U + b * n * n, s->scratch->c_after + 2 * b * n, s->c + 2 * b * n);
    }
}

dia_status dia_block_step(dia_block *s)
{
    const double dt = s->dynamics->timestep;
    dia_block_list_flying(s);
    if (s->scratch->nflying == 0)
        return DIA_OK;
    remember(s);
    s->scratch->view.time = (double)(s->step + 1) * dt;
    s->scratch->view.step = s->step + 1;
    kick(s, 0.5 * dt);
    drift(s, dt);
    dia_status status = dia_block_hamiltonian(s); /* model: 1 forward, then the eigenproblems           */
    if (status == DIA_OK) {
        propagate(s, dt);             /* c <- exp(-i H dt) c                                */
        status = dia_block_forces(s); /* model: 1 reverse                                   */
    }
    if (status == DIA_OK) {
        kick(s, 0.5 * dt);
        dia_block_energies(s);
        status = dia_block_hop(s); /* model: couplings and new forces of those that hop  */
    }
    if (status != DIA_OK)
        return status;
    decohere(s);
    keep_amplitudes(s);
    s->step++;
    dia_block_settle_fates(s);
    return DIA_OK;
}
