/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key `state` of the initial conditions: which electronic states the trajectories start in. */
#ifndef DIA_DYNAMICS_INITIAL_STATE_H
#define DIA_DYNAMICS_INITIAL_STATE_H

#include "dynamics/initial.h"

/* Is the state, or the superposition, one of a model with nstate states? */
DIA_MUST_USE dia_status dia_initial_check_state(const dia_initial_settings *settings, int nstate, dia_error *error);

/* initial->state holds what `state` says for each trajectory, in its basis, and initial->c (NULL: none) the amplitudes
 * that frames state. Draws the active states and makes the amplitudes, where they differ from 1 in the active state. */
DIA_MUST_USE dia_status dia_initial_electrons(dia_initial *initial, const dia_model *model,
                                              const dia_initial_settings *settings, const dia_control *control,
                                              dia_error *error);

#endif
