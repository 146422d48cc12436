/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statistics/mean.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

dia_status dia_mean_create(dia_mean *mean, size_t n, size_t group, dia_error *error)
{
    double *room = dia_allocate(4 * n, sizeof *room);
    if (room == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu means", n);
    *mean = (dia_mean){
        .n = n, .group = group, .part = group, .origin = room, .S1 = room + n, .S2 = room + 2 * n, .Q = room + 3 * n};
    return DIA_OK;
}

void dia_mean_free(dia_mean *mean)
{
    free(mean->origin);
    memset(mean, 0, sizeof *mean);
}

static double sum_of(const double *x, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

void dia_mean_add(dia_mean *mean, double weight, const double *x)
{
    if (mean->count++ == 0 && mean->group == 0)
        memcpy(mean->origin, x, mean->n * sizeof *x);
    double squared = weight * weight, whole = 1.0;
    mean->W1 += weight;
    mean->W2 += squared;
    for (size_t i = 0; i < mean->n; i++) {
        double d = x[i] - mean->origin[i];
        if (mean->group > 0 && i % mean->group == 0)
            whole = sum_of(x + i, mean->part);
        mean->S1[i] += weight * d;
        mean->S2[i] += squared * d * whole;
        mean->Q[i] += squared * d * d;
    }
}

/* Variance of a weighted mean as a ratio estimate: N/(N-1) sum w^2 (x - mean)^2 / (sum w)^2
 * (Cochran, Sampling Techniques, 3rd ed., Wiley (1977), eq. 6.13; s^2/N for equal weights). */
void dia_mean_result(const dia_mean *mean, double *x, double *error)
{
    double N = (double)mean->count, W1 = mean->W1, W2 = mean->W2;
    for (size_t i = 0; i < mean->n; i++) {
        if (mean->group > 0 && i % mean->group == 0) { /* sums of w s and w^2 s^2 */
            W1 = sum_of(mean->S1 + i, mean->part);
            W2 = sum_of(mean->S2 + i, mean->part);
        }
        double d = mean->S1[i] / W1;
        double squares = mean->Q[i] - 2.0 * d * mean->S2[i] + d * d * W2;
        x[i] = mean->count > 0 ? mean->origin[i] + d : NAN;
        error[i] = mean->count > 1 ? sqrt(N / (N - 1.0) * fmax(squares, 0.0)) / fabs(W1) : NAN;
    }
}

/* L. Kish, Survey Sampling, Wiley (1965): N_eff = (sum w)^2 / sum w^2. Rounding may put p a hair outside [0, 1]. */
double dia_mean_binomial(const dia_mean *mean, double p)
{
    return mean->count > 0 ? sqrt(fmax(p * (1.0 - p), 0.0) * mean->W2) / mean->W1 : NAN;
}
