/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "diabolo/swarm.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "swarm/names.h"
#include "store/store.h"

static const struct {
    bool counts;
    const char *word, *text;
} fates[DIA_FATES] = {
#define X(name, number, counts, word, text) [number] = {counts, word, text},
    DIA_FATE_LIST(X)
#undef X
};

static bool is_fate(int fate)
{
    return fate >= 0 && fate < DIA_FATES;
}

const char *dia_fate_word(int fate)
{
    return is_fate(fate) ? fates[fate].word : "unknown";
}

const char *dia_fate_text(int fate)
{
    return is_fate(fate) ? fates[fate].text : "unknown";
}

bool dia_fate_counts(int fate)
{
    return is_fate(fate) && fates[fate].counts;
}

struct dia_swarm_file {
    dia_store *store;
    dia_arena *arena;
};

/* Reads on after an earlier failure are skipped, so that a list of reads needs one check. */
typedef struct reading {
    dia_swarm *swarm;
    dia_error *error;
    dia_status status;
} reading;

static const void *read_array(reading *now, const char *name, dia_number number, int rank, const size_t *dims)
{
    if (now->status != DIA_OK)
        return NULL;
    size_t count = 1;
    for (int i = 0; i < rank; i++)
        count *= dims[i];
    void *values = dia_arena_get(now->swarm->file->arena, (count > 0 ? count : 1) * sizeof(double));
    if (values == NULL)
        now->status = dia_error_set(now->error, DIA_ERROR_MEMORY, "%s: no memory to read '%s'", now->swarm->path, name);
    else if (count > 0)
        now->status = dia_store_read(now->swarm->file->store, name, number, rank, dims, values, now->error);
    return values;
}

static const char *read_text(reading *now, const char *name)
{
    char *text = NULL;
    if (now->status == DIA_OK)
        now->status = dia_store_attribute_text(now->swarm->file->store, "", name, &text, now->error);
    if (now->status != DIA_OK)
        return NULL;
    const char *kept = dia_arena_text(now->swarm->file->arena, text);
    free(text);
    if (kept == NULL)
        now->status = dia_error_set(now->error, DIA_ERROR_MEMORY, "%s: no memory to read '%s'", now->swarm->path, name);
    return kept;
}

static int64_t read_integer(reading *now, const char *name)
{
    int64_t value = 0;
    if (now->status == DIA_OK)
        now->status = dia_store_attribute_int(now->swarm->file->store, "", name, &value, now->error);
    return value;
}

/* Extents of a dataset that must have this rank. */
static void read_shape(reading *now, const char *name, int rank, size_t dims[8])
{
    int found;
    if (now->status == DIA_OK)
        now->status = dia_store_shape(now->swarm->file->store, name, &found, dims, now->error);
    if (now->status == DIA_OK && found != rank)
        now->status = dia_error_set(now->error, DIA_ERROR_FILE, "%s: '%s' has %d dimensions, expected %d",
                                    now->swarm->path, name, found, rank);
}

static void read_attributes(reading *now)
{
    dia_swarm *swarm = now->swarm;
    swarm->input = read_text(now, "input");
    swarm->resolved = read_text(now, "resolved");
    swarm->model_path = read_text(now, "model_path");
    swarm->model_type = read_text(now, "model_type");
    swarm->model_digest = read_text(now, "model_digest");
    swarm->initial_digest = read_text(now, "initial_digest");
    swarm->program_version = read_text(now, "program_version");
    swarm->program_commit = read_text(now, "program_commit");
    swarm->digest = read_text(now, "digest");
    swarm->method = read_text(now, "method");
    swarm->seed = read_integer(now, "seed");
    swarm->excluded = read_integer(now, "excluded");
    if (now->status == DIA_OK)
        now->status = dia_store_attribute_real(swarm->file->store, "", "timestep", &swarm->timestep, now->error);
}

static void read_hops(reading *now, dia_swarm_hops *hops)
{
    const size_t vector[2] = {(size_t)now->swarm->natom, (size_t)now->swarm->dimension};
    size_t dims[8] = {0};
    read_shape(now, "hops/trajectory", 1, dims);
    hops->count = (int64_t)dims[0];
    hops->trajectory = read_array(now, "hops/trajectory", DIA_NUMBER_INT64, 1, dims);
    hops->time = read_array(now, "hops/time", DIA_NUMBER_REAL, 1, dims);
    hops->from = read_array(now, "hops/from", DIA_NUMBER_INT8, 1, dims);
    hops->to = read_array(now, "hops/to", DIA_NUMBER_INT8, 1, dims);
    hops->accepted = read_array(now, "hops/accepted", DIA_NUMBER_INT8, 1, dims);
    hops->gap = read_array(now, "hops/gap", DIA_NUMBER_REAL, 1, dims);
    hops->kinetic_before = read_array(now, "hops/kinetic_before", DIA_NUMBER_REAL, 1, dims);
    hops->kinetic_after = read_array(now, "hops/kinetic_after", DIA_NUMBER_REAL, 1, dims);
    memcpy(dims + 1, vector, sizeof vector);
    hops->position = read_array(now, "hops/position", DIA_NUMBER_REAL, 3, dims);
    if (now->status == DIA_OK && dia_store_has(now->swarm->file->store, "hops/velocity"))
        hops->velocity = read_array(now, "hops/velocity", DIA_NUMBER_REAL, 3, dims);
}

static void read_arrays(reading *now)
{
    dia_swarm *swarm = now->swarm;
    size_t reference[8] = {0}, populations[8] = {0}, rows[8] = {0};
    read_shape(now, "molecule/reference", 2, reference);
    read_shape(now, "populations/active", 2, populations);
    read_shape(now, "trajectories/active", 2, rows);
    swarm->natom = (int)reference[0];
    swarm->dimension = (int)reference[1];
    swarm->T = (int64_t)populations[0];
    swarm->nstate = (int)populations[1];
    swarm->N = (int64_t)rows[0];
    swarm->numbers = read_array(now, "molecule/numbers", DIA_NUMBER_INT, 1, reference);
    swarm->masses = read_array(now, "molecule/masses", DIA_NUMBER_REAL, 1, reference);
    swarm->reference = read_array(now, "molecule/reference", DIA_NUMBER_REAL, 2, reference);
    swarm->time = read_array(now, "time", DIA_NUMBER_REAL, 1, populations);
    swarm->active = read_array(now, "populations/active", DIA_NUMBER_REAL, 2, populations);
    swarm->electronic = read_array(now, "populations/electronic", DIA_NUMBER_REAL, 2, populations);
    swarm->diabatic = read_array(now, "populations/diabatic", DIA_NUMBER_REAL, 2, populations);
    swarm->active_error = read_array(now, "populations/active_error", DIA_NUMBER_REAL, 2, populations);
    swarm->electronic_error = read_array(now, "populations/electronic_error", DIA_NUMBER_REAL, 2, populations);
    swarm->diabatic_error = read_array(now, "populations/diabatic_error", DIA_NUMBER_REAL, 2, populations);
    swarm->number = read_array(now, "trajectories/number", DIA_NUMBER_INT64, 1, rows);
    swarm->fate = read_array(now, "trajectories/fate", DIA_NUMBER_INT8, 1, rows);
    swarm->end = read_array(now, "trajectories/end", DIA_NUMBER_REAL, 1, rows);
    swarm->drift = read_array(now, "trajectories/drift", DIA_NUMBER_REAL, 1, rows);
    swarm->initial_state = read_array(now, "initial/state", DIA_NUMBER_INT8, 1, rows);
    swarm->weight = read_array(now, "initial/weight", DIA_NUMBER_REAL, 1, rows);
}

dia_status dia_swarm_open(dia_swarm **swarm, const char *path, dia_error *error)
{
    *swarm = NULL;
    dia_arena *arena = dia_arena_create();
    dia_swarm *made = arena != NULL ? dia_arena_get(arena, sizeof *made) : NULL;
    struct dia_swarm_file *file = made != NULL ? dia_arena_get(arena, sizeof *file) : NULL;
    if (file == NULL) {
        dia_arena_free(arena);
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory to read a swarm", path);
    }
    made->file = file;
    file->arena = arena;
    made->path = dia_arena_text(arena, path);
    reading now = {.swarm = made, .error = error, .status = dia_store_open(&file->store, path, error)};
    if (now.status == DIA_OK)
        now.status = dia_store_expect(file->store, DIA_SWARM_FORMAT, DIA_SWARM_VERSION, error);
    read_attributes(&now);
    read_arrays(&now);
    read_hops(&now, &made->hops);
    made->full = now.status == DIA_OK && dia_store_has(file->store, "trajectories/position");
    if (now.status != DIA_OK) {
        dia_swarm_close(made);
        return now.status;
    }
    *swarm = made;
    return DIA_OK;
}

void dia_swarm_close(dia_swarm *swarm)
{
    if (swarm == NULL)
        return;
    dia_store_close(&swarm->file->store);
    dia_arena_free(swarm->file->arena); /* swarm itself is in it */
}

size_t dia_swarm_row_size(const dia_swarm *swarm, const char *name)
{
    int rank;
    size_t dims[8], size = 1;
    if (!dia_store_has(swarm->file->store, name) ||
        dia_store_shape(swarm->file->store, name, &rank, dims, NULL) != DIA_OK)
        return 0;
    for (int i = 1; i < rank; i++)
        size *= dims[i];
    return size;
}

dia_status dia_swarm_rows(const dia_swarm *swarm, const char *name, int64_t first, int64_t count, double *values,
                          dia_error *error)
{
    int rank;
    size_t dims[8];
    dia_status status = dia_store_shape(swarm->file->store, name, &rank, dims, error);
    if (status == DIA_OK && (first < 0 || count < 0 || first + count > swarm->N))
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: trajectories %lld to %lld asked for, it holds %lld",
                               swarm->path, (long long)first, (long long)(first + count - 1), (long long)swarm->N);
    if (status == DIA_OK)
        status = dia_store_read_rows(swarm->file->store, name, DIA_NUMBER_REAL, rank, dims, (size_t)first,
                                     (size_t)count, values, error);
    return status;
}
