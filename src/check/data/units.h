/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which units of energies and of their slopes explain a measured factor. */
#ifndef DIA_CHECK_DATA_UNITS_H
#define DIA_CHECK_DATA_UNITS_H

#include "check/data/test.h"

typedef struct dia_unit_guess {
    const char *name;
    double factor; /* of the numbers to atomic units, where the file says those */
} dia_unit_guess;

extern const dia_unit_guess dia_energy_units[]; /* the first: as the file says; end with name NULL */
extern const dia_unit_guess dia_slope_units[];  /* of gradients and couplings                      */

/* Is the logarithm of a / b within `tolerance`? */
bool dia_near_factor(double a, double b, double tolerance);

/* The energies of the set by their size: total electronic energies are -0.5 sum Z^2.4 hartree within a few per cent (a fit to
 * Hartree-Fock atoms, H to Ar). The unit of the table that makes them so; NULL: none does (relative energies, core potentials). */
const dia_unit_guess *dia_energy_unit_by_size(const dia_dataset *data);

#endif
