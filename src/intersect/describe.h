/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What kind of points those of a catalogue are. */
#ifndef DIA_INTERSECT_DESCRIBE_H
#define DIA_INTERSECT_DESCRIBE_H

#include "intersect/catalogue.h"

/* Of points whose geometries and states are known: places them on the reference geometry, without exchange of atoms; energies, branching
 * planes and spaces, seam modes; and what energies are relative to. `ndirection` becomes that of the point with most.
 * DIA_ERROR_INTERRUPTED if stopped. */
DIA_MUST_USE dia_status dia_catalogue_describe(dia_catalogue *catalogue, const dia_model *model,
                                               const dia_control *control, dia_error *error);
/* Energies of all states at one geometry (nstate); NaN if they are not finite. */
DIA_MUST_USE dia_status dia_energies_at(const dia_model *model, const double *R, double *E, dia_error *error);

#endif
