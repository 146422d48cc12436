/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trajectories of a finished swarm flown again: what replay.c plans and replay_compare.c compares. */
#ifndef DIA_SWARM_REPLAY_H
#define DIA_SWARM_REPLAY_H

#include "diabolo/run.h"
#include "diabolo/swarm.h"

/* Fills compared and difference of the result: trajectories of `again` against those of the same numbers in `swarm`. Numbers
 * that one file keeps in single precision are compared in it. */
DIA_MUST_USE dia_status dia_replay_compare(const dia_swarm *swarm, const dia_swarm *again, dia_replay_result *result,
                                           dia_error *error);

#endif
