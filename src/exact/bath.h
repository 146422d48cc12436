/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlation functions of harmonic baths as sums of exponentials. A bath couples by H_SB = V X, V a matrix of states, X
 * linear in its coordinates; with the spectral density J(w) of X (hartree^2 per frequency)
 *
 *   C(t) = <X(t) X(0)> = (1/pi) int_0^inf J(w) [coth(w/2kT) cos wt - i sin wt] dw = sum_k c_k exp(-rate_k t),  t > 0. */
#ifndef DIA_EXACT_BATH_H
#define DIA_EXACT_BATH_H

#include <complex.h>

#include "diabolo/base.h"

typedef struct dia_bath_term {
    int bath;                                    /* which V it belongs to                     */
    double complex rate, coefficient, conjugate; /* conjugate: of exp(-rate t) in C(t)^*      */
} dia_bath_term;

typedef enum dia_bath_expansion { DIA_BATH_MATSUBARA, DIA_BATH_PADE } dia_bath_expansion;

/* Debye (Drude-Lorentz) spectral density J(w) = 2 reorganisation cutoff w / (w^2 + cutoff^2): term (1 + terms) are that of
 * the cutoff, then those of the temperature: Matsubara frequencies, or the poles of the [N-1/N] Pade approximant (J. Hu,
 * R.-X. Xu, Y. Yan, J. Chem. Phys. 133, 101106 (2010)). *rest: what the terms left out add to the integral of C over t;
 * they decay at once (Ishizaki, Tanimura, J. Phys. Soc. Jpn. 74, 3131 (2005)). DIA_ERROR_INPUT: a frequency of the
 * temperature is the cutoff itself. */
DIA_MUST_USE dia_status dia_bath_debye(int bath, double reorganisation, double cutoff, double kT,
                                       dia_bath_expansion expansion, int terms, dia_bath_term *term, double *rest,
                                       dia_error *error);

#endif
