/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a joined swarm file holds besides samples: hops, last states, initial conditions, its identity. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/provenance.h"
#include "swarm/joining.h"

/* Rows [first, first + count) of a dataset "N..." in its own type; width: numbers in a row. */
static dia_status read_rows(const dia_joining *now, const dia_swarm_dataset *d, size_t first, size_t count,
                            void *values, dia_error *error)
{
    size_t dims[8], width;
    dia_swarm_shape(&now->swarm, d, dims, &width);
    dia_status status = DIA_OK;
    for (int i = 0; i < now->join->n && status == DIA_OK; i++) {
        const size_t from = first > now->at[i] ? first : now->at[i],
                     past = first + count < now->at[i + 1] ? first + count : now->at[i + 1];
        if (from < past)
            status = dia_swarm_copy(now->join->part[i], d->name, from - now->at[i], past - from,
                                    (char *)values + (from - first) * width * dia_joining_size(d->number), error);
    }
    return status;
}

/* ---- hops and states ------------------------------------------------------------------------- */

/* `count` rows of a dataset of hops from the `first` of all on. */
static dia_status copy_hops(dia_joining *now, const dia_swarm_dataset *d, size_t first, size_t count, char *room,
                            dia_error *error)
{
    size_t dims[8], width, before = 0;
    dia_swarm_shape(&now->swarm, d, dims, &width);
    const size_t size = width * dia_joining_size(d->number);
    dia_status status = DIA_OK;
    for (int i = 0; i < now->join->n && status == DIA_OK; i++) {
        const size_t own = (size_t)now->join->part[i]->hops.count, from = first > before ? first : before,
                     past = first + count < before + own ? first + count : before + own;
        if (from < past)
            status = dia_swarm_copy(now->join->part[i], d->name, from - before, past - from,
                                    room + (from - first) * size, error);
        before += own;
    }
    return status == DIA_OK ? dia_swarm_put(&now->swarm, now->store, d->name, 1, &first, &count, room, error) : status;
}

/* How many hops the trajectories before row `past` have, beyond those that are written. */
static size_t hops_before(const dia_joining *now, size_t past)
{
    size_t count = 0;
    for (int i = 0; i < now->join->n && now->at[i] < past; i++) {
        const dia_swarm_hops *h = &now->join->part[i]->hops;
        int64_t low = 0, high = h->count; /* the first hop of a row from `past` on */
        while (low < high) {
            const int64_t middle = low + (high - low) / 2;
            if (now->at[i] + (size_t)h->row[middle] < past)
                low = middle + 1;
            else
                high = middle;
        }
        count += (size_t)low;
    }
    return count - now->hops;
}

dia_status dia_joining_hops(dia_joining *now, size_t past, dia_error *error)
{
    const size_t count = hops_before(now, past),
                 most = (size_t)(now->swarm.natom * now->swarm.dimension) * sizeof(double);
    if (count == 0)
        return DIA_OK;
    char *room = malloc(count * (most > sizeof(double) ? most : sizeof(double)));
    dia_status status = room != NULL ? DIA_OK : dia_joining_memory(error);
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL && status == DIA_OK; d++)
        if (d->shape[0] == 'K' && (now->swarm.lit || !(d->flags & DIA_LIT)))
            status = copy_hops(now, d, now->hops, count, room, error);
    now->hops += count;
    free(room);
    return status;
}

dia_status dia_joining_states(dia_joining *now, size_t first, size_t size, dia_error *error)
{
    const dia_swarm_dataset *d = dia_swarm_dataset_find("restart/state");
    if (now->swarm.width == 0)
        return DIA_OK;
    double *room = dia_allocate(size * (size_t)now->swarm.width, sizeof *room);
    dia_status status = room != NULL ? read_rows(now, d, first, size, room, error) : dia_joining_memory(error);
    if (status == DIA_OK)
        status = dia_swarm_put(&now->swarm, now->store, d->name, 1, &first, &size, room, error);
    free(room);
    return status;
}

/* ---- initial conditions and identity --------------------------------------------------------- */

/* What is not written in pieces; *kept: its numbers, freed by the caller. */
static dia_status join_whole(dia_joining *now, const char *name, void **kept, dia_error *error)
{
    const dia_swarm_dataset *d = dia_swarm_dataset_find(name);
    const size_t width = dia_swarm_row_size(now->join->part[0], name);
    *kept = NULL;
    if (width == 0)
        return DIA_OK;
    *kept = dia_allocate(now->N * width, dia_joining_size(d->number));
    dia_status status = *kept != NULL ? read_rows(now, d, 0, now->N, *kept, error) : dia_joining_memory(error);
    return status == DIA_OK ? dia_swarm_put(&now->swarm, now->store, name, 0, NULL, NULL, *kept, error) : status;
}

/* Digest and identity of what was joined. */
static dia_status identify(dia_joining *now, void *const kept[3], dia_error *error)
{
    const dia_swarm *s = &now->swarm;
    const char *last = strstr(now->join->identity, DIA_IDENTITY_SAMPLED);
    int *state = dia_allocate(now->N, sizeof *state);
    if (state == NULL)
        return dia_joining_memory(error);
    for (size_t j = 0; j < now->N; j++)
        state[j] = s->initial_state[j];
    const dia_conditions conditions = {.n = now->N,
                                       .ncart = (size_t)(s->natom * s->dimension),
                                       .nstate = now->n,
                                       .natom = (size_t)s->natom,
                                       .number = s->number,
                                       .R = kept[0],
                                       .V = kept[1],
                                       .c = kept[2],
                                       .weight = s->weight,
                                       .state = state,
                                       .masses = s->masses};
    dia_conditions_digest(&conditions, now->initial);
    free(state);
    const size_t head = last != NULL ? (size_t)(last - now->join->identity) : strlen(now->join->identity),
                 room = head + DIA_DIGEST_SIZE + sizeof DIA_IDENTITY_SAMPLED +
                        (now->join->partial != NULL ? strlen(now->join->partial) : 0) + 20;
    now->identity = malloc(room);
    if (now->identity == NULL)
        return dia_joining_memory(error);
    snprintf(now->identity, room, "%s%s%s%.*s%s%s\n", now->join->partial != NULL ? "partial: " : "",
             now->join->partial != NULL ? now->join->partial : "", now->join->partial != NULL ? "\n" : "", (int)head,
             now->join->identity, DIA_IDENTITY_SAMPLED, now->initial);
    dia_digest_bytes(now->identity, strlen(now->identity), now->digest);
    now->swarm.identity = now->identity;
    now->swarm.digest = now->digest;
    now->swarm.initial_digest = now->initial;
    return DIA_OK;
}

dia_status dia_joining_rest(dia_joining *now, bool *rounded, dia_error *error)
{
    static const char *const names[] = {"initial/position",  "initial/velocity",   "initial/amplitudes",
                                        "initial/candidate", "initial/excitation", "initial/strength"};
    enum { CONDITIONS = 3, ALL = sizeof names / sizeof names[0] };
    void *kept[ALL] = {NULL};
    dia_status status = DIA_OK;
    for (int i = 0; i < ALL && status == DIA_OK; i++)
        status = join_whole(now, names[i], &kept[i], error);
    if (status == DIA_OK)
        status = identify(now, kept, error);
    for (int i = 0; i < ALL; i++)
        free(kept[i]);
    if (status != DIA_OK)
        return status;
    *rounded = strcmp(now->identity, now->join->identity) != 0;
    if (*rounded && now->join->strict)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "the initial conditions in these files are not those of one swarm (SHA-256 of their own: "
                             "%.12s...): a file is damaged, or was not written by diabolo run",
                             now->initial);
    return dia_swarm_store(&now->swarm, now->store, error);
}
