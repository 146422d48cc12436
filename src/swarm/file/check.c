/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the numbers of a swarm file must obey. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "statistics/mean.h"
#include "statistics/population.h"
#include "swarm/file/reading.h"

enum { WINDOW = 16 << 20 }; /* bytes of all numbers at the times of a window, and of active states beside them */

/* ---- what is wrong --------------------------------------------------------------------------- */

void dia_reading_damaged(dia_reading *now, const char *place, const char *expected, const char *found)
{
    if (now->status == DIA_OK)
        now->status = dia_error_set(now->error, DIA_ERROR_FILE,
                                    "%s: %s: found %s, expected %s; the file is damaged or was not written by diabolo "
                                    "run",
                                    now->swarm->path, place, found, expected);
}

static void damaged_entry(dia_reading *now, const char *name, size_t entry, const char *expected, double found)
{
    char place[120], text[40];
    snprintf(place, sizeof place, "dataset '%s', entry %zu", name, entry);
    snprintf(text, sizeof text, "%.10g", found);
    dia_reading_damaged(now, place, expected, text);
}

/* A rule in words, and its bounds. */
static const struct {
    const char *text;
    double low, high;
} rules[DIA_RULES] = {
    [DIA_RULE_ANY] = {"a number", -INFINITY, INFINITY},
    [DIA_RULE_FINITE] = {"a number of sensible size", -1e12, 1e12},
    [DIA_RULE_POSITIVE] = {"a number above 0", 1e-12, 1e12},
    [DIA_RULE_NOT_NEGATIVE] = {"a number of 0 or more", 0, 1e12},
    [DIA_RULE_MOMENT] = {"a time, or NaN", 0, 1e12},
    [DIA_RULE_SHARE] = {"a share from 0 to 1", -1e-9, 1 + 1e-9},
    [DIA_RULE_AMPLITUDE] = {"an amplitude from -1 to 1", -1.001, 1.001},
    [DIA_RULE_ERROR] = {"the standard error of a share", 0, 2},
    [DIA_RULE_NUMBER] = {"the number of a trajectory", 0, 9e18},
    [DIA_RULE_STATE] = {"a state", 0, DIA_SWARM_STATES},
    [DIA_RULE_FLAG] = {"0 or 1", 0, 1},
    [DIA_RULE_FATE] = {"a fate", 0, DIA_FATES - 1},
    [DIA_RULE_STOP] = {"the number of a condition, or -1", -1, 127},
    [DIA_RULE_ELEMENT] = {"an atomic number, or 0", 0, 1000},
};

/* By windows amplitudes add up to more than 1, to the number of states at most, and there may be a time when no trajectory is in one. */
static bool by_windows(const dia_swarm *swarm)
{
    return swarm->populations != NULL && strcmp(swarm->populations, DIA_POPULATION_WINDOWS) == 0;
}

static bool obeys(const dia_swarm *swarm, dia_swarm_rule rule, double x)
{
    if ((rule == DIA_RULE_MOMENT || rule == DIA_RULE_ANY) && isnan(x))
        return true;
    if ((rule == DIA_RULE_SHARE || rule == DIA_RULE_ERROR) && swarm->populations != NULL)
        /* of a mapping method: shares only in the mean, up to chance */
        return fabs(x) < 1e3 && (rule == DIA_RULE_SHARE || x >= 0);
    if (rule == DIA_RULE_AMPLITUDE && by_windows(swarm))
        return fabs(x) < 1.001 * sqrt(swarm->nstate);
    return x >= rules[rule].low && x <= rules[rule].high && (rule != DIA_RULE_STATE || x < swarm->nstate) &&
           (rule != DIA_RULE_ELEMENT || dia_element_symbol((int)x) != NULL);
}

/* May this entry be NaN? Rows begin at `first`, `width` numbers each. */
static bool may_be_missing(const dia_swarm *swarm, const dia_swarm_dataset *d, size_t first, size_t width, size_t entry)
{
    if (d->flags & DIA_FATED)
        return swarm->fate[first + entry / width] == DIA_FATE_NAN;
    return (d->flags & DIA_MEAN) &&
           (by_windows(swarm) || !(swarm->file->weight > 0) || (d->rule == DIA_RULE_ERROR && swarm->file->counted < 2));
}

static double number_at(dia_number number, const void *values, size_t i)
{
    switch (number) {
    case DIA_NUMBER_INT8:
        return ((const int8_t *)values)[i];
    case DIA_NUMBER_INT:
        return ((const int *)values)[i];
    case DIA_NUMBER_INT64:
        return (double)((const int64_t *)values)[i];
    default:
        return ((const double *)values)[i];
    }
}

void dia_reading_check_values(dia_reading *now, const dia_swarm_dataset *d, dia_number number, size_t first,
                              size_t rows, size_t width, const void *values)
{
    for (size_t i = 0; i < rows * width && now->status == DIA_OK; i++) {
        const double x = number_at(number, values, i);
        if (!obeys(now->swarm, d->rule, x) && !may_be_missing(now->swarm, d, first, width, i)) {
            char expected[80];
            snprintf(expected, sizeof expected, d->rule == DIA_RULE_STATE ? "%s from 0 to %d" : "%s",
                     rules[d->rule].text, now->swarm->nstate - 1);
            damaged_entry(now, d->name, first * width + i, expected, x);
        }
    }
}

/* ---- what must agree ------------------------------------------------------------------------- */

/* Times are sums of steps: a millionth is far above their rounding. */
static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-6 * (1 + fabs(b));
}

static void check_times(dia_reading *now, size_t first, size_t count, const double *time)
{
    const double apart = (double)now->swarm->every * now->swarm->timestep;
    for (size_t i = 0; i < count && now->status == DIA_OK; i++)
        if (!near(time[i], (double)(first + i) * apart))
            damaged_entry(now, "time", first + i, "the sample's number times 'every' times 'timestep'", time[i]);
}

void dia_reading_check_trajectories(dia_reading *now)
{
    const dia_swarm *s = now->swarm;
    const double last = (double)(s->T * s->every) * s->timestep;
    for (int64_t j = 0; j < s->N && now->status == DIA_OK; j++) {
        const bool counts = dia_fate_counts(s->fate[j]);
        s->file->counted += counts;
        s->file->weight += counts ? s->weight[j] : 0;
        if (j > 0 && s->number[j] <= s->number[j - 1])
            damaged_entry(now, "trajectories/number", (size_t)j, "ascending numbers", (double)s->number[j]);
        const int stop = s->stop != NULL ? s->stop[j] : -1;
        if (s->fate[j] == DIA_FATE_STOPPED ? stop < 0 || stop >= dia_swarm_stops(s) : stop >= 0)
            damaged_entry(now, "trajectories/stop", (size_t)j,
                          "the number of a line of 'stop_conditions' where 'trajectories/fate' is 5, else -1", stop);
        if (s->end[j] > last && !near(s->end[j], last))
            damaged_entry(now, "trajectories/end", (size_t)j, "a time within the flight", s->end[j]);
    }
}

/* Checks one hop of the trajectory in this row; the previous one was at time `before`. The gap of an accepted hop is
 * taken from the kinetic energy, or from light. */
static void check_hop(dia_reading *now, int64_t k, int64_t row, double before)
{
    const dia_swarm *s = now->swarm;
    const dia_swarm_hops *h = &s->hops;
    const double gap = h->accepted[k] ? h->gap[k] : 0, work = dia_hop_work(h, k),
                 after = h->kinetic_before[k] - gap + work;
    if (h->from[k] == h->to[k])
        damaged_entry(now, "hops/to", (size_t)k, "another state than that of 'hops/from'", h->to[k]);
    else if (h->time[k] < before || (h->time[k] > s->end[row] && !near(h->time[k], s->end[row])))
        damaged_entry(now, "hops/time", (size_t)k, "ascending times before the end of its trajectory", h->time[k]);
    else if (work != 0 && work != gap)
        damaged_entry(now, "hops/work", (size_t)k,
                      h->accepted[k] ? "0, or all of 'hops/gap'" : "0, since the hop was not accepted", work);
    else if (!near(h->kinetic_after[k], after))
        damaged_entry(now, "hops/kinetic_after", (size_t)k,
                      work != 0        ? "'hops/kinetic_before', since light paid 'hops/gap'"
                      : h->accepted[k] ? "'hops/kinetic_before' less 'hops/gap'"
                                       : "'hops/kinetic_before'",
                      h->kinetic_after[k]);
}

/* Hops and trajectories are both sorted by number. */
void dia_reading_check_hops(dia_reading *now, int64_t *rows)
{
    const dia_swarm *s = now->swarm;
    const dia_swarm_hops *h = &s->hops;
    for (int64_t k = 0, row = 0; k < h->count && now->status == DIA_OK; k++) {
        while (row < s->N && s->number[row] < h->trajectory[k])
            row++;
        const bool same = k > 0 && h->trajectory[k] == h->trajectory[k - 1];
        if (row == s->N || s->number[row] != h->trajectory[k])
            damaged_entry(now, "hops/trajectory", (size_t)k, "a number of 'trajectories/number', in ascending order",
                          (double)h->trajectory[k]);
        else
            check_hop(now, k, row, same ? h->time[k - 1] : 0);
        rows[k] = row;
    }
}

/* The populations of every sample sum to 1. */
static void check_sums(dia_reading *now, const char *name, size_t first, size_t count, const double *population)
{
    const size_t n = (size_t)now->swarm->nstate;
    for (size_t t = 0; t < count && now->status == DIA_OK; t++) {
        double sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += population[t * n + k];
        if (!near(sum, 1) && now->swarm->file->weight > 0 && !(isnan(sum) && by_windows(now->swarm)))
            damaged_entry(now, name, (first + t) * n, "populations of one sample that add up to 1", sum);
    }
}

typedef struct window { /* of samples first .. first+count-1 */
    size_t first, count;
    double *active, *error; /* (count, n) populations of the file, and their errors */
    double *other;          /* (count, n) another dataset, then one trajectory      */
    double *x, *spread;     /* (count, n) populations of the trajectories           */
    int8_t *states;         /* (slab, count)                                        */
    dia_mean mean;
} window;

/* Adds trajectory j to the mean; own (count): its states. */
static void add_trajectory(dia_reading *now, window *w, int64_t j, const int8_t *own)
{
    const dia_swarm *s = now->swarm;
    const size_t n = (size_t)s->nstate;
    static const char name[] = "trajectories/active";
    dia_reading_check_values(now, dia_swarm_dataset_find(name), DIA_NUMBER_INT8, (size_t)j * (size_t)s->T + w->first,
                             w->count, 1, own);
    const bool drawn = s->populations == NULL; /* a mapping method draws amplitudes and may take another state */
    if (now->status == DIA_OK && drawn && w->first == 0 && own[0] != s->initial_state[j])
        damaged_entry(now, "initial/state", (size_t)j, "the first state of 'trajectories/active'", s->initial_state[j]);
    if (now->status != DIA_OK || !dia_fate_counts(s->fate[j]))
        return;
    memset(w->other, 0, w->count * n * sizeof *w->other);
    for (size_t t = 0; t < w->count; t++)
        w->other[t * n + (size_t)own[t]] = 1;
    dia_mean_add(&w->mean, s->weight[j], w->other);
}

static void compare_populations(dia_reading *now, window *w)
{
    const size_t n = (size_t)now->swarm->nstate;
    dia_mean_result(&w->mean, w->x, w->spread);
    for (size_t i = 0; i < w->count * n && now->status == DIA_OK; i++) {
        if (!near(w->active[i], w->x[i]))
            damaged_entry(now, "populations/active", w->first * n + i,
                          "the mean over 'trajectories/active' with 'initial/weight', without those whose "
                          "'trajectories/fate' does not count",
                          w->active[i]);
        else if (!near(w->error[i], dia_mean_binomial(&w->mean, w->x[i])))
            damaged_entry(now, "populations/active_error", w->first * n + i,
                          "the standard error of 'populations/active'", w->error[i]);
    }
}

static void check_window(dia_reading *now, window *w)
{
    const dia_swarm *s = now->swarm;
    const dia_store *store = s->file->store;
    size_t dims[8], width;
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL && now->status == DIA_OK; d++) {
        if (d->shape[0] != 'T' || (d->flags & DIA_RESTART))
            continue;
        const int rank = dia_swarm_shape(s, d, dims, &width);
        double *values = strcmp(d->name, "populations/active") == 0         ? w->active
                         : strcmp(d->name, "populations/active_error") == 0 ? w->error
                                                                            : w->other;
        now->status =
            dia_store_read_part(store, d->name, d->number, rank, dims, 1, &w->first, &w->count, values, now->error);
        dia_reading_check_values(now, d, d->number, w->first, w->count, width, values);
        if (rank == 1)
            check_times(now, w->first, w->count, values);
        else if (d->rule == DIA_RULE_SHARE)
            check_sums(now, d->name, w->first, w->count, values);
    }
    const size_t whole[2] = {(size_t)s->N, (size_t)s->T}, room = WINDOW / w->count, slab = room < 1 ? 1 : room;
    for (size_t j = 0; j < whole[0] && now->status == DIA_OK; j += slab) {
        const size_t rows = whole[0] - j < slab ? whole[0] - j : slab;
        now->status =
            dia_store_read_part(store, "trajectories/active", DIA_NUMBER_INT8, 2, whole, 2,
                                (const size_t[]){j, w->first}, (const size_t[]){rows, w->count}, w->states, now->error);
        for (size_t i = 0; i < rows && now->status == DIA_OK; i++)
            add_trajectory(now, w, (int64_t)(j + i), w->states + i * w->count);
    }
    if (now->status == DIA_OK && s->file->weight > 0)
        compare_populations(now, w);
}

void dia_reading_check_times(dia_reading *now)
{
    enum { NUMBERS = 5 + 4 }; /* per state and sample: those of the window, and the mean's own */
    const size_t T = (size_t)now->swarm->T, n = (size_t)now->swarm->nstate, N = (size_t)now->swarm->N,
                 fit = WINDOW / (NUMBERS * n * sizeof(double)), most = fit > T ? T : fit,
                 slab = WINDOW / most < N ? WINDOW / most : N, size = most * n;
    window w = {.active = dia_allocate(5 * size, sizeof *w.active),
                .states = dia_allocate((slab > 0 ? slab : 1) * most, sizeof *w.states)};
    if (now->status == DIA_OK && (w.active == NULL || w.states == NULL))
        now->status = dia_error_set(now->error, DIA_ERROR_MEMORY, "%s: no memory for populations", now->swarm->path);
    w.error = w.active + size;
    w.other = w.error + size;
    w.x = w.other + size;
    w.spread = w.x + size;
    for (; w.first < T && now->status == DIA_OK; w.first += w.count) {
        w.count = T - w.first < most ? T - w.first : most;
        now->status = dia_mean_create(&w.mean, w.count * n, 0, now->error);
        if (now->status == DIA_OK)
            check_window(now, &w);
        dia_mean_free(&w.mean);
    }
    free(w.active);
    free(w.states);
}

void dia_reading_check_samples(dia_reading *now, const dia_swarm_dataset *d, int64_t first, int64_t count,
                               const double *values)
{
    const size_t n = (size_t)now->swarm->nstate, T = strchr(d->shape, 'T') != NULL ? (size_t)now->swarm->T : 1,
                 samples = (size_t)count * T;
    const bool mapping = by_windows(now->swarm) && strchr(d->shape, 'T') != NULL;
    const double most = mapping ? 1.001 * (double)n : 1.001;
    const bool amplitudes = d->rule == DIA_RULE_AMPLITUDE, energies = strcmp(d->name, "trajectories/energies") == 0;
    for (size_t t = 0; (amplitudes || energies) && t < samples && now->status == DIA_OK; t++) {
        const double *own = values + t * (amplitudes ? 2 * n : n);
        double norm = 0;
        bool ascending = true;
        for (size_t k = 0; k < (amplitudes ? 2 * n : n); k++) {
            norm += own[k] * own[k];
            ascending = ascending && (k == 0 || own[k] >= own[k - 1]);
        }
        if ((amplitudes ? norm > 0.999 && norm < most : ascending) ||
            may_be_missing(now->swarm, d, (size_t)first, T, t))
            continue;
        damaged_entry(now, d->name, (size_t)first * T + t,
                      mapping      ? "a norm from 1 to the number of states (entries are samples)"
                      : amplitudes ? "a norm of 1 (entries are samples)"
                                   : "ascending energies (entries are samples)",
                      amplitudes ? norm : own[0]);
    }
    for (size_t j = 0; strcmp(d->name, "trajectories/work") == 0 && j < (size_t)count && now->status == DIA_OK; j++)
        if (values[j * T] != 0.0 && !may_be_missing(now->swarm, d, (size_t)first, T, j * T))
            damaged_entry(now, d->name, ((size_t)first + j) * T, "no work at the start", values[j * T]);
}
