/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normal modes from a Molden file (https://www.theochem.ru.nl/molden/molden_format.html): the sections [FREQ] (cm^-1),
 * [FR-COORD] (symbols, positions in bohr) and [FR-NORM-COORD] (one block `vibration k` of Cartesian displacements a
 * mode). A unit behind a title (AU, Angs, (Angs), ...) is honoured. [Atoms] is read where its title says a unit. */
#ifndef DIA_MOLECULE_MOLDEN_H
#define DIA_MOLECULE_MOLDEN_H

#include "molecule/modes.h"

/* modes, and *R (molecule->ncart, heap): the geometry they belong to. Displacements become mass-weighted unit vectors
 * with the masses of `molecule`; programs that print them mass-weighted already are recognised by their orthogonality.
 * Rigid motions in the list are left out, the others made orthonormal in the order of their frequencies. Where
 * [FR-COORD] is turned against the modes and [Atoms] is not, *R is that of [Atoms]. On failure *modes is zero, *R NULL,
 * and the error names the file. DIA_ERROR_INPUT: another molecule, bonds of another length than the molecule's reference
 * has (bohr and Angstrom mistaken), sections missing or of different length, vectors that are orthogonal neither way
 * (other isotopes, another orientation). */
DIA_MUST_USE dia_status dia_molden_modes_read(dia_modes *modes, double **R, const dia_molecule *molecule,
                                              const char *path, dia_error *error);

#endif
