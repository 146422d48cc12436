/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the methods of dia_search share: the problem, when a search has converged, when it has run away. */
#ifndef DIA_INTERSECT_SEARCH_H
#define DIA_INTERSECT_SEARCH_H

#include "diabolo/intersect.h"
#include "intersect/block.h"
#include "intersect/tangent.h"

typedef struct dia_problem {
    dia_surface *surface;
    int first, count;
    const dia_search_options *options;
    const double *start; /* (ncart) where the search began                            */
    double lowest;       /* hartree: a mean energy below it is a hole in the model     */
} dia_problem;

/* A point with all that is known to first order. Rows of J: the conditions of degeneracy, then the constraints. */
typedef struct dia_point {
    dia_block_view block;
    dia_tangent tangent;
    int nrow;
    double *J;          /* (nrow, ncart)                                                      owned (one block) */
    double *c;          /* (nrow)                                                                               */
    double *multiplier; /* (nrow): make mean gradient + J^T multiplier shortest                                 */
    double *along;      /* (ncart) the mean gradient's part along the seam                                      */
    double *rigid;      /* (6, ncart)                                                                           */
    double gradient;    /* largest component of `along`                                                         */
    double violation;   /* largest |residual| of the constraints                                                */
} dia_point;

DIA_MUST_USE dia_status dia_point_open(dia_point *point, const dia_problem *problem, dia_error *error);
void dia_point_close(dia_point *point);
/* False if H is not finite at R. */
bool dia_point_solve(dia_point *point, const dia_problem *problem, const double *R);
/* Gap, gradient and constraints within the options' limits? */
bool dia_point_converged(const dia_point *point, const dia_problem *problem);
/* How far from converged, in units of the tolerances. */
double dia_point_distance(const dia_point *point, const dia_problem *problem);
/* v (ncart): the shortest step that meets the conditions to first order; no component longer than 0.8 radius, so that something is
 * left for a step along the seam. */
void dia_point_restore(const dia_point *point, double radius, double *v);
/* hessian (ncart, ncart) += sum_k multiplier_k d2 constraint_k / dR2, by differences of their gradients. False if not
 * finite. */
bool dia_constraint_hessian(const dia_problem *problem, const double *R, const double *multiplier, double *hessian);
/* Has the search run away? Then `why` (200) says how. */
bool dia_problem_lost(const dia_problem *problem, const double *R, double mean, char *why);

/* DIA_ERROR_INPUT with a message if the model has no such states or the options contradict each other. */
DIA_MUST_USE dia_status dia_search_check(const dia_model *model, int first, int count,
                                         const dia_search_options *options, dia_error *error);

/* The methods: R (ncart) start, then the best point met. They fill result->iterations and, when they give up,
 * result->why; whether the point has converged is decided by dia_search for all of them. The only error they return is
 * lack of memory. */
dia_status dia_search_by_lagrange_newton(const dia_problem *problem, double *R, dia_search_result *result,
                                         dia_error *error);
dia_status dia_search_by_projection(const dia_problem *problem, double *R, dia_search_result *result, dia_error *error);
dia_status dia_search_by_penalty(const dia_problem *problem, double *R, dia_search_result *result, dia_error *error);

#endif
