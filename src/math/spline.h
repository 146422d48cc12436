/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Natural cubic splines, by GSL. */
#ifndef DIA_MATH_SPLINE_H
#define DIA_MATH_SPLINE_H

#include "diabolo/base.h"

typedef struct dia_spline dia_spline;

/* Through (x, y) (n): n >= 3, x ascending. Copies them. NULL: no memory. */
dia_spline *dia_spline_create(int n, const double *x, const double *y);
void dia_spline_free(dia_spline *spline); /* NULL is fine */
/* At x within the first and the last; many threads may ask at once. */
double dia_spline_value(const dia_spline *spline, double x);

#endif
