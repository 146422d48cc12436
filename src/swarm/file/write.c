/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing a swarm file, from the same tables as it is read by. */
#include <string.h>

#include "swarm/file/table.h"

static bool in_pieces(const dia_swarm_dataset *d)
{
    return strchr(d->shape, 'T') != NULL || strchr(d->shape, 'W') != NULL || d->shape[0] == 'K';
}

/* Is it among what this swarm keeps? */
static bool kept(const dia_swarm *swarm, const dia_swarm_dataset *d)
{
    return (swarm->full || !(d->flags & DIA_FULL)) && (swarm->uncertain != NULL || !(d->flags & DIA_WATCHED)) &&
           (swarm->lit || !(d->flags & DIA_LIT)) && (swarm->width > 0 || !(d->flags & DIA_RESTART)) &&
           (swarm->shard != NULL || !(d->flags & DIA_SHARD));
}

static dia_number number_of(const dia_swarm *swarm, const dia_swarm_dataset *d)
{
    return (d->flags & DIA_SINGLE) && swarm->single ? DIA_NUMBER_FLOAT : d->number;
}

dia_status dia_swarm_reserve(const dia_swarm *swarm, dia_store *store, bool whole, dia_error *error)
{
    dia_status status = DIA_OK;
    size_t dims[8], width;
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL && status == DIA_OK; d++)
        if (in_pieces(d) && kept(swarm, d))
            status = dia_store_reserve(store, d->name, number_of(swarm, d), dia_swarm_shape(swarm, d, dims, &width),
                                       dims, whole || strncmp(d->shape, "NT", 2) != 0, d->unit, error);
    return status;
}

dia_status dia_swarm_put(const dia_swarm *swarm, dia_store *store, const char *name, int cut, const size_t *first,
                         const size_t *count, const void *values, dia_error *error)
{
    size_t dims[8], width;
    const dia_swarm_dataset *d = dia_swarm_dataset_find(name);
    const int rank = dia_swarm_shape(swarm, d, dims, &width);
    return cut == 0
               ? dia_store_write(store, name, d->number, rank, dims, values, d->unit, error)
               : dia_store_write_part(store, name, number_of(swarm, d), rank, dims, cut, first, count, values, error);
}

static dia_status store_attributes(const dia_swarm *swarm, dia_store *store, dia_error *error)
{
    const struct {
        const char *name;
        int64_t value;
    } integers[] = {{"version", DIA_SWARM_VERSION}, {"seed", swarm->seed},      {"every", swarm->every},
                    {"states", swarm->nstate},      {"trajectories", swarm->N}, {"excluded", swarm->excluded}};
    dia_status status = dia_store_set_text(store, "", "format", DIA_SWARM_FORMAT, error);
    for (const dia_swarm_text *t = dia_swarm_texts; t->name != NULL && status == DIA_OK; t++) {
        const char *text;
        memcpy(&text, (const char *)swarm + t->member, sizeof text);
        if (text != NULL)
            status = dia_store_set_text(store, "", t->name, text, error);
    }
    for (size_t i = 0; i < sizeof integers / sizeof integers[0] && status == DIA_OK; i++)
        status = dia_store_set_int(store, "", integers[i].name, integers[i].value, error);
    return status == DIA_OK ? dia_store_set_real(store, "", "timestep", swarm->timestep, error) : status;
}

dia_status dia_swarm_store(const dia_swarm *swarm, dia_store *store, dia_error *error)
{
    dia_status status = store_attributes(swarm, store, error);
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL && status == DIA_OK; d++) {
        const void *values = NULL;
        if ((d->flags & DIA_HELD) && !in_pieces(d))
            memcpy(&values, (const char *)swarm + d->member, sizeof values);
        if (values != NULL)
            status = dia_swarm_put(swarm, store, d->name, 0, NULL, NULL, values, error);
    }
    return status;
}
