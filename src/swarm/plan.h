/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plan holds: an input of `diabolo run`, read, checked and made into a flight. */
#ifndef DIA_SWARM_PLAN_H
#define DIA_SWARM_PLAN_H

#include "base/config.h"
#include "diabolo/run.h"
#include "dynamics/initial.h"
#include "dynamics/options.h"
#include "swarm/flight.h"

typedef struct dia_run_output { /* block `output` */
    const char *file;
    double every;  /* atomic units of time; 0: not given */
    int precision; /* 0 single, 1 double                 */
    bool trajectories;
} dia_run_output;

struct dia_run_plan { /* owns everything its flight borrows */
    dia_config *config;
    dia_model *model;
    dia_dynamics dynamics;
    dia_initial_settings initial_settings;
    dia_initial initial;
    dia_run_output output;
    int64_t *number; /* (count) */
    char *resolved;
    char *path;     /* of the swarm file */
    char *identity; /* what decides the numbers, by name */
    char digest[DIA_DIGEST_SIZE];
    dia_flight flight;
};

/* The keys of an input, for templates. */
extern const dia_option dia_run_options[];

/* Reads `model` and `initial` of an input and makes the initial conditions; the other two blocks are left alone. Into a
 * plan that is all zero; also on failure dia_run_plan_clear frees what was made. */
DIA_MUST_USE dia_status dia_run_plan_sample(dia_run_plan *plan, const dia_input *input, dia_error *error);
void dia_run_plan_clear(dia_run_plan *plan); /* frees what it holds, not itself */

/* ---- size ------------------------------------------------------------------------------------ */

/* Before initial conditions are made: is there memory for the flight, and, unless it is there already, room on the disk?
 * The message has the numbers, and names the key that makes them. */
DIA_MUST_USE dia_status dia_run_plan_fits(const dia_run_plan *plan, bool alone, dia_error *error);
/* Before the journal is opened: room on the disk. Warns if it will be tight. */
DIA_MUST_USE dia_status dia_run_plan_fits_disk(const dia_run_plan *plan, int64_t N, const dia_control *control,
                                               dia_error *error);

#endif
