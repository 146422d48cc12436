/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nonlinear least squares: min over p of sum_i r_i(p)^2, by GSL's trust region (multifit_nlinear, Levenberg-Marquardt
 * with QR; Moré, Lect. Notes Math. 630, 105 (1978)). A workspace serves any number of fits of one size; one thread at a
 * time. */
#ifndef DIA_MATH_FIT_H
#define DIA_MATH_FIT_H

#include "diabolo/base.h"

typedef struct dia_fit dia_fit;

typedef struct dia_fit_problem {
    const void *context;
    /* Residuals r (npoint) at p (nparameter), in the units of the caller. */
    void (*residual)(const void *context, const double *p, double *r);
    /* J (npoint, nparameter) = dr_i/dp_k. */
    void (*jacobian)(const void *context, const double *p, double *J);
} dia_fit_problem;

typedef struct dia_fit_result {
    double sum; /* of the squared residuals at the end */
    int iterations;
    bool converged; /* a step or gradient criterion was met */
} dia_fit_result;

/* npoint >= nparameter >= 1. Also turns off GSL's error handler, which aborts, for the whole program. */
DIA_MUST_USE dia_status dia_fit_create(dia_fit **fit, int npoint, int nparameter, dia_error *error);
void dia_fit_free(dia_fit *fit);
/* p (nparameter): guess in, minimum out. Stops when the step is below `tolerance` relative to p + tolerance, or the
 * scaled gradient vanishes, or after `limit` iterations. Status DIA_ERROR_NUMERIC if r or J is not finite at the guess
 * or no step could be made; hitting the limit is no error (converged = false). */
DIA_MUST_USE dia_status dia_fit_solve(dia_fit *fit, const dia_fit_problem *problem, double tolerance, int limit,
                                      double *p, dia_fit_result *result);

#endif
