/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/populations/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/moments.h"
#include "base/arena.h"
#include "base/rng.h"
#include "parallel/team.h"

static dia_status no_memory(dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for populations");
}

typedef struct resampling {
    int nrow, replicates;
    size_t m; /* ntime n */
    const double *values, *weight;
    uint64_t seed;
    double *means; /* (replicates, m) */
} resampling;

static void task(void *context, int number, int thread)
{
    (void)thread;
    const resampling *b = context;
    double *mean = b->means + (size_t)number * b->m, total = 0;
    memset(mean, 0, b->m * sizeof *mean);
    for (int i = 0; i < b->nrow; i++) { /* as dia_occupation_resample draws */
        const size_t j = (size_t)dia_rng_integer(b->seed, (uint64_t)number, (uint64_t)i, DIA_PURPOSE_BOOTSTRAP, 0,
                                                 (uint64_t)b->nrow);
        const double w = b->weight[j], *x = b->values + j * b->m;
        total += w;
        for (size_t c = 0; c < b->m; c++)
            mean[c] += w * x[c];
    }
    for (size_t c = 0; c < b->m; c++)
        mean[c] /= total;
}

static dia_status intervals(dia_estimate *e, const resampling *b, dia_error *error)
{
    const size_t R = (size_t)b->replicates;
    double *one = dia_allocate(R, sizeof *one);
    if (one == NULL)
        return no_memory(error);
    bool sorted = true;
    for (size_t c = 0; c < b->m; c++) {
        dia_moments moments = {0};
        for (size_t r = 0; r < R; r++) {
            one[r] = b->means[r * b->m + c];
            dia_moments_add(&moments, 1, one[r] - e->value[c]);
        }
        sorted = sorted && dia_sort(R, one, NULL);
        e->spread[c] = dia_moments_error(&moments) * sqrt((double)R);
        e->low[c] = dia_quantile(R, one, NULL, 0.025);
        e->high[c] = dia_quantile(R, one, NULL, 0.975);
    }
    free(one);
    return sorted ? DIA_OK : no_memory(error);
}

static dia_status resample(dia_estimate *e, resampling *b, int threads, dia_error *error)
{
    e->spread = dia_allocate(b->m, sizeof(double));
    e->low = dia_allocate(b->m, sizeof(double));
    e->high = dia_allocate(b->m, sizeof(double));
    b->means = dia_allocate((size_t)b->replicates * b->m, sizeof(double));
    if (e->spread == NULL || e->low == NULL || e->high == NULL || b->means == NULL) {
        free(b->means);
        return no_memory(error);
    }
    dia_team_run(dia_team_size(threads), b->replicates, task, b);
    const dia_status status = intervals(e, b, error);
    free(b->means);
    return status;
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
    resampling b = {.nrow = nrow,
                    .replicates = options->bootstrap,
                    .m = m,
                    .values = values,
                    .weight = weight,
                    .seed = options->seed};
    if (status == DIA_OK && options->bootstrap > 0 && nrow > 1)
        status = resample(estimate, &b, options->threads, error);
    if (status != DIA_OK)
        dia_estimate_free(estimate);
    return status;
}

void dia_estimate_free(dia_estimate *estimate)
{
    double *const owned[] = {estimate->value, estimate->error, estimate->spread, estimate->low, estimate->high};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
    *estimate = (dia_estimate){0};
}
