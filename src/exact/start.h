/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start of an exact propagation, from the block `initial` that a swarm reads too. */
#ifndef DIA_EXACT_START_H
#define DIA_EXACT_START_H

#include "dynamics/initial.h"
#include "exact/engine.h"

/* The pure state whose distribution of positions and momenta is that of the swarm. What no such state exists for
 * (frames of a file, a temperature, widths against the uncertainty relation) is DIA_ERROR_INPUT. Masses in the settings
 * become the model's. Call dia_exact_start_free also after a failure. */
DIA_MUST_USE dia_status dia_exact_start_make(dia_exact_start *start, dia_model *model,
                                             const dia_initial_settings *settings, const dia_exact_type *engine,
                                             const dia_control *control, dia_error *error);
void dia_exact_start_free(dia_exact_start *start); /* frees the arrays, zeroes the struct */

#endif
