/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of single trajectories, in and out of the bytes of a saved block (dia_block_save): a swarm that goes on may be
 * divided into other blocks than before. */
#ifndef DIA_DYNAMICS_SAVE_H
#define DIA_DYNAMICS_SAVE_H

#include "diabolo/dynamics.h"

/* Numbers of one trajectory: all that a restart needs but its number, active state and fate. */
size_t dia_block_state_width(const dia_block *block);
/* Takes the states of `count` trajectories out of a saved block of the same kind: states (count, width). */
DIA_MUST_USE dia_status dia_block_saved_states(const dia_block *like, const void *bytes, size_t size, int count,
                                               double *states, dia_error *error);
/* Sets `count` trajectories to such states after `step` steps: number, active, fate (count), states (count, width).
 * DIA_ERROR_FILE: not such states. */
DIA_MUST_USE dia_status dia_block_go_on(dia_block *block, int64_t step, int count, const int64_t *number,
                                        const int8_t *active, const int8_t *fate, const double *states,
                                        dia_error *error);

#endif
