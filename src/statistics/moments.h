/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weighted means, their errors, and quantiles: the definitions used everywhere in the analysis (docs/swarm-file.md). */
#ifndef DIA_STATISTICS_MOMENTS_H
#define DIA_STATISTICS_MOMENTS_H

#include <stdbool.h>
#include <stddef.h>

/* Sums over a weighted sample, added entry by entry; an entry of weight 0 is left out. Zero-initialise. */
typedef struct dia_moments {
    int n; /* entries with weight > 0 */
    double w, w2, wx, wxx, w2x, w2xx;
} dia_moments;

void dia_moments_add(dia_moments *moments, double weight, double x);
double dia_moments_mean(const dia_moments *moments); /* sum w x / sum w; NaN if empty */
/* Standard error of that mean: sqrt(n/(n-1) sum w^2 (x - mean)^2) / sum w (Cochran, Sampling Techniques, 3rd ed.
 * (1977), 6.4); s/sqrt(n) for equal weights. NaN below two entries. */
double dia_moments_error(const dia_moments *moments);
double dia_moments_square(const dia_moments *moments); /* sum w x^2 / sum w; NaN if empty */
/* sqrt(sum w (x - mean)^2 / sum w): of the sample itself, not an estimate for the population; NaN if empty. */
double dia_moments_deviation(const dia_moments *moments);
/* (sum w)^2 / sum w^2 (Kish): the number of equal weights with the same statistical error. */
double dia_moments_effective(const dia_moments *moments);

/* Quantile q in [0,1] of values (n), ascending by dia_sort; weights (n) in the same order, or NULL. Entry i stands at
 * (w_1 + ... + w_{i-1} + w_i/2) / sum w, linear in between, the outermost values beyond: type 5 of Hyndman and Fan,
 * Am. Stat. 50, 361 (1996), for equal weights. NaN if n == 0. */
double dia_quantile(size_t n, const double *values, const double *weights, double q);
/* Sorts values (n) ascending, weights (n; may be NULL) along with them. False: out of memory. */
bool dia_sort(size_t n, double *values, double *weights);

#endif
