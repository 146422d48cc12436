/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of elements in files. */
#ifndef DIA_MOLECULE_ELEMENTS_H
#define DIA_MOLECULE_ELEMENTS_H

#include "diabolo/molecule.h"

/* "C", "c", "6", "C1" -> 6. Heavy hydrogen by name: D or 2H, T or 3H give 1, and *mass, electron masses; otherwise
 * *mass is 0. "X" is 0, an abstract particle. Ghost atoms, and labels that may mean two elements (CA1: a C alpha or
 * calcium), are errors. */
DIA_MUST_USE dia_status dia_element_read(const char *text, int *number, double *mass, dia_error *error);

/* Checks a mass (electron masses) that was read in u against the element and the named isotope (0: none): it must be
 * positive, that of the isotope, and not a number in electron masses mistaken for u. */
DIA_MUST_USE dia_status dia_element_check_mass(int number, double isotope, double mass, dia_error *error);

#endif
