/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/exponential.h"

#include <lapacke.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

enum { ORDER = 6 };

size_t dia_matrix_exponential_work(int n)
{
    const size_t size = (size_t)n * (size_t)n;
    return 4 * size + ((size_t)n * sizeof(lapack_int) + sizeof(double) - 1) / sizeof(double);
}

static void multiply(int n, const double *A, const double *B, double *C)
{
    memset(C, 0, (size_t)n * (size_t)n * sizeof *C);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++) {
            const double a = A[i * n + k];
            if (a != 0) /* rate matrices, and blocks of them, are mostly zero */
                for (int j = 0; j < n; j++)
                    C[i * n + j] += a * B[k * n + j];
        }
}

/* Halvings that bring the norm (largest row sum of magnitudes) to 1/2 or less; -1: not finite, or much too large. */
static int halvings(int n, const double *A)
{
    double norm = 0;
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++)
            sum += fabs(A[i * n + j]);
        norm = fmax(norm, sum);
        if (!(sum <= 1e100))
            return -1;
    }
    int exponent = 0;
    if (norm > 0)
        frexp(norm, &exponent);
    return exponent + 1 > 0 ? exponent + 1 : 0;
}

bool dia_matrix_exponential(int n, const double *A, double *X, double *work)
{
    const size_t size = (size_t)n * (size_t)n;
    double *scaled = work, *power = work + size, *other = work + 2 * size, *denominator = work + 3 * size;
    lapack_int *pivot = (lapack_int *)(work + 4 * size);
    const int times = halvings(n, A);
    if (times < 0)
        return false;
    double coefficient = 1;
    for (size_t i = 0; i < size; i++) {
        scaled[i] = ldexp(A[i], -times);
        power[i] = X[i] = denominator[i] = i % (size_t)(n + 1) == 0;
    }
    for (int k = 1; k <= ORDER; k++) {
        coefficient *= (double)(ORDER - k + 1) / (double)(k * (2 * ORDER - k + 1));
        multiply(n, scaled, power, other);
        double *swap = power;
        power = other;
        other = swap;
        for (size_t i = 0; i < size; i++) {
            X[i] += coefficient * power[i];
            denominator[i] += (k % 2 == 0 ? coefficient : -coefficient) * power[i];
        }
    }
    /* Numerator and denominator commute, so that row-major order only transposes both. */
    if (LAPACKE_dgesv_work(LAPACK_COL_MAJOR, n, n, denominator, n, pivot, X, n) != 0)
        return false;
    for (int i = 0; i < times; i++) {
        multiply(n, X, X, other);
        memcpy(X, other, size * sizeof *X);
    }
    return true;
}

double dia_normal_share(double x)
{
    return gsl_cdf_ugaussian_P(x);
}

double dia_normal_quantile(double p)
{
    return gsl_cdf_ugaussian_Pinv(p);
}

double dia_student_quantile(double p, double freedom)
{
    return gsl_cdf_tdist_Pinv(p, freedom);
}
