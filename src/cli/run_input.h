/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the input of `diabolo run` to a flight. */
#ifndef DIA_CLI_RUN_INPUT_H
#define DIA_CLI_RUN_INPUT_H

#include "base/config.h"
#include "cli/cli.h"
#include "dynamics/initial.h"
#include "dynamics/options.h"
#include "swarm/flight.h"

typedef struct run_output { /* block `output` */
    const char *file;
    double every;  /* atomic units of time; 0: not given */
    int precision; /* 0 single, 1 double                 */
    bool trajectories;
} run_output;

typedef struct run_plan { /* owns everything its flight borrows */
    dia_config *config;
    dia_model *model;
    dia_dynamics dynamics;
    dia_initial_settings initial_settings;
    dia_initial initial;
    run_output output;
    int64_t *number; /* (count) */
    char *resolved;
    char *path; /* of the swarm file */
    dia_flight flight;
} run_plan;

/* From the input cli->args[0]. trajectory: fly this one only; -1: all. All mistakes of the input are reported in one
 * go. On failure the plan is left as dia_run_plan_free wants it. */
DIA_MUST_USE dia_status dia_run_plan_make(run_plan *plan, const dia_cli *cli, int64_t trajectory, dia_error *error);
void dia_run_plan_free(run_plan *plan);

/* The keys of an input, for templates. */
extern const dia_option dia_run_options[];

#endif
