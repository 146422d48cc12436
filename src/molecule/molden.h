/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normal modes from a Molden file (https://www.theochem.ru.nl/molden/molden_format.html): the sections [FREQ] (cm^-1),
 * [FR-COORD] (symbols, positions in bohr) and [FR-NORM-COORD] (one block `vibration k` of Cartesian displacements
 * per mode). A unit behind a title (AU, Angs, (Angs), ...) is used. [Atoms] is read if its title states a unit. */
#ifndef DIA_MOLECULE_MOLDEN_H
#define DIA_MOLECULE_MOLDEN_H

#include "molecule/modes.h"

/* modes, and *R (molecule->ncart, heap): the geometry they belong to. Displacements become mass-weighted unit vectors
 * with the masses of `molecule`; programs that print them mass-weighted already are recognised by their orthogonality.
 * Rigid motions in the list are left out, the others are orthonormalised in the order of their frequencies. If
 * [FR-COORD] is rotated relative to the modes and [Atoms] is not, *R is taken from [Atoms]. On failure *modes is
 * zero, *R NULL, and the error names the file. DIA_ERROR_INPUT: another molecule, bonds of another length than the
 * molecule's reference has (bohr and Angstrom mistaken), sections missing or of different length, vectors that are
 * orthogonal neither as printed nor mass-weighted (other isotopes, another orientation). */
DIA_MUST_USE dia_status dia_molden_modes_read(dia_modes *modes, double **R, const dia_molecule *molecule,
                                              const char *path, dia_error *error);

#endif
