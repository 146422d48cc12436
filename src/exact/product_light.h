/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A basis of oscillator products in the field of light: -mu.E, mu linear in the coordinates of the polynomial H. */
#ifndef DIA_EXACT_PRODUCT_LIGHT_H
#define DIA_EXACT_PRODUCT_LIGHT_H

#include "exact/field.h"
#include "exact/product.h"

/* mu (3, 1 + nmode, npacked), for the caller to free: at the reference geometry, and times each Q. DIA_ERROR_INPUT: it is not linear;
 * that is checked at points all over the first few quanta. */
DIA_MUST_USE dia_status dia_product_dipoles(const dia_polynomial *polynomial, const dia_model *model, double **mu,
                                            dia_error *error);

typedef struct dia_product_light {
    const dia_light *light;
    const dia_product *product; /* H without the field                  */
    const double *mu;           /* of dia_product_dipoles               */
    dia_bounds bounds;          /* of H without the field               */
    double angle;               /* of the sub-steps, see exact/field.h  */
    const dia_control *control; /* asked before each product of H       */
} dia_product_light;

/* psi (2 n numbers) from t to t + dt, which is best a time step; work: 6 n. DIA_ERROR_INTERRUPTED: control asked to stop. */
DIA_MUST_USE dia_status dia_product_light_advance(const dia_product_light *light, size_t n, double t, double dt,
                                                  double *psi, double *work, dia_error *error);
/* dipole (3) = <psi|mu|psi>; work: 2 n numbers. */
DIA_MUST_USE dia_status dia_product_light_dipole(const dia_product_light *light, size_t n, const double *psi,
                                                 double *work, double dipole[3], dia_error *error);

#endif
