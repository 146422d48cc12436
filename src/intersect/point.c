/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "intersect/search.h"
#include "math/vector.h"

/* bohr, radians, ...: how well a constraint is held */
static const double constraint_tolerance = 1e-8;

dia_status dia_point_open(dia_point *point, const dia_problem *problem, dia_error *error)
{
    size_t n = (size_t)problem->surface->ncart;
    *point = (dia_point){0};
    dia_status status = dia_block_open(&point->block, problem->surface, problem->first, problem->count, error);
    if (status == DIA_OK) {
        point->nrow = point->block.ncondition + problem->options->nconstraint;
        status = dia_tangent_open(&point->tangent, (int)n, point->nrow, error);
    }
    size_t k = (size_t)point->nrow;
    if (status == DIA_OK && !DIA_PARTS({&point->J, k * n}, {&point->c, k}, {&point->multiplier, k}, {&point->along, n},
                                       {&point->rigid, 6 * n}))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu conditions", k);
    if (status != DIA_OK)
        dia_point_close(point);
    return status;
}

void dia_point_close(dia_point *point)
{
    dia_block_close(&point->block);
    dia_tangent_close(&point->tangent);
    free(point->J);
    *point = (dia_point){0};
}

bool dia_point_solve(dia_point *p, const dia_problem *problem, const double *R)
{
    const dia_search_options *options = problem->options;
    const int n = problem->surface->ncart, own = p->block.ncondition;
    if (!dia_block_solve(&p->block, R))
        return false;
    memcpy(p->J, p->block.jacobian, (size_t)(own * n) * sizeof *p->J);
    memcpy(p->c, p->block.condition, (size_t)own * sizeof *p->c);
    p->violation = 0.0;
    for (int k = 0; k < options->nconstraint; k++) {
        const dia_constraint *constraint = &options->constraint[k];
        double *row = p->J + (own + k) * n;
        p->c[own + k] = constraint->residual(constraint->context, R, row);
        p->violation = fmax(p->violation, fabs(p->c[own + k]));
        if (!isfinite(p->c[own + k]) || !isfinite(dia_largest(n, row)))
            return false;
    }
    dia_tangent_make(&p->tangent, dia_tangent_rigid(problem->surface, R, false, p->rigid), p->rigid, p->nrow, p->J);
    for (int k = 0; k < p->nrow; k++)
        p->multiplier[k] = -dia_dot(n, p->tangent.inverse + k * n, p->block.gradient);
    memcpy(p->along, p->block.gradient, (size_t)n * sizeof *p->along);
    dia_tangent_project(&p->tangent, p->along);
    p->gradient = dia_largest(n, p->along);
    return true;
}

bool dia_point_converged(const dia_point *p, const dia_problem *problem)
{
    return p->block.gap < problem->options->gap && p->gradient < problem->options->gradient &&
           p->violation < constraint_tolerance;
}

double dia_point_distance(const dia_point *p, const dia_problem *problem)
{
    return p->gradient / problem->options->gradient + p->block.gap / problem->options->gap +
           p->violation / constraint_tolerance;
}

void dia_point_restore(const dia_point *p, double radius, double *v)
{
    const int n = p->block.ncart;
    memset(v, 0, (size_t)n * sizeof *v);
    for (int k = 0; k < p->nrow; k++)
        dia_add(n, -p->c[k], p->tangent.inverse + k * n, v);
    const double longest = dia_largest(n, v);
    for (int i = 0; longest > 0.8 * radius && i < n; i++)
        v[i] *= 0.8 * radius / longest;
}

bool dia_constraint_hessian(const dia_problem *problem, const double *R, const double *multiplier, double *hessian)
{
    static const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place[] = {-2, -1, 1, 2};
    const double step = 1e-3; /* bohr; fourth order: 1e-12 of a fifth derivative, and rounding of 1e-13 */
    const dia_search_options *options = problem->options;
    const int n = problem->surface->ncart;
    double *x = problem->surface->Rs, *g = problem->surface->Gs;
    for (int k = 0; k < options->nconstraint; k++) {
        memcpy(x, R, (size_t)n * sizeof *x);
        for (int c = 0; c < n; c++) {
            for (int q = 0; q < 4; q++) {
                x[c] = R[c] + place[q] * step;
                options->constraint[k].residual(options->constraint[k].context, x, g);
                for (int d = 0; d < n; d++) { /* both halves, so that the sum stays symmetric */
                    double add = 0.5 * multiplier[k] * weight[q] / step * g[d];
                    hessian[c * n + d] += add;
                    hessian[d * n + c] += add;
                }
            }
            x[c] = R[c];
        }
    }
    return isfinite(dia_largest(n * n, hessian));
}
