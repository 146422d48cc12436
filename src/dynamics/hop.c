/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hops at t+dt: the method proposes them, the energy decides whether they are accepted. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "dynamics/ahead.h"
#include "dynamics/drive.h"
#include "dynamics/internal.h"
#include "dynamics/momentum.h"
#include "dynamics/options.h"
#include "math/vector.h"
#include "molecule/modes.h"

/* A proposed target, as far as the settings let it be entered: a state that may not be active is not proposed, and close to S0 it is S0. */
static int permitted(const dia_block *s, int b, int target)
{
    const double *E = s->frame.E + (size_t)b * (size_t)s->nstate;
    if (s->dynamics->forced_ground > 0.0 &&
        E[s->active[b] > 0 ? s->active[b] : target] - E[0] < s->dynamics->forced_ground)
        return 0;
    return dia_state_permitted(s->dynamics, target) ? target : s->active[b];
}

static dia_status propose(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    const dia_dynamics *d = s->dynamics;
    for (int q = 0; q < w->nflying; q++) {
        const int b = w->flying[q];
        w->target[b] = s->active[b];
        w->uniform[b] = dia_rng_uniform(d->seed, (uint64_t)s->trajectory[b], dia_ahead_key(s, b, (uint64_t)s->step),
                                        DIA_PURPOSE_HOP, w->piece);
    }
    dia_status status = d->hop->needs_hdot ? dia_block_derivative(s, w->nflying, w->flying) : DIA_OK;
    if (status != DIA_OK)
        return status;
    if (d->hop->propose != NULL)
        d->hop->propose(d->hop_self, dia_block_view(s, DIA_PURPOSE_METHOD), w->rows[ROW_HOP].now, w->target);
    const bool free = w->ahead == NULL && d->states == 0 && !(d->forced_ground > 0.0); /* as proposed */
    for (int q = 0; q < w->nflying && !free; q++)
        w->target[w->flying[q]] =
            permitted(s, w->flying[q], dia_ahead_target(s, w->flying[q], w->target[w->flying[q]]));
    return status;
}

/* Weight of the coupling of hopper b to its target, or of what the method takes in its place; or of the gradient of the upper of
 * the two states minus the lower. */
static void pair_weight(dia_block *s, int b, bool difference, double *W)
{
    const dia_dynamics *d = s->dynamics;
    const int n = s->nstate, from = s->active[b], to = s->scratch->target[b];
    if (!difference && d->hop->direction != NULL) {
        d->hop->direction(d->hop_self, dia_block_view(s, DIA_PURPOSE_METHOD), b, to, dia_block_memory(s, ROW_HOP, b),
                          W);
        return;
    }
    if (!difference) {
        dia_weight_pair(&s->frame, b, from, to, W);
        return;
    }
    double *w = s->scratch->work;
    memset(w, 0, (size_t)n * sizeof *w);
    w[from > to ? from : to] = 1.0;
    w[from > to ? to : from] = -1.0;
    dia_weight_average(&s->frame, b, w, W);
}

/* Of a complex H the coupling h = <k|dH|l> has a phase, which is that of the two states: e^{ip} h is as good for every p. Its real part
 * is a direction that does not depend on them if p is the one that makes it longest, in mass-weighted length:
 * p = -arg(sum_c h_c^2/m_c)/2. Of a real H it is h. h (n, ncart): real parts -> directions. */
static dia_status turn_couplings(dia_block *s, int n, double *h)
{
    struct dia_block_scratch *w = s->scratch;
    for (int q = 0; q < n; q++)
        dia_weight_pair_imaginary(&s->frame, w->hopper[q], s->active[w->hopper[q]], w->target[w->hopper[q]],
                                  w->W + (size_t)q * (size_t)s->npacked);
    const dia_status status = dia_block_contract(s, n, w->hopper, w->W, w->answer);
    for (int q = 0; status == DIA_OK && q < n; q++)
        dia_momentum_direction(s->ncart, s->mass, w->answer + (size_t)q * (size_t)s->ncart,
                               h + (size_t)q * (size_t)s->ncart);
    return status;
}

static dia_status pair_vectors(dia_block *s, int n, bool difference, double *out)
{
    struct dia_block_scratch *w = s->scratch;
    for (int q = 0; q < n; q++)
        pair_weight(s, w->hopper[q], difference, w->W + (size_t)q * (size_t)s->npacked);
    const dia_status status = dia_block_contract(s, n, w->hopper, w->W, out);
    const bool turn = s->frame.hermitian && !difference && s->dynamics->hop->direction == NULL;
    return status == DIA_OK && turn ? turn_couplings(s, n, out) : status;
}

/* The coupling d.V of the two states of hopper b per unit of time, from its gap-scaled coupling vector. The sign of states
 * is arbitrary, that of the difference upper minus lower is not: the size goes with it. */
static double time_coupling(const dia_block *s, int b, const double *coupling)
{
    const double *E = s->frame.E + (size_t)b * (size_t)s->nstate;
    const double gap = fabs(E[s->scratch->target[b]] - E[s->active[b]]);
    const double rate = fabs(dia_dot(s->ncart, coupling, s->V + (size_t)b * (size_t)s->ncart));
    return gap > 0.0 ? rate / gap : 0.0;
}

static void leave_out_rigid_motions(dia_block *s, int b, double *h)
{
    double *T = s->scratch->rigid;
    const int count = dia_rigid_motions(dia_model_molecule(s->model), s->R + (size_t)b * (size_t)s->ncart, T);
    dia_momentum_project(s->ncart, s->mass, count, T, h);
}

void dia_block_vibration(dia_block *s, int b, double *h)
{
    const dia_molecule *molecule = dia_model_molecule(s->model);
    if (molecule->dimension == 3 && molecule->natom > 1)
        leave_out_rigid_motions(s, b, h);
}

dia_status dia_block_couplings(dia_block *s, int k)
{
    struct dia_block_scratch *w = s->scratch;
    for (int q = 0; q < w->nflying; q++) {
        w->hopper[q] = w->flying[q];
        w->target[w->flying[q]] = k;
    }
    const dia_status status = pair_vectors(s, w->nflying, false, w->coupling);
    for (int q = 0; q < w->nflying && status == DIA_OK; q++)
        dia_block_vibration(s, w->flying[q], w->coupling + (size_t)q * (size_t)s->ncart);
    return status;
}

dia_status dia_block_directions(dia_block *s, int n)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t ncart = (size_t)s->ncart;
    const int adjust = s->dynamics->adjust;
    const bool difference = adjust == DIA_ADJUST_GRADIENT_DIFFERENCE || adjust == DIA_ADJUST_EFFECTIVE_COUPLING;
    dia_status status = adjust != DIA_ADJUST_VELOCITY ? pair_vectors(s, n, difference, w->coupling) : DIA_OK;
    if (status == DIA_OK && adjust == DIA_ADJUST_EFFECTIVE_COUPLING)
        status = pair_vectors(s, n, false, w->gradient);
    for (int q = 0; status == DIA_OK && q < n; q++) {
        const int b = w->hopper[q];
        const double *V = s->V + (size_t)b * ncart;
        double *h = w->coupling + (size_t)q * ncart;
        if (adjust == DIA_ADJUST_EFFECTIVE_COUPLING)
            dia_momentum_effective(s->ncart, s->mass, V, time_coupling(s, b, w->gradient + (size_t)q * ncart), h);
        /* Along the velocity: the covector m V. It is also used when the pair gives no direction (a trivial
         * crossing). */
        if (adjust == DIA_ADJUST_VELOCITY || dia_direction_vanishes(s->ncart, s->mass, h, s->G + (size_t)b * ncart))
            for (size_t c = 0; c < ncart; c++)
                h[c] = s->mass[c] * V[c];
        if (s->dynamics->project)
            leave_out_rigid_motions(s, b, h);
    }
    return status;
}

/* Gradients of the target states of the hops: gradient (n, ncart). */
static dia_status target_gradients(dia_block *s, int n)
{
    struct dia_block_scratch *w = s->scratch;
    for (int q = 0; q < n; q++)
        dia_weight_pair(&s->frame, w->hopper[q], w->target[w->hopper[q]], w->target[w->hopper[q]],
                        w->W + (size_t)q * (size_t)s->npacked);
    const dia_status status = dia_block_contract(s, n, w->hopper, w->W, w->gradient);
    return status == DIA_OK ? dia_drive_gradients(s, n, w->hopper, w->W, w->now, false, w->gradient) : status;
}

static void frustrate(dia_block *s, int b, const double *h, const double *target_gradient)
{
    double *V = s->V + (size_t)b * (size_t)s->ncart;
    const double *G = s->G + (size_t)b * (size_t)s->ncart;
    const int rule = s->dynamics->frustrated;
    if (rule == DIA_FRUSTRATED_REVERSE ||
        (rule == DIA_FRUSTRATED_JASPER_TRUHLAR && dia_momentum_turns(s->ncart, s->mass, h, G, target_gradient, V)) ||
        (rule == DIA_FRUSTRATED_GRADV && dia_momentum_opposed(s->ncart, s->mass, h, target_gradient, V))) {
        dia_momentum_reverse(s->ncart, s->mass, h, V);
        dia_ahead_disturb(s, b);
    }
}

static void tell_methods(dia_block *s, int b, int from, int to, bool accepted)
{
    const dia_dynamics *d = s->dynamics;
    double *c = s->scratch->c_after + 2 * b * s->nstate;
    if (d->hop->after != NULL)
        d->hop->after(d->hop_self, dia_block_view(s, DIA_PURPOSE_METHOD), b, from, to, accepted,
                      dia_block_memory(s, ROW_HOP, b), c);
    if (d->decoherence != NULL && d->decoherence->after != NULL)
        d->decoherence->after(d->decoherence_self, dia_block_view(s, DIA_PURPOSE_DECOHERENCE), b, from, to, accepted,
                              dia_block_memory(s, ROW_DECOHERENCE, b), c);
}

/* What pays where h has too little energy, if the settings say so: the velocity. NULL: nothing. */
static const double *other_direction(dia_block *s, int b)
{
    const double *V = s->V + (size_t)b * (size_t)s->ncart;
    double *p = s->scratch->meeting;
    if (s->dynamics->adjust != DIA_ADJUST_COUPLING_THEN_VELOCITY)
        return NULL;
    for (int c = 0; c < s->ncart; c++)
        p[c] = s->mass[c] * V[c];
    if (s->dynamics->project)
        leave_out_rigid_motions(s, b, p);
    return p;
}

static bool pay(dia_block *s, int b, const double *h, double gap)
{
    double *V = s->V + (size_t)b * (size_t)s->ncart;
    if (dia_momentum_adjust(s->ncart, s->mass, h, gap, V))
        return true;
    const double *p = other_direction(s, b);
    return p != NULL && dia_momentum_adjust(s->ncart, s->mass, p, gap, V);
}

double dia_block_spare(dia_block *s, int b, const double *h, double gap)
{
    const double *V = s->V + (size_t)b * (size_t)s->ncart, *p = other_direction(s, b);
    const double spare = dia_momentum_spare(s->ncart, s->mass, h, gap, V);
    return p != NULL ? fmax(spare, dia_momentum_spare(s->ncart, s->mass, p, gap, V)) : spare;
}

/* Row b goes on in state `to`; q: its place among the hoppers. */
static void change_state(dia_block *s, int b, int q, int to)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t bytes = (size_t)s->ncart * sizeof(double), row = (size_t)b * (size_t)s->ncart,
                 place = (size_t)q * (size_t)s->ncart;
    s->active[b] = to;
    dia_ahead_disturb(s, b);
    memcpy(s->G + row, w->gradient + place, bytes);
    if (dia_drive_pulls(s->dynamics))
        memcpy(w->rows[ROW_FIELD].now + row, w->pull + place, bytes);
    s->potential[b] = dia_block_potential(s, b, to);
}

/* Hopper number q. */
static void attempt(dia_block *s, int q)
{
    const size_t ncart = (size_t)s->ncart;
    const int b = s->scratch->hopper[q];
    const double *h = s->scratch->coupling + (size_t)q * ncart;
    dia_hop_event event = {
        .trajectory = s->trajectory[b],
        .time = s->scratch->view.time,
        .from = s->active[b],
        .to = s->scratch->target[b],
        .gap = s->frame.E[b * s->nstate + s->scratch->target[b]] - s->frame.E[b * s->nstate + s->active[b]],
        .kinetic_before = s->kinetic[b],
        .position = s->R + (size_t)b * ncart,
        .velocity = s->scratch->arrival,
    };
    assert(event.to >= 0 && event.to < s->nstate);
    memcpy(s->scratch->arrival, s->V + (size_t)b * ncart, ncart * sizeof(double));
    if (dia_drive_hops(s, b)) {
        event.work = event.gap;
        s->work[b] += event.work;
        s->energy0[b] += event.work;
    }
    event.accepted = event.work != 0.0 || pay(s, b, h, event.gap);
    if (!event.accepted && dia_ahead_defers(s, b, event.to, -dia_block_spare(s, b, h, event.gap)))
        return;
    if (event.accepted)
        change_state(s, b, q, event.to);
    else
        frustrate(s, b, h, s->scratch->gradient + (size_t)q * ncart);
    s->kinetic[b] = dia_block_kinetic(s, b);
    event.kinetic_after = s->kinetic[b];
    tell_methods(s, b, event.from, event.to, event.accepted);
    dia_ahead_tell(s, b, &event);
}

/* Of a mean field the active state is a pointer: nothing is paid for another one. */
static void point(dia_block *s, int b)
{
    const size_t row = (size_t)b * (size_t)s->ncart;
    const dia_hop_event event = {
        .trajectory = s->trajectory[b],
        .time = s->scratch->view.time,
        .from = s->active[b],
        .to = s->scratch->target[b],
        .accepted = true,
        .kinetic_before = s->kinetic[b],
        .kinetic_after = s->kinetic[b],
        .position = s->R + row,
        .velocity = s->V + row,
    };
    s->active[b] = event.to;
    tell_methods(s, b, event.from, event.to, true);
    dia_ahead_tell(s, b, &event);
}

dia_status dia_hop_check(const dia_dynamics *dynamics, const dia_molecule *molecule, int nstate, dia_error *error)
{
    if (nstate < 64 && dynamics->states >> nstate != 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "dynamics.states names states that the model, of %d, does not have", nstate);
    if (!dynamics->project || (molecule->dimension == 3 && molecule->natom > 1))
        return DIA_OK;
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "dynamics.project leaves translation and rotation out of a molecule of two atoms or more in three "
        "dimensions; the model has %d of dimension %d: expected false",
        molecule->natom, molecule->dimension);
}

dia_status dia_block_hop(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    dia_status status = propose(s);
    if (status != DIA_OK)
        return status;
    int n = 0;
    for (int q = 0; q < w->nflying; q++)
        if (w->target[w->flying[q]] != s->active[w->flying[q]])
            w->hopper[n++] = w->flying[q];
    if (s->dynamics->hop->mean_field != NULL)
        for (int q = 0; q < n; q++)
            point(s, w->hopper[q]);
    if (n == 0 || s->dynamics->hop->mean_field != NULL)
        return DIA_OK;
    if ((status = dia_block_directions(s, n)) != DIA_OK || (status = target_gradients(s, n)) != DIA_OK)
        return status;
    for (int q = 0; q < n; q++) {
        const double *h = w->coupling + (size_t)q * (size_t)s->ncart, *g = w->gradient + (size_t)q * (size_t)s->ncart;
        double sum = 0.0;
        for (int c = 0; c < s->ncart; c++)
            sum += h[c] + g[c];
        if (isfinite(sum))
            attempt(s, q);
        else
            dia_block_lose(s, w->hopper[q]);
    }
    if (s->dynamics->hop->needs_hdot) /* velocities have changed */
        status = dia_block_derivative(s, n, w->hopper);
    dia_block_list_flying(s);
    return status;
}
