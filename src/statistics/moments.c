/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statistics/moments.h"

#include <math.h>
#include <stdlib.h>

void dia_moments_add(dia_moments *moments, double weight, double x)
{
    if (!(weight > 0))
        return;
    moments->n++;
    moments->w += weight;
    moments->w2 += weight * weight;
    moments->wx += weight * x;
    moments->wxx += weight * x * x;
    moments->w2x += weight * weight * x;
    moments->w2xx += weight * weight * x * x;
}

double dia_moments_mean(const dia_moments *moments)
{
    return moments->n > 0 ? moments->wx / moments->w : NAN;
}

double dia_moments_error(const dia_moments *m)
{
    if (m->n < 2)
        return NAN;
    const double mean = m->wx / m->w;
    const double scatter = m->w2xx - 2 * mean * m->w2x + mean * mean * m->w2;
    return sqrt(fmax(scatter, 0) * m->n / (m->n - 1)) / m->w; /* rounding may leave a small negative number */
}

double dia_moments_square(const dia_moments *moments)
{
    return moments->n > 0 ? moments->wxx / moments->w : NAN;
}

double dia_moments_deviation(const dia_moments *moments)
{
    const double mean = dia_moments_mean(moments), square = dia_moments_square(moments) - mean * mean;
    return square < 0 ? 0 : sqrt(square); /* rounding may leave a small negative number */
}

double dia_moments_effective(const dia_moments *moments)
{
    return moments->n > 0 ? moments->w * moments->w / moments->w2 : 0;
}

double dia_quantile(size_t n, const double *values, const double *weights, double q)
{
    if (n == 0)
        return NAN;
    double total = (double)n;
    if (weights != NULL) {
        total = 0;
        for (size_t i = 0; i < n; i++)
            total += weights[i];
    }
    double before = 0, place = 0;
    for (size_t i = 0; i < n; i++) {
        const double w = weights != NULL ? weights[i] : 1, last = place;
        place = (before + w / 2) / total;
        if (place >= q) {
            if (i == 0 || place == last)
                return values[i];
            return values[i - 1] + (values[i] - values[i - 1]) * (q - last) / (place - last);
        }
        before += w;
    }
    return values[n - 1];
}

typedef struct weighted {
    double value, weight;
} weighted;

static int by_value(const void *a, const void *b)
{
    const weighted *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

bool dia_sort(size_t n, double *values, double *weights)
{
    if (n < 2)
        return true;
    weighted *pairs = malloc(n * sizeof *pairs);
    if (pairs == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        pairs[i] = (weighted){.value = values[i], .weight = weights != NULL ? weights[i] : 1};
    qsort(pairs, n, sizeof *pairs, by_value);
    for (size_t i = 0; i < n; i++) {
        values[i] = pairs[i].value;
        if (weights != NULL)
            weights[i] = pairs[i].weight;
    }
    free(pairs);
    return true;
}
