/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/spline.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_spline.h>

dia_spline *dia_spline_create(int n, const double *x, const double *y)
{
    gsl_set_error_handler_off(); /* a lack of memory is no reason to abort */
    gsl_spline *spline = gsl_spline_alloc(gsl_interp_cspline, (size_t)n);
    if (spline != NULL && gsl_spline_init(spline, x, y, (size_t)n) != 0) {
        gsl_spline_free(spline);
        return NULL;
    }
    return (dia_spline *)spline;
}

void dia_spline_free(dia_spline *spline)
{
    if (spline != NULL)
        gsl_spline_free((gsl_spline *)spline);
}

double dia_spline_value(const dia_spline *spline, double x)
{
    return gsl_spline_eval((const gsl_spline *)spline, x, NULL); /* without an accelerator: that would be shared */
}
