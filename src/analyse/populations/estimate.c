/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/populations/estimate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "math/vector.h"
#include "statistics/mean.h"
#include "statistics/resample.h"

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
        const double w = times[j] * s->weight[j];
        if (times[j] == 0)
            continue;
        total += w;
        dia_add((int)s->m, w, s->values + j * s->m, mean);
    }
    for (size_t c = 0; c < s->m; c++) {
        if (s->ratio > 0 && c % s->n == 0)
            total = divisor(s, mean, c);
        mean[c] /= total;
    }
}

static dia_status resample(dia_estimate *e, sample *s, const dia_estimate_options *options, dia_error *error)
{
    dia_interval *interval = dia_allocate(s->m, sizeof *interval);
    const dia_resampling resampling = {.n = s->nrow,
                                       .replicates = options->bootstrap,
                                       .seed = options->seed,
                                       .threads = dia_control_threads(options->control),
                                       .control = options->control,
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

/* ---- row by row ------------------------------------------------------------------------------ */

enum { GROUPS = DIA_RESAMPLE_GROUPS };
static const double most = 2e9; /* bytes of rows that are resampled one by one */

struct dia_estimate_rows {
    int nrow, ntime, n, taken;
    size_t m; /* ntime n */
    const double *weight;
    dia_estimate_options options;
    dia_mean mean; /* of m quantities                                                           */
    double *held;  /* (nrow, m) where single rows are resampled; NULL: they are not             */
    double *group; /* (GROUPS, m) sums, then weighted means, and weights (GROUPS); NULL: none   */
};

static void rows_free(dia_estimate_rows *rows)
{
    if (rows == NULL)
        return;
    dia_mean_free(&rows->mean);
    free(rows->held);
    free(rows->group);
    free(rows);
}

dia_status dia_estimate_open(dia_estimate_rows **out, int nrow, int ntime, int n, const double *weight,
                             const dia_estimate_options *options, dia_error *error)
{
    const size_t m = (size_t)ntime * (size_t)n, all = (size_t)nrow;
    const bool large = nrow > DIA_RESAMPLE_LARGE;
    *out = NULL;
    dia_estimate_rows *rows = dia_allocate(1, sizeof *rows);
    if (rows == NULL)
        return no_memory(error);
    *rows = (dia_estimate_rows){.nrow = nrow, .ntime = ntime, .n = n, .m = m, .weight = weight, .options = *options};
    const size_t ratio = (size_t)options->ratio;
    const dia_status status = dia_mean_create(&rows->mean, m, ratio > 0 ? (size_t)n : 0, error);
    rows->mean.part = ratio;
    if (!large && 8.0 * (double)all * (double)m >= most)
        rows->options.bootstrap = 0;
    const bool again = rows->options.bootstrap > 0;
    if (again && !large)
        rows->held = dia_allocate(all * m, sizeof(double));
    if (again && large)
        rows->group = dia_allocate(GROUPS * (m + 1), sizeof(double));
    if (status != DIA_OK || (again && (large ? rows->group : rows->held) == NULL)) {
        rows_free(rows);
        return no_memory(error);
    }
    *out = rows;
    return DIA_OK;
}

void dia_estimate_take(dia_estimate_rows *rows, int count, const double *values)
{
    const size_t m = rows->m;
    for (size_t i = 0; i < (size_t)count; i++, rows->taken++) {
        const double *x = values + i * m, w = rows->weight[rows->taken];
        dia_mean_add(&rows->mean, w, x);
        if (rows->held != NULL)
            memcpy(rows->held + (size_t)rows->taken * m, x, m * sizeof *x);
        if (rows->group == NULL)
            continue;
        const size_t g = (size_t)dia_resample_unit(rows->options.seed, rows->nrow, rows->taken);
        rows->group[GROUPS * m + g] += w;
        for (size_t c = 0; c < m; c++)
            rows->group[g * m + c] += w * x[c];
    }
}

static dia_status settle(dia_estimate_rows *rows, dia_estimate *e, dia_error *error)
{
    const size_t m = rows->m;
    const dia_estimate_options *o = &rows->options;
    *e = (dia_estimate){.ntime = rows->ntime, .n = rows->n};
    e->value = dia_allocate(m, sizeof(double));
    e->error = dia_allocate(m, sizeof(double));
    if (e->value == NULL || e->error == NULL)
        return no_memory(error);
    dia_mean_result(&rows->mean, e->value, e->error);
    for (size_t c = 0; c < m && o->binomial; c++)
        e->error[c] = dia_mean_binomial(&rows->mean, e->value[c]);
    sample all = {.nrow = rows->nrow,
                  .m = m,
                  .n = (size_t)rows->n,
                  .ratio = (size_t)o->ratio,
                  .values = rows->held,
                  .weight = rows->weight};
    dia_status status = DIA_OK;
    if (rows->group != NULL) {
        const double *weight = rows->group + GROUPS * m;
        for (size_t i = 0; i < GROUPS * m; i++)
            if (weight[i / m] > 0.0)
                rows->group[i] /= weight[i / m];
        all.nrow = GROUPS;
        all.values = rows->group;
        all.weight = weight;
    }
    if (status == DIA_OK && o->bootstrap > 0 && rows->nrow > 1)
        status = resample(e, &all, o, error);
    return status;
}

dia_status dia_estimate_close(dia_estimate_rows **rows, dia_estimate *estimate, dia_error *error)
{
    const dia_status status = *rows != NULL && estimate != NULL ? settle(*rows, estimate, error) : DIA_OK;
    rows_free(*rows);
    *rows = NULL;
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
