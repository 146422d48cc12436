/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exponential of a small real matrix, and the distributions of errors. */
#ifndef DIA_MATH_EXPONENTIAL_H
#define DIA_MATH_EXPONENTIAL_H

#include <stdbool.h>
#include <stddef.h>

/* Doubles of work space. */
size_t dia_matrix_exponential_work(int n);
/* X (n, n) = exp(A), A (n, n), row-major, not necessarily symmetric. Diagonal Padé approximant of order 6 with scaling
 * and squaring (Moler, Van Loan, SIAM Rev. 45, 3 (2003), method 3), linear systems by LAPACK. False if A is not finite.
 */
bool dia_matrix_exponential(int n, const double *A, double *X, double *work);

/* Standard normal distribution function and its inverse (0 < p < 1), GSL. */
double dia_normal_share(double x);
double dia_normal_quantile(double p);
/* Of Student's t distribution with `freedom` > 0 degrees of freedom, which need not be a whole number. */
double dia_student_quantile(double p, double freedom);

#endif
