/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/eigen.h"

#include <lapacke.h>
#include <math.h>

/* dsyev wants at least 3n-1; (block size + 2) n lets it work blocked when n is large. */
static int lapack_work(int n)
{
    return 34 * n;
}

size_t dia_eigen_work(int n)
{
    return (size_t)n * (size_t)n + (size_t)lapack_work(n);
}

static bool is_finite(int n, const double *A)
{
    double sum = 0.0; /* 0 * x is NaN for NaN and infinity */
    for (int i = 0; i < n * (n + 1) / 2; i++)
        sum += 0.0 * A[i];
    return sum == 0.0;
}

static void set_failed(int n, double *E, double *U)
{
    for (int i = 0; i < n; i++) {
        E[i] = NAN;
        for (int k = 0; k < n; k++)
            U[i * n + k] = i == k ? 1.0 : 0.0;
    }
}

bool dia_eigen_packed(int n, const double *A, double *E, double *U, double *work)
{
    if (!is_finite(n, A)) {
        set_failed(n, E, U);
        return false;
    }
    /* Our rows are LAPACK's columns: the lower triangle by rows is its upper triangle by columns. */
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            work[i * n + j] = A[i * (i + 1) / 2 + j];
    if (LAPACKE_dsyev_work(LAPACK_COL_MAJOR, 'V', 'U', n, work, n, E, work + n * n, lapack_work(n)) != 0) {
        set_failed(n, E, U);
        return false;
    }
    for (int k = 0; k < n; k++) /* vector k is LAPACK's column k */
        for (int i = 0; i < n; i++)
            U[i * n + k] = work[k * n + i];
    return true;
}
