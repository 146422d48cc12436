/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dense row-major matrices, by BLAS and LAPACK. */
#ifndef DIA_MATH_MATRIX_H
#define DIA_MATH_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

/* C (m, n) = beta C + alpha op(A) op(B), inner dimension k; ta: A is (k, m) and used transposed; tb: B is (n, k). */
void dia_matrix_multiply(int m, int n, int k, double alpha, const double *A, bool ta, const double *B, bool tb,
                         double beta, double *C);
/* Doubles of work space for dia_matrix_orthonormalise. */
size_t dia_matrix_work(int n);
/* Columns of M (n, n) to orthonormal columns that span the same nested spaces (the Q of M = QR). False if LAPACK fails.
 */
bool dia_matrix_orthonormalise(int n, double *M, double *work);

#endif
