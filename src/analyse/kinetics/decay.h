/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of a decaying population P(t), P = 1 until the delay is over, and their least-squares fit (regression.h).
 * Adding a model is adding an entry to the table in decay.c. All samples have the same weight: neighbouring samples
 * come from the same trajectories, so that weights from their binomial errors would be no better founded, and errors of
 * the parameters come from resampling trajectories.
 *
 * q: parameters the fit works on (logarithms, so that a lifetime stays positive); values: those that are reported. A
 * delay is never negative: if the free fit gives a negative one, the best fit without delay is taken, which is the
 * constrained minimum. */
#ifndef DIA_ANALYSE_KINETICS_DECAY_H
#define DIA_ANALYSE_KINETICS_DECAY_H

#include "analyse/kinetics/regression.h"

enum { DIA_DECAY_PARAMETERS = 4 };

typedef enum dia_decay_kind {                     /* of a parameter, and what the fit works on */
                              DIA_DECAY_TIME,     /* logarithm */
                              DIA_DECAY_SHARE,    /* logit     */
                              DIA_DECAY_EXPONENT, /* logarithm */
                              DIA_DECAY_DELAY     /* itself    */
} dia_decay_kind;

typedef struct dia_decay_type {
    const char *name, *summary, *formula;
    int nparameter, nconstant; /* the first nconstant values are time constants, the first of q their logarithms */
    const char *parameter[DIA_DECAY_PARAMETERS], *unit[DIA_DECAY_PARAMETERS];
    bool delayed; /* the last parameter is the delay, fs */
    /* P(s), s = t - delay >= 0, and dP/ds and dP/dq (of all but the delay). */
    double (*shape)(const double *q, double s, double *slope, double *gradient);
    dia_decay_kind kind[DIA_DECAY_PARAMETERS];
    /* Starting points: time constants in rough lifetimes, shares, exponents; of delays: none. */
    int nstart;
    double start[3][3];
} dia_decay_type;

extern const dia_decay_type dia_decay_types[]; /* ends with name == NULL; the first is the default */

typedef struct dia_decay_problem { /* a shape for a population at ntime times (fs, ascending); borrowed */
    const dia_decay_type *type;
    int ntime;
    const double *time;
} dia_decay_problem;

/* For dia_regression_create, of one species; the quantities are the values of the shape. The problem is borrowed. */
dia_regression_model dia_decay_model(const dia_decay_problem *problem);
/* The model at any time. */
double dia_decay_value(const dia_decay_type *type, const double *q, double t);
/* The largest change of the model at the samples if the k-th reported time constant were infinite, or zero. */
double dia_decay_change(const dia_decay_problem *problem, const double *q, int k, bool infinite);

#endif
