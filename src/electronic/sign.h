/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sign convention of an adiabatic state, independent of the trajectory's history: the largest component of its
 * diabatic vector is positive; of a complex H, real and positive. The swarm file's amplitudes refer to states of that sign, so
 * that a reader who diagonalises H at the stored geometry can transform them to diabatic amplitudes. */
#ifndef DIA_ELECTRONIC_SIGN_H
#define DIA_ELECTRONIC_SIGN_H

#include "diabolo/frame.h"

/* f: the factor (real and imaginary part, of size 1; of a real H +1 or -1 and 0) that makes state k of row b of the frame the state of
 * that sign. The first of equal components counts. */
void dia_state_phase(const dia_frame *frame, int b, int k, double f[2]);
/* Turns all states of all rows of the frame to that sign. */
void dia_frame_settle(dia_frame *frame);
/* c (nstate, 2), amplitudes of the states of row b -> those of the states of that sign. */
void dia_amplitudes_settle(const dia_frame *frame, int b, double *c);

#endif
