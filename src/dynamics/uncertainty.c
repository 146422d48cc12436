/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When, closest to an attempt without the energy, could the hop happen? The path is that on the active state, without other
 * hops, and ends where another state takes its place. It is looked at at the ends of steps, from the attempt on to both sides; between
 * two of them, one with and one without the energy, the time is found by flying parts of the step. */
#include <math.h>
#include <string.h>

#include "dynamics/ahead.h"
#include "dynamics/piece.h"

typedef struct search {
    dia_block *s;
    int b, to;
    long front;      /* the attempt is in the step after this state ... */
    double at;       /* ... at this part of it                          */
    bool ends;       /* within that step another state takes the place of the active one */
    double distance; /* of the closest time so far, or the uncertainty; in steps, as all times here */
    dia_instant *best;
} search;

/* Hartree, a few roundings of kinetic energies. */
static const double exact = 1e-14;

/* Spare energy of the hop at the present state of the row, which is the last that the model was asked about; NaN: lost, or disturbed. */
static dia_status spare(const search *k, double *value)
{
    dia_block *s = k->s;
    const double *E = s->frame.E + (size_t)k->b * (size_t)s->nstate;
    *value = NAN;
    if (s->fate[k->b] != DIA_FATE_FLYING || s->scratch->ahead->disturbed[k->b])
        return DIA_OK;
    s->scratch->hopper[0] = k->b;
    s->scratch->target[k->b] = k->to;
    const dia_status status = dia_block_directions(s, 1);
    *value = dia_block_spare(s, k->b, s->scratch->coupling, E[k->to] - E[s->active[k->b]]);
    return status;
}

/* The same at a state of the past. */
static dia_status spare_at(const search *k, long step, double *value)
{
    static const int frame[] = {ROW_H, ROW_E, ROW_U};
    dia_block *s = k->s;
    const dia_piece whole = {.width = 1.0};
    dia_ahead_get(s, k->b, dia_ahead_state(s, k->b, step));
    dia_ahead_prepare(s, k->b, true);
    for (size_t i = 0; i < sizeof frame / sizeof *frame; i++) { /* signs of states follow those of `old` */
        const dia_rows *rows = &s->scratch->rows[frame[i]];
        memcpy(rows->old + (size_t)k->b * rows->width, rows->now + (size_t)k->b * rows->width,
               rows->width * sizeof *rows->now);
    }
    dia_crossing_begin(s, k->b);
    dia_piece_begin(s, &whole, 1, &k->b);
    const dia_status status = dia_block_hamiltonian(s);
    *value = NAN;
    return status == DIA_OK ? spare(k, value) : status;
}

/* The same after the part x of the step from a state on. */
static dia_status look(const search *k, const double *from, long step, double x, double *value)
{
    dia_block *s = k->s;
    const dia_piece part = {.width = x};
    s->step = step;
    dia_ahead_get(s, k->b, from);
    dia_ahead_prepare(s, k->b, true);
    const dia_status status = dia_piece_advance(s, &part, 1, &k->b);
    *value = NAN;
    return status == DIA_OK ? spare(k, value) : status;
}

static bool suffices_hardly(double value)
{
    return value >= 0.0 && value < exact;
}

/* If it is closer than the best. */
static void take(const search *k, long step, double x)
{
    if (fabs((double)(step - k->front) + x - k->at) <= k->distance)
        *k->best = (dia_instant){.found = true, .step = step, .at = x};
}

/* In the step from a state on the energy suffices at `lo` and no longer at `hi`, or the other way round (`later`): takes the time
 * between, if that is closer than the best. The energy suffices there, by less than `exact`: what is sought is half of it, so that the
 * side on which it suffices is found as fast as the other. */
static dia_status narrow(const search *k, const double *from, long step, double lo, double hi, bool later)
{
    const double sign = later ? -1.0 : 1.0, half = 0.5 * exact, least = 1e-12; /* a part of no length is no step */
    double value = 0.0, x = lo;
    dia_status status = look(k, from, step, hi, &value);
    dia_bracket bracket = {.hi = hi, .f_hi = sign * (value - half), .last = hi - lo};
    if (suffices_hardly(value)) {
        take(k, step, hi);
        return status;
    }
    do {
        x = lo > 0.0 ? lo : x > 0.0 ? 1e-3 * x : 1e-6;
        status = status == DIA_OK ? look(k, from, step, x, &value) : status;
    } while (status == DIA_OK && sign * value < 0.0 && x > least && lo == 0.0);
    bracket.lo = x;
    bracket.f_lo = sign * (value - half);
    bool there = suffices_hardly(value) || (later && value >= 0.0); /* at once */
    if (there)
        take(k, step, x);
    if (there || status != DIA_OK || !(bracket.f_lo >= 0.0) || !(bracket.f_hi < 0.0))
        return status;
    while (!there && status == DIA_OK && dia_bracket_next(&bracket, &x)) {
        status = look(k, from, step, x, &value);
        if (isnan(value))
            return status;
        there = suffices_hardly(value);
        dia_bracket_take(&bracket, x, sign * (value - half));
    }
    if (status == DIA_OK)
        take(k, step, there ? x : later ? bracket.hi : bracket.lo);
    return status;
}

static dia_status backward(const search *k)
{
    dia_block *s = k->s;
    const dia_ahead *a = s->scratch->ahead;
    const long cut = (long)dia_block_memory(s, ROW_PAST, k->b)[PAST_CUT], first = cut > a->shown ? cut : a->shown;
    for (long step = k->front; step >= first; step--) {
        double value;
        if ((double)(k->front - step - 1) + k->at > k->distance)
            break;
        dia_status status = spare_at(k, step, &value);
        if (status == DIA_OK && !(value >= 0.0))
            continue;
        if (status == DIA_OK)
            status = narrow(k, dia_ahead_state(s, k->b, step), step, 0.0, step == k->front ? k->at : 1.0, false);
        if (status == DIA_OK && !k->best->found && value < exact && step > first) /* it suffices at this state alone */
            take(k, step - 1, 1.0);
        return status;
    }
    return DIA_OK;
}

static dia_status forward(const search *k)
{
    dia_block *s = k->s;
    double *from = s->scratch->ahead->spare, value = NAN;
    dia_status status = DIA_OK;
    if (k->ends)
        return DIA_OK;
    if (k->at < 1.0) { /* what is left of the step of the attempt */
        status = spare_at(k, k->front + 1, &value);
        if (status == DIA_OK && value >= 0.0)
            return narrow(k, dia_ahead_state(s, k->b, k->front), k->front, k->at, 1.0, true);
    }
    dia_ahead_get(s, k->b, dia_ahead_state(s, k->b, k->front + 1));
    for (long step = k->front + 1; status == DIA_OK && (double)(step - k->front) - k->at < k->distance; step++) {
        dia_ahead_put(s, k->b, from);
        s->step = step;
        dia_ahead_prepare(s, k->b, true);
        status = dia_block_fly(s, 1, &k->b);
        if (status == DIA_OK)
            status = spare(k, &value);
        if (status == DIA_OK && value >= 0.0)
            return narrow(k, from, step, 0.0, 1.0, true);
        if (isnan(value))
            break;
    }
    return status;
}

dia_status dia_uncertainty_search(dia_block *s, int b, dia_instant *best)
{
    const dia_dynamics *d = s->dynamics;
    dia_ahead *a = s->scratch->ahead;
    search k = {.s = s,
                .b = b,
                .to = a->wanted[b],
                .front = s->step,
                .at = a->attempt[b] / d->timestep - (double)s->step,
                .ends = a->disturbed[b] != 0,
                .distance = d->hop->uncertainty(d->hop_self, a->lacking[b]) / d->timestep,
                .best = best};
    if (k.at > 1.0 - 1e-12)
        k.at = 1.0;
    *best = (dia_instant){.found = false};
    a->silent = true;
    dia_status status = backward(&k);
    if (best->found)
        k.distance = (double)(k.front - best->step) + k.at - best->at;
    if (status == DIA_OK)
        status = forward(&k);
    a->silent = false;
    return status;
}
