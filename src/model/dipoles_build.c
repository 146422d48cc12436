/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dipole matrix that is yet to be learned, and into a model file; dipoles_read.c reads it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/dipoles.h"
#include "model/images.h"
#include "store/store.h"

static int image_of(dia_dipoles *d, const int *permutation)
{
    for (int i = 0; i < d->nimage; i++)
        if (memcmp(d->permutation + i * d->natom, permutation, sizeof *permutation * (size_t)d->natom) == 0)
            return i;
    memcpy(d->permutation + d->nimage * d->natom, permutation, sizeof *permutation * (size_t)d->natom);
    return d->nimage++;
}

static void find_pairs(dia_dipoles *d)
{
    for (int g = 0; g < d->nimage; g++)
        for (int a = 1, k = 0; a < d->natom; a++)
            for (int b = 0; b < a; b++, k++) {
                const int p = d->permutation[g * d->natom + a], q = d->permutation[g * d->natom + b];
                d->pair[g * d->npair + k] = p > q ? p * (p - 1) / 2 + q : q * (q - 1) / 2 + p;
            }
}

dia_status dia_dipoles_collect(dia_dipoles *d, const dia_symmetry *symmetry, dia_error *error)
{
    const size_t ng = (size_t)symmetry->nelement, square = (size_t)d->npacked * (size_t)d->npacked,
                 ns = (size_t)symmetry->nstate;
    d->permutation = calloc(ng * (size_t)d->natom, sizeof *d->permutation);
    d->pair = calloc(ng * (size_t)d->npair + 1, sizeof *d->pair);
    d->polar = calloc(ng * square, sizeof *d->polar);
    d->axial = calloc(ng * square, sizeof *d->axial);
    double *back = calloc(square, sizeof *back);
    dia_status status =
        d->permutation != NULL && d->pair != NULL && d->polar != NULL && d->axial != NULL && back != NULL
            ? DIA_OK
            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the dipoles of a model");
    for (size_t g = 0; g < ng && status == DIA_OK; g++) {
        const size_t at = (size_t)image_of(d, symmetry->permutation + g * (size_t)d->natom) * square;
        dia_images_back_of((int)ns, symmetry->gamma + g * ns * ns, back);
        for (size_t k = 0; k < square; k++) {
            d->polar[at + k] += back[k] / (double)ng;
            d->axial[at + k] += (symmetry->inversion[g] ? -back[k] : back[k]) / (double)ng;
        }
    }
    if (status == DIA_OK)
        find_pairs(d);
    free(back);
    return status;
}

static double *numbers(size_t n, double value)
{
    double *x = calloc(n + 1, sizeof *x);
    for (size_t i = 0; x != NULL && i < n; i++)
        x[i] = value;
    return x;
}

/* Weights of zero; cross products where the group leaves something of them. */
static dia_status make_layers(dia_dipoles *d, int nhidden, const int *hidden, dia_error *error)
{
    double largest = 0.0;
    for (int i = 0; i < d->nimage * d->npacked * d->npacked; i++)
        largest = fmax(largest, fabs(d->axial[i]));
    d->nvector = d->natom + (largest > 1e-12 ? d->npair : 0);
    d->nlayer = nhidden + 1;
    d->width[0] = d->nfeature;
    for (int l = 0; l < d->nlayer; l++) {
        d->width[l + 1] = l < nhidden ? hidden[l] : d->nvector * d->npacked;
        d->weight[l] = numbers((size_t)d->width[l + 1] * (size_t)d->width[l], 0.0);
        d->bias[l] = numbers((size_t)d->width[l + 1], 0.0);
        if (d->weight[l] == NULL || d->bias[l] == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the dipoles of a model");
    }
    return DIA_OK;
}

dia_status dia_dipoles_init(dia_dipoles *d, const dia_molecule *molecule, const dia_symmetry *symmetry, int nlength,
                            const double *length, int nhidden, const int *hidden, dia_error *error)
{
    const int natom = molecule->natom, n = symmetry->nstate;
    double mass = 0.0;
    memset(d, 0, sizeof *d);
    if (molecule->dimension != 3 || natom < 2 || nhidden >= DIA_DIPOLE_LAYERS)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "dipoles: expected a molecule of two atoms or more, and at most %d hidden layers",
                             DIA_DIPOLE_LAYERS - 1);
    d->natom = natom;
    d->npair = natom * (natom - 1) / 2;
    d->npacked = n * (n + 1) / 2;
    d->nlength = nlength;
    d->nfeature = nlength * d->npair;
    d->length = numbers((size_t)nlength, 0.0);
    d->mean = numbers((size_t)d->nfeature, 0.0);
    d->deviation = numbers((size_t)d->nfeature, 1.0);
    d->centre = numbers((size_t)natom, 0.0);
    dia_status status = d->length != NULL && d->mean != NULL && d->deviation != NULL && d->centre != NULL
                            ? dia_dipoles_collect(d, symmetry, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the dipoles of a model");
    for (int a = 0; a < natom; a++)
        mass += molecule->masses[a];
    for (int a = 0; a < natom && status == DIA_OK; a++)
        d->centre[a] = molecule->masses[a] / mass;
    for (int l = 0; l < nlength && status == DIA_OK; l++)
        d->length[l] = length[l];
    if (status == DIA_OK)
        status = make_layers(d, nhidden, hidden, error);
    if (status == DIA_OK)
        status = dia_dipoles_pack(d, error);
    if (status != DIA_OK)
        dia_dipoles_free(d);
    return status;
}

/* ---- into a file ----------------------------------------------------------------------------- */

static dia_status put(dia_store *store, const char *name, size_t rows, size_t columns, const double *values,
                      const char *unit, dia_error *error)
{
    const size_t dims[2] = {rows, columns};
    return dia_store_write(store, name, DIA_NUMBER_REAL, columns > 0 ? 2 : 1, dims, values, unit, error);
}

dia_status dia_dipoles_write(const dia_dipoles *d, dia_store *store, dia_error *error)
{
    const size_t nf = (size_t)d->nfeature;
    if (d->nlayer == 0)
        return DIA_OK;
    dia_status status = put(store, "dipoles/lengths", (size_t)d->nlength, 0, d->length, "bohr", error);
    if (status == DIA_OK)
        status = put(store, "dipoles/centre", (size_t)d->natom, 0, d->centre, NULL, error);
    if (status == DIA_OK)
        status = put(store, "dipoles/mean", nf, 0, d->mean, NULL, error);
    if (status == DIA_OK)
        status = put(store, "dipoles/deviation", nf, 0, d->deviation, NULL, error);
    for (int l = 0; l < d->nlayer && status == DIA_OK; l++) {
        char name[64];
        snprintf(name, sizeof name, "dipoles/layers/%d/weight", l);
        status = put(store, name, (size_t)d->width[l + 1], (size_t)d->width[l], d->weight[l], NULL, error);
        snprintf(name, sizeof name, "dipoles/layers/%d/bias", l);
        if (status == DIA_OK)
            status = put(store, name, (size_t)d->width[l + 1], 0, d->bias[l], NULL, error);
    }
    if (status == DIA_OK)
        status = dia_store_set_int(store, "dipoles", "layers", d->nlayer, error);
    return status == DIA_OK ? dia_store_set_int(store, "dipoles", "charge", d->charge, error) : status;
}
