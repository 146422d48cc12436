/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Harmonic analysis within a seam: the Hessian of the Lagrangian (not of an energy: the seam is curved, so that the
 * slope of the mean energy contributes), restricted to displacements that leave the states degenerate to first order.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "intersect/search.h"
#include "intersect/trust.h"
#include "math/vector.h"
#include "molecule/modes.h"

/* hartree, 1 cm^-1: below it a direction is flat (a trough, a round cone), and the sign of its curvature is rounding.
 */
static const double flat = 4.6e-6;

typedef struct analysis {
    dia_surface surface;
    dia_point point;
    dia_tangent tangent;         /* of mass-weighted displacements */
    dia_trust trust;             /* curvatures of the tangent space */
    double *hessian, *J, *rigid; /* (n, n), (nrow, n), (6, n): one block */
} analysis;

static dia_status reserve(analysis *a, dia_error *error)
{
    size_t n = (size_t)a->surface.ncart, k = (size_t)a->point.nrow;
    if (!DIA_PARTS({&a->hessian, n * n}, {&a->J, k * n}, {&a->rigid, 6 * n}) || !dia_trust_open(&a->trust, (int)n))
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a Hessian of order %zu", n);
    return dia_tangent_open(&a->tangent, a->surface.ncart, a->point.nrow, error);
}

/* x -> M^(-1/2) x */
static void weight(const dia_molecule *molecule, double *x)
{
    for (int c = 0; c < molecule->ncart; c++)
        x[c] /= sqrt(molecule->masses[c / molecule->dimension]);
}

/* Hessian and tangent space in mass-weighted coordinates. */
static dia_status gather(analysis *a, const dia_problem *problem, const double *R, dia_error *error)
{
    const dia_molecule *molecule = a->surface.molecule;
    const int n = molecule->ncart;
    if (!dia_point_solve(&a->point, problem, R) ||
        !dia_block_hessian(&a->point.block, R, a->point.multiplier, a->hessian))
        return dia_error_set(error, DIA_ERROR_NUMERIC,
                             "no modes of the seam: the model's derivatives are not finite at this geometry");
    memcpy(a->J, a->point.J, (size_t)(a->point.nrow * n) * sizeof *a->J);
    for (int k = 0; k < a->point.nrow; k++)
        weight(molecule, a->J + k * n);
    for (int c = 0; c < n; c++) {
        weight(molecule, a->hessian + c * n);
        for (int d = 0; d < n; d++)
            a->hessian[c * n + d] /= sqrt(molecule->masses[c / molecule->dimension]);
    }
    if (!dia_surface_solve(&a->surface, R))
        return dia_error_set(error, DIA_ERROR_NUMERIC,
                             "no modes of the seam: the model is not finite at this geometry");
    int nrigid = dia_tangent_rigid(&a->surface, R, true, a->rigid);
    dia_tangent_make(&a->tangent, nrigid, a->rigid, a->point.nrow, a->J);
    return DIA_OK;
}

static dia_status diagonalise(dia_seam_modes *modes, analysis *a, dia_error *error)
{
    const int n = a->surface.ncart, m = a->tangent.ntangent;
    const double *Z = a->tangent.basis + (n - m) * n;
    if (!dia_trust_reduce(&a->trust, m, Z, a->hessian))
        return dia_error_set(error, DIA_ERROR_NUMERIC, "the Hessian of the seam cannot be diagonalised");
    modes->ncart = n;
    modes->nmode = m;
    modes->frequency = calloc((size_t)m + 1, sizeof(double)); /* + 1: never a request for zero bytes */
    modes->vector = calloc((size_t)(m * n) + 1, sizeof(double));
    if (modes->frequency == NULL || modes->vector == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d modes", m);
    for (int k = 0; k < m; k++) {
        double *v = modes->vector + k * n;
        modes->frequency[k] = copysign(sqrt(fabs(a->trust.E[k])), a->trust.E[k]);
        modes->negative += modes->frequency[k] < -flat;
        for (int i = 0; i < m; i++)
            dia_add(n, a->trust.V[i * m + k], Z + i * n, v);
        dia_modes_sign(n, v);
    }
    return DIA_OK;
}

dia_status dia_seam_modes_make(dia_seam_modes *modes, const dia_model *model, int first, int count, const double *R,
                               dia_error *error)
{
    dia_search_options options;
    dia_search_defaults(&options);
    analysis a = {0};
    *modes = (dia_seam_modes){0};
    dia_status status = dia_search_check(model, first, count, &options, error);
    if (status == DIA_OK)
        status = dia_surface_open(&a.surface, model, error);
    if (status != DIA_OK)
        return status;
    dia_problem problem = {.surface = &a.surface, .first = first, .count = count, .options = &options, .start = R};
    status = dia_point_open(&a.point, &problem, error);
    if (status == DIA_OK)
        status = reserve(&a, error);
    if (status == DIA_OK)
        status = gather(&a, &problem, R, error);
    if (status == DIA_OK)
        status = diagonalise(modes, &a, error);
    dia_tangent_close(&a.tangent);
    dia_point_close(&a.point);
    dia_trust_close(&a.trust);
    free(a.hessian);
    dia_surface_close(&a.surface);
    if (status != DIA_OK)
        dia_seam_modes_free(modes);
    return status;
}

void dia_seam_modes_free(dia_seam_modes *modes)
{
    free(modes->frequency);
    free(modes->vector);
    *modes = (dia_seam_modes){0};
}
