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

/* B (n, n) becomes B A^-1, row-major; A is overwritten, pivot (n) is work space. False if A is singular or a number is
 * not finite. */
bool dia_matrix_divide_complex(int n, double _Complex *B, double _Complex *A, int *pivot);

/* Parts of large matrices, column-major: element (i, j) of M is M[j * ld + i]. */
/* C (m, n; ld m) = A^T B, A (k, m) and B (k, n) row-major with rows of lda and ldb numbers, single precision. */
void dia_matrix_product_float(int m, int n, int k, const float *A, int lda, const float *B, int ldb, float *C);
/* The lower triangle of M (n, n) becomes L of M = L L^T; false: not positive definite. The upper one is not touched. */
bool dia_matrix_cholesky(int n, double *M, int ld);
/* B (m, n) becomes B L^-T, L (n, n) lower. */
void dia_matrix_divide(int m, int n, const double *L, double *B, int ld);
/* C (m, n) -= A B^T, A (m, k), B (n, k); of a square C with A == B only the lower triangle. */
void dia_matrix_subtract(int m, int n, int k, const double *A, const double *B, double *C, int ld);
/* x becomes (L L^T)^-1 x, L (n, n) the lower triangle of M. */
void dia_matrix_solve(int n, const double *M, int ld, double *x);

#endif
