/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/density.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"

dia_status dia_density_create(dia_density *density, int ntime, int ngroup, dia_error *error)
{
    const size_t bins = (size_t)density->bins, rows = (size_t)ntime * (size_t)ngroup;
    density->ntime = ntime;
    density->ngroup = ngroup;
    density->edge = dia_allocate(bins + 1, sizeof *density->edge);
    density->value = dia_allocate(rows * bins, sizeof *density->value);
    density->outside = dia_allocate(rows, sizeof *density->outside);
    if (density->edge == NULL || density->value == NULL || density->outside == NULL) {
        dia_density_free(density);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a density map of %zu by %zu", rows, bins);
    }
    for (size_t i = 0; i <= bins; i++)
        density->edge[i] = density->from + (density->to - density->from) * (double)i / (double)bins;
    density->edge[bins] = density->to;
    return DIA_OK;
}

void dia_density_free(dia_density *density)
{
    free(density->edge);
    free(density->value);
    free(density->outside);
    density->edge = density->value = density->outside = NULL;
}

/* Integral of the normal distribution from -infinity to x. */
static double normal_below(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

/* Bins that a kernel reaches: 6 standard deviations, beyond which 1e-9 is left (and counted as outside). */
static double smear(const dia_density *d, double *row, double per_bin, double x)
{
    const double step = (d->to - d->from) / d->bins;
    const double low = floor((x - 6 * d->width - d->from) / step), high = ceil((x + 6 * d->width - d->from) / step);
    const int first = low > 0 ? (int)fmin(low, d->bins) : 0, last = high < d->bins ? (int)fmax(high, 0) : d->bins;
    double inside = 0, before = first < last ? normal_below((d->edge[first] - x) / d->width) : 0;
    for (int i = first; i < last; i++) {
        const double after = normal_below((d->edge[i + 1] - x) / d->width);
        row[i] += per_bin * (after - before);
        inside += after - before;
        before = after;
    }
    return inside;
}

void dia_density_add(dia_density *d, int time, int group, double weight, double x)
{
    const size_t at = (size_t)time * (size_t)d->ngroup + (size_t)group;
    double *row = d->value + at * (size_t)d->bins;
    const double step = (d->to - d->from) / d->bins;
    if (d->width > 0) {
        double inside = smear(d, row, weight / step, x);
        for (int turn = -1; d->circular && turn <= 1; turn += 2)
            inside += smear(d, row, weight / step, x + 2 * DIA_PI * turn);
        d->outside[at] += weight * (1 - inside);
        return;
    }
    if (!(x >= d->from && x <= d->to)) {
        d->outside[at] += weight;
        return;
    }
    const int i = (int)((x - d->from) / step);
    row[i < d->bins ? i : d->bins - 1] += weight / step; /* the upper end belongs to the last bin */
}
