/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean, its error, and standard deviation of a weighted sample, entry by entry; weights of 0 leave an entry out. */
#ifndef DIA_ANALYSE_MECHANISM_SPREAD_H
#define DIA_ANALYSE_MECHANISM_SPREAD_H

#include <math.h>

#include "statistics/moments.h"

typedef struct dia_spread { /* zero-initialise */
    dia_moments moments;
    double wxx;
} dia_spread;

static inline void dia_spread_add(dia_spread *spread, double weight, double x)
{
    dia_moments_add(&spread->moments, weight, x);
    spread->wxx += weight > 0 ? weight * x * x : 0;
}

/* sum w x^2 / sum w; NaN if empty. */
static inline double dia_spread_square(const dia_spread *spread)
{
    return spread->moments.n > 0 ? spread->wxx / spread->moments.w : NAN;
}

/* sqrt( sum w (x - mean)^2 / sum w ): of the sample itself, no estimate for a larger one; NaN if empty. */
static inline double dia_spread_deviation(const dia_spread *spread)
{
    const double mean = dia_moments_mean(&spread->moments), square = dia_spread_square(spread) - mean * mean;
    return square < 0 ? 0 : sqrt(square); /* rounding may leave a small negative number */
}

#endif
