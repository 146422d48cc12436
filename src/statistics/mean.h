/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weighted means over trajectories with their standard errors, of many quantities at once; trajectories are added
 * one after the other. */
#ifndef DIA_STATISTICS_MEAN_H
#define DIA_STATISTICS_MEAN_H

#include "diabolo/base.h"

typedef struct dia_mean {
    size_t n; /* quantities                                                             */
    size_t
        group;   /* 0: means. Else ratios: of each group of so many quantities, which follow one another, sum w x_k over
                     sum w s, where s is the sum of x over the first `part` of the group (statistics/population.h) */
    size_t part; /* the whole group, unless it is set before the first trajectory is added */
    int64_t count;  /* trajectories added                                                     */
    double W1, W2;  /* sum w, sum w^2                                                         */
    double *origin; /* (n) values of the first trajectory: differences from it lose no digits; 0 for ratios */
    double *S1;     /* (n) sum w (x - origin)                                                 */
    double *S2, *Q; /* (n) sum w^2 (x - origin) s, sum w^2 (x - origin)^2; s is 1 but for ratios */
} dia_mean;

DIA_MUST_USE dia_status dia_mean_create(dia_mean *mean, size_t n, size_t group, dia_error *error);
void dia_mean_free(dia_mean *mean);
void dia_mean_add(dia_mean *mean, double weight, const double *x);
/* x, error (n): the mean, and the standard error of a weighted mean; NaN where undefined (none; error of a single one).
 */
void dia_mean_result(const dia_mean *mean, double *x, double *error);
/* Standard error of a fraction p among the trajectories added: binomial with Kish's effective number. */
double dia_mean_binomial(const dia_mean *mean, double p);

#endif
