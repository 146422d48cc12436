/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units as files state them: "Angstrom", "eV/Angstrom", "kcal/mol/bohr", "1/bohr", "cm^-1", "bohr^2 electron_mass".
 * (A number with a unit in an input: dia_quantity_parse in base/config.h.) */
#ifndef DIA_BASE_UNIT_H
#define DIA_BASE_UNIT_H

#include "diabolo/base.h"

/* 1 kJ/mol in hartree: E_h N_A, CODATA 2018 (4.3597447222071e-18 J x 6.02214076e23 /mol); the thermochemical calorie is 4.184 J. */
#define DIA_KJ_PER_MOL (1.0 / 2625.4996394798)
/* W/cm^2 of light whose field has an amplitude of 1 atomic unit: eps0 c E^2/2 with E = 5.14220674763e11 V/m (CODATA 2018). */
#define DIA_INTENSITY_AU 3.50944552059e16
#define DIA_KCAL_PER_MOL (4.184 * DIA_KJ_PER_MOL)

/* *factor: a number in the unit `stated`, times this, is the number in the unit `wanted` (exactly 1 for equal names).
 * False, and *factor untouched: `stated` is an unknown unit, or one of another dimension. "atomic units" and "au"
 * fit every dimension; "1" is a number without unit. Variants of spelling are accepted ("angstrom", "Å", "Eh",
 * "hartree bohr^-1"). */
bool dia_unit_convert(const char *stated, const char *wanted, double *factor);
/* Is it a unit at all? */
bool dia_unit_known(const char *text);

#endif
