/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Atoms that may exchange places: those with the same label. */
#ifndef DIA_MOLECULE_EQUIVALENT_H
#define DIA_MOLECULE_EQUIVALENT_H

#include "base/config.h"
#include "diabolo/molecule.h"

/* label (natom) from a list of sets of atoms [[0, 1], [2, 3, 4, 5]] of an input; NULL: none is equivalent to another.
 * False: a mistake was noted. */
bool dia_equivalent_read(dia_config *config, const dia_node *sets, int natom, int *label);
/* An error if atoms of different elements have one label. label NULL: nothing to check. */
DIA_MUST_USE dia_status dia_equivalent_check(const int *label, const dia_molecule *molecule, dia_error *error);
/* The number of permutations, a product of factorials. */
double dia_equivalent_permutations(int natom, const int *label);
/* All of them in lexical order, list (number, natom). chosen (natom): work space. Returns their number. */
int dia_equivalent_list(int natom, const int *label, int *chosen, int *list);

#endif
