/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding how the diabats behave under a symmetry operation, where the input does not say.
 *
 * A generator of network.symmetry without signs gets them by short trainings, one for each pattern (the sign of the
 * first diabat is free). Energies hardly tell a right pattern from a wrong one, couplings do: where two states are
 * close, a pattern under which an element of H is odd that should be even makes their coupling wrong. So the pattern
 * with the smallest error of couplings at gaps below 0.5 eV is taken. */
#ifndef DIA_TRAIN_SIGNS_H
#define DIA_TRAIN_SIGNS_H

#include "train/training.h"

/* Fills the signs that are missing in t->settings, one generator after the other, with notes on every trial; the data
 * of t are loaded and split. DIA_ERROR_INPUT: no coupling at a small gap to judge by. */
DIA_MUST_USE dia_status dia_signs_find(dia_training *t, const dia_control *control, dia_error *error);

#endif
