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

/* Bounds of the spectrum of H by `steps` Lanczos steps from a fixed irregular vector: the extreme Ritz values, each
 * widened by its residual (Zhou, Li, Linear Algebra Appl. 435, 480 (2011)) and all by a hundredth of the width. work:
 * 6 n doubles. DIA_ERROR_NUMERIC: not finite. */
DIA_MUST_USE dia_status dia_chebyshev_bounds(size_t n, dia_operator *H, void *context, int steps, double *work,
                                             const dia_control *control, dia_bounds *bounds, dia_error *error);

/* Coefficients for several times at once, which share the products of H. */
typedef struct dia_chebyshev {
    dia_bounds bounds;
    int ntime, nterm;
    double *time;   /* (ntime), of either sign                                             owned */
    double *factor; /* (ntime, nterm): (2 - delta_k0) J_k(time width / 2)                  owned */
} dia_chebyshev;

/* As many terms as the longest time needs to be good to `tolerance` relative to the vector. DIA_ERROR_INPUT: width/2 times it is 1e7
 * or more, beyond all use. */
DIA_MUST_USE dia_status dia_chebyshev_create(dia_chebyshev *chebyshev, dia_bounds bounds, int ntime, const double *time,
                                             double tolerance, dia_error *error);
void dia_chebyshev_free(dia_chebyshev *chebyshev);
/* out (ntime, 2 n): exp(-i H time) psi (2 n) for each time; nterm - 1 products of H. moments (nterm, 2): scalar products
 * of `left` (2 n) with the terms, for dia_chebyshev_overlap; left and moments may be NULL. work: 4 n doubles. The arrays
 * must not overlap. False: control, which may be NULL, asked to stop, and out and moments are not finished. */
bool dia_chebyshev_propagate(const dia_chebyshev *chebyshev, size_t n, dia_operator *H, void *context,
                             const double *psi, double *out, const double *left, double *moments, double *work,
                             const dia_control *control);
/* <left|exp(-i H time[k]) psi>, for the times of this object, from the moments of another with the same bounds and at
 * least as many terms. */
void dia_chebyshev_overlap(const dia_chebyshev *chebyshev, int k, const double *moments, double overlap[2]);

#endif
