/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normal equations of the residuals (residual.h) of many points: A = J^T J, g = J^T r, and their damped solution.
 *
 * Rows of J are made in chunks of points by a team, in single precision (double accumulators, a double gradient), and
 * multiplied tile by tile of A; sums run in the order of the chunks, so all is bitwise the same for any number of
 * threads. A fills one triangle of a square, its Cholesky factor the other. */
#ifndef DIA_TRAIN_NORMAL_H
#define DIA_TRAIN_NORMAL_H

#include "train/objective.h"

typedef struct dia_normal dia_normal;

/* A from a part of the rows: of the vectors (gradients, couplings) of each geometry only a share of their components along
 * internal motions, drawn anew for each number and weighted so that A is right in the mean. g has all rows. */
typedef struct dia_sketch {
    double share; /* 1: all */
    uint64_t seed, number;
} dia_sketch;

/* Bytes that a dia_normal of the model with ntheta parameters takes for npoint points. */
double dia_normal_memory(int ntheta, int nstate, int ncart, int threads, int npoint);
/* objective and model are borrowed; loss and data are those of the objective. */
DIA_MUST_USE dia_status dia_normal_create(dia_normal **normal, dia_objective *objective, const dia_model *model,
                                          int npoint);
void dia_normal_free(dia_normal *normal);
/* sketch NULL: all rows. A and g of n points, each geometry's residuals divided by sqrt(n): 2 g is the gradient of the mean loss. response: 1/gap
 * in rows is smoothed below it (hartree), which damps the step where states nearly meet. *value: the mean loss. */
DIA_MUST_USE dia_status dia_normal_form(dia_normal *normal, int n, const int *points, double response,
                                        const dia_sketch *sketch, double *value);
const double *dia_normal_gradient(const dia_normal *normal); /* (ntheta) g */
double dia_normal_element(const dia_normal *normal, int i, int j);
/* Adds `more` to diagonal element i of A, and more times `value` to element i of g. */
void dia_normal_add(dia_normal *normal, int i, double more, double value);
/* step = -(A + mu mean(diag A) I)^-1 g. DIA_ERROR_NUMERIC: the matrix is not positive definite. */
DIA_MUST_USE dia_status dia_normal_solve(dia_normal *normal, double mu, double *step);

#endif
