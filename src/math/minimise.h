/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Minimum of a smooth function of some tens to a thousand variables with known gradient. */
#ifndef DIA_MATH_MINIMISE_H
#define DIA_MATH_MINIMISE_H

#include "diabolo/base.h"

/* f(x) and its gradient g (n). Returns false if the function is not defined at x (not finite, ...). */
typedef bool dia_function(void *context, const double *x, double *f, double *g);

typedef struct dia_minimum {
    double f;        /* at the end                     */
    double gradient; /* largest component at the end   */
    int iterations;
} dia_minimum;

enum { DIA_MINIMISE_MANY = 64 }; /* variables */

/* Quasi-Newton (BFGS) steps along eigenvectors of the approximate Hessian, none longer than max_step, until no
 * component of the gradient exceeds `tolerance`. Of more than DIA_MINIMISE_MANY variables the inverse Hessian is approximated, whose steps
 * take n^2 operations for n^3. x (n): start, then the minimum. hessian (n, n): at the start, symmetric, of whatever signature; NULL: not
 * known, and one is made up. DIA_ERROR_NUMERIC without convergence;
 * x is the best point found. */
DIA_MUST_USE dia_status dia_minimise(int n, double *x, const double *hessian, dia_function *function, void *context,
                                     double tolerance, double max_step, int max_iterations, dia_minimum *minimum,
                                     dia_error *error);

#endif
