/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/interpolate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math/vector.h"
#include "molecule/match.h"

typedef struct leg { /* from A to B (ncart) in `points` points */
    dia_interpolated *result;
    const dia_model *model;
    const dia_molecule *molecule;
    const dia_watch *watch;
    int number, points, total;
    const double *A, *B; /* B, superposed on A */
    double *R;           /* (ncart) the point being made */
    double *before;      /* (ncart) the one before        */
} leg;

static dia_status add_point(leg *l, int i, const double *R, dia_error *error)
{
    dia_interpolated *result = l->result;
    result->fraction[result->path.npoint] = l->number + (double)i / (l->points - 1);
    const dia_status status = dia_path_add(&result->path, R, error);
    return status == DIA_OK ? dia_watch_tell(l->watch, result->path.npoint, l->total, error) : status;
}

static dia_status walk_cartesian(leg *l, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int i = 1; i < l->points - 1 && status == DIA_OK; i++) {
        const double t = (double)i / (l->points - 1);
        for (int c = 0; c < l->molecule->ncart; c++)
            l->R[c] = (1.0 - t) * l->A[c] + t * l->B[c];
        status = add_point(l, i, l->R, error);
    }
    return status == DIA_OK ? add_point(l, l->points - 1, l->B, error) : status;
}

/* The walk may end beside B, if the fit has found other values that are as good, where bonds form and break. The
 * remaining difference is spread linearly over the points of the leg. */
static dia_status arrive(leg *l, double *B, dia_error *error)
{
    static const double most = 0.5; /* bohr */
    const int n = l->molecule->ncart;
    dia_path *path = &l->result->path;
    dia_status status = dia_path_superpose(l->molecule, l->R, B, error);
    if (status != DIA_OK)
        return status;
    double worst = 0.0;
    for (int c = 0; c < n; c++)
        worst = fmax(worst, fabs(B[c] - l->R[c]));
    l->result->closure[l->number] = worst;
    if (!(worst < most))
        return dia_error_set(error, DIA_ERROR_NUMERIC,
                             "the walk in internal coordinates ends at another geometry: an atom is %.3g bohr off",
                             worst);
    for (int i = 1; i < l->points - 1; i++) {
        double *R = path->R + (size_t)(path->npoint - (l->points - 1) + i) * (size_t)n;
        for (int c = 0; c < n; c++)
            R[c] += (B[c] - l->R[c]) * i / (l->points - 1);
    }
    return DIA_OK;
}

/* l->R becomes the geometry nearby that fits the values best; for distances the one near the straight line, since
 * distances cannot tell in which direction to leave a plane. A jump means that no geometry has these values:
 * coordinates that suit the ends fail in between. */
static dia_status stride(leg *l, const dia_internal_set *set, const double *target, double fraction, dia_error *error)
{
    static const double most = 0.8; /* bohr; values change by 0.1 bohr or radians at most */
    const int n = l->molecule->ncart;
    memcpy(l->before, l->R, (size_t)n * sizeof *l->R);
    for (int c = 0; c < n && l->result->kind == DIA_INTERPOLATION_DISTANCES; c++)
        l->R[c] = (1.0 - fraction) * l->A[c] + fraction * l->B[c];
    dia_status status = dia_internal_fit(l->molecule, set, target, l->R, error);
    if (status == DIA_OK)
        status = dia_path_superpose(l->molecule, l->before, l->R, error);
    double worst = 0.0;
    for (int c = 0; c < n && status == DIA_OK; c++)
        worst = fmax(worst, fabs(l->R[c] - l->before[c]));
    if (worst > most)
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "an atom jumps by %.3g bohr", worst);
    return status;
}

/* Strides between points are kept short, so that each geometry is found near the one before. */
static dia_status walk_internal(leg *l, const dia_internal_set *set, double *q, double *change, double *B,
                                dia_error *error)
{
    dia_internal_change(set, l->A, l->B, change);
    for (int i = 0; i < set->n; i++)
        q[i] = dia_coordinate_value(&set->coordinate[i], l->A);
    const int each = 1 + (int)(dia_largest(set->n, change) / 0.1 / (l->points - 1)), strides = each * (l->points - 1);
    double *target = change + set->n;
    dia_status status = DIA_OK;
    memcpy(l->R, l->A, (size_t)l->molecule->ncart * sizeof *l->R);
    for (int s = 1; s <= strides && status == DIA_OK; s++) {
        for (int i = 0; i < set->n; i++)
            target[i] = q[i] + change[i] * s / strides;
        status = stride(l, set, target, (double)s / strides, error);
        if (status == DIA_OK && s % each == 0 && s < strides)
            status = add_point(l, s / each, l->R, error);
    }
    if (status == DIA_OK)
        status = arrive(l, B, error);
    return status == DIA_OK ? add_point(l, l->points - 1, B, error) : status;
}

static dia_status walk(leg *l, dia_interpolation kind, double *B, dia_error *error)
{
    if (kind == DIA_INTERPOLATION_CARTESIAN || l->molecule->dimension != 3)
        return walk_cartesian(l, error);
    const size_t n = (size_t)l->molecule->ncart;
    double *both = malloc(2 * n * sizeof *both);
    if (both == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for two geometries");
    memcpy(both, l->A, n * sizeof *both);
    memcpy(both + n, l->B, n * sizeof *both);
    dia_internal_set set;
    dia_status status = kind == DIA_INTERPOLATION_DISTANCES
                            ? dia_internal_set_make_distances(&set, l->molecule, 2, both, error)
                            : dia_internal_set_make(&set, l->molecule, 2, both, error);
    free(both);
    if (status != DIA_OK)
        return status;
    double *q = malloc(3 * (size_t)(set.n + 1) * sizeof *q);
    status = q == NULL ? dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d internal coordinates", set.n)
                       : walk_internal(l, &set, q, q + set.n + 1, B, error);
    free(q);
    dia_internal_set_free(&set);
    if (status == DIA_ERROR_NUMERIC)
        dia_error_prefix(
            error,
            "from geometry %d to %d no way was found (give a geometry between them, or interpolate in `distances` or "
            "`cartesian` coordinates)",
            l->number, l->number + 1);
    return status;
}

/* Are the model's energies at A and at B the same? */
static bool same_energies(const dia_model *model, const double *A, const double *B)
{
    dia_path path;
    dia_error quiet = {0};
    dia_path_init(&path, model);
    bool same = dia_path_add(&path, A, &quiet) == DIA_OK && dia_path_add(&path, B, &quiet) == DIA_OK &&
                dia_path_evaluate(&path, model, &quiet) == DIA_OK;
    for (int k = 0; same && k < path.nstate; k++)
        same = fabs(path.E[k] - path.E[path.nstate + k]) < 1e-6;
    dia_path_free(&path);
    return same;
}

/* B becomes its permutation or mirror image nearest to A, if the model has the same energies there. R is scratch. */
static void exchange(const leg *l, const dia_match *match, double *B)
{
    dia_placement placement;
    dia_match_distance(match, l->A, B, &placement);
    dia_match_place(match, &placement, B, l->R);
    if (same_energies(l->model, B, l->R))
        memcpy(B, l->R, (size_t)l->molecule->ncart * sizeof *B);
}

static dia_status walk_all(dia_interpolated *result, const dia_model *model, const dia_interpolate_options *options,
                           int ngeometry, const double *geometries, const dia_watch *watch, dia_error *error)
{
    const dia_molecule *molecule = dia_model_molecule(model);
    const size_t n = (size_t)molecule->ncart;
    double *A = malloc(4 * n * sizeof *A), *B = A + n;
    if (A == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for four geometries");
    leg l = {result, model, molecule,  watch,    0, options->points, (ngeometry - 1) * (options->points - 1) + 1,
             A,      B,     A + 2 * n, A + 3 * n};
    dia_match *match = NULL;
    dia_error quiet = {0};
    if (options->exchange && molecule->dimension == 3 &&
        dia_match_create(&match, molecule, NULL, true, &quiet) != DIA_OK)
        match = NULL; /* too many permutations to try: the geometries stay as they are */
    memcpy(A, geometries, n * sizeof *A);
    dia_status status = add_point(&l, 0, A, error);
    for (int g = 1; g < ngeometry && status == DIA_OK; g++) {
        l.number = g - 1;
        memcpy(B, geometries + (size_t)g * n, n * sizeof *B);
        if (match != NULL)
            exchange(&l, match, B);
        status = dia_path_superpose(molecule, A, B, error);
        if (status == DIA_OK)
            status = walk(&l, options->kind, B, error);
        result->node[g] = result->path.npoint - 1;
        memcpy(A, B, n * sizeof *A);
    }
    dia_match_free(match);
    free(A);
    return status;
}

dia_status dia_interpolate(dia_interpolated *result, const dia_model *model, const dia_interpolate_options *options,
                           int ngeometry, const double *geometries, const dia_watch *watch, dia_error *error)
{
    *result = (dia_interpolated){.kind = options->kind, .ngeometry = ngeometry};
    if (ngeometry < 2)
        return dia_error_set(error, DIA_ERROR_INPUT, "an interpolation needs 2 geometries or more, found %d",
                             ngeometry);
    if (options->points < 2)
        return dia_error_set(error, DIA_ERROR_INPUT, "an interpolation needs 2 points or more, found %d",
                             options->points);
    dia_path_init(&result->path, model);
    result->node = calloc((size_t)ngeometry, sizeof *result->node);
    result->closure = calloc((size_t)ngeometry, sizeof *result->closure);
    result->fraction = calloc((size_t)(ngeometry - 1) * (size_t)options->points + 1, sizeof *result->fraction);
    dia_status status = result->node == NULL || result->fraction == NULL || result->closure == NULL
                            ? dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for an interpolation")
                            : walk_all(result, model, options, ngeometry, geometries, watch, error);
    if (status == DIA_OK)
        status = dia_path_evaluate(&result->path, model, error);
    if (status != DIA_OK)
        dia_interpolated_free(result);
    return status;
}

void dia_interpolated_free(dia_interpolated *result)
{
    free(result->node);
    free(result->fraction);
    free(result->closure);
    dia_path_free(&result->path);
    *result = (dia_interpolated){0};
}
