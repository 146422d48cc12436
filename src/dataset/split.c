/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which points teach and which judge a training. */
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/rng.h"
#include "dataset/dataset.h"
#include "math/vector.h"
#include "molecule/match.h"

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

static bool may_take(const dia_dataset *data, const bool *eligible, int b)
{
    return (eligible == NULL || eligible[b]) && dia_dataset_known(data, b);
}

/* Marks single eligible points at random until `wanted` are taken. */
static void take_points(const dia_dataset *data, int wanted, uint64_t seed, const bool *eligible, int *units,
                        char *taken)
{
    int n = 0;
    for (int b = 0; b < data->npoint; b++)
        if (may_take(data, eligible, b))
            units[n++] = b;
    shuffle(n, seed, units);
    for (int i = 0; i < wanted && i < n; i++)
        taken[units[i]] = 1;
}

/* Marks whole groups at random until `wanted` points are taken, skipping a group that would make them 1.5 times as
 * many. Returns how many points. */
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
            size += data->group[b] == units[i] && may_take(data, eligible, b);
        if (2 * (count + size) > 3 * wanted)
            continue;
        for (int b = 0; b < data->npoint; b++)
            if (data->group[b] == units[i] && may_take(data, eligible, b))
                taken[b] = 1;
        count += size;
    }
    return count;
}

/* Of the coordinates' bytes (FNV-1a of Fowler, Noll and Vo). */
static uint64_t hash(size_t size, const void *bytes)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        h = (h ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
    return h;
}

/* Marks each eligible point whose own number is below `fraction`; if there is none, that of the least. */
static void take_steady(const dia_dataset *data, double fraction, uint64_t seed, const bool *eligible, char *taken)
{
    int n = 0, first = -1;
    double least = 2.0;
    for (int b = 0; b < data->npoint; b++) {
        const double *R = data->R + (size_t)b * (size_t)data->ncart,
                     u = dia_rng_uniform(seed, hash((size_t)data->ncart * sizeof *R, R), 0, DIA_PURPOSE_SHUFFLE, 0);
        if (!may_take(data, eligible, b))
            continue;
        n += taken[b] = u < fraction;
        if (u < least) {
            least = u;
            first = b;
        }
    }
    if (n == 0 && fraction > 0.0 && first >= 0)
        taken[first] = 1;
}

dia_status dia_dataset_split(const dia_dataset *data, double fraction, uint64_t seed, dia_split by,
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
        npoint += may_take(data, eligible, b);
    const int wanted = (int)lround(fraction * npoint);
    if (by == DIA_SPLIT_STEADY)
        take_steady(data, fraction, seed, eligible, taken);
    else if (by == DIA_SPLIT_POINTS || take_groups(data, wanted, seed, eligible, units, taken) == 0)
        take_points(data, wanted, seed, eligible, units, taken);
    *ntrain = *nvalidation = 0;
    for (int b = 0; b < data->npoint; b++)
        if (taken[b])
            validation[(*nvalidation)++] = b;
        else if (dia_dataset_known(data, b))
            train[(*ntrain)++] = b;
    free(taken);
    free(units);
    return DIA_OK;
}

/* Size of the largest group among the eligible points. */
static int largest_group(const dia_dataset *data, const bool *eligible, int *size)
{
    int largest = 0;
    for (int b = 0; b < data->npoint; b++)
        if (may_take(data, eligible, b) && ++size[data->group[b]] > largest)
            largest = size[data->group[b]];
    return largest;
}

/* The fold with the fewest points takes the next group; of points one after the other. */
static int emptiest(int folds, const int *count)
{
    int least = 0;
    for (int f = 1; f < folds; f++)
        if (count[f] < count[least])
            least = f;
    return least;
}

dia_status dia_dataset_folds(const dia_dataset *data, int folds, uint64_t seed, bool by_group, const bool *eligible,
                             int *fold)
{
    enum { FOLDS = 64 };
    const size_t room = (size_t)(data->npoint > data->ngroup ? data->npoint : data->ngroup) + 1;
    int *unit = calloc(2 * room, sizeof *unit), *size = unit != NULL ? unit + room : NULL, count[FOLDS] = {0}, n = 0;
    if (unit == NULL || folds > FOLDS) {
        free(unit);
        return DIA_ERROR_MEMORY;
    }
    for (int b = 0; b < data->npoint; b++) {
        fold[b] = -1;
        if (may_take(data, eligible, b))
            unit[n++] = b;
    }
    if (by_group && data->ngroup >= folds && 2 * folds * largest_group(data, eligible, size) <= 3 * n) {
        for (int g = 0; g < data->ngroup; g++)
            unit[g] = g;
        shuffle(data->ngroup, seed, unit);
        for (int i = 0; i < data->ngroup; i++) {
            const int f = emptiest(folds, count);
            count[f] += size[unit[i]];
            for (int b = 0; b < data->npoint; b++)
                if (data->group[b] == unit[i] && may_take(data, eligible, b))
                    fold[b] = f;
        }
    } else {
        shuffle(n, seed, unit);
        for (int i = 0; i < n; i++)
            fold[unit[i]] = i % folds;
    }
    free(unit);
    return DIA_OK;
}

/* ---- near copies ----------------------------------------------------------------------------- */

void dia_dataset_distances(const dia_dataset *data, int point, double *list)
{
    const double *R = data->R + (size_t)point * (size_t)data->ncart;
    const int *z = data->numbers, natom = data->natom;
    int n = 0;
    for (int high = 0; high < natom; high++)
        for (int low = 0; low <= high; low++) {
            bool fresh = true; /* this pair of elements was not met before */
            for (int i = 0; i <= high && fresh; i++)
                for (int j = 0; j <= i && fresh && (i < high || j < low); j++)
                    fresh = !((z[i] == z[high] && z[j] == z[low]) || (z[i] == z[low] && z[j] == z[high]));
            const int first = n;
            for (int i = 0; i < natom && fresh; i++)
                for (int j = 0; j < i; j++)
                    if ((z[i] == z[high] && z[j] == z[low]) || (z[i] == z[low] && z[j] == z[high]))
                        list[n++] = dia_distance(R + 3 * i, R + 3 * j);
            dia_ascend(n - first, list + first);
        }
}

/* Those of all points, a row a point: their rms change is at most twice that of the positions (|change of r_ab| <=
 * |d_a| + |d_b|), whatever the superposition and the exchange of like atoms. */
static double *distances(const dia_dataset *data, int npair)
{
    double *rows = dia_allocate((size_t)data->npoint * (size_t)npair + 1, sizeof *rows);
    for (int b = 0; rows != NULL && b < data->npoint; b++)
        dia_dataset_distances(data, b, rows + (size_t)b * (size_t)npair);
    return rows;
}

static bool near(const dia_dataset *data, const dia_match *match, int npair, const double *rows, int a, int b,
                 double apart)
{
    const double *x = rows + (size_t)a * (size_t)npair, *y = rows + (size_t)b * (size_t)npair;
    double sum = 0.0;
    for (int k = 0; k < npair; k++)
        sum += (x[k] - y[k]) * (x[k] - y[k]);
    return sum <= 4.0 * apart * apart * npair &&
           dia_match_distance(match, data->R + (size_t)a * (size_t)data->ncart,
                              data->R + (size_t)b * (size_t)data->ncart, NULL) < apart;
}

/* Like atoms are exchanged if there are not too many ways to do that. */
static dia_status open_match(const dia_dataset *data, dia_match **match, dia_error *error)
{
    dia_molecule molecule;
    dia_error ignored = {0};
    int *label = calloc((size_t)data->natom, sizeof *label);
    dia_status status = dia_molecule_init(&molecule, data->natom, 3, data->numbers, error);
    for (int a = 0; label != NULL && a < data->natom; a++)
        label[a] = a;
    if (status == DIA_OK && label == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare points");
    if (status == DIA_OK &&
        (dia_match_create(match, &molecule, NULL, true, &ignored) != DIA_OK || dia_match_permutations(*match) > 200)) {
        dia_match_free(*match);
        status = dia_match_create(match, &molecule, label, true, error);
    }
    dia_molecule_free(&molecule);
    free(label);
    return status;
}

dia_status dia_dataset_part(const dia_dataset *data, double apart, int ntrain, const int *train, int *nvalidation,
                            int *validation, dia_error *error)
{
    const int npair = data->natom * (data->natom - 1) / 2;
    dia_match *match = NULL;
    dia_status status = open_match(data, &match, error);
    double *rows = status == DIA_OK ? distances(data, npair) : NULL;
    if (status == DIA_OK && rows == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare %d points", data->npoint);
    int kept = 0;
    for (int i = 0; status == DIA_OK && i < *nvalidation; i++) {
        bool copy = false;
        for (int k = 0; k < ntrain && !copy; k++)
            copy = near(data, match, npair, rows, validation[i], train[k], apart);
        if (!copy)
            validation[kept++] = validation[i];
    }
    *nvalidation = status == DIA_OK ? kept : *nvalidation;
    dia_match_free(match);
    free(rows);
    return status;
}

/* The first point of the chain of near copies that b belongs to. */
static int first_of(const int *first, int b)
{
    while (first[b] != b)
        b = first[b];
    return b;
}

dia_status dia_dataset_clusters(const dia_dataset *data, double apart, int *cluster, int *ncluster, dia_error *error)
{
    const int npair = data->natom * (data->natom - 1) / 2;
    dia_match *match = NULL;
    dia_status status = open_match(data, &match, error);
    double *rows = status == DIA_OK ? distances(data, npair) : NULL;
    if (status == DIA_OK && rows == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare %d points", data->npoint);
    *ncluster = 0;
    for (int b = 0; status == DIA_OK && b < data->npoint; b++) {
        cluster[b] = b;
        for (int a = 0; a < b; a++) {
            const int one = first_of(cluster, a), other = first_of(cluster, b);
            if (one != other && near(data, match, npair, rows, a, b, apart))
                cluster[one > other ? one : other] = one > other ? other : one;
        }
    }
    for (int b = data->npoint - 1; status == DIA_OK && b >= 0; b--) /* links lead to earlier points */
        cluster[b] = first_of(cluster, b);
    for (int b = 0; status == DIA_OK && b < data->npoint;
         b++) /* a first point comes before the others: it has its number */
        cluster[b] = cluster[b] == b ? (*ncluster)++ : cluster[cluster[b]];
    dia_match_free(match);
    free(rows);
    return status;
}
