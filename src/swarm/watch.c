/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is watched during a flight that ends when errors are reached: sums over the trajectories so far, read block by block
 * from the journal.
 *
 * Shares: weights w, effective number n = (sum w)^2 / sum w^2 (Kish). The error is sqrt(q (1 - q) / (n + 4)) with
 * q = (n p + 2) / (n + 4) (Agresti, Coull, Am. Stat. 52, 119 (1998), DOI 10.1080/00031305.1998.10480550): the binomial one,
 * but not 0 when none or all of few trajectories are in the class, which would end the flight at its first look.
 *
 * Lifetime of a state: of the trajectories that start in it, with t the time until it is first left and d = 1, or until the
 * trajectory ends in it and d = 0: tau = sum w t / sum w d, the maximum-likelihood estimate for an exponential decay with
 * censoring (Kalbfleisch, Prentice, The Statistical Analysis of Failure Time Data, 2nd ed. (2002), ch. 3). Its error is that
 * of a ratio, whatever the shape of the decay: sqrt(n/(n-1) sum w^2 (t - tau d)^2) / sum w d (Cochran, Sampling Techniques,
 * 3rd ed. (1977), 6.4). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/output.h"
#include "swarm/until.h"

enum { LEFT_MIN = 10 }; /* fewer trajectories that left the state do not tell its lifetime, as in the analysis */

typedef struct sums {
    int64_t n, left;         /* trajectories; those that left the state          */
    double w, w2, part;      /* sum w, sum w^2, sum w of those in the class      */
    double t, d, tt, td, dd; /* sum w t, sum w d; sum w^2 t^2, w^2 t d, w^2 d^2  */
} sums;

typedef struct one { /* trajectory of a block */
    dia_ending ending;
    double left;           /* time of its first accepted hop; NaN: none */
    int last;              /* state at the end                           */
    int seen[DIA_TARGETS]; /* state at the time of each target           */
} one;

struct dia_watch {
    const dia_until *until;   /* borrowed */
    const dia_flight *flight; /* borrowed */
    dia_layout record;
    int64_t least, taken;
    sums of[DIA_TARGETS];
    one *block; /* (block size) */
    dia_body body;
};

dia_status dia_watch_create(dia_watch **out, const dia_until *until, const dia_flight *flight, int64_t least,
                            dia_error *error)
{
    dia_watch *watch = *out = calloc(1, sizeof *watch);
    if (watch != NULL)
        watch->block = dia_allocate((size_t)dia_flight_block(flight), sizeof *watch->block);
    if (watch == NULL || watch->block == NULL) {
        dia_watch_free(watch);
        *out = NULL;
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to watch the errors");
    }
    watch->until = until;
    watch->least = least;
    watch->flight = flight;
    dia_flight_layout(flight, &watch->record);
    return DIA_OK;
}

void dia_watch_free(dia_watch *watch)
{
    if (watch == NULL)
        return;
    free(watch->block);
    free(watch->body.bytes);
    free(watch);
}

int64_t dia_watch_taken(const dia_watch *watch)
{
    return watch->taken;
}

int64_t dia_watch_next(const dia_watch *watch)
{
    const int64_t batch = watch->until->batch, count = watch->flight->count;
    int64_t next = watch->taken + batch;
    if (next < watch->until->least)
        next = (watch->until->least + batch - 1) / batch * batch;
    if (next < watch->least) /* there is nothing to decide before */
        next = watch->least;
    return next < count ? next : count;
}

/* ---- reading a block ------------------------------------------------------------------------- */

static void read_hops(dia_watch *watch, int64_t first, int64_t size, const unsigned char *hops, int64_t count)
{
    const size_t width = dia_hop_record_size(watch->record.ncart);
    for (int64_t i = 0; i < count; i++) {
        dia_hop_record hop;
        memcpy(&hop, hops + (size_t)i * width, sizeof hop);
        int64_t b = 0;
        while (b < size && watch->flight->number[first + b] != hop.trajectory)
            b++;
        if (b < size && hop.accepted && !(watch->block[b].left <= hop.time))
            watch->block[b].left = hop.time;
    }
}

static void read_rows(dia_watch *watch, int64_t size, const dia_segment *segment, const unsigned char *rows)
{
    const int64_t end = dia_flight_samples(watch->flight) - 1;
    for (int64_t s = segment->first; s < segment->first + segment->samples; s++)
        for (int64_t b = 0; b < size; b++) {
            const unsigned char *row = rows + (size_t)((s - segment->first) * size + b) * watch->record.size;
            const int state = dia_layout_active(&watch->record, row);
            if (s == end)
                watch->block[b].last = state;
            for (int i = 0; i < watch->until->n; i++)
                if (s == watch->until->target[i].sample)
                    watch->block[b].seen[i] = state;
        }
}

static dia_status read_block(dia_watch *watch, const dia_journal *journal, int64_t block, int64_t first, int64_t size,
                             dia_error *error)
{
    for (int64_t b = 0; b < size; b++)
        watch->block[b] = (one){.left = NAN};
    for (int64_t i = 0; i < dia_journal_segments(journal, block); i++) {
        const dia_segment *segment = dia_journal_segment(journal, block, i);
        dia_status status = dia_journal_read(journal, segment, &watch->body, error);
        if (status != DIA_OK)
            return status;
        const unsigned char *rows = watch->body.bytes + (size_t)size * sizeof(dia_ending);
        for (int64_t b = 0; b < size; b++) /* those of the last segment stay */
            memcpy(&watch->block[b].ending, watch->body.bytes + (size_t)b * sizeof(dia_ending), sizeof(dia_ending));
        read_rows(watch, size, segment, rows);
        read_hops(watch, first, size, rows + (size_t)(segment->samples * size) * watch->record.size, segment->hops);
    }
    return DIA_OK;
}

/* ---- sums ------------------------------------------------------------------------------------ */

static const char *outcome_of(const dia_watch *watch, const one *x)
{
    if (x->ending.step < 0)
        return DIA_OUTCOME_INSIDE;
    if (x->ending.fate == DIA_FATE_DISSOCIATED)
        return dia_fate_word(DIA_FATE_DISSOCIATED);
    const char *name = dia_dynamics_stop(watch->flight->dynamics, (int)x->ending.stop);
    return name != NULL ? name : DIA_OUTCOME_INSIDE;
}

static void add_share(sums *s, double w, bool in)
{
    s->n++;
    s->w += w;
    s->w2 += w * w;
    s->part += in ? w : 0.0;
}

static void add_time(sums *s, double w, double t, bool left)
{
    const double d = left ? 1.0 : 0.0;
    s->n++;
    s->left += left;
    s->t += w * t;
    s->d += w * d;
    s->tt += w * w * t * t;
    s->td += w * w * t * d;
    s->dd += w * w * d;
}

static void add(dia_watch *watch, int64_t j, const one *x)
{
    const dia_flight *flight = watch->flight;
    const double w = flight->weight[j], dt = flight->dynamics->timestep;
    const int64_t end = x->ending.step < 0 ? flight->steps : x->ending.step;
    if ((x->ending.step >= 0 && !dia_fate_counts((int)x->ending.fate)) || !(w > 0.0))
        return;
    for (int i = 0; i < watch->until->n; i++) {
        const dia_until_target *t = &watch->until->target[i];
        if (t->kind == DIA_TARGET_POPULATION)
            add_share(&watch->of[i], w, x->seen[i] == t->state);
        else if (t->kind == DIA_TARGET_OUTCOME)
            add_share(&watch->of[i], w,
                      strcmp(outcome_of(watch, x), t->outcome) == 0 && (t->state < 0 || x->last == t->state));
        else if (flight->state[j] == t->state)
            add_time(&watch->of[i], w, isnan(x->left) ? (double)end * dt : x->left, !isnan(x->left));
    }
}

dia_status dia_watch_take(dia_watch *watch, const dia_journal *journal, dia_error *error)
{
    const int64_t block = dia_flight_block(watch->flight), next = dia_watch_next(watch);
    dia_status status = DIA_OK;
    while (watch->taken < next && status == DIA_OK) {
        const int64_t left = watch->flight->count - watch->taken, size = left < block ? left : block;
        status = read_block(watch, journal, watch->taken / block, watch->taken, size, error);
        for (int64_t b = 0; status == DIA_OK && b < size; b++)
            add(watch, watch->taken + b, &watch->block[b]);
        watch->taken += size;
    }
    return status;
}

/* ---- estimates ------------------------------------------------------------------------------- */

static dia_estimated estimate_of(const dia_watch *watch, int target)
{
    const dia_until_target *t = &watch->until->target[target];
    const sums *s = &watch->of[target];
    dia_estimated e = {.value = NAN, .error = INFINITY};
    if (t->kind == DIA_TARGET_LIFETIME && s->left >= LEFT_MIN && s->n > 1) {
        const double n = (double)s->n;
        e.value = s->t / s->d;
        e.error = sqrt(n / (n - 1.0) * fmax(s->tt - 2.0 * e.value * s->td + e.value * e.value * s->dd, 0.0)) / s->d;
    } else if (t->kind != DIA_TARGET_LIFETIME && s->w > 0.0) {
        const double n = s->w * s->w / s->w2, p = e.value = fmin(s->part / s->w, 1.0), q = (n * p + 2.0) / (n + 4.0);
        e.error = sqrt(q * (1.0 - q) / (n + 4.0));
    }
    e.asked = t->relative ? t->error * e.value : t->error; /* lifetimes and shares are positive */
    e.reached = e.error <= e.asked;
    return e;
}

bool dia_watch_reached(const dia_watch *watch)
{
    bool all = watch->taken >= watch->until->least && watch->taken >= watch->least;
    for (int i = 0; i < watch->until->n; i++)
        all = all && estimate_of(watch, i).reached;
    return all;
}

/* That need of one target. */
static double needed(const dia_watch *watch, int target)
{
    const dia_estimated e = estimate_of(watch, target);
    const double ratio = e.error / e.asked;
    return (double)watch->taken * ratio * ratio; /* NaN: nothing is known */
}

int64_t dia_watch_needed(const dia_watch *watch)
{
    const double most = (double)watch->flight->count;
    double n = (double)dia_watch_next(watch);
    for (int i = 0; watch->taken > 0 && i < watch->until->n; i++) {
        const double own = needed(watch, i);
        n = own <= most ? fmax(n, own) : most;
    }
    return n < most ? (int64_t)ceil(n) : watch->flight->count;
}

static void estimate_text(const dia_watch *watch, int target, size_t size, char *text)
{
    const dia_until_target *t = &watch->until->target[target];
    const dia_estimated e = estimate_of(watch, target);
    const bool time = t->kind == DIA_TARGET_LIFETIME;
    const double unit = time ? DIA_FEMTOSECOND : 1.0;
    if (isnan(e.value))
        snprintf(text, size, "%s not known yet (asked %s)", t->text, t->asked);
    else
        snprintf(text, size, "%s %.4g +- %.2g%s (asked %s)", t->text, e.value / unit, e.error / unit, time ? " fs" : "",
                 t->asked);
}

void dia_watch_note(const dia_watch *watch, size_t size, char *text)
{
    int worst = 0;
    text[0] = '\0';
    for (int i = 1; i < watch->until->n; i++)
        if (!(needed(watch, i) <= needed(watch, worst)))
            worst = i;
    if (watch->taken > 0)
        estimate_text(watch, worst, size, text);
}

char *dia_watch_text(const dia_watch *watch)
{
    char *text = NULL, *asked = dia_until_text(watch->until), line[300];
    size_t size = 0;
    dia_error none = {0};
    FILE *out = asked != NULL ? open_memstream(&text, &size) : NULL;
    if (out != NULL)
        fprintf(out, "%s\n", asked);
    for (int i = 0; out != NULL && i < watch->until->n; i++) {
        estimate_text(watch, i, sizeof line, line);
        fprintf(out, "%s: %s\n", line, estimate_of(watch, i).reached ? "reached" : "NOT reached");
    }
    free(asked);
    return dia_text_close(out, &text, &none) == DIA_OK ? text : NULL;
}
