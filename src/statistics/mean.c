/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statistics/mean.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

dia_status dia_mean_create(dia_mean *mean, size_t n, dia_error *error)
{
    double *room = dia_allocate(4 * n, sizeof *room);
    if (room == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu means", n);
    *mean = (dia_mean){.n = n, .origin = room, .S1 = room + n, .S2 = room + 2 * n, .Q = room + 3 * n};
    return DIA_OK;
}

void dia_mean_free(dia_mean *mean)
{
    free(mean->origin);
    memset(mean, 0, sizeof *mean);
}

void dia_mean_add(dia_mean *mean, double weight, const double *x)
{
    if (mean->count++ == 0)
        memcpy(mean->origin, x, mean->n * sizeof *x);
    double squared = weight * weight;
    mean->W1 += weight;
    mean->W2 += squared;
    for (size_t i = 0; i < mean->n; i++) {
        double d = x[i] - mean->origin[i];
        mean->S1[i] += weight * d;
        mean->S2[i] += squared * d;
        mean->Q[i] += squared * d * d;
    }
}

/* Variance of a weighted mean as a ratio estimate: N/(N-1) sum w^2 (x - mean)^2 / (sum w)^2
 * (Cochran, Sampling Techniques, 3rd ed., Wiley (1977), eq. 6.13; s^2/N for equal weights). */
void dia_mean_result(const dia_mean *mean, double *x, double *error)
{
    double N = (double)mean->count;
    for (size_t i = 0; i < mean->n; i++) {
        double d = mean->S1[i] / mean->W1;
        double squares = mean->Q[i] - 2.0 * d * mean->S2[i] + d * d * mean->W2;
        x[i] = mean->count > 0 ? mean->origin[i] + d : NAN;
        error[i] = mean->count > 1 ? sqrt(N / (N - 1.0) * fmax(squares, 0.0)) / mean->W1 : NAN;
    }
}

/* L. Kish, Survey Sampling, Wiley (1965): N_eff = (sum w)^2 / sum w^2. Rounding may put p a hair outside [0, 1]. */
double dia_mean_binomial(const dia_mean *mean, double p)
{
    return mean->count > 0 ? sqrt(fmax(p * (1.0 - p), 0.0) * mean->W2) / mean->W1 : NAN;
}
