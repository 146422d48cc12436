/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "store/store.h"

/* Shape of `positions`, `energies`: everything else must agree with them. */
static dia_status read_extents(const dia_store *store, dia_dataset *data, dia_error *error)
{
    size_t dims[8] = {0};
    int rank = 0;
    dia_status status = dia_store_shape(store, "positions", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    if (rank != 3 || dims[2] != 3 || dims[0] < 1 || dims[1] < 1 || dims[0] > 50000000 || dims[1] > 10000)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: dataset 'positions' has %d dimensions, the last %zu; expected (npoint, natom, 3)",
                             dia_store_path(store), rank, rank > 0 ? dims[rank - 1] : 0);
    data->npoint = (int)dims[0];
    data->natom = (int)dims[1];
    data->ncart = 3 * data->natom;
    status = dia_store_shape(store, "energies", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    if (rank != 2 || dims[0] != (size_t)data->npoint || dims[1] < 1 || dims[1] > DIA_LOSS_STATES)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: dataset 'energies' is (%zu, %zu); expected (%d, 1 to %d states)",
                             dia_store_path(store), dims[0], rank > 1 ? dims[1] : 0, data->npoint, DIA_LOSS_STATES);
    data->nstate = (int)dims[1];
    data->npair = data->nstate * (data->nstate - 1) / 2;
    return DIA_OK;
}

static double *missing(size_t count)
{
    double *values = dia_allocate(count > 0 ? count : 1, sizeof *values);
    for (size_t i = 0; values != NULL && i < count; i++)
        values[i] = NAN;
    return values;
}

static dia_status read_labels(const dia_store *store, dia_dataset *data, dia_error *error)
{
    const size_t n = (size_t)data->npoint, ns = (size_t)data->nstate, na = (size_t)data->natom,
                 np = (size_t)data->npair;
    data->numbers = calloc(na, sizeof *data->numbers);
    data->R = dia_allocate(n * na * 3, sizeof *data->R);
    data->energy = dia_allocate(n * ns, sizeof *data->energy);
    data->gradient = missing(n * ns * na * 3);
    data->coupling = missing(n * np * na * 3);
    if (data->numbers == NULL || data->R == NULL || data->energy == NULL || data->gradient == NULL ||
        data->coupling == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for %zu points", dia_store_path(store), n);
    dia_status status = dia_store_read(store, "numbers", DIA_NUMBER_INT, 1, (const size_t[]){na}, data->numbers, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "positions", DIA_NUMBER_REAL, 3, (const size_t[]){n, na, 3}, data->R, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "energies", DIA_NUMBER_REAL, 2, (const size_t[]){n, ns}, data->energy, error);
    if (status == DIA_OK && dia_store_has(store, "gradients"))
        status = dia_store_read(store, "gradients", DIA_NUMBER_REAL, 4, (const size_t[]){n, ns, na, 3}, data->gradient,
                                error);
    if (status == DIA_OK && np > 0 && dia_store_has(store, "couplings"))
        status = dia_store_read(store, "couplings", DIA_NUMBER_REAL, 4, (const size_t[]){n, np, na, 3}, data->coupling,
                                error);
    return status;
}

static dia_status read_groups(const dia_store *store, dia_dataset *data, dia_error *error)
{
    const size_t n = (size_t)data->npoint;
    data->group = calloc(n, sizeof *data->group);
    if (data->group == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for groups", dia_store_path(store));
    data->ngroup = 1;
    if (!dia_store_has(store, "group"))
        return DIA_OK;
    dia_status status = dia_store_read_texts(store, "group", n, &data->group_text, error);
    if (status != DIA_OK)
        return status;
    data->group_name = calloc(n, sizeof *data->group_name);
    if (data->group_name == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for groups", dia_store_path(store));
    data->ngroup = 0;
    for (size_t b = 0; b < n; b++) {
        int g = 0;
        while (g < data->ngroup && strcmp(data->group_name[g], data->group_text[b]) != 0)
            g++;
        if (g == data->ngroup)
            data->group_name[data->ngroup++] = data->group_text[b];
        data->group[b] = g;
    }
    return DIA_OK;
}

static dia_status read_attributes(const dia_store *store, dia_dataset *data, dia_error *error)
{
    char **const texts[] = {&data->level_of_theory, &data->licence, &data->source};
    const char *const names[] = {"level_of_theory", "licence", "source"};
    dia_status status = DIA_OK;
    for (int i = 0; i < 3 && status == DIA_OK; i++)
        if (dia_store_has_attribute(store, "", names[i]))
            status = dia_store_attribute_text(store, "", names[i], texts[i], error);
    return status;
}

static dia_status check(const dia_store *store, dia_dataset *data, dia_error *error)
{
    data->lowest = INFINITY;
    for (int b = 0; b < data->npoint; b++) {
        for (int c = 0; c < data->ncart; c++)
            if (!isfinite(data->R[b * data->ncart + c]))
                return dia_error_set(error, DIA_ERROR_INPUT,
                                     "%s: dataset 'positions' holds a number that is not finite at point %d, atom %d; "
                                     "remove that point",
                                     dia_store_path(store), b, c / 3);
        int known = 0;
        for (int k = 0; k < data->nstate; k++) {
            const double *e = data->energy + b * data->nstate;
            if (isinf(e[k]))
                return dia_error_set(
                    error, DIA_ERROR_INPUT,
                    "%s: dataset 'energies' is infinite at point %d, state %d; write NaN for a missing "
                    "energy",
                    dia_store_path(store), b, k);
            known += !isnan(e[k]);
            if (k > 0 && e[k] < e[k - 1])
                return dia_error_set(
                    error, DIA_ERROR_INPUT,
                    "%s: the energies of point %d are not in ascending order (state %d: %.8f, state %d: "
                    "%.8f hartree); sort the states of that point",
                    dia_store_path(store), b, k - 1, e[k - 1], k, e[k]);
            data->lowest = fmin(data->lowest, e[k]); /* fmin ignores NaN */
        }
        if (known == 0)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "%s: point %d has no energy at all (NaN in every state); remove it",
                                 dia_store_path(store), b);
    }
    return DIA_OK;
}

dia_status dia_dataset_load(dia_dataset *data, const char *path, dia_error *error)
{
    memset(data, 0, sizeof *data);
    dia_store *store = NULL;
    dia_status status = dia_digest_file(path, data->digest, error);
    if (status == DIA_OK)
        status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect(store, "diabolo-dataset", 1, error);
    if (status == DIA_OK)
        status = read_extents(store, data, error);
    if (status == DIA_OK)
        status = read_labels(store, data, error);
    if (status == DIA_OK)
        status = read_groups(store, data, error);
    if (status == DIA_OK)
        status = read_attributes(store, data, error);
    if (status == DIA_OK)
        status = check(store, data, error);
    dia_store_close(&store);
    if (status != DIA_OK)
        dia_dataset_free(data);
    return status;
}

void dia_dataset_free(dia_dataset *data)
{
    free(data->numbers);
    free(data->R);
    free(data->energy);
    free(data->gradient);
    free(data->coupling);
    free(data->group);
    free(data->group_name);
    free(data->group_text);
    free(data->level_of_theory);
    free(data->licence);
    free(data->source);
    memset(data, 0, sizeof *data);
}

dia_label dia_dataset_label(const dia_dataset *data, int b)
{
    return (dia_label){.energy = data->energy + (size_t)b * (size_t)data->nstate,
                       .gradient = data->gradient + (size_t)b * (size_t)(data->nstate * data->ncart),
                       .coupling = data->coupling + (size_t)b * (size_t)(data->npair * data->ncart)};
}

/* A random order of the n numbers in order (Fisher-Yates, counter-based numbers). */
static void shuffle(int n, uint64_t seed, int *order)
{
    for (int i = n - 1; i > 0; i--) {
        const int j = (int)dia_rng_integer(seed, 0, 0, DIA_PURPOSE_SHUFFLE, (uint32_t)i, (uint64_t)i + 1);
        const int swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}

/* Marks single eligible points at random until `wanted` are taken. */
static void take_points(const dia_dataset *data, int wanted, uint64_t seed, const bool *eligible, int *units,
                        char *taken)
{
    int n = 0;
    for (int b = 0; b < data->npoint; b++)
        if (eligible == NULL || eligible[b])
            units[n++] = b;
    shuffle(n, seed, units);
    for (int i = 0; i < wanted && i < n; i++)
        taken[units[i]] = 1;
}

/* Marks whole groups at random until `wanted` points are taken, passing over a group that would make it half as many
 * again. Returns how many points. */
static int take_groups(const dia_dataset *data, int wanted, uint64_t seed, const bool *eligible, int *units,
                       char *taken)
{
    int count = 0;
    for (int g = 0; g < data->ngroup; g++)
        units[g] = g;
    shuffle(data->ngroup, seed, units);
    for (int i = 0; i < data->ngroup && count < wanted; i++) {
        int size = 0;
        for (int b = 0; b < data->npoint; b++)
            size += data->group[b] == units[i] && (eligible == NULL || eligible[b]);
        if (2 * (count + size) > 3 * wanted)
            continue;
        for (int b = 0; b < data->npoint; b++)
            if (data->group[b] == units[i] && (eligible == NULL || eligible[b]))
                taken[b] = 1;
        count += size;
    }
    return count;
}

dia_status dia_dataset_split(const dia_dataset *data, double fraction, uint64_t seed, bool by_group,
                             const bool *eligible, int *ntrain, int *train, int *nvalidation, int *validation)
{
    char *taken = calloc((size_t)data->npoint, 1);
    int *units = calloc((size_t)data->npoint, sizeof *units), npoint = 0;
    if (taken == NULL || units == NULL) {
        free(taken);
        free(units);
        return DIA_ERROR_MEMORY;
    }
    for (int b = 0; b < data->npoint; b++)
        npoint += eligible == NULL || eligible[b];
    const int wanted = (int)lround(fraction * npoint);
    if (!by_group || take_groups(data, wanted, seed, eligible, units, taken) == 0)
        take_points(data, wanted, seed, eligible, units, taken);
    *ntrain = *nvalidation = 0;
    for (int b = 0; b < data->npoint; b++)
        if (taken[b])
            validation[(*nvalidation)++] = b;
        else
            train[(*ntrain)++] = b;
    free(taken);
    free(units);
    return DIA_OK;
}
