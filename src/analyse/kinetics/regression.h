/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Least-squares fit of a model of several populations at once to a swarm, with errors that know that all samples of one
 * trajectory belong together.
 *
 * Minimised is S = sum over samples and species of (model - share)^2, from several starts. With J the derivatives of
 * the model, y_j the record of trajectory j (1 in its species, 0 elsewhere), p the shares, A = J^T J:
 *
 * - Influence of j: l_j = A^-1 J^T (y_j - p) w_j / sum w.
 *
 * - Covariance: N/(N-1) sum_j l_j l_j^T: White, Econometrica 48, 817 (1980), clustered by trajectory (Liang, Zeger,
 * Biometrika 73, 13 (1986)). Errors of the samples are not assumed to be independent.
 *
 * - Intervals: 95 %, percentiles of a bootstrap over trajectories; for comparison the bias-corrected and accelerated
 * ones (BCa; Efron, J. Am. Stat. Assoc. 82, 171 (1987)), acceleration from the l_j (infinitesimal jackknife): their
 * coverage is no better here (tests/slow/coverage.c).
 *
 * - Cost of the parameters: B = N/(N-1) sum_j (J^T (y_j - p) w_j / sum w)(...)^T; 2 tr(A^-1 B) is by how much S is
 * expected to be smaller for the data that were fitted than its prediction error for new ones (covariance penalty:
 * Efron, J. Am. Stat. Assoc. 99, 619 (2004); for independent errors of variance s^2 it is 2 s^2 times the number of
 * parameters, so S + 2 tr(A^-1 B) is s^2 AIC: Mallows' Cp). */
#ifndef DIA_ANALYSE_KINETICS_REGRESSION_H
#define DIA_ANALYSE_KINETICS_REGRESSION_H

#include "analyse/kinetics/occupation.h"

enum { DIA_REGRESSION_PARAMETERS = 40, DIA_REGRESSION_QUANTITIES = 64, DIA_REGRESSION_STARTS = 12 };

typedef struct dia_regression_model {
    const void *context;
    int nparameter; /* <= DIA_REGRESSION_PARAMETERS */
    int delay;      /* parameter that must not be negative; -1: none */
    /* Work space of one thread. */
    dia_status (*create)(const void *context, void **work, dia_error *error);
    void (*destroy)(void *work);
    /* P (ntime, nspecies), J (ntime, nspecies, nparameter; NULL: not wanted) at q. y: the shares that are fitted. */
    void (*evaluate)(void *work, const double *q, const double *y, double *P, double *J);
    /* The i-th start, false when there are no more (at most DIA_REGRESSION_STARTS are taken). */
    bool (*guess)(const void *context, int i, const double *y, double *q);
    /* What is reported: smooth functions of q. */
    int nquantity; /* <= DIA_REGRESSION_QUANTITIES */
    void (*quantities)(const void *context, const double *q, double *values);
} dia_regression_model;

typedef struct dia_quantity { /* one reported number; NaN: not known */
    double value;
    double standard_error; /* from the covariance                          */
    double low, high;      /* 95 %, percentiles of the bootstrap           */
    double bca[2];         /* 95 %, BCa, for comparison                    */
} dia_quantity;

typedef struct dia_regression_options {
    int bootstrap; /* resamplings; 0: no intervals */
    uint64_t seed;
    const dia_control
        *control; /* its threads, on which the result does not depend, and whether to stop; NULL: all, never */
} dia_regression_options;

typedef struct dia_regression {
    bool fitted; /* false: no start converged; nothing below is set */
    int nparameter, nquantity, ntime, nspecies;
    double q[DIA_REGRESSION_PARAMETERS];
    bool fixed_delay; /* the free fit gave a negative delay: it is 0 */
    double covariance[DIA_REGRESSION_PARAMETERS * DIA_REGRESSION_PARAMETERS]; /* (nparameter, nparameter) of q     */
    dia_quantity quantity[DIA_REGRESSION_QUANTITIES];
    double sum;          /* S                                                                                  */
    double residual;     /* rms of model minus shares                                                          */
    double chance;       /* what it would be from the number of trajectories alone were the model true:
                            sqrt((tr C - tr A^-1 B)/number of values), C the covariance of the shares          */
    double penalty;      /* tr(A^-1 B)                                                                         */
    double effective;    /* number of trajectories (Kish)                                                      */
    int starts, reached; /* starts tried; of them ended in the lowest minimum                                  */
    double weakest;      /* smallest eigenvalue of A scaled to a unit diagonal: near 0 a combination of parameters
                            changes nothing                                                                    */
    double direction[DIA_REGRESSION_PARAMETERS]; /* that combination, length 1                                     */
    int bootstrap, bootstrap_failed;
    double *model, *share; /* (ntime, nspecies), owned */
} dia_regression;

/* DIA_OK also if no start converged (see fitted). DIA_ERROR_NUMERIC: no covariance. */
DIA_MUST_USE dia_status dia_regression_create(dia_regression *regression, const dia_regression_model *model,
                                              const dia_occupation *data, const dia_regression_options *options,
                                              dia_error *error);
void dia_regression_free(dia_regression *regression);

/* AIC and AICc of fits to the same data, both up to a common constant: S/s^2 + 2 k and S/s^2 + 2 k + 2 k (k + 1)/(N - k
 * - 1), with k = tr(A^-1 B)/s^2 effective parameters, N the number of trajectories (the only independent data; Kish),
 * s^2 = tr(A^-1 B)/nparameter of the fit with the smallest S: the variance of one value that would be worth as much if
 * the values were independent. NaN where there is no fit. weight (n): exp(-difference/2), normalised (Burnham,
 * Anderson, Model Selection (2002), 2.9). */
typedef struct dia_rank {
    double aic, aicc, weight;
} dia_rank;
void dia_regression_compare(int n, const dia_regression *const *fits, dia_rank *ranks);

#endif
