/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/populations/energy.h"

#include <math.h>
#include <stdlib.h>

#include "statistics/moments.h"
#include "base/arena.h"

/* potential, kinetic (ntime). NaN if any sample is. */
static double largest_drift(int ntime, const double *potential, const double *kinetic)
{
    const double start = potential[0] + kinetic[0];
    double drift = 0;
    for (int t = 0; t < ntime; t++) {
        const double off = fabs(potential[t] + kinetic[t] - start);
        if (!(off <= drift))
            drift = off;
        if (isnan(drift))
            break;
    }
    return drift;
}

static void summarise(dia_conservation *conservation, const dia_record *record, const double *drift)
{
    for (int j = 0, n = 0; j < record->ntrajectory; j++) {
        if (!(record->weight[j] > 0))
            continue;
        if (n == 0 || drift[n] > conservation->max) {
            conservation->max = drift[n];
            conservation->worst = record->number[j];
        }
        conservation->above += !(drift[n] <= conservation->limit);
        n++;
    }
}

dia_status dia_conservation_compute(dia_conservation *conservation, const dia_record *record, dia_error *error)
{
    const int slab = dia_record_slab(record, 2);
    const size_t T = (size_t)record->ntime;
    *conservation = (dia_conservation){.median = NAN, .max = NAN, .worst = -1, .limit = 1e-3 * DIA_EV};
    double *energy = dia_allocate((size_t)slab * T * 2, sizeof *energy);
    double *drift = dia_allocate((size_t)record->ntrajectory, sizeof *drift);
    dia_status status = DIA_OK;
    if (energy == NULL || drift == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the energies of %d trajectories", slab);
    size_t n = 0;
    for (int first = 0; first < record->ntrajectory && status == DIA_OK; first += slab) {
        const int left = record->ntrajectory - first, count = left < slab ? left : slab;
        double *kinetic = energy + (size_t)slab * T;
        status = dia_swarm_rows(record->swarm, "trajectories/potential", first, count, energy, error);
        if (status == DIA_OK)
            status = dia_swarm_rows(record->swarm, "trajectories/kinetic", first, count, kinetic, error);
        for (int b = 0; b < count && status == DIA_OK; b++)
            if (record->weight[first + b] > 0)
                drift[n++] = largest_drift(record->ntime, energy + (size_t)b * T, kinetic + (size_t)b * T);
    }
    if (status == DIA_OK) {
        conservation->count = (int)n;
        summarise(conservation, record, drift);
        if (!dia_sort(n, drift, NULL))
            status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu trajectories", n);
        conservation->median = dia_quantile(n, drift, NULL, 0.5);
    }
    free(energy);
    free(drift);
    return status;
}
