/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/fit.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>

struct dia_fit {
    int npoint, nparameter;
    gsl_multifit_nlinear_workspace *gsl;
    gsl_vector *start;              /* (nparameter) */
    const dia_fit_problem *problem; /* during a solve */
};

dia_status dia_fit_create(dia_fit **fit, int npoint, int nparameter, dia_error *error)
{
    gsl_set_error_handler_off();
    *fit = calloc(1, sizeof **fit);
    if (*fit == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a fit of %d points", npoint);
    gsl_multifit_nlinear_parameters parameters = gsl_multifit_nlinear_default_parameters();
    (*fit)->npoint = npoint;
    (*fit)->nparameter = nparameter;
    (*fit)->gsl =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &parameters, (size_t)npoint, (size_t)nparameter);
    (*fit)->start = gsl_vector_alloc((size_t)nparameter);
    if ((*fit)->gsl == NULL || (*fit)->start == NULL) {
        dia_fit_free(*fit);
        *fit = NULL;
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a fit of %d points and %d parameters", npoint,
                             nparameter);
    }
    return DIA_OK;
}

void dia_fit_free(dia_fit *fit)
{
    if (fit == NULL)
        return;
    gsl_multifit_nlinear_free(fit->gsl);
    gsl_vector_free(fit->start);
    free(fit);
}

static bool all_finite(size_t n, const double *values)
{
    double sum = 0; /* 0 times NaN or infinity is NaN */
    for (size_t i = 0; i < n; i++)
        sum += 0 * values[i];
    return sum == 0;
}

/* GSL's vectors and matrices are contiguous here (stride 1, tda = columns), so their data are plain arrays. */
static int gsl_residual(const gsl_vector *x, void *context, gsl_vector *f)
{
    const dia_fit *fit = context;
    fit->problem->residual(fit->problem->context, x->data, f->data);
    return all_finite(f->size, f->data) ? GSL_SUCCESS : GSL_EBADFUNC;
}

static int gsl_jacobian(const gsl_vector *x, void *context, gsl_matrix *J)
{
    const dia_fit *fit = context;
    fit->problem->jacobian(fit->problem->context, x->data, J->data);
    return all_finite(J->size1 * J->size2, J->data) ? GSL_SUCCESS : GSL_EBADFUNC;
}

/* GSL's own criterion, which its driver does not test before the first step. */
static bool gradient_vanishes(const dia_fit *fit, double tolerance, double sum)
{
    double largest = 0;
    for (int k = 0; k < fit->nparameter; k++)
        largest = fmax(largest, fabs(gsl_vector_get(fit->gsl->g, (size_t)k)) *
                                    fmax(fabs(gsl_vector_get(fit->gsl->x, (size_t)k)), 1));
    return largest <= tolerance * fmax(sum / 2, 1);
}

dia_status dia_fit_solve(dia_fit *fit, const dia_fit_problem *problem, double tolerance, int limit, double *p,
                         dia_fit_result *result)
{
    fit->problem = problem;
    gsl_multifit_nlinear_fdf fdf = {
        .f = gsl_residual, .df = gsl_jacobian, .n = (size_t)fit->npoint, .p = (size_t)fit->nparameter, .params = fit};
    for (int k = 0; k < fit->nparameter; k++)
        gsl_vector_set(fit->start, (size_t)k, p[k]);
    *result = (dia_fit_result){.sum = NAN};
    if (gsl_multifit_nlinear_init(fit->start, &fdf, fit->gsl) != GSL_SUCCESS)
        return DIA_ERROR_NUMERIC;
    int reason = 0;
    const double gradient = 1e-12; /* about eps^(2/3), as GSL's manual advises */
    const int status =
        gsl_multifit_nlinear_driver((size_t)limit, tolerance, gradient, 0.0, NULL, NULL, &reason, fit->gsl);
    /* GSL_ENOPROG, no step lowers the sum any more: after some steps that is the minimum up to rounding. At the
     * first step the driver returns GSL_EMAXITER with reason GSL_ENOPROG: the guess was the minimum already, or the
     * fit failed. */
    if (status != GSL_SUCCESS && status != GSL_EMAXITER && status != GSL_ENOPROG)
        return DIA_ERROR_NUMERIC;
    const gsl_vector *at = gsl_multifit_nlinear_position(fit->gsl);
    const gsl_vector *residual = gsl_multifit_nlinear_residual(fit->gsl);
    gsl_blas_ddot(residual, residual, &result->sum);
    result->converged = status != GSL_EMAXITER;
    if (status == GSL_EMAXITER && reason == GSL_ENOPROG) {
        result->converged = gradient_vanishes(fit, gradient, result->sum);
        if (!result->converged)
            return DIA_ERROR_NUMERIC;
    }
    result->iterations = (int)gsl_multifit_nlinear_niter(fit->gsl);
    for (int k = 0; k < fit->nparameter; k++)
        p[k] = gsl_vector_get(at, (size_t)k);
    return DIA_OK;
}
