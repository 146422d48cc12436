/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/populations/populations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/moments.h"
#include "statistics/share.h"
#include "base/arena.h"
#include "swarm/file/table.h"

void dia_population_active_share(const dia_record *record, double *p, double *error)
{
    const size_t T = (size_t)record->ntime, n = (size_t)record->nstate;
    dia_moments weights = {0};
    for (size_t i = 0; i < T * n; i++)
        p[i] = 0;
    for (size_t j = 0; j < (size_t)record->ntrajectory; j++) {
        dia_moments_add(&weights, record->weight[j], 0);
        for (size_t t = 0; t < T; t++)
            p[t * n + (size_t)record->active[j * T + t]] += record->weight[j];
    }
    for (size_t i = 0; i < T * n; i++) {
        p[i] /= weights.w; /* NaN if no trajectory counts */
        if (error != NULL)
            error[i] = dia_binomial_error(p[i], dia_moments_effective(&weights));
    }
}

typedef struct adding {
    const dia_record *record;
    dia_moments *difference, *electronic; /* (ntime, nstate) */
    const double *mean; /* (ntime, nstate) contributions, where populations are ratios; NULL: not known yet */
    double norm;
} adding;

/* Adds trajectories to the sums of each sample and state. c (ntime, nstate, 2) of each. The sum of squares must be 1, or stay what it is. */
static bool add(void *context, int first, int count, double *const *amplitudes)
{
    adding *now = context;
    const dia_record *record = now->record;
    const size_t T = (size_t)record->ntime, n = (size_t)record->nstate;
    for (size_t b = 0; b < (size_t)count; b++) {
        const size_t j = (size_t)first + b;
        const double *c = amplitudes[0] + b * T * n * 2;
        double share[DIA_SWARM_STATES], whole = 1;
        for (size_t t = 0; t < T && record->weight[j] > 0; t++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++) {
                const size_t at = t * n + k;
                share[k] = c[2 * at] * c[2 * at] + c[2 * at + 1] * c[2 * at + 1];
                sum += share[k];
            }
            if (t == 0 && record->rule.windows)
                whole = sum;
            if (!(fabs(sum - whole) <= now->norm)) /* NaN counts as worst */
                now->norm = fabs(sum - whole);
            dia_population_share(&record->rule, dia_record_start_weight(record, (int)j), (int)n, share);
            if (now->mean != NULL)
                dia_population_linear((int)n, now->mean + t * n, share);
            for (size_t k = 0; k < n; k++) {
                const size_t at = t * n + k;
                dia_moments_add(&now->difference[at], record->weight[j],
                                (record->active[j * T + t] == (int)k) - share[k]);
                dia_moments_add(&now->electronic[at], record->weight[j], share[k]);
            }
        }
    }
    return true;
}

static dia_status from_amplitudes(dia_consistency *consistency, const dia_record *record, dia_error *error)
{
    static const char *const name = "trajectories/amplitudes";
    const size_t size = (size_t)record->ntime * (size_t)record->nstate;
    dia_moments *difference = dia_allocate(2 * size, sizeof *difference), *electronic = difference + size;
    adding now = {.record = record, .difference = difference, .electronic = electronic};
    if (difference == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu populations", size);
    dia_status status = dia_record_walk(record, 1, &name, add, &now, error);
    consistency->norm = now.norm;
    double *mean = dia_population_ratio(&record->rule) ? dia_allocate(size, sizeof *mean) : NULL;
    if (status == DIA_OK && mean != NULL) { /* once more, with what trajectories add to the ratios */
        for (size_t i = 0; i < size; i++)
            mean[i] = dia_moments_mean(&electronic[i]);
        memset(difference, 0, 2 * size * sizeof *difference);
        now.mean = mean;
        status = dia_record_walk(record, 1, &name, add, &now, error);
    }
    if (status == DIA_OK && dia_population_ratio(&record->rule) && mean == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu populations", size);
    free(mean);
    for (size_t i = 0; i < size && status == DIA_OK; i++) {
        consistency->difference[i] = dia_moments_mean(&difference[i]);
        consistency->error[i] = dia_moments_error(&difference[i]);
        const double off = fabs(dia_moments_mean(&electronic[i]) - record->population[DIA_POPULATION_ELECTRONIC][i]);
        consistency->stored = fmax(consistency->stored, off);
    }
    free(difference);
    return status;
}

static void summarise(dia_consistency *consistency, const dia_record *record)
{
    const size_t T = (size_t)record->ntime, n = (size_t)record->nstate;
    double sum = 0, noise = 0;
    consistency->max = 0;
    consistency->max_error = consistency->max_time = NAN;
    for (size_t i = 0; i < T * n; i++) {
        const double d = consistency->difference[i], e = consistency->error[i];
        sum += d * d;
        noise += e * e;
        if (fabs(d) > fabs(consistency->max) || i == 0) {
            consistency->max = d;
            consistency->max_error = e;
            consistency->max_time = record->time[i / n];
            consistency->max_state = (int)(i % n);
        }
    }
    consistency->rms = sqrt(sum / (double)(T * n));
    consistency->noise = sqrt(noise / (double)(T * n));
}

dia_status dia_consistency_create(dia_consistency *consistency, const dia_record *record, dia_error *error)
{
    const size_t size = (size_t)record->ntime * (size_t)record->nstate;
    *consistency = (dia_consistency){.norm = NAN};
    consistency->difference = dia_allocate(size, sizeof(double));
    consistency->error = dia_allocate(size, sizeof(double));
    double *active = dia_allocate(size, sizeof(double));
    dia_status status = DIA_OK;
    if (consistency->difference == NULL || consistency->error == NULL || active == NULL) {
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu populations", size);
    } else {
        dia_population_active_share(record, active, NULL);
        for (size_t i = 0; i < size; i++) {
            consistency->stored =
                fmax(consistency->stored, fabs(active[i] - record->population[DIA_POPULATION_ACTIVE][i]));
            consistency->difference[i] = active[i] - record->population[DIA_POPULATION_ELECTRONIC][i];
            consistency->error[i] = NAN;
        }
        if (record->has_amplitudes)
            status = from_amplitudes(consistency, record, error);
    }
    free(active);
    if (status == DIA_OK)
        summarise(consistency, record);
    else
        dia_consistency_free(consistency);
    return status;
}

void dia_consistency_free(dia_consistency *consistency)
{
    free(consistency->difference);
    free(consistency->error);
    *consistency = (dia_consistency){0};
}
