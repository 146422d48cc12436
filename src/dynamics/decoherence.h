/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoherence of one trajectory's amplitudes. */
#ifndef DIA_DYNAMICS_DECOHERENCE_H
#define DIA_DYNAMICS_DECOHERENCE_H

#include "dynamics/block.h"

/* Energy-based decoherence (Granucci, Persico, JCP 126, 134114 (2007), eq. 17; Zhu, Nangia, Jasper, Truhlar, JCP 121,
 * 7658 (2004)): tau_k = (1 + C/kinetic) / |E_k - E_active| population: |c_k|^2 <- |c_k|^2 exp(-dt/tau_k); amplitude:
 * c_k <- c_k exp(-dt/tau_k), as the equation was printed, twice as fast. The active state takes what the others lose:
 * the norm stays as it was. c (nstate, 2), adiabatic. */
void dia_decohere_energy(int nstate, int active, const double *E, double kinetic, double dt, double constant,
                         dia_edc_convention convention, double *c);

#endif
