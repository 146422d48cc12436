/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results of tasks as short tables: energies in eV above `zero` (hartree), lengths in Angstrom, angles in degrees; a
 * model system's coordinates in atomic units. At most some ten rows: the file has them all. */
#ifndef DIA_CLI_INTERSECT_TASKS_TEXT_H
#define DIA_CLI_INTERSECT_TASKS_TEXT_H

#include <stdio.h>

#include "intersect/descent.h"
#include "intersect/interpolate.h"
#include "intersect/loop.h"
#include "intersect/scan.h"
#include "intersect/seam.h"

void intersect_scan_text(FILE *out, const dia_scan *scan, double zero);
void intersect_interpolated_text(FILE *out, const dia_interpolated *result, double zero);
void intersect_seam_text(FILE *out, const dia_seam *seam, double zero);
void intersect_loop_text(FILE *out, const dia_loop *loop);
/* product, label (npath): what each path ends in; empty: in no minimum. */
void intersect_descent_text(FILE *out, const dia_descent *descent, char *const *product, const char *const *label,
                            double zero);

#endif
