/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block `output` of an input, and the times at which a flight is recorded. A swarm and its exact reference read the
 * same. */
#ifndef DIA_DYNAMICS_OUTPUT_H
#define DIA_DYNAMICS_OUTPUT_H

#include "dynamics/options.h"

typedef struct dia_run_output {
    const char *file;
    double every;  /* atomic units of time; 0: not given */
    int precision; /* 0 single, 1 double                 */
    bool trajectories;
    bool extendable; /* keep what an extension needs */
} dia_run_output;

/* The file's name is the first key: all others are part of the identity of a result. */
extern const dia_option dia_run_output_options[];

/* The number of steps, and of steps between two samples. Timestep and duration have been checked alone; here they must
 * fit each other and output->every, which gets its default. Mistakes are noted in the configuration. */
void dia_run_output_fit(dia_run_output *output, const dia_dynamics *dynamics, dia_config *config,
                        const dia_node *dynamics_node, const dia_node *output_node, int64_t *steps, int64_t *every);

#endif
