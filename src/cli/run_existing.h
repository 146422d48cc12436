/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies under the output's name already. */
#ifndef DIA_CLI_RUN_EXISTING_H
#define DIA_CLI_RUN_EXISTING_H

#include "cli/run_input.h"

/* *complete: the very swarm of this plan is there. Another swarm is an error unless `replace`; anything else always is.
 */
DIA_MUST_USE dia_status dia_run_existing(const run_plan *plan, bool replace, bool *complete, dia_error *error);

#endif
