/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is the energy of a trajectory on one state kept, and better as the square of the time step? Velocity Verlet keeps a shadow
 * Hamiltonian that differs from H by O(step^2); a force that is not the gradient, or that jumps, does not. Trajectories that
 * pass an intersection on one adiabatic state feel its cusp and do worse, whatever the model: the second best of six
 * counts. */
#include <math.h>
#include <stdlib.h>

#include "check/model/patient.h"
#include "math/vector.h"

enum { TRAJECTORIES = 6, STEPS = 60, LEVELS = 3 }; /* steps of the longest time step */

/* drift (TRAJECTORIES): largest |E - E(0)| of each, infinite if it failed. */
static dia_status fly(const dia_patient *p, int state, double step, int steps, double *drift, dia_error *error)
{
    dia_dynamics dynamics;
    dia_block *block = NULL;
    int64_t number[TRAJECTORIES];
    int active[TRAJECTORIES];
    const size_t nc = (size_t)p->shape.ncart;
    double *rest = calloc(TRAJECTORIES * nc, sizeof *rest);
    for (int b = 0; b < TRAJECTORIES; b++)
        number[b] = b, active[b] = state, drift[b] = 0.0;
    dia_status status = dia_patient_dynamics(p, step, "crossing: 0 eV", &dynamics, error);
    if (status == DIA_OK)
        status = dia_block_create(&block, p->model, &dynamics, TRAJECTORIES, error);
    if (status == DIA_OK && rest == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for trajectories");
    if (status == DIA_OK)
        status = dia_block_start(block, TRAJECTORIES, number, p->R, p->bound ? p->initial.V : rest, active, error);
    for (int s = 0; s < steps && status == DIA_OK; s++) {
        status = dia_block_step(block);
        for (int b = 0; b < TRAJECTORIES; b++)
            drift[b] = block->fate[b] == DIA_FATE_FLYING || block->fate[b] == DIA_FATE_FINISHED
                           ? fmax(drift[b], fabs(block->potential[b] + block->kinetic[b] - block->energy0[b]))
                           : INFINITY;
    }
    free(rest);
    dia_block_free(block);
    dia_dynamics_close(&dynamics);
    return status;
}

static void judge(const dia_patient *p, int state, double (*drift)[TRAJECTORIES], dia_exam *exam)
{
    const double small = 1e-7 * p->unit; /* rounding */
    double order[TRAJECTORIES], sorted[TRAJECTORIES];
    for (int b = 0; b < TRAJECTORIES; b++) {
        const double last = drift[LEVELS - 1][b];
        order[b] = last < small ? 2.0 : isfinite(last) ? log2(drift[0][b] / last) / (LEVELS - 1) : -INFINITY;
        sorted[b] = last;
    }
    dia_ascend(TRAJECTORIES, sorted);
    dia_ascend(TRAJECTORIES, order);
    dia_exam_most(exam, p->unit_name, sorted[1] / p->unit, 0.05,
                  "S%d: largest drift, second best of %d trajectories, step %.3g fs", state, TRAJECTORIES,
                  p->step / (1 << (LEVELS - 1)) / DIA_FEMTOSECOND);
    dia_exam_tell(exam, p->unit_name, 0.5 * (sorted[TRAJECTORIES / 2 - 1] + sorted[TRAJECTORIES / 2]) / p->unit,
                  "S%d: their median", state);
    dia_exam_least(exam, "", order[TRAJECTORIES - 2], 1.5, "S%d: order in the step, from four times that step on",
                   state);
}

static dia_status run(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int state = 0; state < p->fitted && state < 6 && status == DIA_OK; state++) {
        double drift[LEVELS][TRAJECTORIES] = {{0}};
        for (int l = 0; l < LEVELS && status == DIA_OK; l++)
            status = fly(p, state, p->step / (1 << l), STEPS << l, drift[l], error);
        if (status == DIA_OK)
            judge(p, state, drift, exam);
    }
    return status;
}

const dia_model_test dia_model_test_conservation = {
    .name = "energy conservation",
    .measures = "trajectories on each state keep their energy, the better the shorter the step (NVE, velocity Verlet)",
    .limits = "a step of 1/160 of the fastest vibration keeps better than 1 meV; the order is 2, 1.5 allows for cusps "
              "on the way",
    .run = run};
