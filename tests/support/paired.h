/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Do two Monte Carlo calculations from the same initial conditions give the same means? d (n, count): differences of `count`
 * quantities between the trajectories of each pair, which are independent of other pairs. Their means must be 0 within s/sqrt(n).
 *
 *   z      mean over its error. Where fewer than some ten pairs differ, or the error is below three times `step`, what the
 *          finite steps of both may cost, the difference is not one of chance: `step` and a count of one pair are added to the error
 *          (without that, one rare event would be infinitely many sigmas), and z does not count in the mean square.
 *   chi2   quantities of one trajectory are correlated; along the axes of their covariance they are not. The squares of z along
 *          these axes, `rank` of them, add up to Hotelling's T^2: T^2 (n - rank)/(rank (n - 1)) has an F distribution.
 */
#ifndef DIA_TEST_PAIRED_H
#define DIA_TEST_PAIRED_H

#include <stdbool.h>

enum { PAIRED_MOST = 36 }; /* quantities */

typedef struct paired_verdict {
    int n, compared;    /* pairs; quantities in the mean square                    */
    double largest;     /* |z|, also of those that are not in the mean square      */
    double square;      /* sum of z^2                                              */
    double chi2;        /* T^2                                                     */
    double probability; /* of a larger one by chance; 1 if nothing differs         */
    int rank;
} paired_verdict;

/* Means of the differences and the covariance (count, count) of these means. */
void paired_moments(int n, int count, const double *d, double *mean, double *covariance);
paired_verdict paired_judge(int n, int count, const double *d, double step);

typedef struct paired_sum { /* over independent calculations; all zero at first */
    int judged, compared, rank;
    double largest, square, chi2;
    double scatter[3]; /* for the error of the root mean square */
} paired_sum;

void paired_add(paired_sum *sum, const paired_verdict *verdict);
/* Root mean square of z and its standard error, from its scatter over the calculations. */
double paired_rms(const paired_sum *sum, double *error);
/* Of a larger sum of chi2 by chance. */
double paired_probability(const paired_sum *sum);
/* The largest |z| of as many independent comparisons is larger than this as often as not. */
double paired_expected(const paired_sum *sum);

#endif
