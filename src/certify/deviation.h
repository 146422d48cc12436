/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far the mean over a swarm is from a known answer, with what chance contributes taken out.
 *
 * Each of n trajectories gives m numbers x (0 or 1: is it in this state at this time?), whose means are compared with m
 * numbers P. With weights w the mean square is
 *
 *   S = sum_m w_m (mean x_m - P_m)^2 - (1/n) sum_m w_m var(x_m)
 *
 * var the variance over the trajectories: what chance alone gives on average is subtracted, so that S is an unbiased
 * estimate, however few the trajectories are (a U-statistic of second order: Hoeffding, Ann. Math. Stat. 19, 293 (1948),
 * whose variance is used as well). A mean of absolute values would not tend to 0 for a method without error. */
#ifndef DIA_CERTIFY_DEVIATION_H
#define DIA_CERTIFY_DEVIATION_H

#include "diabolo/base.h"

typedef struct dia_certify_deviation {
    int n;         /* trajectories that count                                                                       */
    double rms;    /* root of S; 0 if S is negative                                                                 */
    double error;  /* standard error of rms; NaN where rms is 0                                                     */
    double limit;  /* the true value is below it (97.5 %, if S is Gaussian). If no trajectory differs from another,
                      a share q of others may be there with (1 - q)^n = 2.5 %: rms + q (1 - rms)                    */
    double noise;  /* root of the part that was subtracted: the statistical error of the swarm                      */
    double sigmas; /* how improbable the distance is if the means are P, as sigmas of a Gaussian: sum of squares of
                      correlated numbers, as chi-squared with the same mean and variance (Satterthwaite, Biometrics
                      Bull. 2, 110 (1946); Wilson, Hilferty, PNAS 17, 684 (1931)). -INFINITY: fewer than
                      DIA_DEVIATION_LEAST trajectories. If none differs from another: INFINITY if that many would
                      seldom agree so far from P, -INFINITY otherwise */
} dia_certify_deviation;

#define DIA_DEVIATION_SIGMAS 3.0 /* from here on a deviation is taken for one */
/* The least number of trajectories that can tell: all of n change in the same direction, of two that are equally
 * probable, with 2^-n, which is below the 0.00135 of 3 sigma from here on. */
enum { DIA_DEVIATION_LEAST = 10 };

/* x (n, m), a row that begins with NaN does not count; target (m; NULL: 0), weight (m) >= 0. Below two trajectories all is
 * NaN. */
DIA_MUST_USE dia_status dia_certify_deviation_compute(dia_certify_deviation *deviation, int n, int m, const double *x,
                                                      const double *target, const double *weight, dia_error *error);

#endif
