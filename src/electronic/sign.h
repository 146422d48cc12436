/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sign convention of an adiabatic state, independent of the trajectory's history: the largest component of its
 * diabatic vector is positive; of a complex H, real and positive. The swarm file's amplitudes refer to states of that sign, so
 * that a reader who diagonalises H at the stored geometry can transform them to diabatic amplitudes. */
#ifndef DIA_ELECTRONIC_SIGN_H
#define DIA_ELECTRONIC_SIGN_H

#include "diabolo/frame.h"

/* Turns all states of all rows of the frame to that sign. */
void dia_frame_settle(dia_frame *frame);
/* c (nstate, 2), amplitudes of the states of row b -> those of the states of that sign. */
void dia_amplitudes_settle(const dia_frame *frame, int b, double *c);

#endif
