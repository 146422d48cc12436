/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eigenvalues and eigenvectors of small matrices, real symmetric and complex Hermitian. */
#ifndef DIA_MATH_EIGEN_H
#define DIA_MATH_EIGEN_H

#include <stdbool.h>
#include <stddef.h>

/* Doubles of work space for one matrix of order n. */
size_t dia_eigen_work(int n);

/* A = U diag(E) U^T, E ascending. A (n(n+1)/2): packed lower triangle; E (n); U (n, n), row-major: U[i*n + k] is
 * component i of vector k. work: dia_eigen_work(n) doubles. Returns false if A is not finite or LAPACK does not
 * converge: E is then NaN, U the unit matrix. The same A gives the same bits, whatever the alignment of the arrays.
 * Orders 2 to 5, needed in every step of every trajectory, by Jacobi rotations; others by LAPACK. */
bool dia_eigen_packed(int n, const double *A, double *E, double *U, double *work);
/* The same by LAPACK for any n: for tests of the rotations. */
bool dia_eigen_lapack(int n, const double *A, double *E, double *U, double *work);

/* Complex Hermitian A = U diag(E) U^H. A (n^2): packed real lower triangle, then imaginary strict lower triangle by rows; U
 * (n, n, 2), complex, as above. work: dia_eigen_hermitian_work(n) doubles. Of order 2 A is a real matrix with a phase, solved as
 * that; 3 to 16 by reflections and QL steps; larger ones by LAPACK. The phase of each vector is arbitrary. */
size_t dia_eigen_hermitian_work(int n);
bool dia_eigen_hermitian(int n, const double *A, double *E, double *U, double *work);
bool dia_eigen_hermitian_lapack(int n, const double *A, double *E, double *U, double *work);

/* Matrices rows[0..count-1], NULL: 0..count-1, of A (., npacked) -> the same rows of E (., n) and U, real or complex as above, each
 * the same bits in any company: eight at a time, side by side. Up to order 5, and complex ones, as by the functions above to the
 * last bit; real ones of order 6 to 16 by reflections and QL steps (eigen_kernel.h). work: of one. A matrix that fails is as above. */
void dia_eigen_rows(int n, bool hermitian, int count, const int *rows, const double *A, double *E, double *U,
                    double *work);

/* The same of real matrices, of which A0, E0 and U0 are matrices close by, their eigenvalues and vectors (rows alike): vectors of A have positive
 * overlap with those of U0. From order 6 on, up to 16, and where vectors turn by no more than about 0.1, they are refined by
 * products of matrices. Rows for which none of this could be done are solved as above, with any signs, and returned in `plain` (count);
 * returns their number. U0 and U must not overlap, nor E0 and E. */
int dia_eigen_rows_near(int n, int count, const int *rows, const double *A, const double *A0, const double *E0,
                        const double *U0, double *E, double *U, int *plain, double *work);
/* Can it be done for matrices of this order? */
static inline bool dia_eigen_near(int n)
{
    return n > 1 && n <= 16;
}

#endif
