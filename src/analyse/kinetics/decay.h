/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of a decaying population P(t), P = 1 until the delay is over, and their least-squares fit. Adding a model is
 * adding an entry to the table in decay.c. All samples weigh the same: neighbouring samples come from the same
 * trajectories, so that weights from their binomial errors would be no better founded, and errors of the parameters
 * come from resampling trajectories (lifetime.h).
 *
 * q: parameters the fit works on (logarithms, so that a lifetime stays positive); values: those that are reported.
 * A delay is never negative: if the free fit wants it so, the best fit without delay is taken, which is the constrained
 * minimum. */
#ifndef DIA_ANALYSE_KINETICS_DECAY_H
#define DIA_ANALYSE_KINETICS_DECAY_H

#include "diabolo/base.h"

enum { DIA_DECAY_PARAMETERS = 4 };

typedef struct dia_decay_type {
    const char *name, *summary, *formula;
    int nparameter;
    const char *parameter[DIA_DECAY_PARAMETERS], *unit[DIA_DECAY_PARAMETERS];
    bool delayed; /* the last parameter is the delay, fs */
    /* P(s), s = t - delay >= 0, and dP/ds and dP/dq (of all but the delay). */
    double (*shape)(const double *q, double s, double *slope, double *gradient);
    /* Starting points from a rough lifetime (fs): the i-th, false when there are no more. */
    bool (*guess)(int i, double lifetime, double *q);
    void (*values)(const double *q, double *values);
} dia_decay_type;

extern const dia_decay_type dia_decay_types[];               /* ends with name == NULL; the first is the default */
const dia_decay_type *dia_decay_type_find(const char *name); /* NULL: none */

typedef struct dia_decay_work dia_decay_work; /* of one thread */
/* time (ntime), fs, ascending: borrowed. ntime >= nparameter. */
DIA_MUST_USE dia_status dia_decay_work_create(dia_decay_work **work, const dia_decay_type *type, int ntime,
                                              const double *time, dia_error *error);
void dia_decay_work_free(dia_decay_work *work);

/* Fits P (ntime). near: a q to start from as well (NULL: none). On success q (nparameter), values (nparameter) and
 * *sum, the sum of squared residuals. DIA_ERROR_NUMERIC: no start converged. */
DIA_MUST_USE dia_status dia_decay_fit(dia_decay_work *work, const double *P, const double *near, double *q,
                                      double *values, double *sum);
/* The model at any time. */
double dia_decay_value(const dia_decay_type *type, const double *q, double t);
/* The same and its derivatives by all of q, the delay last. */
double dia_decay_gradient(const dia_decay_type *type, const double *q, double t, double *gradient);

#endif
