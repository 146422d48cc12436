/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trajectories of a finished swarm flown again: replay_settings.c reads, replay.c plans and flies, replay_compare.c compares. */
#ifndef DIA_SWARM_REPLAY_H
#define DIA_SWARM_REPLAY_H

#include "diabolo/swarm.h"
#include "swarm/plan.h"

/* The settings of the swarm, with those of the input in their place. A method that is set has the options of its own. *config:
 * to be freed, also after a failure. DIA_ERROR_INPUT: a setting that a replay does not use; a plug-in that the swarm names,
 * and the input does not. */
DIA_MUST_USE dia_status dia_replay_settings(dia_config **config, const dia_swarm *swarm, const dia_input *input,
                                            dia_error *error);

/* Fills `changed` of the result: what of the model or of `dynamics` is another in the plan than in the swarm. */
DIA_MUST_USE dia_status dia_replay_compare_settings(const dia_swarm *swarm, const dia_run_plan *plan,
                                                    dia_replay_result *result, dia_error *error);
/* Fills compared, difference and, after the settings were compared, reasons of the result: trajectories of `again` against those of the same numbers in `swarm`. Numbers
 * that one file keeps in single precision are compared in it. */
DIA_MUST_USE dia_status dia_replay_compare(const dia_swarm *swarm, const dia_swarm *again, dia_replay_result *result,
                                           dia_error *error);

/* dia_replay. kept: trajectories are wanted, as for a movie; DIA_ERROR_INPUT before the flight if the settings keep none. */
DIA_MUST_USE dia_status dia_replay_kept(const char *swarm, const char *trajectories, const dia_input *input, bool fresh,
                                        bool kept, const dia_control *control, dia_replay_result *result,
                                        dia_error *error);

#endif
