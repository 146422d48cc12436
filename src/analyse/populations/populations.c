/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/populations/populations.h"

#include <math.h>
#include <stdlib.h>

#include "statistics/moments.h"
#include "statistics/share.h"
#include "base/arena.h"

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

/* Adds trajectory j to the sums of each sample and state. c (ntime, nstate, 2). */
static void add_trajectory(const dia_record *record, size_t j, const double *c, dia_moments *difference,
                           dia_moments *electronic, double *norm)
{
    const size_t T = (size_t)record->ntime, n = (size_t)record->nstate;
    for (size_t t = 0; t < T; t++) {
        double sum = 0;
        for (size_t k = 0; k < n; k++) {
            const size_t at = t * n + k;
            const double share = c[2 * at] * c[2 * at] + c[2 * at + 1] * c[2 * at + 1];
            sum += share;
            dia_moments_add(&difference[at], record->weight[j], (record->active[j * T + t] == (int)k) - share);
            dia_moments_add(&electronic[at], record->weight[j], share);
        }
        if (!(fabs(sum - 1) <= *norm)) /* NaN counts as worst */
            *norm = fabs(sum - 1);
    }
}

static dia_status from_amplitudes(dia_consistency *consistency, const dia_record *record, dia_error *error)
{
    const size_t T = (size_t)record->ntime, n = (size_t)record->nstate;
    const int slab = dia_record_slab(record, 2 * record->nstate);
    double *c = dia_allocate((size_t)slab * T * n * 2, sizeof *c);
    dia_moments *difference = dia_allocate(T * n, sizeof *difference),
                *electronic = dia_allocate(T * n, sizeof *electronic);
    dia_status status = DIA_OK;
    if (c == NULL || difference == NULL || electronic == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the amplitudes of %d trajectories", slab);
    consistency->norm = 0;
    for (int first = 0; first < record->ntrajectory && status == DIA_OK; first += slab) {
        const int left = record->ntrajectory - first, count = left < slab ? left : slab;
        status = dia_swarm_rows(record->swarm, "trajectories/amplitudes", first, count, c, error);
        for (int b = 0; b < count && status == DIA_OK; b++)
            if (record->weight[first + b] > 0)
                add_trajectory(record, (size_t)first + (size_t)b, c + (size_t)b * T * n * 2, difference, electronic,
                               &consistency->norm);
    }
    for (size_t i = 0; i < T * n && status == DIA_OK; i++) {
        consistency->difference[i] = dia_moments_mean(&difference[i]);
        consistency->error[i] = dia_moments_error(&difference[i]);
        const double off = fabs(dia_moments_mean(&electronic[i]) - record->population[DIA_POPULATION_ELECTRONIC][i]);
        consistency->stored = fmax(consistency->stored, off);
    }
    free(c);
    free(difference);
    free(electronic);
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
