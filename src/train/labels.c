/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which labels of a data set are used: states, energies, motions; which points may judge a training. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/vector.h"
#include "molecule/match.h"
#include "train/dataset.h"
#include "train/internal.h"

/* (npoint, from, width) -> (npoint, to, width), heap: NaN where there was nothing. */
static double *resized(int npoint, int from, int to, int width, const double *values)
{
    double *out = dia_allocate((size_t)npoint * (size_t)to * (size_t)width + 1, sizeof *out);
    const size_t w = (size_t)width;
    for (size_t b = 0; out != NULL && b < (size_t)npoint; b++)
        for (size_t k = 0; k < (size_t)to; k++)
            for (size_t a = 0; a < w; a++)
                out[(b * (size_t)to + k) * w + a] =
                    k < (size_t)from ? values[(b * (size_t)from + k) * w + a] : (double)NAN;
    return out;
}

dia_status dia_dataset_set_states(dia_dataset *data, int nstate, dia_error *error)
{
    const int npair = nstate * (nstate - 1) / 2; /* pairs of the lowest states come first */
    if (nstate == data->nstate)
        return DIA_OK;
    double *energy = resized(data->npoint, data->nstate, nstate, 1, data->energy);
    double *gradient = resized(data->npoint, data->nstate, nstate, data->ncart, data->gradient);
    double *coupling = resized(data->npoint, data->npair, npair, data->ncart, data->coupling);
    if (energy == NULL || gradient == NULL || coupling == NULL) {
        free(energy);
        free(gradient);
        free(coupling);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d points of %d states", data->npoint, nstate);
    }
    free(data->energy);
    free(data->gradient);
    free(data->coupling);
    data->energy = energy;
    data->gradient = gradient;
    data->coupling = coupling;
    data->nstate = nstate;
    data->npair = npair;
    return DIA_OK;
}

static void forget(int n, double *values)
{
    for (int i = 0; i < n; i++)
        values[i] = NAN;
}

long dia_dataset_limit(dia_dataset *data, double below)
{
    long n = 0;
    for (int b = 0; b < data->npoint; b++)
        for (int k = 0; k < data->nstate; k++) {
            double *e = data->energy + b * data->nstate + k;
            if (!(*e - data->lowest >= below))
                continue;
            n++;
            *e = NAN;
            forget(data->ncart, data->gradient + (size_t)(b * data->nstate + k) * (size_t)data->ncart);
            for (int j = 1; j < data->nstate; j++)
                for (int i = 0; i < j; i++)
                    if (i == k || j == k)
                        forget(data->ncart,
                               data->coupling + (size_t)(b * data->npair + j * (j - 1) / 2 + i) * (size_t)data->ncart);
        }
    return n;
}

dia_status dia_dataset_project(dia_dataset *data, dia_error *error)
{
    dia_molecule unit;
    dia_status status = dia_molecule_init(&unit, data->natom, 3, NULL, error);
    double *T = status == DIA_OK ? calloc(6 * (size_t)data->ncart, sizeof *T) : NULL;
    if (status == DIA_OK && T == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to project couplings");
    for (int b = 0; status == DIA_OK && b < data->npoint; b++)
        dia_internal_project(&unit, data->R + (size_t)b * (size_t)data->ncart, data->npair,
                             data->coupling + (size_t)b * (size_t)(data->npair * data->ncart), T);
    free(T);
    dia_molecule_free(&unit);
    return status;
}

double dia_dataset_weight(const dia_dataset *data, int point)
{
    return data->weight != NULL ? data->weight[point] : 1.0;
}

bool dia_dataset_known(const dia_dataset *data, int b)
{
    for (int k = 0; k < data->nstate; k++)
        if (!isnan(data->energy[b * data->nstate + k]))
            return true;
    return false;
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
