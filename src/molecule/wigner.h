/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples of the Wigner distribution of harmonic oscillators in thermal equilibrium (Wigner, Phys. Rev. 40, 749 (1932);
 * Hillery, O'Connell, Scully, Wigner, Phys. Rep. 106, 121 (1984), sec. 4): Q and P of each mode are independent
 * Gaussians with
 *
 *   <Q^2> = <P^2> = coth(w / 2kT) / 2      (dimensionless; 1/2 at T = 0) */
#ifndef DIA_MOLECULE_WIGNER_H
#define DIA_MOLECULE_WIGNER_H

#include "molecule/modes.h"

typedef struct dia_wigner { /* all borrowed */
    const dia_molecule *molecule;
    const double *minimum; /* (ncart) bohr                                                                      */
    const dia_modes *modes;
    double temperature; /* k_B T, hartree; 0: the ground state                                             */
    double lowest;      /* hartree: modes with w < lowest, and imaginary ones, stay at rest at the minimum */
    uint64_t seed;
} dia_wigner;

/* Standard deviation of Q and of P of mode m; 0 for a mode that stays at rest. */
double dia_wigner_deviation(const dia_wigner *wigner, int m);
/* Mean energy of the harmonic oscillators, hartree: sum of w coth(w/2kT)/2. */
double dia_wigner_energy(const dia_wigner *wigner);

/* Q, P (nmode) of trajectory number `trajectory`. */
void dia_wigner_draw(const dia_wigner *wigner, uint64_t trajectory, double *Q, double *P);
/* Q, P -> R, V (ncart). The centre of mass stays at rest, and the molecule does not rotate: the total angular
 * momentum of the displaced modes is removed from V (for a linear molecule except its part along the axis, which is
 * the angular momentum of its bends, not a rotation). */
void dia_wigner_place(const dia_wigner *wigner, const double *Q, const double *P, double *R, double *V);

/* Removes from V the rotation about the principal axes with the `turns` largest moments (3; 2: linear). */
void dia_rotation_remove(const dia_molecule *molecule, const double *R, int turns, double *V);

#endif
