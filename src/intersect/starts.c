/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/starts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "molecule/xyz.h"

const char *const dia_start_source_names[DIA_START_SOURCES] = {"reference", "input", "file", "hop"};

enum { SWARM_VERSION = 1, HOPS_MAX = 100000000 };

void dia_starts_free(dia_starts *starts)
{
    free(starts->start);
    free(starts->R);
    *starts = (dia_starts){0};
}

static dia_status grow(dia_starts *starts, int room, dia_error *error)
{
    if (room <= starts->room)
        return DIA_OK;
    dia_start *start = realloc(starts->start, (size_t)room * sizeof *start);
    starts->start = start != NULL ? start : starts->start;
    double *R = realloc(starts->R, (size_t)room * (size_t)starts->ncart * sizeof *R);
    starts->R = R != NULL ? R : starts->R;
    if (start == NULL || R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d starting geometries", room);
    starts->room = room;
    return DIA_OK;
}

dia_status dia_starts_add(dia_starts *starts, int ncart, const dia_start *start, const double *R, dia_error *error)
{
    if (starts->n == 0)
        starts->ncart = ncart;
    dia_status status = starts->n < starts->room ? DIA_OK : grow(starts, starts->n < 8 ? 16 : 2 * starts->n, error);
    if (status != DIA_OK)
        return status;
    starts->start[starts->n] = *start;
    memcpy(starts->R + (size_t)starts->n * (size_t)ncart, R, (size_t)ncart * sizeof *R);
    starts->n++;
    return DIA_OK;
}

/* ---- files ----------------------------------------------------------------------------------- */

dia_status dia_starts_add_xyz(dia_starts *starts, const dia_molecule *molecule, const char *path, dia_error *error)
{
    dia_xyz xyz = {0};
    dia_status status = dia_xyz_read_for(&xyz, molecule, path, error);
    for (int f = 0; f < xyz.nframe && status == DIA_OK; f++) {
        const dia_start start = {
            .source = DIA_START_FILE, .index = f, .trajectory = -1, .time = NAN, .lower = -1, .upper = -1};
        status = dia_starts_add(starts, molecule->ncart, &start, xyz.R + (size_t)f * (size_t)molecule->ncart, error);
    }
    dia_xyz_free(&xyz);
    return status;
}

bool dia_starts_is_hdf5(const char *path)
{
    static const unsigned char signature[8] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    unsigned char found[8] = {0};
    FILE *file = fopen(path, "rb");
    const size_t n = file != NULL ? fread(found, 1, sizeof found, file) : 0;
    if (file != NULL)
        fclose(file);
    return n == sizeof found && memcmp(found, signature, sizeof found) == 0;
}

/* The molecule of the swarm is the model's. */
static dia_status check_molecule(const dia_store *store, const dia_molecule *molecule, dia_error *error)
{
    int rank = 0;
    size_t dims[8] = {0};
    dia_status status = dia_store_shape(store, "molecule/reference", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    if (rank != 2 || dims[0] < 1 || dims[0] > 1000000 || dims[1] < 1 || dims[1] > 3)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'molecule/reference': expected the shape (atoms, 3)",
                             dia_store_path(store));
    dia_molecule theirs = {0};
    int *numbers = calloc(dims[0], sizeof *numbers);
    if (numbers == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu atoms", dims[0]);
    status = dia_store_read(store, "molecule/numbers", DIA_NUMBER_INT, 1, dims, numbers, error);
    if (status == DIA_OK)
        status = dia_molecule_init(&theirs, (int)dims[0], (int)dims[1], numbers, error);
    if (status == DIA_OK) {
        status = dia_molecule_match(molecule, &theirs, error);
        if (status != DIA_OK)
            dia_error_prefix(error, "%s: a swarm of another molecule than the model's", dia_store_path(store));
    }
    free(numbers);
    dia_molecule_free(&theirs);
    return status;
}

typedef struct hops {
    size_t n;
    int64_t *trajectory;
    int8_t *from, *to, *accepted;
    double *time, *R;
} hops;

static void hops_free(hops *own)
{
    free(own->trajectory);
    free(own->from);
    free(own->to);
    free(own->accepted);
    free(own->time);
    free(own->R);
}

static dia_status hops_read(hops *own, const dia_store *store, const dia_molecule *molecule, dia_error *error)
{
    int rank = 0;
    size_t dims[8] = {0};
    dia_status status = dia_store_shape(store, "hops/position", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    const size_t shape[3] = {dims[0], (size_t)molecule->natom, (size_t)molecule->dimension};
    if (rank != 3 || dims[0] > HOPS_MAX || dims[1] != shape[1] || dims[2] != shape[2])
        return dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'hops/position': expected the shape (hops, %zu, %zu)",
                             dia_store_path(store), shape[1], shape[2]);
    own->n = dims[0];
    own->trajectory = calloc(own->n + 1, sizeof *own->trajectory);
    own->from = calloc(own->n + 1, 1);
    own->to = calloc(own->n + 1, 1);
    own->accepted = calloc(own->n + 1, 1);
    own->time = calloc(own->n + 1, sizeof *own->time);
    own->R = calloc(own->n + 1, (size_t)molecule->ncart * sizeof *own->R);
    if (own->trajectory == NULL || own->from == NULL || own->to == NULL || own->accepted == NULL || own->time == NULL ||
        own->R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu hops", own->n);
    status = dia_store_read(store, "hops/trajectory", DIA_NUMBER_INT64, 1, shape, own->trajectory, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "hops/from", DIA_NUMBER_INT8, 1, shape, own->from, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "hops/to", DIA_NUMBER_INT8, 1, shape, own->to, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "hops/accepted", DIA_NUMBER_INT8, 1, shape, own->accepted, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "hops/time", DIA_NUMBER_REAL, 1, shape, own->time, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "hops/position", DIA_NUMBER_REAL, 3, shape, own->R, error);
    return status;
}

static dia_status hops_check(const hops *own, const dia_store *store, int nstate, int ncart, dia_error *error)
{
    for (size_t k = 0; k < own->n; k++) {
        const int from = own->from[k], to = own->to[k];
        if (from < 0 || to < 0 || from == to)
            return dia_error_set(error, DIA_ERROR_FILE, "%s: hop %zu goes from S%d to S%d", dia_store_path(store), k,
                                 from, to);
        if (from >= nstate || to >= nstate)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "%s: hop %zu goes from S%d to S%d, and the model has only S0 to S%d: the swarm was "
                                 "flown on another model",
                                 dia_store_path(store), k, from, to, nstate - 1);
        for (int c = 0; c < ncart; c++)
            if (!isfinite(own->R[k * (size_t)ncart + (size_t)c]))
                return dia_error_set(error, DIA_ERROR_FILE,
                                     "%s: dataset 'hops/position', hop %zu: a coordinate that is not finite",
                                     dia_store_path(store), k);
    }
    return DIA_OK;
}

static dia_status hops_take(dia_starts *starts, const hops *own, const dia_store *store, int ncart,
                            dia_hop_choice choice, dia_error *error)
{
    static const char *const words[] = {"accepted ", "frustrated ", ""};
    int taken = 0;
    for (size_t k = 0; k < own->n; k++) {
        if (choice != DIA_HOPS_ALL && (own->accepted[k] == 1) != (choice == DIA_HOPS_ACCEPTED))
            continue;
        const bool up = own->to[k] > own->from[k];
        const dia_start start = {.source = DIA_START_HOP,
                                 .index = (int64_t)k,
                                 .trajectory = own->trajectory[k],
                                 .time = own->time[k],
                                 .lower = up ? own->from[k] : own->to[k],
                                 .upper = up ? own->to[k] : own->from[k]};
        dia_status status = dia_starts_add(starts, ncart, &start, own->R + k * (size_t)ncart, error);
        if (status != DIA_OK)
            return status;
        taken++;
    }
    if (taken == 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: the swarm holds no %shops (%zu in all) to start from",
                             dia_store_path(store), words[choice], own->n);
    return DIA_OK;
}

dia_status dia_starts_add_hops(dia_starts *starts, const dia_molecule *molecule, int nstate, const char *path,
                               dia_hop_choice choice, char digest[DIA_DIGEST_SIZE], dia_error *error)
{
    dia_store *store = NULL;
    hops own = {0};
    char *flown = NULL;
    dia_status status = dia_store_open(&store, path, error);
    if (status != DIA_OK)
        return status;
    status = dia_store_expect(store, "diabolo-swarm", SWARM_VERSION, error);
    if (status == DIA_OK)
        status = dia_store_attribute_text(store, "", "model_digest", &flown, error);
    if (status == DIA_OK)
        snprintf(digest, DIA_DIGEST_SIZE, "%s", flown);
    if (status == DIA_OK)
        status = check_molecule(store, molecule, error);
    if (status == DIA_OK)
        status = hops_read(&own, store, molecule, error);
    if (status == DIA_OK)
        status = hops_check(&own, store, nstate, molecule->ncart, error);
    if (status == DIA_OK)
        status = hops_take(starts, &own, store, molecule->ncart, choice, error);
    hops_free(&own);
    free(flown);
    dia_store_close(&store);
    return status;
}

/* ---- choice ---------------------------------------------------------------------------------- */

typedef struct keyed {
    double key;
    int row;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    return x->key != y->key ? (x->key > y->key) - (x->key < y->key) : (x->row > y->row) - (x->row < y->row);
}

/* rows (n): the hops of one pair. Marks `limit` of them. */
static void choose_random(const dia_starts *starts, int n, keyed *rows, int limit, uint64_t seed, bool *chosen)
{
    for (int k = 0; k < n; k++) {
        const dia_start *start = &starts->start[rows[k].row];
        rows[k].key = dia_rng_uniform(seed, (uint64_t)start->trajectory, (uint64_t)start->index, DIA_PURPOSE_START, 0);
    }
    qsort(rows, (size_t)n, sizeof *rows, by_key);
    for (int k = 0; k < limit; k++)
        chosen[rows[k].row] = true;
}

/* keys: distance to the nearest of those chosen (Gonzalez, Theor. Comput. Sci. 38, 293 (1985)). */
static void choose_farthest(const dia_starts *starts, int n, keyed *rows, int limit, const dia_match *match,
                            bool *chosen)
{
    int next = 0;
    for (int k = 0; k < n; k++)
        rows[k].key = INFINITY;
    for (int picked = 0; picked < limit; picked++) {
        const double *A = starts->R + (size_t)rows[next].row * (size_t)starts->ncart;
        chosen[rows[next].row] = true;
        rows[next].key = -1.0;
        int farthest = next;
        for (int k = 0; k < n; k++) {
            if (rows[k].key < 0)
                continue;
            const double d =
                dia_match_distance(match, A, starts->R + (size_t)rows[k].row * (size_t)starts->ncart, NULL);
            rows[k].key = d < rows[k].key ? d : rows[k].key;
            farthest = rows[k].key > rows[farthest].key ? k : farthest;
        }
        next = farthest;
    }
}

static void keep_chosen(dia_starts *starts, const bool *chosen)
{
    int n = 0;
    const size_t ncart = (size_t)starts->ncart;
    for (int i = 0; i < starts->n; i++) {
        if (!chosen[i])
            continue;
        starts->start[n] = starts->start[i];
        memmove(starts->R + (size_t)n * ncart, starts->R + (size_t)i * ncart, ncart * sizeof *starts->R);
        n++;
    }
    starts->n = n;
}

dia_status dia_starts_choose(dia_starts *starts, int limit, dia_start_choice choice, uint64_t seed,
                             const dia_match *match, dia_error *error)
{
    if (limit <= 0)
        return DIA_OK;
    bool *chosen = calloc((size_t)starts->n + 1, sizeof *chosen), *seen = calloc((size_t)starts->n + 1, sizeof *seen);
    keyed *rows = calloc((size_t)starts->n + 1, sizeof *rows);
    dia_status status = DIA_OK;
    if (chosen == NULL || seen == NULL || rows == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d starting geometries", starts->n);
    for (int i = 0; i < starts->n && status == DIA_OK; i++) {
        const dia_start *pair = &starts->start[i];
        if (seen[i])
            continue;
        if (pair->source != DIA_START_HOP) {
            chosen[i] = true;
            continue;
        }
        int n = 0;
        for (int j = i; j < starts->n; j++)
            if (starts->start[j].lower == pair->lower && starts->start[j].upper == pair->upper) {
                seen[j] = true;
                rows[n++].row = j;
            }
        const int count = n < limit ? n : limit;
        if (choice == DIA_CHOOSE_RANDOM)
            choose_random(starts, n, rows, count, seed, chosen);
        else
            choose_farthest(starts, n, rows, count, match, chosen);
    }
    if (status == DIA_OK)
        keep_chosen(starts, chosen);
    free(chosen);
    free(seen);
    free(rows);
    return status;
}

dia_status dia_starts_displace(dia_starts *starts, int copies, double spread, uint64_t seed, dia_error *error)
{
    if (copies <= 0)
        return DIA_OK;
    dia_starts made = {.ncart = starts->ncart};
    double *R = malloc((size_t)starts->ncart * sizeof *R);
    dia_status status = R != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a geometry");
    for (int i = 0; i < starts->n && status == DIA_OK; i++)
        for (int copy = 0; copy <= copies && status == DIA_OK; copy++) {
            dia_start start = starts->start[i];
            start.copy = copy;
            for (int c = 0; c < starts->ncart; c++) {
                const double deviate =
                    copy == 0 ? 0.0
                              : dia_rng_normal(seed, (uint64_t)i, (uint64_t)copy, DIA_PURPOSE_START, 1 + (uint32_t)c);
                R[c] = starts->R[(size_t)i * (size_t)starts->ncart + (size_t)c] + spread * deviate;
            }
            status = dia_starts_add(&made, starts->ncart, &start, R, error);
        }
    free(R);
    if (status != DIA_OK) {
        dia_starts_free(&made);
        return status;
    }
    dia_starts_free(starts);
    *starts = made;
    return DIA_OK;
}

dia_status dia_starts_digest(const dia_starts *starts, char digest[DIA_DIGEST_SIZE], dia_error *error)
{
    char parts[2][DIA_DIGEST_SIZE];
    int *pairs = calloc(2 * (size_t)starts->n + 1, sizeof *pairs);
    if (pairs == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d starting geometries", starts->n);
    for (int i = 0; i < starts->n; i++) {
        pairs[2 * i] = starts->start[i].lower;
        pairs[2 * i + 1] = starts->start[i].upper;
    }
    dia_digest_bytes(starts->R, (size_t)starts->n * (size_t)starts->ncart * sizeof *starts->R, parts[0]);
    dia_digest_bytes(pairs, 2 * (size_t)starts->n * sizeof *pairs, parts[1]);
    dia_digest_bytes(parts, sizeof parts, digest);
    free(pairs);
    return DIA_OK;
}

bool dia_start_serves(const dia_start *start, int first, int count)
{
    if (start->lower < 0)
        return true;
    if (count == 1)
        return start->lower == first || start->upper == first;
    return start->lower >= first && start->upper < first + count;
}
