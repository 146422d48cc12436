/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/output.h"

#include <math.h>

#include "base/number.h"

const dia_option dia_run_output_options[] = {
    DIA_PATH(dia_run_output, file, "swarm.h5", "the swarm file"),
    DIA_REAL(dia_run_output, every, DIA_TIME, NULL,
             "from one sample to the next, a multiple of the timestep; by default the longest up to 1 fs (at least one "
             "timestep) that divides the flight",
             DIA_RANGE(1e-6, 1e12)),
    DIA_CHOICE(dia_run_output, precision, "single|double", "single",
               "of positions, velocities and amplitudes; energies, hops and initial conditions are always double"),
    DIA_BOOL(dia_run_output, trajectories, "true",
             "write energies, amplitudes, positions and velocities of each trajectory"),
    DIA_BOOL(dia_run_output, extendable, "true",
             "keep the last state of each trajectory, so that `diabolo run --extend` can fly on from it"),
    {.key = NULL}};

void dia_run_output_fit(dia_run_output *output, const dia_dynamics *dynamics, dia_config *config,
                        const dia_node *dynamics_node, const dia_node *output_node, int64_t *steps, int64_t *every)
{
    const double timestep = dynamics->timestep;
    *steps = dia_dynamics_steps(dynamics);
    if (!(dynamics->duration > 0.0)) {
        dia_config_mistake(config, dia_node_child(dynamics_node, "duration"),
                           "dynamics.duration must be longer than nothing");
    } else if (output->every > 0.0) {
        double ratio = output->every / timestep;
        if (!dia_real_integer(ratio, 1, INT64_MAX, every) || fabs(ratio - (double)*every) > 1e-6 * ratio)
            dia_config_mistake(config, dia_node_child(output_node, "every"),
                               "output.every is %.6g fs, expected a multiple of dynamics.timestep, %.6g fs",
                               output->every / DIA_FEMTOSECOND, timestep / DIA_FEMTOSECOND);
        else if (*steps % *every != 0)
            dia_config_mistake(config, dia_node_child(output_node, "every"),
                               "output.every is %lld timesteps, the flight takes %lld: expected a divisor, so that the "
                               "last sample is the end of the flight",
                               (long long)*every, (long long)*steps);
    } else {
        *every = (int64_t)floor(DIA_FEMTOSECOND / timestep * (1.0 + 1e-9));
        for (*every = *every < 1 ? 1 : *every; *steps % *every != 0;)
            --*every;
        output->every = (double)*every * timestep;
    }
}
