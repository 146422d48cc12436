/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sign convention of an adiabatic state, independent of the trajectory's history: the largest component of its
 * diabatic vector is positive. The swarm file's amplitudes refer to states of that sign, so that a reader who
 * diagonalises H at the stored geometry can transform them to diabatic amplitudes. */
#ifndef DIA_ELECTRONIC_SIGN_H
#define DIA_ELECTRONIC_SIGN_H

/* +1 or -1: times column k of U (nstate, nstate) gives the state of that sign. The first of equal components counts. */
double dia_state_sign(int nstate, const double *U, int k);

#endif
