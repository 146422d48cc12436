/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statistics/share.h"

#include <math.h>

double dia_binomial_error(double p, double n)
{
    return sqrt(fmax(p * (1 - p), 0) / n);
}

void dia_wilson(double p, double n, double *low, double *high)
{
    const double z = DIA_NORMAL_95, z2n = z * z / n;
    const double centre = (p + z2n / 2) / (1 + z2n), half = z / (1 + z2n) * sqrt(p * (1 - p) / n + z2n / (4 * n));
    *low = p > 0 ? fmax(centre - half, 0) : 0;
    *high = p < 1 ? fmin(centre + half, 1) : 1;
}

dia_share dia_share_of(int count, double part, double whole, double squares)
{
    dia_share share = {.count = count, .value = NAN, .error = NAN, .low = NAN, .high = NAN};
    if (!(whole > 0))
        return share;
    const double n = whole * whole / squares;
    share.value = fmin(fmax(part / whole, 0), 1); /* rounding */
    share.error = dia_binomial_error(share.value, n);
    dia_wilson(share.value, n, &share.low, &share.high);
    return share;
}
