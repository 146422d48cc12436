/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sign by which an adiabatic state is told from its negative where that must not depend on history: the largest
 * component of its diabatic vector is positive. The swarm file's amplitudes refer to states of that sign, so that
 * whoever diagonalises H at the stored geometry can turn them into diabatic amplitudes. */
#ifndef DIA_ELECTRONIC_SIGN_H
#define DIA_ELECTRONIC_SIGN_H

/* +1 or -1: times column k of U (nstate, nstate) gives the state of that sign. The first of equal components counts. */
double dia_state_sign(int nstate, const double *U, int k);

#endif
