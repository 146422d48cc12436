/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/points.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "math/vector.h"
#include "store/store.h"

#define CHOICE "diabolo-choice"
#define DATASET "diabolo-dataset"

dia_status dia_points_init(dia_points *p, const dia_molecule *molecule, int nstate, dia_error *error)
{
    *p = (dia_points){
        .natom = molecule->natom, .ncart = molecule->ncart, .nstate = nstate, .npair = nstate * (nstate - 1) / 2};
    p->numbers = calloc((size_t)p->natom, sizeof *p->numbers);
    if (p->numbers == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for geometries");
    memcpy(p->numbers, molecule->numbers, (size_t)p->natom * sizeof *p->numbers);
    return DIA_OK;
}

void dia_points_free(dia_points *p)
{
    free(p->numbers);
    free(p->R);
    free(p->E);
    free(p->G);
    free(p->h);
    free(p->score);
    free(p->group);
    free(p->level);
    *p = (dia_points){0};
}

static bool longer(double **array, int room, int width)
{
    double *more = realloc(*array, ((size_t)room * (size_t)width + 1) * sizeof *more);
    if (more != NULL)
        *array = more;
    return more != NULL;
}

static dia_status reserve(dia_points *p, int n, dia_error *error)
{
    if (p->n + n <= p->room)
        return DIA_OK;
    const int room = 2 * p->room > p->n + n ? 2 * p->room : p->n + n;
    char(*group)[DIA_POINT_GROUP] = realloc(p->group, (size_t)room * sizeof *group);
    if (group != NULL)
        p->group = group;
    if (group == NULL || !longer(&p->R, room, p->ncart) || !longer(&p->E, room, p->nstate) ||
        !longer(&p->G, room, p->nstate * p->ncart) || !longer(&p->h, room, p->npair * p->ncart) ||
        !longer(&p->score, room, 1))
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d geometries", room);
    p->room = room;
    return DIA_OK;
}

static void missing(double *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = NAN;
}

dia_status dia_points_add(dia_points *p, const char *group, double score, const double *R, dia_error *error)
{
    const dia_status status = reserve(p, 1, error);
    if (status != DIA_OK)
        return status;
    const int i = p->n++;
    memset(p->group[i], 0, DIA_POINT_GROUP);
    snprintf(p->group[i], DIA_POINT_GROUP, "%s", group);
    p->score[i] = score;
    memcpy(p->R + i * p->ncart, R, (size_t)p->ncart * sizeof *R);
    missing(p->E + i * p->nstate, p->nstate);
    missing(p->G + i * p->nstate * p->ncart, p->nstate * p->ncart);
    missing(p->h + i * p->npair * p->ncart, p->npair * p->ncart);
    return DIA_OK;
}

dia_status dia_points_copy(dia_points *p, const dia_points *from, int i, dia_error *error)
{
    const dia_status status = dia_points_add(p, from->group[i], from->score[i], from->R + i * from->ncart, error);
    if (status != DIA_OK)
        return status;
    const size_t ns = (size_t)p->nstate, nc = (size_t)p->ncart, np = (size_t)p->npair, to = (size_t)p->n - 1,
                 at = (size_t)i;
    memcpy(p->E + to * ns, from->E + at * ns, ns * sizeof *p->E);
    memcpy(p->G + to * ns * nc, from->G + at * ns * nc, ns * nc * sizeof *p->G);
    memcpy(p->h + to * np * nc, from->h + at * np * nc, np * nc * sizeof *p->h);
    return DIA_OK;
}

/* ---- files ----------------------------------------------------------------------------------- */

static dia_status write_labels(const dia_points *p, dia_store *store, dia_error *error)
{
    const size_t n = (size_t)p->n, na = (size_t)p->natom, ns = (size_t)p->nstate, np = (size_t)p->npair;
    dia_status status =
        dia_store_write(store, "energies", DIA_NUMBER_REAL, 2, (const size_t[]){n, ns}, p->E, "hartree", error);
    if (status == DIA_OK)
        status = dia_store_write(store, "gradients", DIA_NUMBER_REAL, 4, (const size_t[]){n, ns, na, 3}, p->G,
                                 "hartree/bohr", error);
    if (status == DIA_OK && np > 0)
        status = dia_store_write(store, "couplings", DIA_NUMBER_REAL, 4, (const size_t[]){n, np, na, 3}, p->h,
                                 "hartree/bohr", error);
    if (status == DIA_OK && p->level != NULL)
        status = dia_store_set_text(store, "", "level_of_theory", p->level, error);
    return status;
}

static dia_status write_all(const dia_points *p, bool labelled, dia_store *store, dia_error *error)
{
    const size_t n = (size_t)p->n, na = (size_t)p->natom;
    const char **names = calloc(n + 1, sizeof *names);
    if (names == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to write %d geometries", p->n);
    for (size_t i = 0; i < n; i++)
        names[i] = p->group[i];
    dia_status status = dia_store_set_text(store, "", "format", labelled ? DATASET : CHOICE, error);
    if (status == DIA_OK)
        status = dia_store_set_int(store, "", "version", 1, error);
    if (status == DIA_OK)
        status = dia_store_write(store, "numbers", DIA_NUMBER_INT, 1, &na, p->numbers, NULL, error);
    if (status == DIA_OK)
        status =
            dia_store_write(store, "positions", DIA_NUMBER_REAL, 3, (const size_t[]){n, na, 3}, p->R, "bohr", error);
    if (status == DIA_OK)
        status = dia_store_write_texts(store, "group", n, names, error);
    if (status == DIA_OK && !labelled)
        status = dia_store_write(store, "score", DIA_NUMBER_REAL, 1, &n, p->score, "hartree", error);
    free(names);
    return status == DIA_OK && labelled ? write_labels(p, store, error) : status;
}

dia_status dia_points_write(const dia_points *p, bool labelled, const char *path, dia_error *error)
{
    dia_store *store = NULL;
    dia_status status = dia_store_create(&store, path, error);
    if (status == DIA_OK)
        status = write_all(p, labelled, store, error);
    if (status == DIA_OK)
        status = dia_store_commit(&store, error);
    dia_store_close(&store);
    return status;
}

static dia_status read_all(dia_points *p, bool labelled, const dia_store *store, dia_error *error)
{
    int rank;
    size_t dims[8];
    dia_status status = dia_store_expect(store, labelled ? DATASET : CHOICE, 1, error);
    if (status == DIA_OK)
        status = dia_store_shape(store, "positions", &rank, dims, error);
    if (status == DIA_OK && (rank != 3 || dims[0] > 10000000))
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: its positions have another shape than (npoint, natom, 3)",
                               dia_store_path(store));
    if (status == DIA_OK)
        status = reserve(p, (int)dims[0], error);
    if (status != DIA_OK)
        return status;
    const size_t n = dims[0], na = (size_t)p->natom, ns = (size_t)p->nstate, np = (size_t)p->npair, at = (size_t)p->n,
                 nc = (size_t)p->ncart;
    char **names = NULL;
    status = dia_store_read(store, "positions", DIA_NUMBER_REAL, 3, (const size_t[]){n, na, 3}, p->R + at * nc, error);
    if (status == DIA_OK)
        status = dia_store_read_texts(store, "group", n, &names, error);
    for (size_t i = 0; i < n && status == DIA_OK; i++) {
        memset(p->group[at + i], 0, DIA_POINT_GROUP);
        snprintf(p->group[at + i], DIA_POINT_GROUP, "%s", names[i]);
    }
    free(names);
    missing(p->score + at, (int)n);
    missing(p->E + at * ns, (int)(n * ns));
    missing(p->G + at * ns * nc, (int)(n * ns * nc));
    missing(p->h + at * np * nc, (int)(n * np * nc));
    if (status == DIA_OK && !labelled)
        status = dia_store_read(store, "score", DIA_NUMBER_REAL, 1, &n, p->score + at, error);
    if (status == DIA_OK && labelled)
        status = dia_store_read(store, "energies", DIA_NUMBER_REAL, 2, (const size_t[]){n, ns}, p->E + at * ns, error);
    if (status == DIA_OK && labelled)
        status = dia_store_read(store, "gradients", DIA_NUMBER_REAL, 4, (const size_t[]){n, ns, na, 3},
                                p->G + at * ns * nc, error);
    if (status == DIA_OK && labelled && np > 0)
        status = dia_store_read(store, "couplings", DIA_NUMBER_REAL, 4, (const size_t[]){n, np, na, 3},
                                p->h + at * np * nc, error);
    if (status == DIA_OK)
        p->n += (int)n;
    return status;
}

dia_status dia_points_read(dia_points *p, bool labelled, const char *path, dia_error *error)
{
    dia_store *store = NULL;
    dia_status status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = read_all(p, labelled, store, error);
    dia_store_close(&store);
    return status;
}

static dia_status take(dia_points *p, const dia_dataset *data, int i, dia_error *error)
{
    const size_t ns = (size_t)p->nstate, nc = (size_t)p->ncart, np = (size_t)p->npair, from = (size_t)i;
    const char *group = data->group_name != NULL ? data->group_name[data->group[i]] : "given";
    const dia_status status = dia_points_add(p, group, NAN, data->R + from * nc, error);
    if (status != DIA_OK)
        return status;
    const size_t to = (size_t)p->n - 1;
    memcpy(p->E + to * ns, data->energy + from * ns, ns * sizeof *p->E);
    memcpy(p->G + to * ns * nc, data->gradient + from * ns * nc, ns * nc * sizeof *p->G);
    memcpy(p->h + to * np * nc, data->coupling + from * np * nc, np * nc * sizeof *p->h);
    return DIA_OK;
}

dia_status dia_points_load(dia_points *p, const char *path, const dia_control *control, dia_error *error)
{
    dia_dataset data;
    dia_status status = dia_dataset_load(&data, path, dia_control_threads(control), error);
    if (status != DIA_OK)
        return status;
    dia_dataset_talk(&data, path, control);
    if (data.natom != p->natom || memcmp(data.numbers, p->numbers, (size_t)p->natom * sizeof *p->numbers) != 0)
        status =
            dia_error_set(error, DIA_ERROR_INPUT, "%s: data of another molecule, or of another order of atoms", path);
    else if (data.nstate < p->nstate)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s holds %d states; engine.states asks for %d", path,
                               data.nstate, p->nstate);
    if (status == DIA_OK)
        status = dia_dataset_set_states(&data, p->nstate, error);
    for (int i = 0; i < data.npoint && status == DIA_OK; i++)
        status = take(p, &data, i, error);
    if (status == DIA_OK && p->level == NULL && data.level_of_theory != NULL)
        p->level = strdup(data.level_of_theory);
    dia_dataset_free(&data);
    return status;
}

dia_status dia_points_dataset(const dia_points *p, int n, const int *of, int nstate, dia_dataset *data,
                              dia_error *error)
{
    const size_t ns = (size_t)p->nstate, nc = (size_t)p->ncart, np = (size_t)p->npair, m = (size_t)n + 1;
    *data = (dia_dataset){.natom = p->natom,
                          .ncart = p->ncart,
                          .nstate = p->nstate,
                          .npair = p->npair,
                          .npoint = n,
                          .numbers = calloc((size_t)p->natom, sizeof *data->numbers),
                          .R = calloc(m * nc, sizeof(double)),
                          .energy = calloc(m * ns, sizeof(double)),
                          .gradient = calloc(m * ns * nc, sizeof(double)),
                          .coupling = calloc(m * np * nc + 1, sizeof(double))};
    if (data->numbers == NULL || data->R == NULL || data->energy == NULL || data->gradient == NULL ||
        data->coupling == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d geometries", n);
    memcpy(data->numbers, p->numbers, (size_t)p->natom * sizeof *data->numbers);
    for (size_t i = 0; i < (size_t)n; i++) {
        const size_t at = of != NULL ? (size_t)of[i] : i;
        memcpy(data->R + i * nc, p->R + at * nc, nc * sizeof(double));
        memcpy(data->energy + i * ns, p->E + at * ns, ns * sizeof(double));
        memcpy(data->gradient + i * ns * nc, p->G + at * ns * nc, ns * nc * sizeof(double));
        memcpy(data->coupling + i * np * nc, p->h + at * np * nc, np * nc * sizeof(double));
    }
    const dia_status status = dia_dataset_set_states(data, nstate, error);
    return status == DIA_OK ? dia_dataset_project(data, error) : status;
}

/* ---- likeness -------------------------------------------------------------------------------- */

void dia_points_features(int natom, const int *numbers, const double *R, double *features)
{
    const double far = 5.0 * DIA_ANGSTROM, span = 16.0; /* of a kind of pair in the sort; distances are below it */
    int n = 0;
    for (int i = 0; i < natom; i++)
        for (int j = 0; j < i; j++) {
            const int low = numbers[i] < numbers[j] ? numbers[i] : numbers[j],
                      high = numbers[i] < numbers[j] ? numbers[j] : numbers[i];
            features[n++] = span * (low * 128 + high) + far * tanh(dia_distance(R + 3 * i, R + 3 * j) / far);
        }
    dia_ascend(n, features);
    for (int k = 0; k < n; k++)
        features[k] = fmod(features[k], span);
}

double dia_features_distance(int natom, const double *a, const double *b)
{
    const int n = natom * (natom - 1) / 2;
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return n > 0 ? sqrt(sum / n) : 0.0;
}

int dia_features_spread_out(int natom, int n, const double *features, int most, int *taken)
{
    const size_t width = (size_t)(natom * (natom - 1) / 2);
    int count = 0;
    for (int next = 0; next >= 0 && count < most && n > 0;) {
        double farthest = -1.0;
        taken[count++] = next;
        next = -1;
        for (int i = 0; i < n; i++) {
            double nearest = INFINITY;
            bool free = true;
            for (int k = 0; k < count; k++) {
                free = free && taken[k] != i;
                nearest = fmin(nearest, dia_features_distance(natom, features + (size_t)i * width,
                                                              features + (size_t)taken[k] * width));
            }
            if (free && nearest > farthest) {
                farthest = nearest;
                next = i;
            }
        }
    }
    return count;
}
