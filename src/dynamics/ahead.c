/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/ahead.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "dynamics/doubt.h"
#include "dynamics/piece.h"

enum { FATE, ACTIVE, ROWS_FROM };                                    /* of a state; then its rows */
enum { TAG, TIME, FROM, TO, ACCEPTED, GAP, BEFORE, AFTER, VECTORS }; /* of a hop; then position and velocity */
enum { ROOM = 16 }; /* hops that can wait, beside one for each step: more are not attempted */

static bool kept(int row)
{
    return row != ROW_STOP && row != ROW_DOUBT && row != ROW_PAST;
}

static int steps_of(const dia_dynamics *d)
{
    const double reach = d->hop->uncertainty != NULL ? d->hop->uncertainty(d->hop_self, 0.0) : 0.0;
    return (int)fmin(ceil(reach / d->timestep - 1e-9), 1e8);
}

static void sizes(const dia_dynamics *d, const size_t *widths, dia_ahead *a)
{
    a->steps = steps_of(d);
    a->room = a->steps + ROOM;
    a->event = VECTORS + 2 * widths[ROW_R];
    a->entry = ROWS_FROM;
    for (int i = 0; i < ROWS; i++)
        a->entry += kept(i) ? widths[i] : 0;
}

size_t dia_ahead_width(const dia_dynamics *d, const size_t *widths)
{
    dia_ahead a;
    sizes(d, widths, &a);
    return a.steps > 0 ? PAST_HEAD + (size_t)(a.steps + 2) * a.entry + (size_t)a.room * a.event : 0;
}

bool dia_ahead_make(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t B = (size_t)s->capacity;
    size_t widths[ROWS];
    for (int i = 0; i < ROWS; i++)
        widths[i] = w->rows[i].width;
    if (widths[ROW_PAST] == 0)
        return true;
    dia_ahead *a = w->ahead = dia_arena_get(w->arena, sizeof *a);
    if (a == NULL)
        return false;
    sizes(s->dynamics, widths, a);
    a->silent = false;
    a->shown = 0;
    return (a->spare = dia_arena_get(w->arena, a->entry * sizeof *a->spare)) != NULL &&
           (a->rows = dia_arena_get(w->arena, B * sizeof *a->rows)) != NULL &&
           (a->held = dia_arena_get(w->arena, B)) != NULL && (a->disturbed = dia_arena_get(w->arena, B)) != NULL &&
           (a->forced = dia_arena_get(w->arena, B * sizeof *a->forced)) != NULL &&
           (a->when = dia_arena_get(w->arena, B * sizeof *a->when)) != NULL &&
           (a->settled = dia_arena_get(w->arena, B * sizeof *a->settled)) != NULL &&
           (a->wanted = dia_arena_get(w->arena, B * sizeof *a->wanted)) != NULL &&
           (a->attempt = dia_arena_get(w->arena, B * sizeof *a->attempt)) != NULL &&
           (a->lacking = dia_arena_get(w->arena, B * sizeof *a->lacking)) != NULL &&
           (a->round = dia_arena_get(w->arena, B * sizeof *a->round)) != NULL;
}

void dia_ahead_put(const dia_block *s, int b, double *state)
{
    state[FATE] = s->fate[b];
    state[ACTIVE] = s->active[b];
    state += ROWS_FROM;
    for (int i = 0; i < ROWS; i++) {
        const dia_rows *rows = &s->scratch->rows[i];
        const size_t width = kept(i) ? rows->width : 0;
        memcpy(state, rows->now + (size_t)b * rows->width, width * sizeof *state);
        state += width;
    }
}

void dia_ahead_get(dia_block *s, int b, const double *state)
{
    s->fate[b] = (int8_t)state[FATE];
    s->active[b] = (int)state[ACTIVE];
    state += ROWS_FROM;
    for (int i = 0; i < ROWS; i++) {
        const dia_rows *rows = &s->scratch->rows[i];
        const size_t width = kept(i) ? rows->width : 0;
        memcpy(rows->now + (size_t)b * rows->width, state, width * sizeof *state);
        state += width;
    }
}

/* ---- hops ------------------------------------------------------------------------------------ */

void dia_ahead_disturb(dia_block *s, int b)
{
    if (s->scratch->ahead != NULL)
        s->scratch->ahead->disturbed[b] = 1;
}

int dia_ahead_target(const dia_block *s, int b, int proposed)
{
    const dia_ahead *a = s->scratch->ahead;
    if (a == NULL)
        return proposed;
    /* The end of the last piece of a divided step may be off by rounding. */
    if (a->forced[b] >= 0 && s->scratch->view.time >= a->when[b] - 1e-9 * s->dynamics->timestep)
        return a->forced[b];
    return a->held[b] || (int)dia_block_memory(s, ROW_PAST, b)[PAST_EVENTS] >= a->room ? s->active[b] : proposed;
}

bool dia_ahead_defers(dia_block *s, int b, int to, double lacking)
{
    dia_ahead *a = s->scratch->ahead;
    /* After a hop within the step there is no path on one surface to be searched: what is left of it is less than a step. */
    if (a == NULL || a->disturbed[b] || s->scratch->view.time <= a->settled[b] ||
        !(s->dynamics->hop->uncertainty(s->dynamics->hop_self, lacking) > 0.0))
        return false;
    a->wanted[b] = to;
    a->attempt[b] = s->scratch->view.time;
    a->lacking[b] = lacking;
    a->held[b] = 1;
    return true;
}

static double *event_of(const dia_block *s, int b, int i)
{
    const dia_ahead *a = s->scratch->ahead;
    return dia_ahead_state(s, b, 0) + (size_t)(a->steps + 2) * a->entry + (size_t)i * a->event;
}

void dia_ahead_tell(dia_block *s, int b, const dia_hop_event *event)
{
    const dia_ahead *a = s->scratch->ahead;
    const size_t ncart = (size_t)s->ncart;
    if (a == NULL) {
        if (s->on_hop != NULL)
            s->on_hop(s->on_hop_context, event);
        return;
    }
    double *n = dia_block_memory(s, ROW_PAST, b) + PAST_EVENTS, *x = event_of(s, b, (int)*n);
    if (a->silent || (int)*n >= a->room)
        return;
    *n += 1.0;
    x[TAG] = (double)s->step;
    x[TIME] = event->time;
    x[FROM] = event->from;
    x[TO] = event->to;
    x[ACCEPTED] = event->accepted;
    x[GAP] = event->gap;
    x[BEFORE] = event->kinetic_before;
    x[AFTER] = event->kinetic_after;
    memcpy(x + VECTORS, event->position, ncart * sizeof *x);
    memcpy(x + VECTORS + ncart, event->velocity, ncart * sizeof *x);
}

/* Row b is back at the state of `step`, and will be at `time` again: what it did later has not happened. */
static void forget_hops(dia_block *s, int b, long step, double time)
{
    double *n = dia_block_memory(s, ROW_PAST, b) + PAST_EVENTS;
    while (*n > 0.0) {
        const double *last = event_of(s, b, (int)*n - 1);
        if (last[TAG] < (double)step || (last[TAG] == (double)step && last[TIME] <= time))
            return;
        *n -= 1.0;
    }
}

/* Those of the step that leads to what is shown now. */
static void tell_hops(dia_block *s, int b)
{
    const dia_ahead *a = s->scratch->ahead;
    double *n = dia_block_memory(s, ROW_PAST, b) + PAST_EVENTS;
    int told = 0;
    for (; told < (int)*n; told++) {
        const double *x = event_of(s, b, told);
        if (x[TAG] >= (double)s->step)
            break;
        const dia_hop_event event = {
            .trajectory = s->trajectory[b],
            .time = x[TIME],
            .from = (int)x[FROM],
            .to = (int)x[TO],
            .accepted = x[ACCEPTED] != 0.0,
            .gap = x[GAP],
            .kinetic_before = x[BEFORE],
            .kinetic_after = x[AFTER],
            .position = x + VECTORS,
            .velocity = x + VECTORS + s->ncart,
        };
        if (s->on_hop != NULL)
            s->on_hop(s->on_hop_context, &event);
    }
    *n -= told;
    memmove(event_of(s, b, 0), event_of(s, b, told), (size_t)*n * a->event * sizeof(double));
}

/* ---- a step ---------------------------------------------------------------------------------- */

void dia_ahead_prepare(dia_block *s, int b, bool held)
{
    dia_ahead *a = s->scratch->ahead;
    a->held[b] = held;
    a->disturbed[b] = 0;
    a->forced[b] = a->wanted[b] = -1;
    a->round[b] = (int64_t)dia_block_memory(s, ROW_PAST, b)[PAST_ROUND];
    s->scratch->events[b] = 0;
    s->scratch->pieces[b] = 0;
}

/* The step of row b in which a hop has its own time. What is left of the step is too short to be searched. */
static dia_status fly_with_hop(dia_block *s, int b)
{
    dia_ahead *a = s->scratch->ahead;
    const double *past = dia_block_memory(s, ROW_PAST, b);
    dia_piece part = {.width = past[PAST_AT]};
    a->forced[b] = (int)past[PAST_TO] - 1;
    a->when[b] = ((double)s->step + part.width) * s->dynamics->timestep;
    a->settled[b] = INFINITY;
    const dia_status status = dia_piece_advance(s, &part, 1, &b);
    a->held[b] = 0;
    a->forced[b] = -1;
    a->round[b]++;
    part = (dia_piece){.from = part.width, .width = 1.0 - part.width, .number = dia_event_number(s, b)};
    return status == DIA_OK && s->fate[b] == DIA_FATE_FLYING && part.width > 1e-14 ? dia_piece_advance(s, &part, 1, &b)
                                                                                   : status;
}

/* An attempt of row b without the energy: where does it go on from, and how? */
static dia_status decide(dia_block *s, int b)
{
    dia_ahead *a = s->scratch->ahead;
    double *past = dia_block_memory(s, ROW_PAST, b);
    const long front = s->step;
    const int to = a->wanted[b];
    const double attempt = a->attempt[b], dt = s->dynamics->timestep;
    dia_instant hop;
    const dia_status status = dia_uncertainty_search(s, b, &hop);
    s->step = front;
    if (!hop.found) { /* the same step again, until the attempt */
        a->settled[b] = attempt;
        forget_hops(s, b, front, -INFINITY);
        return status;
    }
    a->settled[b] = -INFINITY;
    past[PAST_TO] = 1 + to;
    past[PAST_STEP] = (double)hop.step;
    past[PAST_AT] = hop.at;
    past[PAST_FRONT] = (double)(hop.step > front ? front + 1 : hop.step);
    if (hop.step <= front)
        forget_hops(s, b, hop.step, ((double)hop.step + hop.at) * dt);
    return status;
}

/* Row b has flown a step, and has hopped by plan or by itself, or wanted to. */
static dia_status conclude(dia_block *s, int b, bool planned)
{
    dia_ahead *a = s->scratch->ahead;
    double *past = dia_block_memory(s, ROW_PAST, b);
    if (a->wanted[b] >= 0 && s->fate[b] == DIA_FATE_FLYING)
        return decide(s, b);
    a->settled[b] = -INFINITY;
    past[PAST_FRONT] = (double)(s->step + 1);
    past[PAST_ENDED] = s->fate[b] != DIA_FATE_FLYING;
    if (planned) {
        past[PAST_ROUND] += 1.0;
        past[PAST_TO] = 0.0;
    }
    if (a->disturbed[b])
        past[PAST_CUT] = past[PAST_FRONT];
    return DIA_OK;
}

static bool hop_is_here(const double *past)
{
    return past[PAST_TO] > 0.0 && past[PAST_STEP] == past[PAST_FRONT];
}

/* The rows, of n, that are furthest behind `goal` -> rows; one whose hop has its own time comes alone. Their step -> s->step. */
static int next_rows(dia_block *s, int n, long goal, int *rows)
{
    int count = 0;
    s->step = goal;
    for (int pass = 0; pass < 2; pass++)
        for (int q = 0; q < n; q++) {
            const int b = s->scratch->whole[q];
            const double *past = dia_block_memory(s, ROW_PAST, b);
            const long front = (long)past[PAST_FRONT];
            if (past[PAST_ENDED] != 0.0 || front >= goal)
                continue;
            if (pass == 0)
                s->step = front < s->step ? front : s->step;
            else if (front == s->step && hop_is_here(past)) {
                rows[0] = b;
                return 1;
            } else if (front == s->step)
                rows[count++] = b;
        }
    return count;
}

static dia_status fly(dia_block *s, int count, const int *rows)
{
    const bool planned = hop_is_here(dia_block_memory(s, ROW_PAST, rows[0]));
    for (int q = 0; q < count; q++) {
        const double *past = dia_block_memory(s, ROW_PAST, rows[q]);
        dia_ahead_get(s, rows[q], dia_ahead_state(s, rows[q], s->step));
        dia_ahead_prepare(s, rows[q], past[PAST_TO] > 0.0);
    }
    dia_status status = planned ? fly_with_hop(s, rows[0]) : dia_block_fly(s, count, rows);
    for (int q = 0; q < count; q++)
        dia_ahead_put(s, rows[q], dia_ahead_state(s, rows[q], s->step + 1));
    for (int q = 0; q < count && status == DIA_OK; q++)
        status = conclude(s, rows[q], planned);
    return status;
}

/* The n rows that have not ended. */
static void begin(dia_block *s, int n)
{
    dia_ahead *a = s->scratch->ahead;
    a->shown = s->step;
    a->silent = false;
    for (int q = 0; q < n; q++) {
        const int b = s->scratch->whole[q];
        double *past = dia_block_memory(s, ROW_PAST, b);
        a->settled[b] = -INFINITY;
        if (past[PAST_BEGUN] != 0.0)
            continue;
        past[PAST_BEGUN] = 1.0;
        past[PAST_FRONT] = past[PAST_CUT] = (double)s->step;
        dia_ahead_put(s, b, dia_ahead_state(s, b, s->step));
    }
}

dia_status dia_ahead_step(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    dia_ahead *a = w->ahead;
    const int n = w->nflying;
    const long goal = s->step + 1 + a->steps;
    dia_status status = DIA_OK;
    memcpy(w->whole, w->flying, (size_t)n * sizeof *w->whole);
    begin(s, n);
    for (int count; status == DIA_OK && (count = next_rows(s, n, goal, a->rows)) > 0;)
        status = fly(s, count, a->rows);
    s->step = a->shown + 1;
    for (int q = 0; q < n; q++) {
        dia_ahead_get(s, w->whole[q], dia_ahead_state(s, w->whole[q], s->step));
        tell_hops(s, w->whole[q]);
    }
    w->piece = 1; /* the model was last asked about other geometries than those of the end of a whole step */
    return status;
}
