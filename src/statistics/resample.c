/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statistics/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/rng.h"
#include "math/exponential.h"
#include "parallel/team.h"
#include "statistics/moments.h"
#include "statistics/share.h"

typedef struct work {
    const dia_resampling *resampling;
    int *times;     /* (threads, n)         */
    double *values; /* (replicates, nvalue) */
} work;

/* How often each of n members is in a resample. */
static void draw(uint64_t seed, int replicate, int n, int *times)
{
    memset(times, 0, (size_t)n * sizeof *times);
    for (int i = 0; i < n; i++)
        times[dia_rng_integer(seed, (uint64_t)replicate, (uint64_t)i, DIA_PURPOSE_BOOTSTRAP, 0, (uint64_t)n)]++;
}

int dia_resample_units(int n)
{
    return n > DIA_RESAMPLE_LARGE ? DIA_RESAMPLE_GROUPS : n;
}

int dia_resample_unit(uint64_t seed, int n, int j)
{
    return n > DIA_RESAMPLE_LARGE
               ? (int)dia_rng_integer(seed, UINT64_MAX, (uint64_t)j, DIA_PURPOSE_BOOTSTRAP, 0, DIA_RESAMPLE_GROUPS)
               : j;
}

static void task(void *context, int replicate, int thread)
{
    const work *w = context;
    const dia_resampling *r = w->resampling;
    if (dia_control_stopped(r->control))
        return;
    int *times = w->times + (size_t)thread * (size_t)r->n;
    draw(r->seed, replicate, r->n, times);
    r->evaluate(r->context, times, thread, w->values + (size_t)replicate * (size_t)r->nvalue);
}

/* The quantile of the replicates that replaces the normal quantile z: Efron (1987), eq. 2.3. */
static double corrected(double z0, double a, double z)
{
    const double shifted = z0 + z, scale = 1 - a * shifted;
    return scale > 0 ? dia_normal_share(z0 + shifted / scale) : shifted > 0 ? 1 : 0;
}

static void correct(dia_interval *interval, size_t n, const double *sorted, double centre, double acceleration)
{
    size_t below = 0, equal = 0;
    for (size_t i = 0; i < n; i++) {
        below += sorted[i] < centre;
        equal += sorted[i] == centre;
    }
    const double share = ((double)below + 0.5 * (double)equal) / (double)n, least = 1.0 / (double)n;
    if (!(share > least && share < 1 - least) || !isfinite(acceleration))
        return;
    const double z0 = dia_normal_quantile(share);
    interval->bca[0] = dia_quantile(n, sorted, NULL, corrected(z0, acceleration, -DIA_NORMAL_95));
    interval->bca[1] = dia_quantile(n, sorted, NULL, corrected(z0, acceleration, DIA_NORMAL_95));
}

/* The interval of value v. one (replicates): work space. False: out of memory. */
static bool conclude(const work *w, size_t v, double *one, dia_interval *interval)
{
    const dia_resampling *r = w->resampling;
    dia_moments moments = {0};
    size_t n = 0;
    for (size_t i = 0; i < (size_t)r->replicates; i++) {
        const double x = w->values[i * (size_t)r->nvalue + v];
        if (isnan(x))
            continue;
        one[n++] = x;
        dia_moments_add(&moments, 1, x - r->centre[v]);
    }
    if (!dia_sort(n, one, NULL))
        return false;
    interval->failed = r->replicates - (int)n;
    interval->spread = dia_moments_error(&moments) * sqrt((double)n);
    interval->low = interval->bca[0] = dia_quantile(n, one, NULL, 0.025);
    interval->high = interval->bca[1] = dia_quantile(n, one, NULL, 0.975);
    if (n > 0 && r->acceleration != NULL)
        correct(interval, n, one, r->centre[v], r->acceleration[v]);
    return true;
}

dia_status dia_resample(const dia_resampling *r, dia_interval *interval, dia_error *error)
{
    const int threads = dia_team_size(r->threads);
    work w = {.resampling = r,
              .times = dia_allocate((size_t)threads * (size_t)r->n, sizeof *w.times),
              .values = dia_allocate((size_t)r->replicates * (size_t)r->nvalue, sizeof *w.values)};
    double *one = dia_allocate((size_t)r->replicates, sizeof *one);
    bool enough = w.times != NULL && w.values != NULL && one != NULL;
    if (enough)
        dia_team_run(threads, r->replicates, task, &w);
    const bool stopped = dia_control_stopped(r->control); /* then some replicates are not there */
    for (size_t v = 0; v < (size_t)r->nvalue && enough && !stopped; v++)
        enough = conclude(&w, v, one, &interval[v]);
    free(w.times);
    free(w.values);
    free(one);
    if (!enough)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d resamplings", r->replicates);
    return stopped ? dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted") : DIA_OK;
}
