/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of swarm files. All data it returns have been checked, so that no caller checks them again, and no
 * other code opens such a file. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "swarm/file/reading.h"

enum { ATOMS_MAX = 100000, SLAB = 8 << 20 }; /* SLAB: bytes */

/* Extents of a dataset that sets the scale for the others, each from `least` to most[d]. */
static void read_scale(dia_reading *now, const char *name, int rank, size_t least, const size_t most[2], size_t dims[8])
{
    int found = 0;
    char place[120], expected[80], text[40];
    if (now->status == DIA_OK)
        now->status = dia_store_shape(now->swarm->file->store, name, &found, dims, now->error);
    snprintf(place, sizeof place, "dataset '%s', shape", name);
    if (now->status == DIA_OK && found != rank) {
        snprintf(expected, sizeof expected, "%d", rank);
        snprintf(text, sizeof text, "%d dimensions", found);
        dia_reading_damaged(now, place, expected, text);
    }
    for (int i = 0; i < rank && now->status == DIA_OK; i++)
        if (dims[i] < least || dims[i] > most[i]) {
            snprintf(expected, sizeof expected, "%zu to %zu", least, most[i]);
            snprintf(text, sizeof text, "%zu as extent %d", dims[i], i);
            dia_reading_damaged(now, place, expected, text);
        }
}

static void read_scales(dia_reading *now, dia_swarm *swarm)
{
    static const char state[] = "restart/state";
    size_t atoms[8] = {0}, populations[8] = {0}, rows[8] = {0}, hops[8] = {0};
    read_scale(now, "molecule/reference", 2, 1, (const size_t[]){ATOMS_MAX, 3}, atoms);
    read_scale(now, "populations/active", 2, 1, (const size_t[]){INT_MAX, DIA_SWARM_STATES}, populations);
    read_scale(now, "trajectories/active", 2, 1, (const size_t[]){INT_MAX, INT_MAX}, rows);
    read_scale(now, "hops/trajectory", 1, 0, (const size_t[]){INT_MAX, 1}, hops);
    if (now->status == DIA_OK && dia_store_has(swarm->file->store, state)) {
        size_t states[8] = {0};
        read_scale(now, state, 2, 1, (const size_t[]){INT_MAX, INT_MAX}, states);
        swarm->width = (int64_t)states[1];
    }
    swarm->natom = (int)atoms[0];
    swarm->dimension = (int)atoms[1];
    swarm->T = (int64_t)populations[0];
    swarm->nstate = (int)populations[1];
    swarm->N = (int64_t)rows[0];
    swarm->hops.count = (int64_t)hops[0];
}

/* ---- datasets -------------------------------------------------------------------------------- */

static void check_unit(dia_reading *now, const dia_swarm_dataset *d)
{
    double factor = 1;
    char *unit = NULL;
    if (now->status == DIA_OK)
        now->status = dia_store_unit(now->swarm->file->store, d->name, d->unit, &factor, NULL, now->error);
    if (now->status != DIA_OK || factor == 1)
        return;
    now->status = dia_store_attribute_text(now->swarm->file->store, d->name, "unit", &unit, now->error);
    if (now->status == DIA_OK)
        now->status = dia_error_set(now->error, DIA_ERROR_INPUT,
                                    "%s: dataset '%s' is in '%.40s' (attribute 'unit'); a swarm file has it in '%s'",
                                    now->swarm->path, d->name, unit, d->unit);
    free(unit);
}

/* Shape, type and unit of one dataset; its values, if it is held. lean: nothing that grows with time is. */
static void read_dataset(dia_reading *now, dia_swarm *swarm, const dia_swarm_dataset *d, bool lean)
{
    size_t dims[8], width;
    void *values = NULL;
    const int rank = dia_swarm_shape(swarm, d, dims, &width);
    const bool moments = d->shape[0] == 'T', held = (d->flags & DIA_HELD) && !(moments && lean);
    const dia_store *store = swarm->file->store;
    if (now->status != DIA_OK || ((d->flags & DIA_OPTIONAL) && !dia_store_has(store, d->name)))
        return;
    now->status = held ? dia_store_read_new(store, d->name, d->number, rank, dims, &values, now->error)
                       : dia_store_expect_shape(store, d->name, d->number, rank, dims, now->error);
    check_unit(now, d);
    if (held)
        memcpy((char *)swarm + d->member, &values, sizeof values); /* freed with the swarm, whatever is wrong */
    if (held && !moments)
        dia_reading_check_values(now, d, d->number, 0, dims[0], width, values);
}

/* ---- attributes ------------------------------------------------------------------------------ */

/* An input is a text of limited length, with no more control characters than YAML allows; a name is one line; a digest is
 * hexadecimal. */
static bool sane(const char *text, size_t most)
{
    const size_t length = strlen(text);
    if (most == DIA_SWARM_DIGEST)
        return length == DIA_SWARM_DIGEST && strspn(text, "0123456789abcdef") == DIA_SWARM_DIGEST;
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)text[i] < ' ' || text[i] == '\x7f') &&
            (most < DIA_SWARM_INPUT || strchr("\n\t\r", text[i]) == NULL))
            return false;
    return length <= most;
}

static void read_text(dia_reading *now, dia_swarm *swarm, const dia_swarm_text *t)
{
    char *text = NULL, place[80];
    const dia_store *store = swarm->file->store;
    if (now->status != DIA_OK || (t->optional && !dia_store_has_attribute(store, "", t->name)))
        return;
    now->status = dia_store_attribute_text(store, "", t->name, &text, now->error);
    memcpy((char *)swarm + t->member, &text, sizeof text);
    snprintf(place, sizeof place, "attribute '%s'", t->name);
    if (now->status == DIA_OK && !sane(text, t->most)) {
        char found[60];
        snprintf(found, sizeof found, "%zu characters, '%.20s'", strlen(text), text);
        dia_reading_damaged(now, place, t->most == DIA_SWARM_DIGEST ? "64 hexadecimal digits" : "a text of that kind",
                            found);
    }
}

/* An attribute from `low` to `high`. */
static int64_t read_integer(dia_reading *now, const char *name, int64_t low, int64_t high)
{
    int64_t value = 0;
    char place[80], expected[80], found[40];
    if (now->status == DIA_OK)
        now->status = dia_store_attribute_int(now->swarm->file->store, "", name, &value, now->error);
    if (now->status == DIA_OK && (value < low || value > high)) {
        snprintf(place, sizeof place, "attribute '%s'", name);
        snprintf(expected, sizeof expected, low == high ? "%" PRId64 : "%" PRId64 " or more", low);
        snprintf(found, sizeof found, "%" PRId64, value);
        dia_reading_damaged(now, place, expected, found);
    }
    return value;
}

static void read_attributes(dia_reading *now, dia_swarm *swarm)
{
    for (const dia_swarm_text *t = dia_swarm_texts; t->name != NULL; t++)
        read_text(now, swarm, t);
    swarm->seed = read_integer(now, "seed", INT64_MIN, INT64_MAX);
    swarm->every = read_integer(now, "every", 1, INT_MAX);
    read_integer(now, "states", swarm->nstate, swarm->nstate);
    read_integer(now, "trajectories", swarm->N, swarm->N);
    if (now->status == DIA_OK)
        now->status = dia_store_attribute_real(swarm->file->store, "", "timestep", &swarm->timestep, now->error);
    if (now->status == DIA_OK && !(swarm->timestep > 0 && swarm->timestep < 1e12)) {
        char found[40];
        snprintf(found, sizeof found, "%g fs", swarm->timestep);
        dia_reading_damaged(now, "attribute 'timestep'", "a time above 0", found);
    }
}

/* ---- the swarm ------------------------------------------------------------------------------- */

static void read_all(dia_reading *now, dia_swarm *swarm, bool lean)
{
    read_scales(now, swarm);
    read_attributes(now, swarm);
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL; d++) {
        read_dataset(now, swarm, d, lean);
        if (d->member == offsetof(dia_swarm, weight) && (d->flags & DIA_HELD) && now->status == DIA_OK)
            dia_reading_check_trajectories(now); /* the checks of the next ones need these */
    }
    swarm->excluded = read_integer(now, "excluded", swarm->N - swarm->file->counted, swarm->N - swarm->file->counted);
    if (now->status != DIA_OK)
        return;
    int64_t *rows = dia_allocate((size_t)swarm->hops.count + 1, sizeof *rows);
    swarm->hops.row = rows;
    swarm->lit = dia_store_has(swarm->file->store, "trajectories/work");
    if (swarm->lit != (swarm->hops.work != NULL))
        dia_reading_damaged(now, "datasets 'trajectories/work' and 'hops/work'", "both, or none", "one of them");
    else if (rows == NULL)
        now->status = dia_error_set(now->error, DIA_ERROR_MEMORY, "%s: no memory for its hops", swarm->path);
    else
        dia_reading_check_hops(now, rows);
    dia_reading_check_times(now);
    swarm->full = true;
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL; d++)
        swarm->full = swarm->full && (!(d->flags & DIA_FULL) || dia_store_has(swarm->file->store, d->name));
    swarm->single = dia_store_single(swarm->file->store, "trajectories/position");
}

int64_t dia_swarm_outside(const dia_swarm *swarm)
{
    int64_t n = swarm->outside != NULL ? 0 : -1;
    for (int64_t j = 0; swarm->outside != NULL && j < swarm->N; j++)
        n += !isnan(swarm->outside[j]);
    return n;
}

static dia_status open_swarm(dia_swarm **swarm, const char *path, bool lean, dia_error *error)
{
    *swarm = NULL;
    dia_swarm *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->file = calloc(1, sizeof *made->file);
        made->path = strdup(path);
    }
    if (made == NULL || made->file == NULL || made->path == NULL) {
        dia_swarm_close(made);
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory to read a swarm", path);
    }
    dia_reading now = {.swarm = made, .error = error, .status = dia_store_open(&made->file->store, path, error)};
    if (now.status == DIA_OK)
        now.status = dia_store_expect(made->file->store, DIA_SWARM_FORMAT, DIA_SWARM_VERSION, error);
    if (now.status == DIA_OK)
        read_all(&now, made, lean);
    if (now.status != DIA_OK) {
        dia_swarm_close(made);
        return now.status;
    }
    *swarm = made;
    return DIA_OK;
}

dia_status dia_swarm_open(dia_swarm **swarm, const char *path, dia_error *error)
{
    return open_swarm(swarm, path, false, error);
}

dia_status dia_swarm_open_lean(dia_swarm **swarm, const char *path, dia_error *error)
{
    return open_swarm(swarm, path, true, error);
}

/* The pointer at this offset of a swarm. */
static void free_member(const dia_swarm *swarm, size_t member)
{
    void *owned;
    memcpy(&owned, (const char *)swarm + member, sizeof owned);
    free(owned);
}

void dia_swarm_close(dia_swarm *swarm)
{
    if (swarm == NULL)
        return;
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL; d++)
        if (d->flags & DIA_HELD)
            free_member(swarm, d->member);
    for (const dia_swarm_text *t = dia_swarm_texts; t->name != NULL; t++)
        free_member(swarm, t->member);
    free_member(swarm, offsetof(dia_swarm, hops.row));
    free_member(swarm, offsetof(dia_swarm, path));
    if (swarm->file != NULL)
        dia_store_close(&swarm->file->store);
    free(swarm->file);
    free(swarm);
}

/* ---- rows ------------------------------------------------------------------------------------ */

size_t dia_swarm_row_size(const dia_swarm *swarm, const char *name)
{
    size_t dims[8], width;
    const dia_swarm_dataset *d = dia_swarm_dataset_find(name);
    if (d == NULL || !dia_store_has(swarm->file->store, name))
        return 0;
    dia_swarm_shape(swarm, d, dims, &width);
    return width;
}

int64_t dia_swarm_slab(const dia_swarm *swarm, size_t row_size)
{
    const size_t fit = SLAB / ((row_size > 0 ? row_size : 1) * sizeof(double));
    return fit < 1 ? 1 : fit > (size_t)swarm->N ? swarm->N : (int64_t)fit;
}

dia_status dia_swarm_rows(const dia_swarm *swarm, const char *name, int64_t first, int64_t count, double *values,
                          dia_error *error)
{
    size_t dims[8], width;
    const dia_swarm_dataset *d = dia_swarm_dataset_find(name);
    if (d == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: there are no rows of '%s' in a swarm file", swarm->path,
                             name);
    const int rank = dia_swarm_shape(swarm, d, dims, &width);
    if (first < 0 || count < 0 || count > (int64_t)dims[0] || first > (int64_t)dims[0] - count)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: dataset '%s': rows %lld to %lld asked for, it holds %zu",
                             swarm->path, name, (long long)first, (long long)(first + count - 1), dims[0]);
    if (!dia_store_has(swarm->file->store, name) && d->shape[0] == 'N')
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: holds no '%s'; fly the swarm with output.trajectories: true",
                             swarm->path, name);
    dia_reading now = {.swarm = swarm, .error = error};
    now.status = dia_store_read_rows(swarm->file->store, name, DIA_NUMBER_REAL, rank, dims, (size_t)first,
                                     (size_t)count, values, error);
    dia_reading_check_values(&now, d, DIA_NUMBER_REAL, (size_t)first, (size_t)count, width, values);
    dia_reading_check_samples(&now, d, first, count, values);
    return now.status;
}

dia_status dia_swarm_molecule(const dia_swarm *swarm, dia_molecule *molecule, dia_error *error)
{
    dia_status status = dia_molecule_init(molecule, swarm->natom, swarm->dimension, swarm->numbers, error);
    if (status != DIA_OK)
        return status;
    memcpy(molecule->masses, swarm->masses, (size_t)swarm->natom * sizeof *swarm->masses);
    memcpy(molecule->reference, swarm->reference, (size_t)molecule->ncart * sizeof *swarm->reference);
    return DIA_OK;
}

dia_status dia_swarm_check(const dia_swarm *swarm, const char *name, int64_t first, int64_t count, dia_error *error)
{
    const size_t width = dia_swarm_row_size(swarm, name);
    const int64_t slab = dia_swarm_slab(swarm, width);
    double *values = dia_allocate((size_t)slab * width + 1, sizeof *values);
    dia_status status = DIA_OK;
    if (values == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory to check '%s'", swarm->path, name);
    for (int64_t j = 0; j < count && status == DIA_OK; j += slab)
        status = dia_swarm_rows(swarm, name, first + j, count - j < slab ? count - j : slab, values, error);
    free(values);
    return status;
}

dia_status dia_swarm_active(const dia_swarm *swarm, int64_t first, int64_t count, int8_t *states, dia_error *error)
{
    static const char name[] = "trajectories/active";
    const size_t dims[2] = {(size_t)swarm->N, (size_t)swarm->T};
    dia_reading now = {.swarm = swarm, .error = error};
    now.status = dia_store_read_rows(swarm->file->store, name, DIA_NUMBER_INT8, 2, dims, (size_t)first, (size_t)count,
                                     states, error);
    dia_reading_check_values(&now, dia_swarm_dataset_find(name), DIA_NUMBER_INT8, (size_t)first, (size_t)count, dims[1],
                             states);
    return now.status;
}

dia_status dia_swarm_window(const dia_swarm *swarm, const char *name, size_t first, size_t count, size_t start,
                            size_t samples, void *values, dia_error *error)
{
    size_t dims[8], width;
    const dia_swarm_dataset *d = dia_swarm_dataset_find(name);
    const int rank = dia_swarm_shape(swarm, d, dims, &width);
    return dia_store_read_part(swarm->file->store, name, d->number, rank, dims, 2, (const size_t[]){first, start},
                               (const size_t[]){count, samples}, values, error);
}

dia_status dia_swarm_copy(const dia_swarm *swarm, const char *name, size_t first, size_t count, void *values,
                          dia_error *error)
{
    size_t dims[8], width;
    const dia_swarm_dataset *d = dia_swarm_dataset_find(name);
    const int rank = dia_swarm_shape(swarm, d, dims, &width);
    return dia_store_read_part(swarm->file->store, name, d->number, rank, dims, 1, &first, &count, values, error);
}

void dia_swarm_release(const dia_swarm *swarm)
{
    (void)dia_store_release(swarm->file->store); /* read only: nothing is written */
}
