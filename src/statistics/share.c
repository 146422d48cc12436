/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statistics/share.h"

#include <math.h>

#include "statistics/moments.h"

dia_share dia_share_of(int count, double part, double whole, double squares)
{
    const double z = 1.9599639845400545; /* of the normal distribution, 97.5 % */
    if (!(whole > 0))
        return (dia_share){.count = count, .value = NAN, .error = NAN, .low = NAN, .high = NAN};
    const double p = fmin(fmax(part / whole, 0), 1), n = whole * whole / squares; /* rounding */
    const double centre = (p + z * z / (2 * n)) / (1 + z * z / n),
                 half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
    return (dia_share){.count = count,
                       .value = p,
                       .error = dia_binomial_error(p, n),
                       .low = fmax(centre - half, 0),
                       .high = fmin(centre + half, 1)};
}
