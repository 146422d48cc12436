/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DIA_CONVERT_BAGEL_DIPOLES_H
#define DIA_CONVERT_BAGEL_DIPOLES_H

#include "convert/point.h"

/* Dipoles of the states of a CASSCF calculation, e bohr, from what BAGEL printed, if that was saved in the folder under any name; the geometry there must
 * be R (natom, 3), bohr. The import is told what is not taken, and why. */
DIA_MUST_USE dia_status dia_bagel_dipoles(dia_import *import, const char *folder, const double *R,
                                          dia_import_point *point, dia_error *error);

#endif
