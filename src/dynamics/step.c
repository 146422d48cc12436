/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One time step of a block: velocity Verlet for the nuclei, the diabatic propagator for the electrons; of a mean field both
 * together (mean_field.c).
 *
 * Hops are decided after the second half kick. The whole step is then made on the old surface, the momentum is
 * adjusted with positions and velocities of the same time, and the next step begins with the force of the new
 * surface: the total energy is the same before and after a hop up to rounding. (Adjusting between the half kicks
 * would save a gradient per hop and violate this by dt/2 V.(G_new - G_old).) Order at t+dt: hop, then decoherence
 * with the kinetic energy and active state after the hop.
 *
 * Where a crossing inside the step asks for it (crossing.c), the step is done again in two halves, each of them in the
 * same way: trajectories whose step is divided go on together, the others are done. A method that hops at a time of its own
 * (event.c) divides the step there, one trajectory at a time. */
#include <math.h>
#include <string.h>

#include "dynamics/ahead.h"
#include "dynamics/doubt.h"
#include "dynamics/drive.h"
#include "dynamics/integrator.h"
#include "dynamics/internal.h"
#include "dynamics/piece.h"
#include "electronic/propagate.h"

/* H, E and U are found anew in every step of every row that flies: where all do, the two copies change places. */
static void exchange_frames(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    const int rows[] = {ROW_H, ROW_E, ROW_U};
    for (int i = 0; i < 3; i++) {
        double *now = w->rows[rows[i]].now;
        w->rows[rows[i]].now = w->rows[rows[i]].old;
        w->rows[rows[i]].old = now;
    }
    dia_block_place_frames(s);
}

static void remember(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    const bool alone = w->ahead != NULL; /* rows may be in different steps */
    const bool all = w->piece == 0 && !alone, exchanged = all && w->nflying == s->count;
    if (exchanged)
        exchange_frames(s);
    for (int i = 0; i < ROWS; i++) {
        const dia_rows *rows = &w->rows[i];
        const size_t size = rows->width * sizeof *rows->now;
        if (rows->old == NULL || size == 0 || (exchanged && (i == ROW_H || i == ROW_E || i == ROW_U)))
            continue;
        if (all)
            memcpy(rows->old, rows->now, (size_t)s->count * size);
        for (int q = 0; !all && q < w->nflying; q++)
            memcpy(rows->old + (size_t)w->flying[q] * rows->width, rows->now + (size_t)w->flying[q] * rows->width,
                   size);
    }
    dia_crossings_begin(s);
}

/* A drift of b dt, with the middle of a bath. */
static void drift_in_bath(dia_block *s, double b, double dt)
{
    if (!dia_bath_in_middle(s)) {
        dia_block_drift(s, b * dt);
        return;
    }
    dia_block_drift(s, 0.5 * b * dt);
    dia_block_bathe(s, dt, true);
    dia_block_drift(s, 0.5 * b * dt);
}

/* All stages of the step but the last: the geometries between have forces, but no part in the motion of the electrons. */
static dia_status inner_stages(dia_block *s, const dia_integrator *way, double dt)
{
    dia_status status = DIA_OK;
    dia_block_kick(s, way->kick[0] * dt);
    for (int j = 1; j < way->stages && status == DIA_OK && s->scratch->nflying > 0; j++) {
        dia_block_drift(s, way->drift[j] * dt);
        status = dia_block_hamiltonian(s);
        if (status == DIA_OK && s->scratch->nflying > 0)
            status = dia_block_inner_forces(s);
        dia_block_kick(s, way->kick[j] * dt);
    }
    return status;
}

/* What a field makes of the propagator and of the amplitudes at t+dt. */
static void propagate_in_light(dia_block *s, double dt)
{
    struct dia_block_scratch *w = s->scratch;
    const int n = s->nstate;
    for (int q = 0; q < w->nflying && s->dynamics->light != NULL; q++) {
        const int b = w->flying[q];
        double *c1 = w->c_after + 2 * b * n;
        if (!dia_drive_propagate(s, b, dt))
            continue;
        dia_amplitudes_apply(n, w->T + 2 * b * n * n, w->c_before + 2 * b * n, c1);
        dia_amplitudes_normalise(n, c1);
    }
}

/* On surfaces the nuclei move by the forces of the active states, up to the last kick, and the electrons by the H at both ends. */
static dia_status fly_on_surfaces(dia_block *s, double dt)
{
    const dia_integrator *way = &dia_integrators[s->dynamics->integrator];
    dia_status status = inner_stages(s, way, dt); /* of velocity Verlet: the first half kick            */
    if (status != DIA_OK)
        return status;
    drift_in_bath(s, way->drift[way->stages], dt);
    s->scratch->now = s->scratch->view.time;
    status = dia_block_arrive(s, dt); /* model: 1 forward; eigenproblems; c <- exp(-i H dt) c */
    if (status == DIA_OK)
        propagate_in_light(s, dt);
    return status;
}

static dia_status last_kick(dia_block *s, double dt)
{
    const dia_integrator *way = &dia_integrators[s->dynamics->integrator];
    const dia_status status = dia_block_forces(s); /* model: 1 reverse                                   */
    dia_block_kick(s, way->kick[way->stages] * dt);
    return status;
}

/* Electrons that a hopping method has of its own. */
static void propagate_own(dia_block *s)
{
    const dia_hop_type *hop = s->dynamics->hop;
    const struct dia_block_scratch *w = s->scratch;
    for (int q = 0; q < w->nflying && hop->propagate != NULL; q++)
        hop->propagate(s->dynamics->hop_self, dia_block_view(s, DIA_PURPOSE_METHOD), w->flying[q],
                       dia_block_memory(s, ROW_HOP, w->flying[q]));
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
    const struct dia_block_scratch *w = s->scratch;
    dia_amplitudes_diabatic_rows(&s->frame, w->nflying, w->flying, w->c_after, s->c);
}

/* Takes out, and sets back, the trajectories whose crossing is not resolved by this step: *n rows `again`. The active
 * states of the others are followed through their crossings. `last`: all go on. */
static void follow_crossings(dia_block *s, bool last, int *n, int *again)
{
    struct dia_block_scratch *w = s->scratch;
    const int count = dia_crossings_find(s, w->hopper);
    *n = 0;
    for (int q = 0; q < count; q++) {
        const int b = w->hopper[q];
        int to;
        const dia_passed passed = dia_crossing_judge(s, b, &to);
        if (!last && (passed == DIA_PASSED_UNRESOLVED || w->unresolved[b])) {
            dia_block_set_back(s, b);
            w->part[b] = 0;
            again[(*n)++] = b;
        } else if (passed == DIA_PASSED_EXCHANGED) {
            dia_crossing_exchange(s, b, to);
        }
    }
    if (*n > 0)
        dia_block_list_flying(s);
}

/* Takes out, and sets back, the trajectories whose total energy has changed too much, and adds them to the *n rows `again`. */
static void check_accuracy(dia_block *s, bool last, int *n, int *again)
{
    struct dia_block_scratch *w = s->scratch;
    const double *K = w->rows[ROW_KINETIC].old, *E = w->rows[ROW_POTENTIAL].old, *own = w->rows[ROW_ENERGY0].old;
    const int before = *n;
    for (int q = 0; q < w->nflying && !last && s->dynamics->accuracy > 0.0; q++) {
        const int b = w->flying[q];
        if (fabs(s->kinetic[b] + s->potential[b] - s->energy0[b] - (K[b] + E[b] - own[b])) <= s->dynamics->accuracy)
            continue;
        dia_block_set_back(s, b);
        w->part[b] = 0;
        again[(*n)++] = b;
    }
    if (*n > before)
        dia_block_list_flying(s);
}

/* The rest of a piece: what happens at its end. Without `last` the rows that have to do it in halves are set back. */
static dia_status finish(dia_block *s, bool last, int *n, int *again)
{
    const double dt = s->scratch->view.dt;
    dia_status status = dia_moves_together(s) ? DIA_OK : last_kick(s, dt);
    if (status != DIA_OK)
        return status;
    if (dia_bath_at_ends(s))
        dia_block_bathe(s, dt, false);
    dia_drive_work(s, dt);
    dia_block_energies(s);
    check_accuracy(s, last, n, again);
    if (s->scratch->nflying == 0)
        return DIA_OK;
    for (int q = 0; q < s->scratch->nflying; q++) {
        const int b = s->scratch->flying[q];
        if (s->scratch->origin[b * s->nstate + s->active[b]] != s->active[b])
            dia_crossing_tell(s, b);
    }
    status = dia_block_hop(s); /* model: couplings and new forces of those that hop  */
    if (status != DIA_OK)
        return status;
    decohere(s);
    status = dia_mean_field_decay(s); /* model: couplings with the pointer state           */
    keep_amplitudes(s);
    return status;
}

void dia_piece_begin(dia_block *s, const dia_piece *p, int count, const int *rows)
{
    struct dia_block_scratch *w = s->scratch;
    if (rows != w->whole) { /* else they are those listed, as they are */
        memset(w->part, 0, (size_t)s->count * sizeof *w->part);
        for (int q = 0; q < count; q++)
            w->part[rows[q]] = 1;
        dia_block_list_flying(s);
    }
    w->piece = p->number;
    w->view.dt = p->width * s->dynamics->timestep;
    w->view.time = ((double)s->step + (p->from + p->width)) * s->dynamics->timestep;
    w->now = w->view.time - w->view.dt;
    w->view.step = s->step + 1;
}

dia_status dia_piece_fly(dia_block *s, bool last, int *n, int *again)
{
    const double dt = s->scratch->view.dt;
    *n = 0;
    if (dia_bath_at_ends(s))
        dia_block_bathe(s, dt, false);
    const dia_status status = dia_moves_together(s) ? dia_mean_field_fly(s, dt) : fly_on_surfaces(s, dt);
    if (status != DIA_OK)
        return status;
    propagate_own(s);
    follow_crossings(s, last, n, again);
    return DIA_OK;
}

/* Row b, whose hopping method hops inside the piece: there, and on to the end of the piece. */
static dia_status advance_to_event(dia_block *s, const dia_piece *p, int b)
{
    dia_piece part = *p;
    int none = 0;
    dia_status status = dia_event_seek(s, &part, b);
    if (status == DIA_OK && s->scratch->nflying > 0)
        status = finish(s, true, &none, &none);
    part.from += part.width;
    part.width = p->from + p->width - part.from;
    part.number = dia_event_number(s, b);
    /* What is left below the rounding of times within a step is nothing. */
    return status == DIA_OK && part.width > 1e-14 ? dia_piece_advance(s, &part, 1, &b) : status;
}

dia_status dia_piece_advance(dia_block *s, const dia_piece *p, int count, const int *rows)
{
    struct dia_block_scratch *w = s->scratch;
    int n = 0, *again = w->again + (size_t)p->depth * (size_t)s->capacity;
    const bool last = p->depth == DIA_HALVINGS;
    dia_piece_begin(s, p, count, rows);
    remember(s);
    dia_status status = dia_piece_fly(s, last, &n, again);
    if (status == DIA_OK)
        dia_events_find(s);
    if (status == DIA_OK && w->nflying > 0)
        status = finish(s, last, &n, again);
    for (uint32_t half = 0; n > 0 && half < 2 && status == DIA_OK; half++) {
        const bool alone = p->number >= DIA_EVENT_PIECES; /* then n is 1 */
        const dia_piece part = {.from = p->from + half * 0.5 * p->width,
                                .width = 0.5 * p->width,
                                .depth = p->depth + 1,
                                .place = 2 * p->place + half,
                                .number = alone ? dia_event_number(s, again[0])
                                                : (UINT32_C(2) << p->depth) + 2 * p->place + half};
        status = dia_piece_advance(s, &part, n, again);
    }
    for (int q = 0; q < count && status == DIA_OK && s->dynamics->hop->margin != NULL; q++)
        if (w->event[rows[q]])
            status = advance_to_event(s, p, rows[q]);
    return status;
}

/* All rows take part again. */
static void gather(dia_block *s)
{
    memset(s->scratch->part, 1, (size_t)s->count * sizeof *s->scratch->part);
    dia_block_list_flying(s);
}

dia_status dia_block_fly(dia_block *s, int count, const int *rows)
{
    const dia_piece whole = {.width = 1.0};
    for (int q = 0; q < count; q++) {
        s->scratch->events[rows[q]] = 0;
        s->scratch->pieces[rows[q]] = 0;
    }
    return dia_piece_advance(s, &whole, count, rows);
}

static dia_status fly_in_step(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    memcpy(w->whole, w->flying, (size_t)w->nflying * sizeof *w->whole);
    const dia_status status = dia_block_fly(s, w->nflying, w->whole);
    s->step += status == DIA_OK;
    return status;
}

dia_status dia_block_step(dia_block *s)
{
    gather(s);
    const int flying = s->scratch->nflying;
    if (flying == 0)
        return DIA_OK;
    const dia_status status = s->scratch->ahead != NULL ? dia_ahead_step(s) : fly_in_step(s);
    if (s->scratch->nflying < flying) /* some have ended, or stepped apart from the others */
        gather(s);
    if (status != DIA_OK)
        return status;
    const dia_status looked = dia_doubt_look(s);
    dia_block_settle_fates(s);
    return looked;
}
