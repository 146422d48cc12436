/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimates that a quarter of wild values does not move. */
#include <math.h>

#include "check/data/test.h"
#include "math/vector.h"
#include "statistics/moments.h"

double dia_median(int n, double *x)
{
    if (n < 1)
        return NAN;
    dia_ascend(n, x);
    return n % 2 == 1 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

dia_ratio dia_ratio_of(int n, double *x, double *y)
{
    dia_ratio r = {.value = NAN, .low = NAN, .high = NAN, .error = NAN};
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < n; i++) {
        const double quotient = y[i] / x[i], weight = fabs(x[i]);
        if (!isfinite(quotient) || !(weight > 0.0))
            continue;
        y[r.n] = quotient;
        x[r.n++] = weight;
        sum += weight;
        squares += weight * weight;
    }
    if (r.n < 1 || !dia_sort((size_t)r.n, y, x))
        return r;
    r.value = dia_quantile((size_t)r.n, y, x, 0.5);
    r.low = dia_quantile((size_t)r.n, y, x, 0.25);
    r.high = dia_quantile((size_t)r.n, y, x, 0.75);
    /* sigma = (high - low)/1.349; a median is sqrt(pi/2) times as uncertain as a mean */
    r.error = 1.2533 * (r.high - r.low) / 1.349 / sqrt(sum * sum / squares);
    return r;
}
