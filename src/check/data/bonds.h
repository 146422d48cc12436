/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distances between atoms in units of the sum of their covalent radii (molecule/radii.h). */
#ifndef DIA_CHECK_DATA_BONDS_H
#define DIA_CHECK_DATA_BONDS_H

#include "dataset/dataset.h"

/* Median over the atoms of the ratio of the distance to the nearest atom and the sum of the two radii; NaN for single atoms and
 * positions that are not finite. */
double dia_point_bond(const dia_dataset *data, int point);
/* The smallest ratio of a pair of atoms, and which: first < second. */
double dia_point_closest(const dia_dataset *data, int point, int *first, int *second);
/* The largest distance of an atom to its nearest one, bohr, and which atom. */
double dia_point_loneliest(const dia_dataset *data, int point, int *atom);

#endif
