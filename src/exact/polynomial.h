/* SPDX-License-Identifier: GPL-3.0-or-later */
/* H(R) of a model that is a polynomial of second degree in its coordinates (vibronic coupling, spin-boson, ...), around
 * its reference geometry:
 *
 *   H = sum_m w_m (P_m^2 + Q_m^2)/2 + constant + sum_m linear_m Q_m + sum_t term_t Q_m Q_k,   R_m = reference_m + length_m Q_m
 *
 * with matrices of states; Q dimensionless, w_m = sqrt(mean force constant / mass) from the mean of the diagonal elements,
 * length_m = 1/sqrt(mass_m w_m). What that mean does not hold is in the terms. */
#ifndef DIA_EXACT_POLYNOMIAL_H
#define DIA_EXACT_POLYNOMIAL_H

#include "diabolo/model.h"

typedef struct dia_quadratic {
    int m, k; /* m >= k */
} dia_quadratic;

typedef struct dia_polynomial { /* arrays owned */
    int nstate, npacked, nmode, nquadratic;
    double *frequency, *length, *reference; /* (nmode) each                        */
    double *constant;                       /* (npacked) hartree                   */
    double *linear;                         /* (nmode, npacked)                    */
    dia_quadratic *quadratic;               /* (nquadratic): those that are not 0  */
    double *coefficient;                    /* (nquadratic, npacked)               */
} dia_polynomial;

/* Coefficients from derivatives of the model, checked at points all over the first few quanta. DIA_ERROR_INPUT: H is no
 * such polynomial, or a coordinate is not bound. On failure *polynomial is empty. */
DIA_MUST_USE dia_status dia_polynomial_make(dia_polynomial *polynomial, const dia_model *model, dia_error *error);
void dia_polynomial_free(dia_polynomial *polynomial);
/* H (npacked) at Q (nmode), the potential w Q^2/2 included. */
void dia_polynomial_value(const dia_polynomial *polynomial, const double *Q, double *H);

#endif
