/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact symmetry of a geometry and its Hessian, which files give with few digits. */
#ifndef DIA_MOLECULE_SYMMETRISE_H
#define DIA_MOLECULE_SYMMETRISE_H

#include "diabolo/molecule.h"

enum { DIA_SYMMETRISE_ATOMS = 64 };

/* All operations (exchanges of like atoms, with or without inversion, then a rotation) that bring R (natom, 3) onto itself
 * within `tolerance` (rms over atoms, bohr): R becomes the mean of its images, symmetric to rounding, hessian (ncart, ncart)
 * likewise. molecule: atomic numbers and masses, three dimensions, DIA_SYMMETRISE_ATOMS atoms at most, not linear. */
DIA_MUST_USE dia_status dia_symmetrise(const dia_molecule *molecule, double tolerance, double *R, double *hessian,
                                       dia_error *error);

/* The proper rotation T (3, 3; rows) with s y_p[a] = T y_a, s = -1 if inversion, y from the centre of mass: the best there
 * is. Returns the rms deviation over atoms, bohr. */
double dia_symmetry_turn(const dia_molecule *molecule, const double *y, const int *p, bool inversion, double *T);

#endif
