/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Estimates that a quarter of wild values does not move. */
#include <math.h>
#include <stdlib.h>

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

/* Median of |x| over the pairs that count. */
static double usual_size(int n, const double *x, const double *y)
{
    double *list = malloc(((size_t)n + 1) * sizeof *list);
    int used = 0;
    for (int i = 0; list != NULL && i < n; i++)
        if (isfinite(y[i] / x[i]))
            list[used++] = fabs(x[i]);
    const double middle = dia_median(used, list);
    free(list);
    return middle;
}

dia_ratio dia_ratio_of(int n, double *x, double *y, double cap)
{
    dia_ratio r = {.value = NAN, .low = NAN, .high = NAN, .error = NAN};
    const double most = cap < INFINITY ? cap * usual_size(n, x, y) : INFINITY;
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < n; i++) {
        const double quotient = y[i] / x[i], weight = fmin(fabs(x[i]), most);
        if (!isfinite(quotient) || !(weight > 0.0))
            continue;
        y[r.n] = quotient;
        x[r.n++] = weight;
        sum += weight;
        squares += weight * weight;
    }
    if (r.n < 1 || !dia_sort((size_t)r.n, y, x))
        return r;
    r.effective = sum * sum / squares;
    r.value = dia_quantile((size_t)r.n, y, x, 0.5);
    r.low = dia_quantile((size_t)r.n, y, x, 0.25);
    r.high = dia_quantile((size_t)r.n, y, x, 0.75);
    /* sigma = (high - low)/1.349; a median is sqrt(pi/2) times as uncertain as a mean */
    r.error = 1.2533 * (r.high - r.low) / 1.349 / sqrt(r.effective);
    return r;
}
