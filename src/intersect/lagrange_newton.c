/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Newton's method on L(R, lambda) = mean energy + sum_k lambda_k c_k(R), c_k the conditions of degeneracy (block.h) and
 * the caller's constraints: Manaa, Yarkony, JCP 99, 5251 (1993), DOI 10.1063/1.465993, with the full Hessian of L. The
 * system
 *
 *   ( L_RR  J^T ) ( step   )     ( gradient of the mean )
 *   (  J     0  ) ( lambda ) = - (          c           )
 *
 * is solved in two parts: the shortest step that solves J n = -c, and a step t in the tangent space of the seam. Far
 * from the goal the tangent part goes downhill along directions of negative curvature too, and is kept inside a trust
 * region (steps as in Byrd and Omojokun's method: Nocedal, Wright, Numerical Optimization, 2nd ed., section 18.5),
 * steered by the merit function mean + mu |c| + nu sum |constraints|; |c| is a multiple of the root of the squared
 * gaps, so the merit depends on energies only. A step that fails only because the seam is curved is bent back onto it
 * (second-order correction, ibid. section 18.3). Near the solution none of this is active, and the convergence is
 * quadratic. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "intersect/search.h"
#include "intersect/trust.h"
#include "math/vector.h"

typedef struct newton {
    const dia_problem *problem;
    int n, own;            /* coordinates; conditions of degeneracy among the rows   */
    dia_point now, trial;  /* trial: for the judgement of steps near the end         */
    dia_trust trust;       /* curvatures of the tangent space                        */
    double *hessian;       /* (n, n) of the Lagrangian                 owned (all)   */
    double *normal, *step; /* (n) the part that closes the gap; the whole            */
    double *force;         /* (n) scratch                                            */
    double *R;             /* (n) trial geometry                                     */
    double *c;             /* (nrow) conditions there                                */
    double mu, nu;         /* weights of the merit function                          */
    double radius;         /* largest component of a step                            */
} newton;

static dia_status newton_open(newton *s, const dia_problem *problem, dia_error *error)
{
    size_t n = (size_t)problem->surface->ncart;
    *s = (newton){.problem = problem, .n = (int)n, .radius = problem->options->max_step};
    dia_status status = dia_point_open(&s->now, problem, error);
    if (status == DIA_OK)
        status = dia_point_open(&s->trial, problem, error);
    if (status != DIA_OK)
        return status;
    s->own = s->now.block.ncondition;
    if (!DIA_PARTS({&s->hessian, n * n}, {&s->normal, n}, {&s->step, n}, {&s->force, n}, {&s->R, n},
                   {&s->c, (size_t)s->now.nrow}) ||
        !dia_trust_open(&s->trust, (int)n))
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a Hessian of order %zu", n);
    return DIA_OK;
}

static void newton_close(newton *s)
{
    dia_point_close(&s->now);
    dia_point_close(&s->trial);
    dia_trust_close(&s->trust);
    free(s->hessian);
}

/* y = hessian x */
static void apply(const newton *s, const double *x, double *y)
{
    for (int i = 0; i < s->n; i++)
        y[i] = dia_dot(s->n, s->hessian + i * s->n, x);
}

/* The step for the present trust radius. */
static void propose(newton *s)
{
    dia_point_restore(&s->now, s->radius, s->normal);
    apply(s, s->normal, s->force); /* gradient of the mean's model after the normal part */
    dia_add(s->n, 1.0, s->now.block.gradient, s->force);
    dia_trust_step(&s->trust, s->force, s->normal, s->radius, s->step);
}

static double merit(const newton *s, double mean, const double *c)
{
    double sum = mean + s->mu * dia_norm(s->own, c);
    for (int k = s->own; k < s->now.nrow; k++)
        sum += s->nu * fabs(c[k]);
    return sum;
}

/* Decrease of the merit that the quadratic model predicts; the weights are raised until closing the gap pays. */
static double predict(newton *s)
{
    const dia_point *p = &s->now;
    apply(s, s->step, s->force);
    double rise = dia_dot(s->n, p->block.gradient, s->step) + 0.5 * dia_dot(s->n, s->force, s->step);
    for (int k = 0; k < p->nrow; k++)
        s->c[k] = p->c[k] + dia_dot(s->n, p->J + k * s->n, s->step);
    double nu = 0.0, multiplier = dia_norm(s->own, p->multiplier);
    for (int k = s->own; k < p->nrow; k++)
        nu = fmax(nu, fabs(p->multiplier[k]));
    s->mu = 1.5 * multiplier + 0.05; /* larger than the multiplier: the merit is exact; the rest for the far field */
    s->nu = 1.5 * nu + 1e-3;
    double fall = merit(s, 0.0, p->c) - merit(s, 0.0, s->c);
    if (fall > 0.0 && rise > 0.5 * fall) { /* ibid. eq. 18.36 */
        double factor = rise / (0.5 * fall);
        s->mu *= factor;
        s->nu *= factor;
        fall *= factor;
    }
    return fall - rise;
}

/* Conditions, constraints and the mean energy at s->R. */
static bool look(newton *s, double *mean)
{
    const dia_search_options *options = s->problem->options;
    double gap;
    if (!dia_block_conditions(&s->now.block, s->R, s->c, mean, &gap))
        return false;
    for (int k = 0; k < options->nconstraint; k++) {
        s->c[s->own + k] = options->constraint[k].residual(options->constraint[k].context, s->R, s->force);
        if (!isfinite(s->c[s->own + k]))
            return false;
    }
    return true;
}

/* Tries now.R + step (in s->R); true if it is taken. */
static bool attempt(newton *s, const double *R, double predicted, double *ratio)
{
    double mean, before = merit(s, s->now.block.mean, s->now.c);
    for (int i = 0; i < s->n; i++)
        s->R[i] = R[i] + s->step[i];
    *ratio = -1.0;
    if (!look(s, &mean))
        return false;
    *ratio = (before - merit(s, mean, s->c)) / predicted;
    if (predicted > 0.0 && *ratio > 1e-4)
        return true;
    for (int k = 0; k < s->now.nrow; k++) /* second-order correction */
        dia_add(s->n, -s->c[k], s->now.tangent.inverse + k * s->n, s->R);
    double moved = 0.0;
    for (int i = 0; i < s->n; i++)
        moved = fmax(moved, fabs(s->R[i] - R[i]));
    if (predicted > 0.0 && s->now.nrow > 0 && moved <= fmin(1.5 * s->radius, s->problem->options->max_step) &&
        look(s, &mean)) {
        double corrected = (before - merit(s, mean, s->c)) / predicted;
        if (corrected > 1e-4) {
            *ratio = corrected;
            return true;
        }
    }
    if (dia_largest(s->n, s->step) > 0.01)
        return false;
    /* Near the end rounding hides the merit's last digits; the conditions themselves are then decisive. */
    for (int i = 0; i < s->n; i++)
        s->R[i] = R[i] + s->step[i];
    return dia_point_solve(&s->trial, s->problem, s->R) &&
           dia_point_distance(&s->trial, s->problem) < 0.5 * dia_point_distance(&s->now, s->problem);
}

/* One step: shrinks the trust region until one is taken. */
static bool advance(newton *s, double *R)
{
    const double max_step = s->problem->options->max_step;
    for (; s->radius > 1e-12; s->radius = 0.25 * fmin(s->radius, dia_largest(s->n, s->step))) {
        double ratio;
        propose(s);
        double predicted = predict(s);
        if (attempt(s, R, predicted, &ratio)) {
            if (ratio > 0.75 || ratio < 0.0)
                s->radius = fmin(2.0 * s->radius, max_step);
            else if (ratio < 0.25)
                s->radius = fmax(0.5 * s->radius, 1e-3 * max_step);
            memcpy(R, s->R, (size_t)s->n * sizeof *R);
            return true;
        }
    }
    return false;
}

static void iterate(newton *s, double *R, dia_search_result *result)
{
    const dia_problem *problem = s->problem;
    const dia_tangent *tangent = &s->now.tangent;
    for (;; result->iterations++) {
        if (!dia_point_solve(&s->now, problem, R)) {
            snprintf(result->why, sizeof result->why, "the model's gradients are not finite at step %d",
                     result->iterations);
            return;
        }
        if (dia_point_converged(&s->now, problem) || result->iterations >= problem->options->iterations ||
            dia_problem_lost(problem, R, s->now.block.mean, result->why))
            return;
        if (!dia_block_hessian(&s->now.block, R, s->now.multiplier, s->hessian) ||
            !dia_constraint_hessian(problem, R, s->now.multiplier + s->own, s->hessian) ||
            !dia_trust_reduce(&s->trust, tangent->ntangent, tangent->basis + (s->n - tangent->ntangent) * s->n,
                              s->hessian)) {
            snprintf(result->why, sizeof result->why, "the model's second derivatives are not finite at step %d",
                     result->iterations);
            return;
        }
        if (!advance(s, R))
            return; /* dia_search tests where it ended */
    }
}

dia_status dia_search_by_lagrange_newton(const dia_problem *problem, double *R, dia_search_result *result,
                                         dia_error *error)
{
    newton s;
    dia_status status = newton_open(&s, problem, error);
    if (status == DIA_OK)
        iterate(&s, R, result);
    newton_close(&s);
    return status;
}
