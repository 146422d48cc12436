/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/tangent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/vector.h"
#include "math/eigen.h"
#include "math/matrix.h"
#include "molecule/modes.h"

static const double vanishing = 1e-9;   /* hartree/bohr: far below any gradient that a search must resolve */
static const double dependent = 1e-10;  /* of an eigenvalue of the Gram matrix of unit rows                   */
static const double rigid_slope = 1e-8; /* hartree for a unit displacement: rounding stays below              */

dia_status dia_tangent_open(dia_tangent *tangent, int ncart, int most, dia_error *error)
{
    size_t n = (size_t)ncart, k = (size_t)(most > 0 ? most : 1);
    size_t rows = 2 * k * n + k * (k + 1) / 2 + k + k * k + k + dia_eigen_work((int)k),
           square = n * n + dia_matrix_work(ncart);
    *tangent = (dia_tangent){.ncart = ncart, .most = most};
    return DIA_PARTS({&tangent->basis, n * n}, {&tangent->inverse, k * n},
                     {&tangent->scratch, rows > square ? rows : square})
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the tangent space in %d coordinates", ncart);
}

void dia_tangent_close(dia_tangent *tangent)
{
    free(tangent->basis);
    *tangent = (dia_tangent){0};
}

int dia_tangent_rigid(dia_surface *surface, const double *R, bool mass_weighted, double *T)
{
    const dia_molecule *molecule = surface->molecule;
    const int n = molecule->ncart, d = molecule->dimension, most = dia_rigid_motions(molecule, R, T);
    double slope[6];
    int count = 0;
    for (int k = 0; k < most; k++) /* mass-weighted -> Cartesian */
        for (int c = 0; c < n; c++)
            T[k * n + c] /= sqrt(molecule->masses[c / d]);
    for (int k = 0; k < most; k++)
        dia_normalise(n, T + k * n);
    if (most > 0)
        dia_surface_slopes(surface, most, T, slope);
    for (int k = 0; k < most; k++) {
        double *t = T + count * n;
        if (!(slope[k] < rigid_slope))
            continue;
        memmove(t, T + k * n, (size_t)n * sizeof *t);
        for (int c = 0; mass_weighted && c < n; c++)
            t[c] *= sqrt(molecule->masses[c / d]);
        dia_normalise(n, t);
        dia_remove(n, count, T, t);
        dia_normalise(n, t);
        count++;
    }
    return count;
}

/* normal rows and inverse from unit rows: Gram matrix S = V diag(e) V^T; normal_k = sum_i V_ik row_i / sqrt(e_k),
 * inverse_i = sum_k V_ik normal_k / sqrt(e_k) / length_i */
static void invert(dia_tangent *t, int nrow, const double *unit, const double *length)
{
    const int n = t->ncart;
    double *packed = t->scratch + 2 * t->most * n, *e = packed + nrow * (nrow + 1) / 2, *V = e + nrow,
           *work = V + nrow * nrow;
    for (int i = 0; i < nrow; i++)
        for (int j = 0; j <= i; j++)
            packed[dia_packed(i, j)] = dia_dot(n, unit + i * n, unit + j * n);
    memset(t->inverse, 0, (size_t)(nrow * n) * sizeof *t->inverse);
    if (nrow == 0 || !dia_eigen_packed(nrow, packed, e, V, work))
        return;
    for (int k = 0; k < nrow; k++) {
        double *normal = t->basis + (t->nrigid + t->nnormal) * n;
        if (e[k] < dependent * nrow || t->nrigid + t->nnormal == n)
            continue;
        memset(normal, 0, (size_t)n * sizeof *normal);
        for (int i = 0; i < nrow; i++)
            dia_add(n, V[i * nrow + k] / sqrt(e[k]), unit + i * n, normal);
        for (int i = 0; i < nrow; i++)
            if (length[i] > 0.0)
                dia_add(n, V[i * nrow + k] / sqrt(e[k]) / length[i], normal, t->inverse + i * n);
        t->nnormal++;
    }
}

void dia_tangent_make(dia_tangent *t, int nrigid, const double *rigid, int nrow, const double *J)
{
    const int n = t->ncart;
    double *unit = t->scratch, *length = unit + t->most * n;
    memmove(t->basis, rigid, (size_t)(nrigid * n) * sizeof *rigid);
    t->nrigid = nrigid;
    t->nnormal = 0;
    for (int i = 0; i < nrow; i++) {
        double *row = unit + i * n;
        memcpy(row, J + i * n, (size_t)n * sizeof *row);
        dia_remove(n, nrigid, t->basis, row);
        length[i] = dia_norm(n, row);
        if (!(length[i] > vanishing))
            length[i] = 0.0;
        for (int c = 0; c < n; c++)
            row[c] = length[i] > 0.0 ? row[c] / length[i] : 0.0;
    }
    invert(t, nrow, unit, length);
    /* The rest of the basis: Householder's Q of (rigid, normal, 0) is orthogonal whatever the rank, and its last
     * columns span what the first do not. */
    const int used = nrigid + t->nnormal;
    double *M = t->scratch;
    for (int c = 0; c < n; c++)
        for (int k = 0; k < n; k++)
            M[c * n + k] = k < used ? t->basis[k * n + c] : 0.0;
    dia_matrix_orthonormalise(n, M, M + n * n);
    for (int k = used; k < n; k++)
        for (int c = 0; c < n; c++)
            t->basis[k * n + c] = M[c * n + k];
    t->ntangent = n - used;
}

void dia_tangent_project(const dia_tangent *t, double *v)
{
    dia_remove(t->ncart, t->nrigid + t->nnormal, t->basis, v);
}
