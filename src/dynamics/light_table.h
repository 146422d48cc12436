/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The field of light as a table: SHARC's laser file. A line is a time (fs), the complex field (real and imaginary part of x, y, z;
 * au) and the photon energies of the pulses at that time (hartree), which say how fast the field oscillates. SHARC wants the
 * times of its own sub-steps; here they only have to ascend, eight or more to a period of the fastest photon energy; between them the
 * field is a cubic spline. (SHARC manual, "Laser fields".)
 *
 * SHARC uses the real part alone, and writes a complex field that turns as exp(+iwt); here fields turn as exp(-iwt). Which way that of
 * a file turns is seen from the file. */
#ifndef DIA_DYNAMICS_LIGHT_TABLE_H
#define DIA_DYNAMICS_LIGHT_TABLE_H

#include "dynamics/light.h"

/* Reads light->file; widens its times and its largest frequency. DIA_ERROR_FILE, DIA_ERROR_INPUT. */
DIA_MUST_USE dia_status dia_light_table(dia_light *light, dia_error *error);
void dia_light_table_free(dia_light *light);
/* Adds its field at t to E (3, 2). */
void dia_light_table_field(const dia_light *light, double t, double E[6]);

#endif
