/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which atoms are bonded, by distance. */
#ifndef DIA_MOLECULE_RADII_H
#define DIA_MOLECULE_RADII_H

#include "diabolo/molecule.h"

/* Covalent radius in bohr of an element up to Rn: Cordero et al., Dalton Trans. 2008, 2832, DOI 10.1039/b801115j (C:
 * sp3; Mn, Fe, Co: low spin). 0: an abstract particle or an unknown element. */
double dia_element_radius(int number);
/* Are atoms i and j closer than 1.3 times the sum of their radii? */
bool dia_molecule_bonded(const dia_molecule *molecule, const double *R, int i, int j);

/* The factor by which the bonds of R (ncart) are longer than those of `reference`, if it is nearly the same for all
 * bonds and above 1.4 (or below 1/1.4): a sign of another unit. Otherwise, or if there are fewer than `least` bonds,
 * 1. */
double dia_bond_scale(const dia_molecule *molecule, const double *reference, const double *R, int least);

#endif
