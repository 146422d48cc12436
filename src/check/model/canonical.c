/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In a heat bath (Langevin) the kinetic energy of the lowest state has the mean and the variance of equipartition,
 * f/2 kT and f/2 (kT)^2 with f coordinates: not, if the force is no gradient and heats or cools. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "check/model/patient.h"

enum { TRAJECTORIES = 8, WAIT = 300, EVERY = 60, SAMPLES = 40 };

typedef struct sums {
    double n, first, second; /* of K/(f/2 kT) */
} sums;

static dia_status fly(const dia_patient *p, double kT, sums *s, dia_error *error)
{
    dia_dynamics dynamics;
    dia_block *block = NULL;
    char more[200];
    int64_t number[TRAJECTORIES];
    int active[TRAJECTORIES] = {0};
    const double mean = 0.5 * p->shape.ncart * kT;
    const size_t nc = (size_t)p->shape.ncart;
    double *R = dia_allocate(2 * TRAJECTORIES * nc, sizeof *R), *V = R + TRAJECTORIES * nc; /* at rest in the minimum */
    if (R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for trajectories");
    for (size_t i = 0; i < TRAJECTORIES * nc; i++)
        R[i] = p->initial.minimum[i % nc], V[i] = 0.0;
    for (int b = 0; b < TRAJECTORIES; b++)
        number[b] = b;
    snprintf(more, sizeof more, "thermostat: {method: langevin, temperature: %.12g K, time: %.12g fs}", kT / DIA_KELVIN,
             20.0 * p->step / DIA_FEMTOSECOND);
    dia_status status = dia_patient_dynamics(p, p->step, more, &dynamics, error);
    if (status == DIA_OK)
        status = dia_block_create(&block, p->model, &dynamics, TRAJECTORIES, error);
    if (status == DIA_OK)
        status = dia_block_start(block, TRAJECTORIES, number, R, V, active, error);
    for (int k = 1; k <= WAIT + SAMPLES * EVERY && status == DIA_OK; k++) {
        status = dia_block_step(block);
        for (int b = 0; b < TRAJECTORIES && k > WAIT && (k - WAIT) % EVERY == 0; b++) {
            const double x = block->fate[b] == DIA_FATE_FLYING ? block->kinetic[b] / mean : (double)NAN;
            s->n += 1.0;
            s->first += x;
            s->second += x * x;
        }
    }
    free(R);
    dia_block_free(block);
    dia_dynamics_close(&dynamics);
    return status;
}

static dia_status run(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    if (!p->bound)
        return dia_exam_absent(exam, "The lowest state has no minimum.");
    const double f = p->shape.ncart,
                 kT = dia_model_unit(p->model) > 0.0 ? 0.5 * p->initial.modes.frequency[0] : 300.0 * DIA_KELVIN;
    sums s = {0};
    const dia_status status = fly(p, kT, &s, error);
    if (status != DIA_OK)
        return status;
    if (isnan(s.first)) {
        exam->verdict = DIA_VERDICT_FAIL;
        dia_exam_say(exam, "Trajectories in the bath at %.4g K failed.", kT / DIA_KELVIN);
        return DIA_OK;
    }
    /* x is chi-squared with f degrees of freedom over f: variance 2/f, of the variance (2 + 12/f)/n */
    const double mean = s.first / s.n, variance = (s.second / s.n - mean * mean) * s.n / (s.n - 1.0);
    dia_exam_tell(exam, "K", kT / DIA_KELVIN, "temperature");
    dia_exam_tell(exam, "", mean, "mean kinetic energy over that of equipartition, %d samples", (int)s.n);
    dia_exam_most(exam, "sigmas", fabs(mean - 1.0) / sqrt(2.0 / f / s.n), 4.5, "its deviation from 1");
    dia_exam_tell(exam, "", variance / (2.0 / f), "variance over that of equipartition");
    dia_exam_most(exam, "sigmas", fabs(variance / (2.0 / f) - 1.0) / sqrt((2.0 + 12.0 / f) / s.n), 4.5,
                  "its deviation from 1");
    return DIA_OK;
}

const dia_model_test dia_model_test_canonical = {
    .name = "canonical ensemble",
    .measures = "mean and variance of the kinetic energy in a heat bath (Langevin, lowest state) against equipartition",
    .limits = "samples are three decay times apart; 4.5 sigmas are exceeded once in 100 000 right models",
    .run = run};
