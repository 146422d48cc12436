/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entry point of the searches: checks, choice of the method, and one test of the result for all methods. */
#include "intersect/search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math/vector.h"

const char *const dia_search_method_names[DIA_SEARCH_METHODS] = {"projection", "lagrange_newton", "penalty"};

/* hartree below the lowest energy of the reference geometry: no molecule has such a well */
static const double deepest_hole = 0.5;
/* bohr: an atom that has moved this far has run away */
static const double farthest = 20.0;

void dia_search_defaults(dia_search_options *options)
{
    *options = (dia_search_options){
        .method = DIA_SEARCH_LAGRANGE_NEWTON, .gap = 1e-9, .gradient = 1e-6, .max_step = 0.2, .iterations = 500};
}

bool dia_problem_lost(const dia_problem *problem, const double *R, double mean, char *why)
{
    const dia_molecule *molecule = problem->surface->molecule;
    for (int c = 0; molecule->dimension == 3 && c < molecule->ncart; c++)
        if (fabs(R[c] - problem->start[c]) > farthest) {
            snprintf(why, 200, "atom %d moved by more than %g bohr: the molecule comes apart", c / 3, farthest);
            return true;
        }
    if (mean < problem->lowest) {
        snprintf(why, 200,
                 "the mean energy fell to %.6f hartree, more than %g below the lowest one of the model's reference "
                 "geometry: a hole in the surface",
                 mean, deepest_hole);
        return true;
    }
    return false;
}

dia_status dia_search_check(const dia_model *model, int first, int count, const dia_search_options *options,
                            dia_error *error)
{
    if (options->method < 0 || options->method >= DIA_SEARCH_METHODS)
        return dia_error_set(error, DIA_ERROR_INPUT, "there is no search method number %d", (int)options->method);
    if (options->nconstraint > 0 && options->method != DIA_SEARCH_LAGRANGE_NEWTON)
        return dia_error_set(error, DIA_ERROR_INPUT, "constraints need the method lagrange_newton, not %s",
                             dia_search_method_names[options->method]);
    if (!(options->gap > 0.0) || !(options->gradient > 0.0) || !(options->max_step > 0.0) || options->iterations < 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "gap, gradient and max_step of a search must be positive, iterations not negative");
    return dia_states_check(model, first, count, 1, DIA_DEGENERATE_MAX, error);
}

/* Describes and tests the point, whichever method found it. */
static void judge(const dia_problem *problem, dia_point *point, const double *R, dia_search_result *result)
{
    const dia_search_options *options = problem->options;
    if (!dia_point_solve(point, problem, R)) {
        result->energy = result->gap = result->gradient = NAN;
        snprintf(result->why, sizeof result->why,
                 "the model's energies or gradients are not finite where the search starts");
        return;
    }
    result->energy = point->block.mean;
    result->gap = point->block.gap;
    result->gradient = point->gradient;
    result->converged = dia_point_converged(point, problem);
    if (result->converged)
        result->why[0] = 0;
    else if (result->why[0] == 0)
        snprintf(result->why, sizeof result->why,
                 "%s after %d iterations: gap %.2e hartree (wanted %.0e), gradient along the seam %.2e hartree/bohr "
                 "(wanted %.0e)",
                 result->iterations >= options->iterations ? "not done" : "no better point found", result->iterations,
                 result->gap, options->gap, result->gradient, options->gradient);
}

static dia_status run(dia_problem *problem, double *R, dia_search_result *result, dia_error *error)
{
    static dia_status (*const methods[])(const dia_problem *, double *, dia_search_result *, dia_error *) = {
        [DIA_SEARCH_PROJECTION] = dia_search_by_projection,
        [DIA_SEARCH_LAGRANGE_NEWTON] = dia_search_by_lagrange_newton,
        [DIA_SEARCH_PENALTY] = dia_search_by_penalty,
    };
    dia_point point;
    dia_status status = dia_point_open(&point, problem, error);
    if (status != DIA_OK)
        return status;
    bool finite = dia_surface_solve(problem->surface, problem->surface->molecule->reference);
    problem->lowest =
        finite && problem->surface->molecule->dimension == 3 ? problem->surface->E[0] - deepest_hole : -INFINITY;
    if (dia_point_solve(&point, problem, R))
        status = methods[problem->options->method](problem, R, result, error);
    if (status == DIA_OK)
        judge(problem, &point, R, result);
    dia_point_close(&point);
    return status;
}

dia_status dia_search(const dia_model *model, int first, int count, const dia_search_options *options, double *R,
                      dia_search_result *result, dia_error *error)
{
    *result = (dia_search_result){0};
    dia_surface surface;
    dia_status status = dia_search_check(model, first, count, options, error);
    if (status == DIA_OK)
        status = dia_surface_open(&surface, model, error);
    if (status != DIA_OK)
        return status;
    double *start = malloc((size_t)surface.ncart * sizeof *start);
    if (start == NULL) {
        dia_surface_close(&surface);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a geometry");
    }
    memcpy(start, R, (size_t)surface.ncart * sizeof *start);
    dia_problem problem = {.surface = &surface, .first = first, .count = count, .options = options, .start = start};
    status = run(&problem, R, result, error);
    free(start);
    dia_surface_close(&surface);
    return status;
}
