/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/matrix.h"

#include <cblas.h>
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
