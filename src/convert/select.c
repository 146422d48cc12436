/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which samples of a swarm, and which hops of its trajectories. */
#include "convert/convert.h"

#include <math.h>
#include <stdlib.h>

#include "base/number.h"

dia_status dia_convert_select_stride(const dia_swarm *swarm, double every, int64_t *stride, dia_error *error)
{
    *stride = 1;
    if (every == 0.0)
        return DIA_OK;
    if (!(every > 0.0))
        return dia_error_set(error, DIA_ERROR_INPUT, "--every: expected a time above zero, found %g fs", every);
    const double apart = swarm->T > 1 ? swarm->time[1] - swarm->time[0] : every;
    const double ratio = every / apart;
    /* Times are sums of steps: a relative 1e-6 is far above their rounding and far below a sample. */
    if (!dia_real_integer(ratio, 1, INT64_MAX, stride) || fabs(ratio - (double)*stride) > 1e-6 * ratio)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "--every %g fs: the samples of %s are %g fs apart; expected a multiple of that", every,
                             swarm->path, apart);
    return DIA_OK;
}

/* Hops and trajectories are both sorted by number. */
dia_status dia_convert_hops(const dia_convert_job *job, int64_t first, int64_t trajectories, int64_t *count,
                            int64_t **hop, dia_error *error)
{
    const dia_swarm_hops *h = &job->swarm->hops;
    int64_t i = first;
    *count = 0;
    *hop = malloc(((size_t)h->count + 1) * sizeof **hop);
    if (*hop == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for its hops", job->in);
    for (int64_t k = 0; k < h->count; k++) {
        while (i < first + trajectories && job->row[i] < h->row[k])
            i++;
        if (i < first + trajectories && job->row[i] == h->row[k])
            (*hop)[(*count)++] = k;
    }
    return DIA_OK;
}
