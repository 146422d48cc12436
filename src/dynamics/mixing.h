/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decay of mixing: what csdm and scdm share.
 *
 * The trajectory moves on the mean field, and its density matrix decays towards the pointer state K (C. Zhu, A. W. Jasper, D. G.
 * Truhlar, J. Chem. Phys. 120, 5543 (2004), DOI 10.1063/1.1648306; C. Zhu, S. Nangia, A. W. Jasper, D. G. Truhlar, J. Chem. Phys. 121,
 * 7658 (2004), DOI 10.1063/1.1793991, eq. 28 for the time):
 *
 *   |c_i|^2 <- |c_i|^2 exp(-dt/tau_i),   i != K;   c_K takes it up and keeps its phase
 *   1/tau_i = |E_i - E_K| / (1 + E_0/T_i),   T_i the kinetic energy along
 *   s_i = (P.d) d/|d| + P,   d the derivative coupling of i and K in 1/bohr, P the momentum of the vibrations
 *
 * in coordinates of one mass, that of an electron: only in d does it matter. The potential changes by the population that has
 * moved times E_K - E_i. The momentum pays it along s_i, in the papers by a force, here at the end of each step exactly; what the energy along
 * s_i cannot pay does not decay in this step. (T_i goes to zero there and tau_i to infinity.) d and P are without translation and rotation of a
 * molecule, so total and angular momentum stay what they are. */
#ifndef DIA_DYNAMICS_MIXING_H
#define DIA_DYNAMICS_MIXING_H

#include "dynamics/method.h"

typedef struct dia_mixing {
    double constant; /* E_0, hartree */
} dia_mixing;

extern const dia_option dia_mixing_options[];

/* For dia_hop_type.decay. D: of trajectory b D[b * stride], in bohr^-1 me^-1/2, gains the sum over i of |d_iK|, mass-weighted; NULL: not asked for. */
DIA_MUST_USE dia_status dia_mixing_decay(const dia_mixing *mixing, const dia_step_view *view, double *V, double *D,
                                         size_t stride);
/* For dia_hop_type.mean_field and .scale: 1. */
double dia_mixing_scale(const void *self, int nstate);

#endif
