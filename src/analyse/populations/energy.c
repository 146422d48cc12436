/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/populations/energy.h"

#include <math.h>
#include <stdlib.h>

#include "statistics/moments.h"
#include "base/arena.h"

typedef struct watching {
    const dia_record *record;
    double *drift; /* of the trajectories that count */
    int n;
} watching;

/* The largest drift of each; NaN if any sample is. */
static bool watch(void *context, int first, int count, double *const *energy)
{
    watching *now = context;
    const size_t T = (size_t)now->record->ntime;
    for (int j = 0; j < count; j++) {
        const double *potential = energy[0] + (size_t)j * T, *kinetic = energy[1] + (size_t)j * T,
                     *work = energy[2] != NULL ? energy[2] + (size_t)j * T : NULL;
        double drift = 0;
        for (size_t t = 0; t < T && !isnan(drift); t++) {
            const double off =
                fabs(potential[t] + kinetic[t] - (potential[0] + kinetic[0]) - (work != NULL ? work[t] : 0));
            drift = off <= drift ? drift : off;
        }
        if (now->record->weight[first + j] > 0)
            now->drift[now->n++] = drift;
    }
    return true;
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
    static const char *const names[] = {"trajectories/potential", "trajectories/kinetic", "trajectories/work"};
    *conservation = (dia_conservation){.median = NAN, .max = NAN, .worst = -1, .limit = 1e-3 * DIA_EV};
    double *drift = dia_allocate((size_t)record->ntrajectory, sizeof *drift);
    watching now = {.record = record, .drift = drift};
    dia_status status =
        drift == NULL ? dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d energies", record->ntrajectory)
                      : dia_record_walk(record, 3, names, watch, &now, error);
    const size_t n = (size_t)now.n;
    if (status == DIA_OK) {
        conservation->count = (int)n;
        summarise(conservation, record, drift);
        if (!dia_sort(n, drift, NULL))
            status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu trajectories", n);
        conservation->median = dia_quantile(n, drift, NULL, 0.5);
    }
    free(drift);
    return status;
}
