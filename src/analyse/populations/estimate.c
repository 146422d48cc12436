/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/populations/estimate.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "statistics/moments.h"
#include "statistics/resample.h"
#include "statistics/share.h"

static dia_status no_memory(dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for populations");
}

typedef struct sample {
    int nrow;
    size_t m, n, ratio; /* ntime n; n; of the options */
    const double *values, *weight;
} sample;

/* The sum of the first `ratio` populations at the sample to which number c belongs. */
static double divisor(const sample *s, const double *x, size_t c)
{
    double sum = 0;
    for (size_t k = 0, first = c - c % s->n; k < s->ratio; k++)
        sum += x[first + k];
    return sum;
}

static void mean_of(void *context, const int *times, int thread, double *mean)
{
    (void)thread;
    const sample *s = context;
    double total = 0;
    for (size_t j = 0; j < (size_t)s->nrow; j++) {
        const double w = times[j] * s->weight[j], *x = s->values + j * s->m;
        total += w;
        for (size_t c = 0; c < s->m && times[j] > 0; c++)
            mean[c] += w * x[c];
    }
    for (size_t c = 0; c < s->m; c++) {
        if (s->ratio > 0 && c % s->n == 0)
            total = divisor(s, mean, c);
        mean[c] /= total;
    }
}

enum { GROUPS = DIA_RESAMPLE_GROUPS };

/* values (GROUPS, m), weight (GROUPS), zeros: -> weighted means and weights of the groups. */
static sample in_groups(const sample *s, uint64_t seed, double *values, double *weight)
{
    for (size_t j = 0; j < (size_t)s->nrow; j++) {
        const size_t g = (size_t)dia_resample_unit(seed, s->nrow, (int)j);
        weight[g] += s->weight[j];
        for (size_t c = 0; c < s->m; c++)
            values[g * s->m + c] += s->weight[j] * s->values[j * s->m + c];
    }
    for (size_t i = 0; i < GROUPS * s->m; i++)
        if (weight[i / s->m] > 0.0)
            values[i] /= weight[i / s->m];
    return (sample){.nrow = GROUPS, .m = s->m, .n = s->n, .ratio = s->ratio, .values = values, .weight = weight};
}

static dia_status resample(dia_estimate *e, sample *s, const dia_estimate_options *options, dia_error *error)
{
    dia_interval *interval = dia_allocate(s->m, sizeof *interval);
    const dia_resampling resampling = {.n = s->nrow,
                                       .replicates = options->bootstrap,
                                       .seed = options->seed,
                                       .threads = options->threads,
                                       .nvalue = (int)s->m,
                                       .context = s,
                                       .evaluate = mean_of,
                                       .centre = e->value};
    e->spread = dia_allocate(3 * s->m, sizeof(double));
    dia_status status =
        interval != NULL && e->spread != NULL ? dia_resample(&resampling, interval, error) : no_memory(error);
    e->low = e->spread != NULL ? e->spread + s->m : NULL;
    e->high = e->spread != NULL ? e->low + s->m : NULL;
    for (size_t c = 0; c < s->m && status == DIA_OK; c++) {
        e->spread[c] = interval[c].spread;
        e->low[c] = interval[c].low;
        e->high[c] = interval[c].high;
    }
    free(interval);
    return status;
}

/* Means -> ratios, and standard errors of these, by the values that are linear in the contributions. mean (m) of the contributions. */
static dia_status take_ratios(dia_estimate *e, const sample *s, dia_error *error)
{
    dia_moments *moments = dia_allocate(s->m, sizeof *moments);
    if (moments == NULL)
        return no_memory(error);
    double whole = 1, own = 1;
    for (size_t j = 0; j < (size_t)s->nrow; j++) {
        const double *x = s->values + j * s->m;
        for (size_t c = 0; c < s->m; c++) {
            if (c % s->n == 0) {
                whole = divisor(s, e->value, c);
                own = divisor(s, x, c);
            }
            dia_moments_add(&moments[c], s->weight[j], dia_population_linear_value(e->value[c], whole, x[c], own));
        }
    }
    for (size_t c = 0; c < s->m; c++) {
        e->value[c] = dia_moments_mean(&moments[c]);
        e->error[c] = dia_moments_error(&moments[c]);
    }
    free(moments);
    return DIA_OK;
}

dia_status dia_estimate_create(dia_estimate *estimate, int nrow, int ntime, int n, const double *values,
                               const double *weight, const dia_estimate_options *options, dia_error *error)
{
    const size_t m = (size_t)ntime * (size_t)n;
    *estimate = (dia_estimate){.ntime = ntime, .n = n};
    dia_moments *moments = dia_allocate(m, sizeof *moments);
    estimate->value = dia_allocate(m, sizeof(double));
    estimate->error = dia_allocate(m, sizeof(double));
    dia_status status =
        moments != NULL && estimate->value != NULL && estimate->error != NULL ? DIA_OK : no_memory(error);
    for (size_t j = 0; j < (size_t)nrow && status == DIA_OK; j++)
        for (size_t c = 0; c < m; c++)
            dia_moments_add(&moments[c], weight[j], values[j * m + c]);
    for (size_t c = 0; c < m && status == DIA_OK; c++) {
        estimate->value[c] = dia_moments_mean(&moments[c]);
        estimate->error[c] = options->binomial
                                 ? dia_binomial_error(estimate->value[c], dia_moments_effective(&moments[c]))
                                 : dia_moments_error(&moments[c]);
    }
    free(moments);
    sample all = {
        .nrow = nrow, .m = m, .n = (size_t)n, .ratio = (size_t)options->ratio, .values = values, .weight = weight};
    if (status == DIA_OK && options->ratio > 0)
        status = take_ratios(estimate, &all, error);
    double *groups = NULL;
    if (status == DIA_OK && options->bootstrap > 0 && nrow > DIA_RESAMPLE_LARGE) {
        groups = dia_allocate(GROUPS * (m + 1), sizeof *groups);
        if (groups != NULL)
            all = in_groups(&all, options->seed, groups, groups + GROUPS * m);
        status = groups != NULL ? DIA_OK : no_memory(error);
    }
    if (status == DIA_OK && options->bootstrap > 0 && nrow > 1)
        status = resample(estimate, &all, options, error);
    free(groups);
    if (status != DIA_OK)
        dia_estimate_free(estimate);
    return status;
}

void dia_estimate_free(dia_estimate *estimate)
{
    free(estimate->value);
    free(estimate->error);
    free(estimate->spread);
    *estimate = (dia_estimate){0};
}
