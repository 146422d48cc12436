/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A share of a weighted sample with its error. */
#ifndef DIA_STATISTICS_SHARE_H
#define DIA_STATISTICS_SHARE_H

#define DIA_NORMAL_95 1.959963984540054 /* 97.5 % of the normal distribution lie below */

typedef struct dia_share {
    int count;        /* entries of the class                                                    */
    double value;     /* their weight over the total weight                                      */
    double error;     /* binomial standard error sqrt(p(1-p)/n)                                  */
    double low, high; /* 95 % interval (Wilson): valid also near 0 and 1. NaN of an empty sample */
} dia_share;

/* part: weight of the class; whole and squares: sum of all weights and of their squares, whose whole^2/squares is the
 * effective size n (Kish). Wilson, J. Am. Stat. Assoc. 22, 209 (1927), DOI 10.1080/01621459.1927.10502953:
 * centre (p + z^2/2n)/(1 + z^2/n), half width z sqrt(p(1-p)/n + z^2/4n^2)/(1 + z^2/n). */
dia_share dia_share_of(int count, double part, double whole, double squares);

/* sqrt(p (1 - p) / n): the error of a share p of n (effective) entries. */
double dia_binomial_error(double p, double n);
/* Limits of its Wilson interval. */
void dia_wilson(double p, double n, double *low, double *high);

#endif
