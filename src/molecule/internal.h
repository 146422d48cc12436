/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectors in the space of internal motions: translations and rotations (not mass-weighted) taken out. An ab initio
 * coupling has a part along them, which no matrix H of internal coordinates can give. */
#ifndef DIA_MOLECULE_INTERNAL_H
#define DIA_MOLECULE_INTERNAL_H

#include "diabolo/molecule.h"

/* unit: a molecule whose masses are 1 (dia_molecule_init without numbers). T (6, ncart): work space. */
/* Projects n vectors (n, ncart) on the internal motions at R (ncart); one that holds NaN becomes NaN. */
void dia_internal_project(const dia_molecule *unit, const double *R, int n, double *vectors, double *T);
/* Orthonormal internal motions at R, a row each: Q (ncart, ncart). Returns their number: ncart - 6, - 5 if linear. */
int dia_internal_basis(const dia_molecule *unit, const double *R, double *Q, double *T);

#endif
