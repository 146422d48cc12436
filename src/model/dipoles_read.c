/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The group `dipoles` of a model file, which may come from anywhere: everything is checked here. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/dipoles.h"
#include "store/store.h"

enum { MOST = 100000 }; /* units of a layer */

static dia_status bad(const dia_store *store, const char *name, const char *what, dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_FILE, "%s: 'dipoles/%s': %s", dia_store_path(store), name, what);
}

/* A new array of a known shape; columns == 0: of one dimension. unit NULL: pure numbers. */
static dia_status take(const dia_store *store, const char *name, size_t rows, size_t columns, const char *unit,
                       double **values, dia_error *error)
{
    char path[80];
    const size_t dims[2] = {rows, columns}, n = rows * (columns > 0 ? columns : 1);
    snprintf(path, sizeof path, "dipoles/%s", name);
    *values = calloc(n + 1, sizeof **values);
    if (*values == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the dipoles of a model");
    const dia_status status =
        unit != NULL ? dia_store_read_in(store, path, unit, columns > 0 ? 2 : 1, dims, *values, NULL, error)
                     : dia_store_read(store, path, DIA_NUMBER_REAL, columns > 0 ? 2 : 1, dims, *values, error);
    for (size_t i = 0; i < n && status == DIA_OK; i++)
        if (!isfinite((*values)[i]))
            return bad(store, name, "holds a number that is not finite", error);
    return status;
}

static dia_status extents(const dia_store *store, const char *name, int rank, size_t *dims, dia_error *error)
{
    char path[80];
    size_t found[8] = {0};
    int found_rank = 0;
    snprintf(path, sizeof path, "dipoles/%s", name);
    dia_status status = dia_store_shape(store, path, &found_rank, found, error);
    if (status == DIA_OK && found_rank != rank)
        status = bad(store, name, rank == 1 ? "expected one dimension" : "expected two dimensions", error);
    for (int i = 0; i < rank && status == DIA_OK; i++) {
        if (found[i] < 1 || found[i] > MOST)
            status = bad(store, name, "expected extents of 1 to 100000", error);
        dims[i] = found[i];
    }
    return status;
}

static dia_status read_features(dia_dipoles *d, const dia_store *store, dia_error *error)
{
    size_t n = 0;
    dia_status status = extents(store, "lengths", 1, &n, error);
    if (status == DIA_OK && n > 32)
        status = bad(store, "lengths", "expected at most 32", error);
    d->nlength = (int)n;
    d->nfeature = d->nlength * d->npair;
    if (status == DIA_OK)
        status = take(store, "lengths", n, 0, "bohr", &d->length, error);
    for (int l = 0; l < d->nlength && status == DIA_OK; l++)
        if (!(d->length[l] > 0.0))
            status = bad(store, "lengths", "expected lengths above 0", error);
    if (status == DIA_OK)
        status = take(store, "mean", (size_t)d->nfeature, 0, NULL, &d->mean, error);
    if (status == DIA_OK)
        status = take(store, "deviation", (size_t)d->nfeature, 0, NULL, &d->deviation, error);
    for (int i = 0; i < d->nfeature && status == DIA_OK; i++)
        if (!(d->deviation[i] > 0.0))
            status = bad(store, "deviation", "expected numbers above 0", error);
    return status;
}

/* Images of a geometry have the same centre only if exchanged atoms weigh the same. */
static dia_status read_centre(dia_dipoles *d, const dia_store *store, const dia_symmetry *symmetry, dia_error *error)
{
    double sum = 0.0;
    dia_status status = take(store, "centre", (size_t)d->natom, 0, NULL, &d->centre, error);
    for (int a = 0; a < d->natom && status == DIA_OK; a++) {
        sum += d->centre[a];
        for (int g = 0; g < symmetry->nelement && status == DIA_OK; g++)
            if (!(fabs(d->centre[symmetry->permutation[g * d->natom + a]] - d->centre[a]) <= 1e-9))
                status = bad(store, "centre", "expected equal weights for atoms that the symmetry exchanges", error);
    }
    if (status == DIA_OK && !(fabs(sum - 1.0) <= 1e-9))
        status = bad(store, "centre", "expected weights of sum 1", error);
    return status;
}

static dia_status read_layers(dia_dipoles *d, const dia_store *store, dia_error *error)
{
    int64_t n = 0, charge = 0;
    char name[64];
    dia_status status = dia_store_attribute_int(store, "dipoles", "layers", &n, error);
    if (status == DIA_OK && dia_store_has_attribute(store, "dipoles", "charge"))
        status = dia_store_attribute_int(store, "dipoles", "charge", &charge, error);
    d->charge = charge > -MOST && charge < MOST ? (int)charge : 0;
    if (status == DIA_OK && (n < 1 || n > DIA_DIPOLE_LAYERS))
        return bad(store, "layers", "attribute 'layers': expected 1 to 6", error);
    d->width[0] = d->nfeature;
    for (int l = 0; l < (int)n && status == DIA_OK; l++) {
        size_t dims[2] = {0};
        snprintf(name, sizeof name, "layers/%d/weight", l);
        status = extents(store, name, 2, dims, error);
        if (status == DIA_OK && dims[1] != (size_t)d->width[l])
            status = bad(store, name, "has not as many columns as the layer before it has outputs", error);
        if (status == DIA_OK)
            status = take(store, name, dims[0], dims[1], NULL, &d->weight[l], error);
        snprintf(name, sizeof name, "layers/%d/bias", l);
        if (status == DIA_OK)
            status = take(store, name, dims[0], 0, NULL, &d->bias[l], error);
        d->width[l + 1] = (int)dims[0];
    }
    if (status != DIA_OK)
        return status;
    if (d->width[n] == d->natom * d->npacked)
        d->nvector = d->natom;
    else if (d->width[n] == (d->natom + d->npair) * d->npacked)
        d->nvector = d->natom + d->npair;
    else
        return bad(store, name,
                   "expected an output for each atom (or atom and pair of atoms) and each element of the matrix",
                   error);
    d->nlayer = (int)n;
    return DIA_OK;
}

dia_status dia_dipoles_read(dia_dipoles *d, const dia_store *store, const dia_molecule *molecule,
                            const dia_symmetry *symmetry, dia_error *error)
{
    memset(d, 0, sizeof *d);
    if (!dia_store_has(store, "dipoles/centre"))
        return DIA_OK;
    if (molecule->dimension != 3 || molecule->natom < 2)
        return bad(store, "centre", "only a molecule of two atoms or more has dipoles", error);
    d->natom = molecule->natom;
    d->npair = d->natom * (d->natom - 1) / 2;
    d->npacked = symmetry->nstate * (symmetry->nstate + 1) / 2;
    dia_status status = read_features(d, store, error);
    if (status == DIA_OK)
        status = read_centre(d, store, symmetry, error);
    if (status == DIA_OK)
        status = read_layers(d, store, error);
    if (status == DIA_OK)
        status = dia_dipoles_collect(d, symmetry, error);
    if (status == DIA_OK)
        status = dia_dipoles_pack(d, error);
    if (status != DIA_OK)
        dia_dipoles_free(d);
    return status;
}
