/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Wave functions that were kept for later labels to start from. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "learn/bench.h"
#include "learn/process.h"

dia_status dia_bench_add_start(dia_bench *b, const char *name, const double *R, dia_error *error)
{
    const int natom = b->molecule.natom;
    const size_t width = (size_t)(natom * (natom - 1) / 2);
    struct stat found;
    char *path = dia_path_join(b->kept, name);
    const bool there = path != NULL && stat(path, &found) == 0 && S_ISDIR(found.st_mode);
    free(path);
    if (!b->type->starts || !there)
        return DIA_OK;
    if (b->nstart == b->room) {
        const int room = 2 * b->room + 64;
        char(*names)[DIA_START_NAME] = realloc(b->start, (size_t)room * sizeof *names);
        b->start = names != NULL ? names : b->start;
        double *features = realloc(b->features, ((size_t)room * width + 1) * sizeof *features);
        b->features = features != NULL ? features : b->features;
        if (names == NULL || features == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the names of wave functions");
        b->room = room;
    }
    snprintf(b->start[b->nstart], DIA_START_NAME, "%s", name);
    dia_points_features(natom, b->molecule.numbers, R, b->features + (size_t)b->nstart * width);
    b->nstart++;
    return DIA_OK;
}

dia_status dia_bench_prune(dia_bench *b, int most, dia_error *error)
{
    const int natom = b->molecule.natom, n = b->nstart;
    const size_t width = (size_t)(natom * (natom - 1) / 2);
    if (n <= most)
        return DIA_OK;
    int *taken = calloc((size_t)most, sizeof *taken);
    bool *stays = calloc((size_t)n, sizeof *stays);
    if (taken == NULL || stays == NULL) {
        free(taken);
        free(stays);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d wave functions", n);
    }
    const int count = dia_features_spread_out(natom, n, b->features, most, taken);
    for (int k = 0; k < count; k++)
        stays[taken[k]] = true;
    b->nstart = 0;
    for (int i = 0; i < n; i++) {
        char *path = stays[i] ? NULL : dia_path_join(b->kept, b->start[i]);
        if (path != NULL)
            dia_folder_remove(path);
        free(path);
        if (!stays[i])
            continue;
        memmove(b->start + b->nstart, b->start + i, sizeof *b->start);
        memmove(b->features + (size_t)b->nstart++ * width, b->features + (size_t)i * width,
                width * sizeof *b->features);
    }
    free(taken);
    free(stays);
    return DIA_OK;
}

const char *dia_bench_nearest(const dia_bench *b, const double *R)
{
    const int natom = b->molecule.natom;
    const size_t width = (size_t)(natom * (natom - 1) / 2);
    double *own = b->nstart > 0 ? calloc(width + 1, sizeof *own) : NULL, least = INFINITY;
    int best = -1;
    if (own == NULL)
        return NULL;
    dia_points_features(natom, b->molecule.numbers, R, own);
    for (int i = 0; i < b->nstart; i++) {
        const double d = dia_features_distance(natom, own, b->features + (size_t)i * width);
        if (d < least) {
            least = d;
            best = i;
        }
    }
    free(own);
    return best >= 0 ? b->start[best] : NULL;
}
