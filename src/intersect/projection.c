/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradient projection: Bearpark, Robb, Schlegel, Chem. Phys. Lett. 223, 269 (1994), DOI 10.1016/0009-2614(94)00433-1.
 * Within the branching plane a step closes the gap along its gradient (generalised: the shortest step in the space of
 * the conditions of degeneracy that closes all gaps); in the complement a quasi-Newton step follows the mean gradient,
 * of which the part in the plane has been taken out. Two things make it converge to 1e-9 hartree: the Hessian of the
 * complement is learned (BFGS) from projected gradients alone, which hold the curvature of the seam as well; and a step
 * that bends off the seam is pulled back along the conditions before it is judged by mean + mu |c| (Rosen's
 * restoration). With one state there is no plane: the search is BFGS. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "intersect/search.h"
#include "intersect/trust.h"
#include "math/vector.h"

typedef struct descent {
    const dia_problem *problem;
    int n, m; /* coordinates, conditions                                        */
    dia_point now, next;
    dia_trust trust;        /* curvatures of B in the complement                              */
    double *B;              /* (n, n) learned Hessian                           owned (all)   */
    double *plane, *step;   /* (n) step in the plane, whole step                              */
    double *R;              /* (n) trial geometry                                             */
    double *moved, *turned; /* (n) scratch of `learn`                                       */
    double radius;
    bool scaled; /* B has taken the scale of the first step                        */
} descent;

static dia_status descent_open(descent *s, const dia_problem *problem, dia_error *error)
{
    size_t n = (size_t)problem->surface->ncart;
    *s = (descent){.problem = problem, .n = (int)n, .radius = problem->options->max_step};
    dia_status status = dia_point_open(&s->now, problem, error);
    if (status == DIA_OK)
        status = dia_point_open(&s->next, problem, error);
    if (status != DIA_OK)
        return status;
    s->m = s->now.nrow;
    if (!DIA_PARTS({&s->B, n * n}, {&s->plane, n}, {&s->step, n}, {&s->R, n}, {&s->moved, n}, {&s->turned, n}) ||
        !dia_trust_open(&s->trust, (int)n))
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a Hessian of order %zu", n);
    for (size_t i = 0; i < n; i++)
        s->B[i * n + i] = 1.0;
    return DIA_OK;
}

static void descent_close(descent *s)
{
    dia_point_close(&s->now);
    dia_point_close(&s->next);
    dia_trust_close(&s->trust);
    free(s->B);
}

static bool propose(descent *s)
{
    const dia_tangent *t = &s->now.tangent;
    dia_point_restore(&s->now, s->radius, s->plane);
    if (!dia_trust_reduce(&s->trust, t->ntangent, t->basis + (s->n - t->ntangent) * s->n, s->B))
        return false;
    dia_trust_step(&s->trust, s->now.along, s->plane, s->radius, s->step);
    return true;
}

/* Is the trial geometry better? `slope`: predicted slope of the merit along the step. */
static bool better(descent *s, double mu, double slope)
{
    if (!dia_point_solve(&s->next, s->problem, s->R))
        return false;
    double fall =
        s->now.block.mean + mu * dia_norm(s->m, s->now.c) - s->next.block.mean - mu * dia_norm(s->m, s->next.c);
    if (slope < 0.0 && fall > -1e-4 * slope)
        return true;
    return dia_largest(s->n, s->step) < 0.01 &&
           dia_point_distance(&s->next, s->problem) <
               0.7 * dia_point_distance(&s->now, s->problem); /* rounding hides energies */
}

/* Shrinks the step until one is taken; `next` is then solved there. */
static bool advance(descent *s, const double *R)
{
    double condition[DIA_BLOCK_CONDITIONS], mean, gap;
    for (; s->radius > 1e-12; s->radius = 0.25 * fmin(s->radius, dia_largest(s->n, s->step))) {
        if (!propose(s))
            return false;
        double left = 0.0; /* |c| that the step leaves, to first order */
        for (int k = 0; k < s->m; k++)
            left += pow(s->now.c[k] + dia_dot(s->n, s->now.J + k * s->n, s->step), 2);
        /* As steep as the mean energy is in the plane for a unit of gap: closing the gap then always pays. */
        double mu = 1.5 * dia_norm(s->m, s->now.multiplier) + 0.05;
        double slope = dia_dot(s->n, s->now.block.gradient, s->step) - mu * (dia_norm(s->m, s->now.c) - sqrt(left));
        for (int i = 0; i < s->n; i++)
            s->R[i] = R[i] + s->step[i];
        bool good = better(s, mu, slope);
        if (!good && s->m > 0 && dia_block_conditions(&s->now.block, s->R, condition, &mean, &gap)) {
            double moved = 0.0;
            for (int k = 0; k < s->m; k++)
                dia_add(s->n, -condition[k], s->now.tangent.inverse + k * s->n, s->R);
            for (int i = 0; i < s->n; i++)
                moved = fmax(moved, fabs(s->R[i] - R[i]));
            good = moved <= s->problem->options->max_step && better(s, mu, slope);
        }
        if (good)
            return true;
    }
    return false;
}

/* BFGS in the complement of the new plane (Nocedal, Wright, Numerical Optimization, 2nd ed., eq. 6.19, scaled first
 * by 6.20). */
static void learn(descent *s, const double *R)
{
    const int n = s->n;
    double *moved = s->moved, *turned = s->turned, whole;
    for (int i = 0; i < n; i++) {
        moved[i] = s->R[i] - R[i];
        turned[i] = s->next.along[i] - s->now.along[i];
    }
    whole = dia_norm(n, moved);
    dia_tangent_project(&s->next.tangent, moved);
    dia_tangent_project(&s->next.tangent, turned);
    double sy = dia_dot(n, moved, turned), ss = dia_dot(n, moved, moved), yy = dia_dot(n, turned, turned);
    if (!(ss > 0.1 * whole * whole) || !(sy > 1e-4 * sqrt(ss * yy)))
        return; /* mostly across the seam, or along negative curvature: no information for B */
    for (int i = 0; i < n && !s->scaled; i++)
        s->B[i * n + i] = yy / sy;
    s->scaled = true;
    double *Bs = s->plane, sBs;
    for (int i = 0; i < n; i++)
        Bs[i] = dia_dot(n, s->B + i * n, moved);
    sBs = dia_dot(n, moved, Bs);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            s->B[i * n + j] += turned[i] * turned[j] / sy - Bs[i] * Bs[j] / sBs;
}

static void iterate(descent *s, double *R, dia_search_result *result)
{
    const dia_search_options *options = s->problem->options;
    if (!dia_point_solve(&s->now, s->problem, R))
        return;
    while (!dia_point_converged(&s->now, s->problem) && result->iterations < options->iterations &&
           !dia_problem_lost(s->problem, R, s->now.block.mean, result->why)) {
        if (!advance(s, R))
            return;
        result->iterations++;
        learn(s, R);
        memcpy(R, s->R, (size_t)s->n * sizeof *R);
        dia_point swap = s->now;
        s->now = s->next;
        s->next = swap;
        s->radius = fmin(2.0 * s->radius, options->max_step);
    }
}

dia_status dia_search_by_projection(const dia_problem *problem, double *R, dia_search_result *result, dia_error *error)
{
    descent s;
    dia_status status = descent_open(&s, problem, error);
    if (status == DIA_OK)
        iterate(&s, R, result);
    descent_close(&s);
    return status;
}
