/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Electrons at a geometry that stands still: exact. */
#ifndef DIA_ELECTRONIC_STILL_H
#define DIA_ELECTRONIC_STILL_H

#include "diabolo/frame.h"

/* c (nstate, 2) <- exp(-i (H - mean E) time) c, diabatic amplitudes, H of row b. work: 2 nstate doubles. */
void dia_still_turn(const dia_frame *frame, int b, double time, double *c, double *work);
/* W (npacked): the density matrix c c^H, packed as a weight, as its mean over the time from -time/2 to time/2, c (nstate, 2) the
 * diabatic amplitudes at 0. In the adiabatic basis it is a_k a_l^* sin(x)/x, x = (E_k - E_l) time/2. work: 2 nstate (nstate + 2) doubles. */
void dia_still_density(const dia_frame *frame, int b, double time, const double *c, double *W, double *work);

#endif
