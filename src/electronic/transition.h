/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transitions between adiabatic states by their dipoles. */
#ifndef DIA_ELECTRONIC_TRANSITION_H
#define DIA_ELECTRONIC_TRANSITION_H

/* Oscillator strengths f (nstate) of the transitions from state `from`: 2/3 (E_k - E_from) |mu_k|^2 in atomic units, negative to
 * lower states. E (nstate), U (nstate, nstate) of the frame, mu (3, npacked) the diabatic dipole matrix, all of one geometry. */
void dia_oscillator_strengths(int nstate, const double *E, const double *U, const double *mu, int from, double *f);

#endif
