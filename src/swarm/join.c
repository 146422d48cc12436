/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "parallel/team.h"
#include "swarm/joining.h"

/* ---- what is written ------------------------------------------------------------------------- */

/* One number a trajectory, of all parts; replaces the pointer of the first one. */
static dia_status join_held(dia_joining *now, const dia_swarm_dataset *d, dia_error *error)
{
    const size_t size = dia_joining_size(d->number);
    char *all = dia_allocate(now->N, size);
    if (all == NULL)
        return dia_joining_memory(error);
    memcpy((char *)&now->swarm + d->member, &all, sizeof all);
    for (int i = 0; i < now->join->n; i++) {
        const char *own;
        memcpy(&own, (const char *)now->join->part[i] + d->member, sizeof own);
        memcpy(all + now->at[i] * size, own, (now->at[i + 1] - now->at[i]) * size);
    }
    return DIA_OK;
}

static bool is_held(const dia_joining *now, const dia_swarm_dataset *d)
{
    const void *values = NULL;
    if ((d->flags & DIA_HELD) && d->shape[0] == 'N')
        memcpy(&values, (const char *)now->join->part[0] + d->member, sizeof values);
    return values != NULL;
}

/* The earliest of all parts; of equal ones the first. */
static const char *first_outside(const dia_join *join)
{
    const char *text = NULL;
    double earliest = INFINITY;
    for (int i = 0; i < join->n; i++) {
        const dia_swarm *s = join->part[i];
        double own = INFINITY;
        for (int64_t j = 0; s->outside != NULL && j < s->N; j++)
            own = s->outside[j] < own ? s->outside[j] : own; /* NaN: never */
        if (own < earliest) {
            earliest = own;
            text = s->first_outside;
        }
    }
    return text;
}

static dia_status describe(dia_joining *now, dia_error *error)
{
    const dia_join *join = now->join;
    dia_swarm *s = &now->swarm;
    *s = *join->part[0];
    s->N = (int64_t)now->N;
    s->resolved = join->resolved;
    s->partial = join->partial;
    s->until = NULL;
    s->shard = s->whole_resolved = s->whole_identity = s->whole_initial_digest = NULL;
    s->first_outside = first_outside(join);
    s->excluded = s->hops.count = 0;
    for (int i = 0; i < join->n; i++) {
        s->excluded += join->part[i]->excluded;
        s->hops.count += join->part[i]->hops.count;
    }
    dia_status status = DIA_OK;
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL && status == DIA_OK; d++)
        if (is_held(now, d))
            status = join_held(now, d, error);
    return status;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* The present window of these rows, of the parts from `least` on. values: (count, S, width) of numbers of `size` bytes. */
static dia_status read_window(const dia_joining *now, const char *name, int least, size_t first, size_t count,
                              size_t width, size_t size, void *values, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int i = least; i < now->join->n && status == DIA_OK; i++) {
        const size_t from = first > now->at[i] ? first : now->at[i],
                     past = first + count < now->at[i + 1] ? first + count : now->at[i + 1];
        if (from < past)
            status = dia_swarm_window(now->join->part[i], name, from - now->at[i], past - from, now->start, now->S,
                                      (char *)values + (from - first) * now->S * width * size, error);
    }
    return status;
}

/* Does the first part bring sums instead of the populations of each trajectory? */
static int first_shard(const dia_joining *now)
{
    return now->join->part[0]->shard == NULL ? 1 : 0;
}

static dia_status gather(dia_joining *now, size_t first, size_t size, size_t at, dia_error *error)
{
    dia_status status = read_window(now, "trajectories/active", 0, first, size, 1, 1, now->active + at * now->S, error);
    for (int f = 0; f < DIA_FIELD_ACTIVE && status == DIA_OK; f++) {
        const char *name = dia_assembly_dataset((dia_field)f, true);
        const size_t width = (size_t)now->record.width[f];
        const bool mean = f == DIA_FIELD_ELECTRONIC || f == DIA_FIELD_DIABATIC;
        if (name != NULL && width > 0)
            status = read_window(now, name, mean ? first_shard(now) : 0, first, size, width, sizeof(double),
                                 now->values[f] + at * now->S * width, error);
    }
    return status;
}

static void take_in(dia_joining *now, size_t j, size_t b)
{
    const size_t at = b * now->S;
    if (!dia_fate_counts(now->swarm.fate[j]))
        return;
    if (j >= now->at[first_shard(now)]) {
        dia_assembly_add(now->means, now->swarm.weight[j], now->S, now->n, now->active + at,
                         now->values[DIA_FIELD_ELECTRONIC] + at * now->n, now->values[DIA_FIELD_DIABATIC] + at * now->n,
                         now->occupied);
        return;
    }
    memset(now->occupied, 0, now->S * now->n * sizeof *now->occupied); /* the others are in the sums already */
    for (size_t s = 0; s < now->S; s++)
        now->occupied[s * now->n + (size_t)now->active[at + s]] = 1.0;
    dia_mean_add(&now->means[0], now->swarm.weight[j], now->occupied);
}

static dia_status write_piece(dia_joining *now, size_t first, size_t count, dia_error *error)
{
    const size_t start[2] = {first, now->start}, size[2] = {count, now->S};
    dia_status status = DIA_OK;
    for (int f = 0; f < DIA_FIELD_COUNT && status == DIA_OK; f++) {
        const char *name = dia_assembly_dataset((dia_field)f, false);
        if (name != NULL && now->record.width[f] > 0)
            status = dia_swarm_put(&now->swarm, now->store, name, 2, start, size,
                                   f == DIA_FIELD_ACTIVE ? (const void *)now->active : now->values[f], error);
    }
    return status;
}

/* ---- windows --------------------------------------------------------------------------------- */

/* In the order in which a flight is assembled, so that the bytes are the same. */
static dia_status join_block(dia_joining *now, size_t first, dia_error *error)
{
    const size_t block = now->pieces.block, size = now->N - first < block ? now->N - first : block,
                 start = first % now->pieces.piece, past = start + size;
    if (dia_control_stopped(now->control))
        return dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted");
    dia_status status = now->start == 0 ? dia_joining_states(now, first, size, error) : DIA_OK;
    if (status == DIA_OK)
        status = gather(now, first, size, start, error);
    for (size_t b = 0; b < size && status == DIA_OK; b++)
        take_in(now, first + b, start + b);
    if (status == DIA_OK && (past == now->pieces.piece || first + size == now->N))
        status = write_piece(now, first - start, past, error);
    if (status == DIA_OK && now->start == 0)
        status = dia_joining_hops(now, first + size, error);
    for (int i = 0; i < now->join->n; i++)
        if (now->at[i + 1] > first && now->at[i + 1] <= first + size)
            dia_swarm_release(now->join->part[i]);
    const double done = (double)now->start * (double)now->N + (double)now->S * (double)(first + size);
    dia_control_progress(
        now->control, &(dia_progress_state){.what = "merging", .done = done, .total = (double)now->T * (double)now->N});
    return status;
}

/* A swarm that grows: its means go on from its sums. */
static dia_status seed(dia_joining *now, dia_error *error)
{
    static const char *const names[3] = {NULL, "restart/electronic", "restart/diabatic"};
    const dia_swarm *old = now->join->part[0];
    double *x = dia_allocate(now->S * now->n * 4, sizeof *x);
    dia_status status = x != NULL ? DIA_OK : dia_joining_memory(error);
    for (int m = 1; m < 3 && status == DIA_OK; m++) {
        dia_mean *mean = &now->means[m];
        status = dia_swarm_copy(old, names[m], now->start, now->S, x, error);
        for (size_t i = 0; i < mean->n && status == DIA_OK; i++) {
            mean->origin[i] = x[4 * i];
            mean->S1[i] = x[4 * i + 1];
            mean->S2[i] = x[4 * i + 2];
            mean->Q[i] = x[4 * i + 3];
        }
        for (int64_t j = 0; j < old->N; j++)
            if (dia_fate_counts(old->fate[j])) {
                mean->count++;
                mean->W1 += old->weight[j];
                mean->W2 += old->weight[j] * old->weight[j];
            }
    }
    free(x);
    return status;
}

static dia_status join_window(dia_joining *now, size_t start, dia_error *error)
{
    now->start = start;
    now->S = now->T - start < now->pieces.most ? now->T - start : now->pieces.most;
    dia_status status = dia_assembly_means_create(now->means, &now->rule, now->S, now->n, error);
    if (status == DIA_OK && first_shard(now) > 0)
        status = seed(now, error);
    for (size_t first = 0; first < now->N && status == DIA_OK; first += now->pieces.block)
        status = join_block(now, first, error);
    double *time = status == DIA_OK ? dia_allocate(now->S, sizeof *time) : NULL;
    if (status == DIA_OK)
        status = time != NULL ? dia_swarm_copy(now->join->part[0], "time", start, now->S, time, error)
                              : dia_joining_memory(error);
    if (status == DIA_OK)
        status = dia_assembly_means(&now->swarm, now->store, now->means, start, now->S, time, error);
    free(time);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static dia_status make_room(dia_joining *now, dia_error *error)
{
    const dia_swarm *first = now->join->part[0];
    now->at = calloc((size_t)now->join->n + 1, sizeof *now->at);
    if (now->at == NULL)
        return dia_joining_memory(error);
    for (int i = 0; i < now->join->n; i++)
        now->at[i + 1] = now->at[i] + (size_t)now->join->part[i]->N;
    now->N = now->at[now->join->n];
    now->T = (size_t)first->T;
    now->n = (size_t)first->nstate;
    if (!dia_population_parse(first->populations, &now->rule))
        return dia_error_set(error, DIA_ERROR_FILE, "%s: attribute 'populations': unknown '%.60s'", first->path,
                             first->populations);
    dia_layout_init(
        &now->record, first->nstate, first->natom * first->dimension,
        (dia_recorded){
            .full = first->full, .single = first->single, .watched = first->uncertain != NULL, .lit = first->lit});
    now->pieces = dia_assembly_pieces(&now->record, now->N, now->T, (size_t)dia_flight_block_of((int64_t)now->N));
    const size_t samples = now->pieces.piece * now->pieces.most;
    bool good = true;
    for (int f = 0; f < DIA_FIELD_ACTIVE && good; f++)
        if (dia_assembly_dataset((dia_field)f, true) != NULL && now->record.width[f] > 0)
            good = (now->values[f] = dia_allocate(samples * (size_t)now->record.width[f], sizeof(double))) != NULL;
    now->active = dia_allocate(samples, 1);
    now->occupied = dia_allocate(now->pieces.most * now->n, sizeof *now->occupied);
    return good && now->active != NULL && now->occupied != NULL ? DIA_OK : dia_joining_memory(error);
}

static void clear(dia_joining *now)
{
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL; d++) {
        void *all, *own;
        if (!is_held(now, d))
            continue;
        memcpy(&all, (const char *)&now->swarm + d->member, sizeof all);
        memcpy(&own, (const char *)now->join->part[0] + d->member, sizeof own);
        if (all != own)
            free(all);
    }
    for (int f = 0; f < DIA_FIELD_COUNT; f++)
        free(now->values[f]);
    for (int m = 0; m < 3; m++)
        dia_mean_free(&now->means[m]);
    free(now->active);
    free(now->occupied);
    free(now->at);
    free(now->identity);
    dia_store_close(&now->store);
}

dia_status dia_join_write(const dia_join *join, const char *path, const dia_control *control, bool *rounded,
                          dia_error *error)
{
    dia_joining now = {.join = join, .control = control};
    dia_status status = make_room(&now, error);
    if (status == DIA_OK)
        status = describe(&now, error);
    if (status == DIA_OK)
        status = dia_store_create(&now.store, path, error);
    if (status == DIA_OK)
        dia_store_share(now.store, dia_team_run, dia_team_size(dia_control_threads(control)));
    if (status == DIA_OK)
        status = dia_swarm_reserve(&now.swarm, now.store, now.pieces.most == now.T, error);
    for (size_t start = 0; start < now.T && status == DIA_OK; start += now.pieces.most)
        status = join_window(&now, start, error);
    if (status == DIA_OK)
        status = dia_joining_rest(&now, rounded, error);
    if (status == DIA_OK)
        status = dia_store_commit(&now.store, error);
    clear(&now);
    return status;
}
