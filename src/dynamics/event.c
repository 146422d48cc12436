/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hops with a time of their own. A deterministic method hops when a function of its amplitudes changes its sign, not at the end of
 * a time step. The time is sought within the step and the step is divided there. So the motion is the same backwards, and the
 * error that a hop at the end of the step would make, of first order in the time step, is not made. */
#include <math.h>

#include "dynamics/piece.h"

/* The margin of row b at one end of the piece. */
static double margin(dia_block *s, int b, bool end)
{
    const dia_dynamics *d = s->dynamics;
    const struct dia_block_scratch *w = s->scratch;
    const dia_rows *memory = &w->rows[ROW_HOP];
    return d->hop->margin(d->hop_self, dia_block_view(s, DIA_PURPOSE_METHOD), b,
                          (end ? w->c_after : w->c_before) + 2 * b * s->nstate,
                          (end ? memory->now : memory->old) + (size_t)b * memory->width);
}

void dia_events_find(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    bool found = false;
    for (int q = 0; q < w->nflying && s->dynamics->hop->margin != NULL; q++) {
        const int b = w->flying[q];
        const double before = margin(s, b, false), after = margin(s, b, true);
        w->event[b] = before > 0.0 && after < 0.0 && w->events[b] < DIA_EVENTS;
        if (!w->event[b])
            continue;
        w->margin[2 * b] = before;
        w->margin[2 * b + 1] = after;
        dia_block_set_back(s, b);
        w->part[b] = 0;
        found = true;
    }
    if (found)
        dia_block_list_flying(s);
}

/* Row b from the beginning of the piece, of length p->width: its margin at the end, NaN if it was lost. */
static dia_status look(dia_block *s, const dia_piece *p, int b, double *value)
{
    int none;
    dia_block_set_back(s, b);
    dia_piece_begin(s, p, 1, &b);
    const dia_status status = dia_piece_fly(s, true, &none, &none);
    *value = status == DIA_OK && s->scratch->nflying > 0 ? margin(s, b, true) : NAN;
    return status;
}

bool dia_bracket_next(dia_bracket *k, double *x)
{
    k->looks++;
    *x = k->lo + (k->hi - k->lo) * k->f_lo / (k->f_lo - k->f_hi);
    if (k->looks % 3 == 0 && k->hi - k->lo > 0.5 * k->last)
        *x = 0.5 * (k->lo + k->hi);
    k->last = k->looks % 3 == 0 ? k->hi - k->lo : k->last;
    return *x > k->lo && *x < k->hi && k->looks <= DIA_LOOKS;
}

void dia_bracket_take(dia_bracket *k, double x, double value)
{
    if (value < 0.0) {
        k->hi = x;
        k->f_hi = value;
        k->f_lo *= k->side == 1 ? 0.5 : 1.0;
        k->side = 1;
    } else {
        k->lo = x;
        k->f_lo = value;
        k->f_hi *= k->side == -1 ? 0.5 : 1.0;
        k->side = -1;
    }
}

dia_status dia_event_seek(dia_block *s, dia_piece *p, int b)
{
    struct dia_block_scratch *w = s->scratch;
    const double width = p->width, fine = 1e-15; /* a few roundings of 1: of the width, and of populations */
    dia_bracket k = {.hi = width, .f_lo = w->margin[2 * b], .f_hi = w->margin[2 * b + 1], .last = width};
    double at_hi = k.f_hi, x, value;
    bool there = false; /* is the row at hi? */
    dia_status status = DIA_OK;
    w->event[b] = 0;
    w->events[b]++;
    while (k.hi - k.lo > fine * width && at_hi < -fine && status == DIA_OK && dia_bracket_next(&k, &x)) {
        p->width = x;
        status = look(s, p, b, &value);
        if (isnan(value))
            return status;
        there = value < 0.0;
        at_hi = there ? value : at_hi;
        dia_bracket_take(&k, x, value);
    }
    p->width = k.hi;
    return there || status != DIA_OK ? status : look(s, p, b, &at_hi);
}

uint32_t dia_event_number(dia_block *s, int b)
{
    return DIA_EVENT_PIECES + s->scratch->pieces[b]++;
}
