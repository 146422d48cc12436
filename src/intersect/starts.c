/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/starts.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "diabolo/swarm.h"
#include "molecule/xyz.h"

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

/* The selected hops of one slab: R (count, ncart) of hops first, first + 1, ... */
static dia_status take_slab(dia_starts *starts, const dia_swarm *swarm, int ncart, dia_hop_choice choice, int64_t first,
                            int64_t count, const double *R, dia_error *error)
{
    const dia_swarm_hops *h = &swarm->hops;
    for (int64_t k = first; k < first + count; k++) {
        if (h->work != NULL && h->work[k] != 0.0)
            continue; /* by light: far from any intersection */
        if (choice != DIA_HOPS_ALL && (h->accepted[k] == 1) != (choice == DIA_HOPS_ACCEPTED))
            continue;
        const bool up = h->to[k] > h->from[k];
        const dia_start start = {.source = DIA_START_HOP,
                                 .index = k,
                                 .trajectory = h->trajectory[k],
                                 .time = h->time[k],
                                 .lower = up ? h->from[k] : h->to[k],
                                 .upper = up ? h->to[k] : h->from[k]};
        dia_status status = dia_starts_add(starts, ncart, &start, R + (size_t)(k - first) * (size_t)ncart, error);
        if (status != DIA_OK)
            return status;
    }
    return DIA_OK;
}

static dia_status take_hops(dia_starts *starts, const dia_swarm *swarm, int ncart, dia_hop_choice choice,
                            dia_error *error)
{
    static const char *const words[] = {"accepted ", "frustrated ", ""};
    const int64_t slab = dia_swarm_slab(swarm, (size_t)ncart);
    const int before = starts->n;
    double *R = calloc((size_t)slab + 1, (size_t)ncart * sizeof *R);
    dia_status status = R != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for geometries");
    for (int64_t k = 0; k < swarm->hops.count && status == DIA_OK; k += slab) {
        const int64_t count = swarm->hops.count - k < slab ? swarm->hops.count - k : slab;
        status = dia_swarm_rows(swarm, "hops/position", k, count, R, error);
        if (status == DIA_OK)
            status = take_slab(starts, swarm, ncart, choice, k, count, R, error);
    }
    free(R);
    if (status == DIA_OK && starts->n == before)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: the swarm holds no %shops (%lld in all) to start from",
                               swarm->path, words[choice], (long long)swarm->hops.count);
    return status;
}

/* Molecule and states of the swarm are the model's. */
static dia_status check_swarm(const dia_swarm *swarm, const dia_molecule *molecule, int nstate, dia_error *error)
{
    dia_molecule theirs = {0};
    dia_status status = dia_swarm_molecule(swarm, &theirs, error);
    if (status == DIA_OK && (status = dia_molecule_match(molecule, &theirs, error)) != DIA_OK)
        dia_error_prefix(error, "%s: a swarm of another molecule than the model's", swarm->path);
    dia_molecule_free(&theirs);
    if (status == DIA_OK && swarm->nstate > nstate)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: a swarm of the states S0 to S%d, and the model has only S0 to S%d: the swarm was "
                               "flown on another model",
                               swarm->path, swarm->nstate - 1, nstate - 1);
    return status;
}

dia_status dia_starts_add_hops(dia_starts *starts, const dia_molecule *molecule, int nstate, const char *path,
                               dia_hop_choice choice, char digest[DIA_DIGEST_SIZE], dia_error *error)
{
    dia_swarm *swarm = NULL;
    dia_status status = dia_swarm_open(&swarm, path, error);
    if (status != DIA_OK)
        return status;
    snprintf(digest, DIA_DIGEST_SIZE, "%s", swarm->model_digest);
    status = check_swarm(swarm, molecule, nstate, error);
    if (status == DIA_OK)
        status = take_hops(starts, swarm, molecule->ncart, choice, error);
    dia_swarm_close(swarm);
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
