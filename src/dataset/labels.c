/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which labels of a data set are used: states, energies, motions. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/vector.h"
#include "dataset/dipoles.h"
#include "molecule/internal.h"

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
    const dia_status status = dia_dipoles_set_states(data, nstate, error);
    free(data->energy);
    free(data->gradient);
    free(data->coupling);
    data->energy = energy;
    data->gradient = gradient;
    data->coupling = coupling;
    data->nstate = nstate;
    data->npair = npair;
    return status;
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
