/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DIA_CLI_RUN_SUMMARY_H
#define DIA_CLI_RUN_SUMMARY_H

#include <stdio.h>

#include "diabolo/swarm.h"

/* Populations at some ten times, hops, fates, energy conservation. */
DIA_MUST_USE dia_status dia_run_summary(FILE *out, const dia_swarm *swarm, dia_error *error);

#endif
