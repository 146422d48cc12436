/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/kinetics/lifetime.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/moments.h"
#include "base/arena.h"
#include "base/rng.h"
#include "parallel/team.h"

/* The trajectories that started in the state and count: their weights and, sample by sample, whether they are in it. */
enum { OUTSIDE = 0, INSIDE = 1, ABSENT = 2 }; /* ABSENT: went wrong before */

typedef struct cohort {
    int n, ntime;
    double *weight; /* (n)        */
    int8_t *inside; /* (n, ntime) */
} cohort;

static void cohort_free(cohort *c)
{
    free(c->weight);
    free(c->inside);
}

static int likeliest_start(const dia_record *record)
{
    double sum[128] = {0};
    int best = 0;
    for (int j = 0; j < record->ntrajectory; j++)
        sum[record->start[j]] += record->weight[j];
    for (int k = 0; k < record->nstate; k++)
        if (sum[k] > sum[best])
            best = k;
    return best;
}

static dia_status cohort_create(cohort *c, const dia_record *record, int from, dia_discarded discarded,
                                dia_error *error)
{
    const size_t T = (size_t)record->ntime, N = (size_t)record->ntrajectory;
    *c = (cohort){.ntime = record->ntime};
    c->weight = dia_allocate(N, sizeof *c->weight);
    c->inside = dia_allocate(N * T, sizeof *c->inside);
    if (c->weight == NULL || c->inside == NULL) {
        cohort_free(c);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu trajectories", N);
    }
    for (size_t j = 0; j < N; j++) {
        const double weight = dia_record_weight(record, (int)j, discarded);
        if (!(weight > 0) || record->start[j] != from)
            continue;
        for (size_t t = 0; t < T; t++)
            c->inside[(size_t)c->n * T + t] = !dia_record_present(record, (int)j, (int)t, discarded) ? ABSENT
                                              : record->active[j * T + t] == from                    ? INSIDE
                                                                                                     : OUTSIDE;
        c->weight[c->n++] = weight;
    }
    return DIA_OK;
}

/* S (ntime) of a sample that holds trajectory j times[j] times (NULL: once each). */
static void survival(const cohort *c, const int *times, double *S)
{
    const size_t T = (size_t)c->ntime;
    double total = 0;
    for (size_t t = 0; t < T; t++)
        S[t] = 0;
    bool absent = false;
    for (size_t j = 0; j < (size_t)c->n; j++) {
        const double w = c->weight[j] * (times != NULL ? times[j] : 1);
        const int8_t *inside = c->inside + j * T;
        if (w == 0)
            continue;
        total += w;
        for (size_t t = 0; t < T; t++)
            S[t] += w * (inside[t] & INSIDE);
        absent = absent || inside[T - 1] == ABSENT;
    }
    for (size_t t = 0; t < T; t++) {
        double present = total;
        for (size_t j = 0; absent && j < (size_t)c->n; j++)
            if (c->inside[j * T + t] == ABSENT)
                present -= c->weight[j] * (times != NULL ? times[j] : 1);
        S[t] /= present;
    }
}

/* ---- bootstrap ------------------------------------------------------------------------------- */

enum { REPLICATES_A_TASK = 16 };

typedef struct bootstrap {
    const cohort *cohort;
    const dia_decay_type *type;
    const double *q; /* the fit to the whole sample: one of the starts */
    uint64_t seed;
    int replicates;
    double *values;        /* (replicates, nparameter); NaN: not converged */
    dia_decay_work **work; /* one a thread      */
    double **S;            /* one a thread (ntime) */
    int **times;           /* one a thread (n)     */
} bootstrap;

/* Replicate r is a pure function of (seed, r): the number of threads plays no part. */
static void replicate(const bootstrap *b, int r, int thread)
{
    const cohort *c = b->cohort;
    int *times = b->times[thread];
    double q[DIA_DECAY_PARAMETERS], sum, values[DIA_DECAY_PARAMETERS];
    memset(times, 0, (size_t)c->n * sizeof *times);
    for (int i = 0; i < c->n; i++)
        times[dia_rng_integer(b->seed, (uint64_t)r, (uint64_t)i, DIA_PURPOSE_BOOTSTRAP, 0, (uint64_t)c->n)]++;
    survival(c, times, b->S[thread]);
    const bool fitted = dia_decay_fit(b->work[thread], b->S[thread], b->q, q, values, &sum) == DIA_OK;
    for (int k = 0; k < b->type->nparameter; k++)
        b->values[(size_t)r * (size_t)b->type->nparameter + (size_t)k] = fitted ? values[k] : NAN;
}

static void task(void *context, int number, int thread)
{
    const bootstrap *b = context;
    const int end = (number + 1) * REPLICATES_A_TASK;
    for (int r = number * REPLICATES_A_TASK; r < end && r < b->replicates; r++)
        replicate(b, r, thread);
}

/* Percentiles of each parameter over the replicates that converged. */
static dia_status intervals(dia_lifetime *lifetime, const bootstrap *b, dia_error *error)
{
    const int np = b->type->nparameter;
    double *one = dia_allocate((size_t)b->replicates, sizeof *one);
    if (one == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d resamplings", b->replicates);
    bool sorted = true;
    for (int k = 0; k < np; k++) {
        size_t n = 0;
        for (int r = 0; r < b->replicates; r++)
            if (!isnan(b->values[r * np + k]))
                one[n++] = b->values[r * np + k];
        sorted = sorted && dia_sort(n, one, NULL);
        lifetime->low[k] = dia_quantile(n, one, NULL, 0.025);
        lifetime->high[k] = dia_quantile(n, one, NULL, 0.975);
        lifetime->bootstrap_failed = b->replicates - (int)n;
    }
    free(one);
    lifetime->bootstrap = b->replicates;
    return sorted ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d resamplings", b->replicates);
}

static dia_status prepare(bootstrap *b, int threads, const double *time, dia_error *error)
{
    const cohort *c = b->cohort;
    b->values = dia_allocate((size_t)b->replicates * (size_t)b->type->nparameter, sizeof *b->values);
    b->work = dia_allocate((size_t)threads, sizeof *b->work);
    b->S = dia_allocate((size_t)threads, sizeof *b->S);
    b->times = dia_allocate((size_t)threads, sizeof *b->times);
    bool enough = b->values != NULL && b->work != NULL && b->S != NULL && b->times != NULL;
    dia_status status = DIA_OK;
    for (int i = 0; i < threads && enough && status == DIA_OK; i++) {
        b->S[i] = dia_allocate((size_t)c->ntime, sizeof(double));
        b->times[i] = dia_allocate((size_t)c->n, sizeof(int));
        enough = b->S[i] != NULL && b->times[i] != NULL;
        status = dia_decay_work_create(&b->work[i], b->type, c->ntime, time, error);
    }
    return enough ? status : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d resamplings", b->replicates);
}

static void clear(bootstrap *b, int threads)
{
    for (int i = 0; i < threads; i++) {
        if (b->work != NULL)
            dia_decay_work_free(b->work[i]);
        if (b->S != NULL)
            free(b->S[i]);
        if (b->times != NULL)
            free(b->times[i]);
    }
    free(b->work);
    free(b->S);
    free(b->times);
    free(b->values);
}

static dia_status resample(dia_lifetime *lifetime, const cohort *c, const double *time, const double *q,
                           const dia_lifetime_options *options, dia_error *error)
{
    const int threads = dia_team_size(options->threads);
    bootstrap b = {
        .cohort = c, .type = lifetime->type, .q = q, .seed = options->seed, .replicates = options->bootstrap};
    dia_status status = prepare(&b, threads, time, error);
    if (status == DIA_OK) {
        dia_team_run(threads, (b.replicates + REPLICATES_A_TASK - 1) / REPLICATES_A_TASK, task, &b);
        status = intervals(lifetime, &b, error);
    }
    clear(&b, threads);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Numbers on which it is decided whether a fit makes sense. */
static void look(dia_lifetime *lifetime, const cohort *c)
{
    const size_t T = (size_t)c->ntime;
    dia_moments weights = {0};
    lifetime->started = c->n;
    for (size_t j = 0; j < (size_t)c->n; j++) {
        dia_moments_add(&weights, c->weight[j], 0);
        lifetime->left += memchr(c->inside + j * T, 0, T) != NULL;
    }
    survival(c, NULL, lifetime->survival);
    lifetime->lowest = 1;
    for (size_t t = 0; t < T; t++) {
        lifetime->lowest = fmin(lifetime->lowest, lifetime->survival[t]);
        lifetime->error[t] = dia_binomial_error(lifetime->survival[t], dia_moments_effective(&weights));
    }
}

static bool refuse(dia_lifetime *lifetime)
{
    const int wanted =
        4 * lifetime->type->nparameter; /* samples, so that the shape is seen and not just interpolated */
    if (lifetime->started == 0)
        snprintf(lifetime->refused, sizeof lifetime->refused, "no trajectory is left to count");
    else if (lifetime->left < DIA_LIFETIME_LEFT_MIN)
        snprintf(lifetime->refused, sizeof lifetime->refused,
                 "%d of the %d trajectories that started in state %d left it; a lifetime needs at least %d",
                 lifetime->left, lifetime->started, lifetime->from, (int)DIA_LIFETIME_LEFT_MIN);
    else if (1 - lifetime->lowest < DIA_LIFETIME_DECAY_MIN)
        snprintf(
            lifetime->refused, sizeof lifetime->refused,
            "the population of state %d falls only to %.3f: a lifetime would be an extrapolation; fly longer (at least "
            "%.0f %% must decay)",
            lifetime->from, lifetime->lowest, 100 * DIA_LIFETIME_DECAY_MIN);
    else if (lifetime->ntime < wanted)
        snprintf(lifetime->refused, sizeof lifetime->refused,
                 "%d samples are too few for %d parameters; at least %d are needed (output.every)", lifetime->ntime,
                 lifetime->type->nparameter, wanted);
    return lifetime->refused[0] != '\0';
}

static double scatter(const double *x, int n)
{
    double mean = 0, sum = 0;
    for (int i = 0; i < n; i++)
        mean += x[i] / n;
    for (int i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sum;
}

static dia_status fit(dia_lifetime *lifetime, const cohort *c, const double *time, const dia_lifetime_options *options,
                      dia_error *error)
{
    dia_decay_work *work = NULL;
    double q[DIA_DECAY_PARAMETERS], sum = 0;
    dia_status status = dia_decay_work_create(&work, lifetime->type, c->ntime, time, error);
    if (status != DIA_OK)
        return status;
    const bool fitted = dia_decay_fit(work, lifetime->survival, NULL, q, lifetime->value, &sum) == DIA_OK;
    dia_decay_work_free(work);
    if (!fitted) {
        snprintf(lifetime->refused, sizeof lifetime->refused,
                 "the fit of '%s' does not converge: the population of state %d has another shape",
                 lifetime->type->name, lifetime->from);
        return DIA_OK;
    }
    lifetime->residual = sqrt(sum / c->ntime);
    lifetime->explained = 1 - sum / scatter(lifetime->survival, c->ntime);
    if (lifetime->explained < DIA_LIFETIME_EXPLAINED_MIN) {
        snprintf(lifetime->refused, sizeof lifetime->refused,
                 "state %d does not decay like that: the best '%s' misses its population by %.2g (rms)%s",
                 lifetime->from, lifetime->type->name, lifetime->residual,
                 lifetime->type->nparameter < DIA_DECAY_PARAMETERS ? "; try --fit biexponential" : "");
        return DIA_OK;
    }
    lifetime->curve = dia_allocate((size_t)c->ntime, sizeof(double));
    if (lifetime->curve == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d samples", c->ntime);
    for (int t = 0; t < c->ntime; t++)
        lifetime->curve[t] = dia_decay_value(lifetime->type, q, time[t]);
    return options->bootstrap > 0 ? resample(lifetime, c, time, q, options, error) : DIA_OK;
}

static dia_status check(const dia_lifetime *lifetime, const dia_record *record, const cohort *c,
                        const dia_lifetime_options *options, dia_error *error)
{
    if (options->bootstrap != 0 && options->bootstrap < DIA_LIFETIME_BOOTSTRAP_MIN)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "%d resamplings are too few for a 95 %% interval; at least %d are needed, or 0 for no interval",
            options->bootstrap, (int)DIA_LIFETIME_BOOTSTRAP_MIN);
    if (lifetime->from < 0 || lifetime->from >= record->nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: there is no state %d; the states are 0 to %d",
                             dia_store_path(record->store), lifetime->from, record->nstate - 1);
    if (c != NULL && c->n == 0 && record->ncounted > 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: no trajectory that counts started in state %d; most started in %d",
                             dia_store_path(record->store), lifetime->from, likeliest_start(record));
    return DIA_OK;
}

dia_status dia_lifetime_create(dia_lifetime *lifetime, const dia_record *record, const dia_lifetime_options *options,
                               dia_error *error)
{
    *lifetime = (dia_lifetime){.type = options->type, .ntime = record->ntime, .seed = options->seed};
    lifetime->from = options->from < 0 ? likeliest_start(record) : options->from;
    for (int k = 0; k < DIA_DECAY_PARAMETERS; k++)
        lifetime->value[k] = lifetime->low[k] = lifetime->high[k] = NAN;
    cohort c = {0};
    dia_status status = check(lifetime, record, NULL, options, error);
    if (status == DIA_OK)
        status = cohort_create(&c, record, lifetime->from, options->discarded, error);
    if (status != DIA_OK)
        return status;
    status = check(lifetime, record, &c, options, error);
    lifetime->survival = dia_allocate((size_t)record->ntime, sizeof(double));
    lifetime->error = dia_allocate((size_t)record->ntime, sizeof(double));
    if (status == DIA_OK && (lifetime->survival == NULL || lifetime->error == NULL))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d samples", record->ntime);
    if (status == DIA_OK) {
        look(lifetime, &c);
        if (!refuse(lifetime))
            status = fit(lifetime, &c, record->time, options, error);
    }
    cohort_free(&c);
    if (status != DIA_OK)
        dia_lifetime_free(lifetime);
    return status;
}

void dia_lifetime_free(dia_lifetime *lifetime)
{
    free(lifetime->survival);
    free(lifetime->error);
    free(lifetime->curve);
    lifetime->survival = lifetime->error = lifetime->curve = NULL;
}
