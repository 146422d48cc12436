/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What light did on the trajectories of a swarm. */
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "statistics/mean.h"
#include "swarm/file/reading.h"

static const double SETTLED = 1e-3 * DIA_EV;

/* The sample since which the work (T) stays what it is at the end. */
static int64_t settled_at(int64_t T, const double *work)
{
    int64_t t = T - 1;
    while (t > 0 && fabs(work[t - 1] - work[T - 1]) <= SETTLED)
        t--;
    return t;
}

dia_status dia_swarm_work(const dia_swarm *swarm, double *mean, double *standard_error, int64_t *settled,
                          dia_error *error)
{
    const size_t T = (size_t)swarm->T;
    const int64_t slab = dia_swarm_slab(swarm, T);
    int64_t last = 0;
    double *work = dia_allocate((size_t)slab * T, sizeof *work);
    dia_mean sums = {0};
    dia_status status =
        work != NULL ? dia_mean_create(&sums, T, 0, error)
                     : dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the work of light", swarm->path);
    for (int64_t first = 0; first < swarm->N && status == DIA_OK; first += slab) {
        const int64_t count = swarm->N - first < slab ? swarm->N - first : slab;
        if (swarm->lit)
            status = dia_swarm_rows(swarm, "trajectories/work", first, count, work, error);
        for (int64_t j = 0; j < count && status == DIA_OK; j++) {
            const double *own = work + (size_t)j * T;
            if (!dia_fate_counts(swarm->fate[first + j]) || !(swarm->weight[first + j] > 0.0))
                continue;
            const int64_t t = settled_at(swarm->T, own);
            last = t > last ? t : last;
            dia_mean_add(&sums, swarm->weight[first + j], own);
        }
    }
    if (status == DIA_OK)
        dia_mean_result(&sums, mean, standard_error);
    if (status == DIA_OK && settled != NULL)
        *settled = last;
    dia_mean_free(&sums);
    free(work);
    return status;
}
