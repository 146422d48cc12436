/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certify/deviation.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"

enum {
    SHIFTS = 8
}; /* pairs of trajectories j, j+1 to j+8 from which the trace of the squared covariance is estimated */

static double dot(int m, const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < m; i++)
        sum += a[i] * b[i];
    return sum;
}

/* tr(C^2) of the covariance matrix C of the rows z (n, m), whose mean is D: the mean square of products of independent rows. */
static double squared_covariance(int n, int m, const double *z, const double *D, double trace)
{
    double sum = 0.0, pairs = 0.0;
    const double DD = dot(m, D, D);
    for (int s = 1; s <= SHIFTS && s < n; s++)
        for (int j = 0; j < n; j++) {
            const double *a = z + (size_t)j * (size_t)m, *b = z + (size_t)((j + s) % n) * (size_t)m;
            const double product = dot(m, a, b) - dot(m, a, D) - dot(m, b, D) + DD;
            sum += product * product;
            pairs += 1.0;
        }
    const double found = sum / pairs; /* between equal variances in all directions and one direction alone */
    return fmin(fmax(found, trace * trace / m), trace * trace);
}

/* The cube root of chi-squared is all but Gaussian. */
static double significance(double chi, double nu)
{
    const double spread = 2.0 / (9.0 * nu);
    return (cbrt(chi / nu) - (1.0 - spread)) / sqrt(spread);
}

/* No row differs from another. Rows of zeros and ones (a state at each time) are at most 1 away from shares P, and where a row
 * is 1 - p away, P gives it with the probability p: so n rows agree at the distance rms with (1 - rms)^n at most. */
static void judge_equal(dia_certify_deviation *d, int n)
{
    const double agree = n * log1p(-fmin(d->rms, 1.0)), chance = log(0.5 * erfc(DIA_DEVIATION_SIGMAS / sqrt(2.0)));
    const double hidden = -expm1(log(0.025) / n);
    d->limit = d->rms + hidden * fmax(1.0 - d->rms, 0.0);
    d->sigmas = d->rms > 1e-12 && agree < chance ? INFINITY : -INFINITY;
}

static void evaluate(dia_certify_deviation *d, int n, int m, const double *z, const double *D)
{
    double q = 0.0, h1 = 0.0, h2 = 0.0;
    const double N = n, DD = dot(m, D, D);
    for (int j = 0; j < n; j++) {
        const double *row = z + (size_t)j * (size_t)m, own = dot(m, row, row);
        const double h = (N * dot(m, row, D) - own) / (N - 1.0) - DD; /* with the mean of the others */
        q += own;
        h1 += h;
        h2 += h * h;
    }
    const double trace = fmax(0.0, (q - N * DD) / (N - 1.0)), S = DD - trace / N;
    const double squares = squared_covariance(n, m, z, D, trace);
    const double linear = fmax(0.0, (h2 - h1 * h1 / N) / (N - 1.0) - squares / (N - 1.0));
    const double sigma = sqrt(4.0 * linear / N + 2.0 * squares / (N * (N - 1.0)));
    d->rms = sqrt(fmax(S, 0.0));
    d->error = S > 0.0 ? 0.5 * sigma / d->rms : NAN;
    d->limit = sqrt(fmax(S, 0.0) + 1.96 * sigma);
    d->noise = sqrt(trace / N);
    if (trace > 1e-12 * q / N) /* less is rounding: one of 1e5 trajectories at one of 1e3 times gives 1e-8 */
        d->sigmas = significance(trace * N * DD / squares, trace * trace / squares);
    else
        judge_equal(d, n);
    if (n < DIA_DEVIATION_LEAST)
        d->sigmas = -INFINITY;
}

dia_status dia_certify_deviation_compute(dia_certify_deviation *deviation, int n, int m, const double *x,
                                         const double *target, const double *weight, dia_error *error)
{
    *deviation = (dia_certify_deviation){.rms = NAN, .error = NAN, .limit = NAN, .noise = NAN, .sigmas = NAN};
    double *z = dia_allocate((size_t)n * (size_t)m, sizeof *z), *D = dia_allocate((size_t)m, sizeof *D);
    if (z == NULL || D == NULL) {
        free(z);
        free(D);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a deviation");
    }
    for (int j = 0; j < n; j++) {
        const double *row = x + (size_t)j * (size_t)m;
        if (isnan(row[0]))
            continue;
        double *to = z + (size_t)deviation->n++ * (size_t)m;
        for (int i = 0; i < m; i++) {
            to[i] = sqrt(weight[i]) * (row[i] - (target != NULL ? target[i] : 0.0));
            D[i] += to[i];
        }
    }
    for (int i = 0; i < m; i++)
        D[i] /= deviation->n;
    if (deviation->n > 1)
        evaluate(deviation, deviation->n, m, z, D);
    free(z);
    free(D);
    return DIA_OK;
}
