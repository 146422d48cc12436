/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transitions between adiabatic states by their dipoles. */
#ifndef DIA_ELECTRONIC_TRANSITION_H
#define DIA_ELECTRONIC_TRANSITION_H

#include "diabolo/frame.h"

/* Oscillator strengths f (nstate) of the transitions from state `from`: 2/3 (E_k - E_from) |mu_k|^2 in atomic units, negative to
 * lower states. Of row b of the frame; mu (3, npacked) the diabatic dipole matrix there. */
void dia_oscillator_strengths(const dia_frame *frame, int b, const double *mu, int from, double *f);

#endif
