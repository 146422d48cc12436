/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "paired.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void paired_moments(int n, int count, const double *d, double *mean, double *covariance)
{
    memset(mean, 0, (size_t)count * sizeof *mean);
    memset(covariance, 0, (size_t)(count * count) * sizeof *covariance);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < count; k++)
            mean[k] += d[i * count + k] / n;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < count; k++)
            for (int l = 0; l < count; l++)
                covariance[k * count + l] +=
                    (d[i * count + k] - mean[k]) * (d[i * count + l] - mean[l]) / ((double)n * (n - 1));
}

static void judge_each(paired_verdict *v, int count, const double *mean, const double *covariance, double step)
{
    const double one = 1.0 / v->n, sharp = 10.0 * one * one + 9.0 * step * step;
    for (int k = 0; k < count; k++) {
        const double variance = covariance[k * count + k];
        const bool counts = variance > sharp;
        const double z = mean[k] / sqrt(variance + (counts ? 0.0 : one * one + step * step));
        v->largest = fmax(v->largest, fabs(z));
        v->square += counts ? z * z : 0.0;
        v->compared += counts;
    }
}

static void judge_together(paired_verdict *v, int count, const double *mean, double *covariance, double step)
{
    const double one = 1.0 / v->n, sharp = 10.0 * one * one + 9.0 * step * step;
    double variance[PAIRED_MOST];
    if (LAPACKE_dsyev(LAPACK_COL_MAJOR, 'V', 'L', count, covariance, count, variance) != 0)
        abort();
    for (int a = 0; a < count; a++) {
        double along = 0.0;
        for (int k = 0; k < count; k++)
            along += covariance[a * count + k] * mean[k];
        if (variance[a] > sharp) {
            v->chi2 += along * along / variance[a];
            v->rank++;
        }
    }
    const double left = v->n - v->rank;
    if (v->rank > 0 && left > 0.0)
        v->probability = gsl_cdf_fdist_Q(v->chi2 * left / (v->rank * (v->n - 1.0)), v->rank, left);
}

paired_verdict paired_judge(int n, int count, const double *d, double step)
{
    double mean[PAIRED_MOST], covariance[PAIRED_MOST * PAIRED_MOST];
    paired_verdict v = {.n = n, .probability = 1.0};
    assert(n > 1 && count <= PAIRED_MOST);
    paired_moments(n, count, d, mean, covariance);
    judge_each(&v, count, mean, covariance, step);
    judge_together(&v, count, mean, covariance, step);
    return v;
}

void paired_add(paired_sum *sum, const paired_verdict *v)
{
    const double x = v->compared, y = v->square;
    sum->judged++;
    sum->compared += v->compared;
    sum->square += y;
    sum->largest = fmax(sum->largest, v->largest);
    sum->rank += v->rank;
    if (v->rank > 0) /* the mean of T^2 is rank (n - 1)/(n - rank - 2) */
        sum->chi2 += v->chi2 * (v->n - v->rank - 2.0) / (v->n - 1.0);
    sum->scatter[0] += x * x;
    sum->scatter[1] += x * y;
    sum->scatter[2] += y * y;
}

double paired_rms(const paired_sum *sum, double *error)
{
    const double m = sum->compared, square = m > 0.0 ? sum->square / m : 0.0;
    /* of the ratio of two sums */
    const double residual = sum->scatter[2] - 2.0 * square * sum->scatter[1] + square * square * sum->scatter[0];
    *error = m > 0.0 && square > 0.0 ? sqrt(fmax(residual, 0.0)) / m / (2.0 * sqrt(square)) : NAN;
    return sqrt(square);
}

double paired_probability(const paired_sum *sum)
{
    return sum->rank > 0 ? gsl_cdf_chisq_Q(sum->chi2, sum->rank) : 1.0;
}

double paired_expected(const paired_sum *sum)
{
    return sum->compared > 0 ? gsl_cdf_ugaussian_Pinv(0.5 + 0.5 * pow(0.5, 1.0 / sum->compared)) : 0.0;
}
