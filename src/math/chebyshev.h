/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exp(-i H t) on a vector, H a large real symmetric operator that is known by its products alone: expansion in Chebyshev
 * polynomials (Tal-Ezer, Kosloff, J. Chem. Phys. 81, 3967 (1984)). Norm and energy are conserved to rounding, whatever t is,
 * if the bounds hold. Complex vectors of n elements are 2 n numbers: real part, imaginary part, ... */
#ifndef DIA_MATH_CHEBYSHEV_H
#define DIA_MATH_CHEBYSHEV_H

#include "diabolo/base.h"

/* y = factor (H - shift) x - y0 of complex vectors; y0 is y itself, or NULL for 0. */
typedef void dia_operator(void *context, const double *x, double factor, double shift, const double *y0, double *y);

typedef struct dia_bounds {
    double low, high;
} dia_bounds;

/* Doubles of work space for dia_chebyshev_propagate. */
size_t dia_chebyshev_work(size_t n);
/* Bounds of the spectrum of H by `steps` Lanczos steps from a fixed irregular vector: the extreme Ritz values, each
 * widened by its residual (Zhou, Li, Linear Algebra Appl. 435, 480 (2011)) and all by a hundredth of the width. work:
 * 6 n doubles. DIA_ERROR_NUMERIC: not finite. */
DIA_MUST_USE dia_status dia_chebyshev_bounds(size_t n, dia_operator *H, void *context, int steps, double *work,
                                             dia_bounds *bounds, dia_error *error);

/* The coefficients of one step of length t. */
typedef struct dia_chebyshev {
    dia_bounds bounds;
    double t;
    int nterm;
    double *bessel; /* (nterm): (2 - delta_k0) J_k(t width / 2)   owned */
} dia_chebyshev;

/* Terms down to `tolerance` relative to the vector. */
DIA_MUST_USE dia_status dia_chebyshev_create(dia_chebyshev *chebyshev, dia_bounds bounds, double t, double tolerance,
                                             dia_error *error);
void dia_chebyshev_free(dia_chebyshev *chebyshev);
/* psi (2 n) <- exp(-i H t) psi. One product of H for each term but the first. */
void dia_chebyshev_propagate(const dia_chebyshev *chebyshev, size_t n, dia_operator *H, void *context, double *psi,
                             double *work);

#endif
