/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/matrix.h"

#include <cblas.h>
#include <complex.h>
#include <lapacke.h>

void dia_matrix_multiply(int m, int n, int k, double alpha, const double *A, bool ta, const double *B, bool tb,
                         double beta, double *C)
{
    cblas_dgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, alpha, A,
                ta ? m : k, B, tb ? k : n, beta, C, n);
}

size_t dia_matrix_work(int n)
{
    return (size_t)n + 32 * (size_t)n; /* reflectors, then a blocked work space */
}

/* Row-major columns are the rows of LAPACK's column-major view, so M = QR is its LQ factorisation. */
bool dia_matrix_orthonormalise(int n, double *M, double *work)
{
    return LAPACKE_dgelqf_work(LAPACK_COL_MAJOR, n, n, M, n, work, work + n, 32 * n) == 0 &&
           LAPACKE_dorglq_work(LAPACK_COL_MAJOR, n, n, n, M, n, work, work + n, 32 * n) == 0;
}

/* Row-major memory is LAPACK's transposed matrix: A^T X^T = B^T. */
bool dia_matrix_divide_complex(int n, double complex *B, double complex *A, int *pivot)
{
    if (LAPACKE_zgesv_work(LAPACK_COL_MAJOR, n, n, A, n, pivot, B, n) != 0)
        return false;
    double sum = 0.0; /* 0 * x is NaN for NaN and infinity */
    for (int i = 0; i < n * n; i++)
        sum += 0.0 * creal(B[i]) + 0.0 * cimag(B[i]);
    return sum == 0.0;
}

void dia_matrix_product_float(int m, int n, int k, const float *A, int lda, const float *B, int ldb, float *C)
{
    /* rows of A are columns of LAPACK's view, in which A is (m, k) */
    cblas_sgemm(CblasColMajor, CblasNoTrans, CblasTrans, m, n, k, 1.0f, A, lda, B, ldb, 0.0f, C, m);
}

bool dia_matrix_cholesky(int n, double *M, int ld)
{
    return LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', n, M, ld) == 0;
}

void dia_matrix_divide(int m, int n, const double *L, double *B, int ld)
{
    cblas_dtrsm(CblasColMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, m, n, 1.0, L, ld, B, ld);
}

void dia_matrix_subtract(int m, int n, int k, const double *A, const double *B, double *C, int ld)
{
    if (A == B)
        cblas_dsyrk(CblasColMajor, CblasLower, CblasNoTrans, n, k, -1.0, A, ld, 1.0, C, ld);
    else
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, m, n, k, -1.0, A, ld, B, ld, 1.0, C, ld);
}

void dia_matrix_solve(int n, const double *M, int ld, double *x)
{
    cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, n, M, ld, x, 1);
    cblas_dtrsv(CblasColMajor, CblasLower, CblasTrans, CblasNonUnit, n, M, ld, x, 1);
}
