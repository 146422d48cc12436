/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples of harmonic oscillators in thermal equilibrium: the dimensionless Q and P of each mode are independent Gaussians
 * with the variance
 *
 *   Wigner      coth(w / 2kT) / 2           1/2 at T = 0     Wigner, Phys. Rev. 40, 749 (1932)
 *   Husimi      (coth(w / 2kT) + 1) / 2     1 at T = 0       Husimi, Proc. Phys.-Math. Soc. Jpn. 22, 264 (1940): the
 *                                                            former, smoothed by coherent states of the same oscillator
 *   Boltzmann   kT / w                      0 at T = 0       of classical oscillators
 *
 * (Hillery, O'Connell, Scully, Wigner, Phys. Rep. 106, 121 (1984), sections 4 and 6.) */
#ifndef DIA_MOLECULE_OSCILLATORS_H
#define DIA_MOLECULE_OSCILLATORS_H

#include "molecule/modes.h"

typedef enum dia_distribution { DIA_WIGNER, DIA_HUSIMI, DIA_BOLTZMANN } dia_distribution;

typedef struct dia_oscillators { /* all borrowed */
    const dia_molecule *molecule;
    const double *centre;   /* (ncart) bohr: mean of the positions                                            */
    const double *momentum; /* (ncart) mean of the momenta; NULL: 0                                           */
    const dia_modes *modes;
    dia_distribution distribution;
    double temperature; /* k_B T, hartree; 0: the ground state                                            */
    double lowest;      /* hartree: modes with w < lowest, and imaginary ones, stay at rest at the centre */
    uint64_t seed;
} dia_oscillators;

/* Standard deviation of Q and of P of mode m; 0 for a mode that stays at rest. */
double dia_oscillators_deviation(const dia_oscillators *own, int m);
/* Mean energy of the sampled oscillators, hartree: sum of w <Q^2>. */
double dia_oscillators_energy(const dia_oscillators *own);

/* Q, P (nmode) of trajectory number `trajectory`. */
void dia_oscillators_draw(const dia_oscillators *own, uint64_t trajectory, double *Q, double *P);
/* Q, P -> R, V (ncart). The centre of mass stays at rest, and the molecule does not rotate: the total angular
 * momentum of the displaced modes is removed from V (for a linear molecule except its part along the axis, which is
 * the angular momentum of its bends, not a rotation). Then the mean momentum is added. */
void dia_oscillators_place(const dia_oscillators *own, const double *Q, const double *P, double *R, double *V);

/* Oscillators along the coordinates themselves: frequency (ncart) hartree, of coordinate 0, 1, ... */
DIA_MUST_USE dia_status dia_oscillators_stated(dia_modes *modes, int ncart, const double *frequency, dia_error *error);

/* Removes from V the motion of the centre of mass. */
void dia_drift_remove(const dia_molecule *molecule, double *V);
/* Removes from V the rotation about the principal axes with the `turns` largest moments (3; 2: linear). */
void dia_rotation_remove(const dia_molecule *molecule, const double *R, int turns, double *V);

#endif
