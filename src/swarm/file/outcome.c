/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the trajectories of a swarm ended: by which condition, and in which state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "statistics/share.h"
#include "swarm/file/reading.h"

int dia_swarm_stops(const dia_swarm *swarm)
{
    int n = 0;
    for (const char *p = swarm->stop_conditions; p != NULL && *p != '\0'; n++)
        p += strcspn(p, "\n"), p += *p == '\n';
    return n;
}

bool dia_swarm_stop_name(const dia_swarm *swarm, int i, size_t size, char *name)
{
    const char *p = swarm->stop_conditions;
    for (int k = 0; p != NULL && k < i; k++)
        p += strcspn(p, "\n"), p += *p == '\n';
    const bool there = i >= 0 && i < dia_swarm_stops(swarm);
    if (size > 0)
        snprintf(name, size, "%.*s", there ? (int)strcspn(p, ":\n") : 0, there ? p : "");
    return there;
}

/* The channel of trajectory j: a condition, then inside, then dissociated. */
static int channel_of(const dia_swarm *swarm, int64_t j, int nstop)
{
    return swarm->fate[j] == DIA_FATE_STOPPED ? swarm->stop[j] : nstop + (swarm->fate[j] == DIA_FATE_DISSOCIATED);
}

dia_status dia_swarm_outcomes(const dia_swarm *swarm, dia_outcome **outcomes, int *count, dia_error *error)
{
    const int nstop = dia_swarm_stops(swarm), n = swarm->nstate, entries = nstop > 0 ? (nstop + 2) * (n + 1) : 0;
    const size_t N = (size_t)swarm->N, T = (size_t)swarm->T;
    *outcomes = NULL;
    *count = 0;
    if (entries == 0)
        return DIA_OK;
    dia_outcome *made = dia_allocate((size_t)entries, sizeof *made);
    int8_t *last = dia_allocate(N, 1);
    dia_status status = DIA_OK;
    if (made == NULL || last == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the outcomes", swarm->path);
    else
        status =
            dia_store_read_part(swarm->file->store, "trajectories/active", DIA_NUMBER_INT8, 2, (const size_t[]){N, T},
                                2, (const size_t[]){0, T - 1}, (const size_t[]){N, 1}, last, error);
    double whole = 0.0, squares = 0.0;
    for (int64_t j = 0; status == DIA_OK && j < swarm->N; j++) {
        if (!dia_fate_counts(swarm->fate[j]) || !(swarm->weight[j] > 0.0))
            continue;
        dia_outcome *own = made + channel_of(swarm, j, nstop) * (n + 1);
        whole += swarm->weight[j];
        squares += swarm->weight[j] * swarm->weight[j];
        own[n].count++;
        own[n].share += swarm->weight[j];
        if (last[j] >= 0 && last[j] < n) { /* checked when the file was opened, were it not read again */
            own[last[j]].count++;
            own[last[j]].share += swarm->weight[j];
        }
    }
    free(last);
    if (status != DIA_OK) {
        free(made);
        return status;
    }
    for (int e = 0; e < entries; e++) {
        dia_outcome *own = &made[e];
        const dia_share share = dia_share_of((int)own->count, own->share, whole, squares);
        const int channel = e / (n + 1);
        if (!dia_swarm_stop_name(swarm, channel, sizeof own->name, own->name))
            snprintf(own->name, sizeof own->name, "%s",
                     channel == nstop ? DIA_OUTCOME_INSIDE : dia_fate_word(DIA_FATE_DISSOCIATED));
        own->state = e % (n + 1) < n ? e % (n + 1) : -1;
        own->share = share.value;
        own->error = share.error;
        own->low = share.low;
        own->high = share.high;
    }
    *outcomes = made;
    *count = made[entries - 1].count > 0 ? entries : entries - (n + 1); /* dissociated: only if any are */
    return DIA_OK;
}
