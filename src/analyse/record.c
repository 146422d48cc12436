/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/record.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

const char *const dia_population_names[DIA_POPULATION_KINDS] = {"active", "electronic", "diabatic"};
const char *const dia_discarded_names[DIA_DISCARDED_WAYS] = {"leave_out", "until_end", "as_is"};
enum { SWARM_VERSION = 1, STATES_MAX = 127 }; /* states are int8 */

static void *room(size_t count, size_t size, dia_error *error)
{
    void *p = dia_allocate(count > 0 ? count : 1, size);
    if (p == NULL)
        dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu numbers", count);
    return p;
}

/* Reads a whole dataset into new memory, which the record owns; NULL on failure. */
static void *read_new(const dia_record *record, const char *name, dia_number number, size_t size, int rank,
                      const size_t *dims, dia_error *error)
{
    size_t count = 1;
    for (int d = 0; d < rank; d++)
        count *= dims[d];
    void *values = room(count, size, error);
    if (values == NULL)
        return NULL;
    if (dia_store_read(record->store, name, number, rank, dims, values, error) != DIA_OK) {
        free(values);
        return NULL;
    }
    return values;
}

static double *read_reals(const dia_record *record, const char *name, int rank, const size_t *dims, dia_error *error)
{
    return read_new(record, name, DIA_NUMBER_REAL, sizeof(double), rank, dims, error);
}

static int8_t *read_int8s(const dia_record *record, const char *name, int rank, const size_t *dims, dia_error *error)
{
    return read_new(record, name, DIA_NUMBER_INT8, sizeof(int8_t), rank, dims, error);
}

static dia_status mistake(const dia_record *record, dia_error *error, const char *dataset, size_t row,
                          const char *found, const char *expected)
{
    return dia_error_set(
        error, DIA_ERROR_FILE,
        "%s: dataset '%s', entry %zu: found %s, expected %s; the file is damaged or was not written by diabolo run",
        dia_store_path(record->store), dataset, row, found, expected);
}

/* Extents from the two datasets that everything else must agree with. */
static dia_status read_extents(dia_record *record, dia_error *error)
{
    static const struct {
        const char *name;
        int rank;
    } wanted[] = {{"time", 1}, {"populations/active", 2}, {"trajectories/active", 2}, {"hops/time", 1}};
    size_t dims[4][8] = {{0}};
    for (int i = 0; i < 4; i++) {
        int rank = 0;
        dia_status status = dia_store_shape(record->store, wanted[i].name, &rank, dims[i], error);
        if (status != DIA_OK)
            return status;
        if (rank != wanted[i].rank)
            return dia_error_set(error, DIA_ERROR_FILE, "%s: dataset '%s' has %d dimensions, expected %d",
                                 dia_store_path(record->store), wanted[i].name, rank, wanted[i].rank);
        for (int d = 0; d < rank; d++)
            if (dims[i][d] > INT_MAX)
                return dia_error_set(error, DIA_ERROR_UNSUPPORTED, "%s: dataset '%s' is too long (%zu)",
                                     dia_store_path(record->store), wanted[i].name, dims[i][d]);
    }
    record->ntime = (int)dims[0][0];
    record->nstate = (int)dims[1][1];
    record->ntrajectory = (int)dims[2][0];
    record->nhop = (int)dims[3][0];
    if (record->ntime < 1 || record->nstate < 1 || record->nstate > STATES_MAX || record->ntrajectory < 1)
        return dia_error_set(
            error, DIA_ERROR_FILE,
            "%s: %d samples of %d states of %d trajectories; expected at least one of each and at most %d "
            "states",
            dia_store_path(record->store), record->ntime, record->nstate, record->ntrajectory, STATES_MAX);
    return DIA_OK;
}

static dia_status read_head(dia_record *record, dia_error *error)
{
    const dia_store *store = record->store;
    char *version = NULL;
    dia_status status = dia_store_attribute_text(store, "", "model_type", &record->model_type, error);
    if (status == DIA_OK)
        status = dia_store_attribute_text(store, "", "model_path", &record->model_path, error);
    if (status == DIA_OK)
        status = dia_store_attribute_text(store, "", "method", &record->method, error);
    if (status == DIA_OK)
        status = dia_store_attribute_text(store, "", "program_version", &version, error);
    record->program = version;
    if (status == DIA_OK)
        status = dia_store_attribute_int(store, "", "seed", &record->seed, error);
    if (status == DIA_OK)
        status = dia_store_attribute_real(store, "", "timestep", &record->timestep, error);
    return status;
}

static dia_status read_populations(dia_record *record, dia_error *error)
{
    const size_t dims[2] = {(size_t)record->ntime, (size_t)record->nstate};
    record->time = read_reals(record, "time", 1, dims, error);
    if (record->time == NULL)
        return error->status;
    for (int i = 0; i < record->ntime; i++)
        if (!isfinite(record->time[i]) || (i > 0 && record->time[i] <= record->time[i - 1]))
            return mistake(record, error, "time", (size_t)i, "a time that is not after the one before",
                           "ascending times");
    for (int kind = 0; kind < DIA_POPULATION_KINDS; kind++) {
        char name[64];
        snprintf(name, sizeof name, "populations/%s", dia_population_names[kind]);
        record->population[kind] = read_reals(record, name, 2, dims, error);
        snprintf(name, sizeof name, "populations/%s_error", dia_population_names[kind]);
        record->error[kind] = read_reals(record, name, 2, dims, error);
        if (record->population[kind] == NULL || record->error[kind] == NULL)
            return error->status;
    }
    return DIA_OK;
}

static dia_status check_states(const dia_record *record, const char *dataset, size_t n, const int8_t *states, int count,
                               dia_error *error)
{
    for (size_t i = 0; i < n; i++)
        if (states[i] < 0 || states[i] >= count) {
            char found[32], expected[64];
            snprintf(found, sizeof found, "%d", states[i]);
            snprintf(expected, sizeof expected, "0 to %d", count - 1);
            return mistake(record, error, dataset, i, found, expected);
        }
    return DIA_OK;
}

static dia_status read_trajectories(dia_record *record, dia_error *error)
{
    const size_t n = (size_t)record->ntrajectory, t = (size_t)record->ntime;
    const size_t dims[2] = {n, t};
    record->number = read_new(record, "trajectories/number", DIA_NUMBER_INT64, sizeof(int64_t), 1, dims, error);
    record->active = read_int8s(record, "trajectories/active", 2, dims, error);
    record->fate = read_int8s(record, "trajectories/fate", 1, dims, error);
    record->end = read_reals(record, "trajectories/end", 1, dims, error);
    record->start = read_int8s(record, "initial/state", 1, dims, error);
    record->weight = read_reals(record, "initial/weight", 1, dims, error);
    record->given = room(n, sizeof *record->given, error);
    if (error->status != DIA_OK)
        return error->status;
    memcpy(record->given, record->weight, n * sizeof *record->given);
    record->has_amplitudes = dia_store_has(record->store, "trajectories/amplitudes");
    record->has_energies = dia_store_has(record->store, "trajectories/energies");
    dia_status status = check_states(record, "trajectories/active", n * t, record->active, record->nstate, error);
    if (status == DIA_OK)
        status = check_states(record, "initial/state", n, record->start, record->nstate, error);
    if (status == DIA_OK)
        status = check_states(record, "trajectories/fate", n, record->fate, DIA_FATES, error);
    for (size_t j = 0; j < n && status == DIA_OK; j++) {
        if (!(record->weight[j] >= 0) || !isfinite(record->weight[j]))
            status =
                mistake(record, error, "initial/weight", j, "a negative or infinite weight", "a weight of 0 or more");
        if (!dia_fate_counts(record->fate[j]))
            record->weight[j] = 0;
        record->ncounted += record->weight[j] > 0;
    }
    return status;
}

typedef struct numbered {
    int64_t number;
    int row;
} numbered;

static int by_number(const void *a, const void *b)
{
    const numbered *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* The rows of the trajectories that hopped: the file names them by their number in the swarm. */
static dia_status find_rows(dia_record *record, const int64_t *hopped, dia_error *error)
{
    const size_t n = (size_t)record->ntrajectory;
    numbered *index = room(n, sizeof *index, error);
    record->hop_row = room((size_t)record->nhop, sizeof(int), error);
    if (index == NULL || record->hop_row == NULL) {
        free(index);
        return error->status;
    }
    for (size_t j = 0; j < n; j++)
        index[j] = (numbered){.number = record->number[j], .row = (int)j};
    qsort(index, n, sizeof *index, by_number);
    dia_status status = DIA_OK;
    for (int k = 0; k < record->nhop && status == DIA_OK; k++) {
        const numbered key = {.number = hopped[k]};
        const numbered *found = bsearch(&key, index, n, sizeof *index, by_number);
        if (found == NULL) {
            char text[32];
            snprintf(text, sizeof text, "%" PRId64, hopped[k]);
            status = mistake(record, error, "hops/trajectory", (size_t)k, text, "a number of /trajectories/number");
        } else {
            record->hop_row[k] = found->row;
        }
    }
    free(index);
    return status;
}

static dia_status read_hops(dia_record *record, dia_error *error)
{
    const size_t k = (size_t)record->nhop;
    int64_t *hopped = read_new(record, "hops/trajectory", DIA_NUMBER_INT64, sizeof(int64_t), 1, &k, error);
    record->hop_time = read_reals(record, "hops/time", 1, &k, error);
    record->hop_gap = read_reals(record, "hops/gap", 1, &k, error);
    record->hop_from = read_int8s(record, "hops/from", 1, &k, error);
    record->hop_to = read_int8s(record, "hops/to", 1, &k, error);
    record->hop_accepted = read_int8s(record, "hops/accepted", 1, &k, error);
    dia_status status = error->status;
    if (status == DIA_OK)
        status = check_states(record, "hops/from", k, record->hop_from, record->nstate, error);
    if (status == DIA_OK)
        status = check_states(record, "hops/to", k, record->hop_to, record->nstate, error);
    if (status == DIA_OK)
        status = check_states(record, "hops/accepted", k, record->hop_accepted, 2, error);
    if (status == DIA_OK)
        status = find_rows(record, hopped, error);
    free(hopped);
    return status;
}

dia_status dia_record_load(dia_record **record, const char *path, dia_error *error)
{
    dia_error own = {0}; /* the functions above return through it, so there must be one */
    if (error == NULL)
        error = &own;
    *record = calloc(1, sizeof **record);
    if (*record == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = dia_store_open(&(*record)->store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect((*record)->store, "diabolo-swarm", SWARM_VERSION, error);
    if (status == DIA_OK)
        status = read_head(*record, error);
    if (status == DIA_OK)
        status = read_extents(*record, error);
    if (status == DIA_OK)
        status = read_populations(*record, error);
    if (status == DIA_OK)
        status = read_trajectories(*record, error);
    if (status == DIA_OK)
        status = read_hops(*record, error);
    if (status != DIA_OK) {
        dia_record_free(*record);
        *record = NULL;
    }
    return status;
}

void dia_record_free(dia_record *record)
{
    if (record == NULL)
        return;
    if (record->store != NULL)
        dia_store_close(&record->store);
    for (int kind = 0; kind < DIA_POPULATION_KINDS; kind++) {
        free(record->population[kind]);
        free(record->error[kind]);
    }
    void *const owned[] = {record->model_type,   record->model_path, record->method,   record->program,
                           record->time,         record->number,     record->active,   record->fate,
                           record->start,        record->end,        record->weight,   record->hop_row,
                           record->hop_time,     record->hop_gap,    record->hop_from, record->hop_to,
                           record->hop_accepted, record->given};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        free(owned[i]);
    free(record);
}

const char *dia_record_left_out(const dia_record *record, int row)
{
    const int8_t fate = record->fate[row];
    return dia_fate_counts(fate) ? "weight 0" : dia_fate_text(fate);
}

double dia_record_weight(const dia_record *record, int row, dia_discarded discarded)
{
    return discarded == DIA_DISCARDED_LEAVE_OUT ? record->weight[row] : record->given[row];
}

bool dia_record_present(const dia_record *record, int row, int t, dia_discarded discarded)
{
    const double rounding = 1e-9; /* of times that are multiples of the time step */
    return discarded != DIA_DISCARDED_UNTIL_END || record->weight[row] > 0 ||
           record->time[t] <= record->end[row] + rounding;
}

dia_status dia_record_rows(const dia_record *record, const char *name, int ntail, const int *tail, int first, int count,
                           double *values, dia_error *error)
{
    char path[96];
    snprintf(path, sizeof path, "trajectories/%s", name);
    size_t dims[8] = {(size_t)record->ntrajectory, (size_t)record->ntime};
    for (int d = 0; d < ntail; d++)
        dims[2 + d] = (size_t)tail[d];
    return dia_store_read_rows(record->store, path, DIA_NUMBER_REAL, 2 + ntail, dims, (size_t)first, (size_t)count,
                               values, error);
}

int dia_record_slab(const dia_record *record, int width)
{
    const size_t bytes = (size_t)record->ntime * (size_t)width * sizeof(double);
    const size_t rows = ((size_t)8 << 20) / bytes;
    if (rows < 1)
        return 1;
    return rows > (size_t)record->ntrajectory ? record->ntrajectory : (int)rows;
}
