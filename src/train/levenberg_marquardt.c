/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Levenberg-Marquardt: least squares of all residuals, with damping mu mean(diag A) I. (Marquardt's mu diag(A) drives the
 * units of a network into saturation: a parameter to which nothing responds would be free to run away.) Nocedal, Wright,
 * Numerical Optimization, 2nd ed., section 10.3.
 *
 * State: [mu, iterations in a row that gained little, value known, value], then step, old theta (ntheta each). The
 * normal equations are made anew in each iteration and are no part of it. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/machine.h"
#include "train/normal.h"
#include "train/optimiser.h"

typedef struct least_squares {
    int iterations;
    double damping, tolerance, response, rows, decay;
} least_squares;

enum { HEAD = 8, TRIALS = 10, MOST_PARAMETERS = 20000 };

static const double smallest = 1e-9; /* damping; less drowns in the rounding of rows in single precision */

static const dia_option options[] = {
    DIA_INT(least_squares, iterations, "60", "iterations at most", DIA_RANGE(1, 1e9)),
    DIA_REAL(
        least_squares, damping, DIA_PURE, "1e-3",
        "first damping, in units of the mean diagonal of J^T J; a fifth after a success, four times after a failure",
        DIA_RANGE(1e-15, 1e6)),
    DIA_REAL(least_squares, tolerance, DIA_PURE, "1e-4",
             "end when four iterations in a row lower the loss by less than this fraction", DIA_RANGE(0, 1)),
    DIA_REAL(least_squares, response, DIA_ENERGY, "5 meV",
             "the response 1/gap of states that nearly meet is smoothed below this gap in the step",
             DIA_RANGE(1e-9, 1)),
    DIA_REAL(
        least_squares, rows, DIA_PURE, "1",
        "share of the components of gradients and couplings, drawn anew in each iteration, that make J^T J; J^T r has "
        "all: less is faster, as long as several times as many rows as parameters are left",
        DIA_RANGE(0.01, 1)),
    DIA_REAL(least_squares, decay, DIA_PURE, "0", "the loss grows by decay times the sum of squared weights",
             DIA_RANGE(0, 10)),
    {.key = NULL}};

static long length(const void *self)
{
    return ((const least_squares *)self)->iterations;
}

static size_t state_size(const void *self, const dia_problem *p)
{
    (void)self;
    return HEAD + 2 * (size_t)p->ntheta;
}

static dia_status check(const void *self, const dia_problem *p, dia_error *error)
{
    (void)self;
    char text[32], have[32];
    const dia_shape shape = dia_model_shape(p->model);
    const double bytes =
        dia_normal_memory(p->ntheta, shape.nstate, shape.ncart, dia_objective_threads(p->objective), p->npoint);
    dia_bytes_text(bytes, sizeof text, text);
    dia_bytes_text(dia_machine_memory(), sizeof have, have);
    if (p->ntheta > MOST_PARAMETERS || bytes > 0.9 * dia_machine_memory())
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "levenberg_marquardt solves equations of the order of the number of parameters: %d "
                             "parameters take %s (this machine has %s; at most %d parameters); use fewer or smaller "
                             "layers, fewer features, or the optimiser soap or lbfgs",
                             p->ntheta, text, have, MOST_PARAMETERS);
    return DIA_OK;
}

static dia_status value_at(const dia_problem *p, double decay, double *value)
{
    dia_status status = dia_objective_evaluate(p->objective, p->npoint, p->points, value, NULL);
    *value += dia_penalty(p, decay, NULL);
    return status;
}

static void add_penalty(const dia_problem *p, double decay, dia_normal *normal)
{
    const double *theta = dia_model_theta(p->model);
    for (int k = 0; k < p->nblock && decay > 0.0; k++)
        for (int i = 0; i < p->blocks[k].rows * p->blocks[k].cols; i++)
            dia_normal_add(normal, p->blocks[k].weight + i, decay, theta[p->blocks[k].weight + i]);
}

/* Steps with more and more damping until one lowers the loss. */
static dia_status try_steps(const least_squares *o, const dia_problem *p, dia_normal *normal, double *state,
                            bool *found)
{
    double *mu = state, *step = state + HEAD, *old = step + p->ntheta, *theta = dia_model_theta(p->model), value;
    *found = false;
    for (int trial = 0; trial < TRIALS && !*found; trial++) {
        dia_status status = dia_normal_solve(normal, *mu, step);
        if (status == DIA_ERROR_INTERRUPTED)
            return status;
        value = INFINITY;
        if (status == DIA_OK) {
            for (int i = 0; i < p->ntheta; i++)
                theta[i] = old[i] + step[i];
            dia_model_refresh(p->model);
            status = value_at(p, o->decay, &value);
            if (status == DIA_ERROR_INTERRUPTED)
                return status;
        }
        *found = status == DIA_OK && value < state[3]; /* false for NaN */
        *mu = *found ? fmax(*mu / 5.0, smallest) : *mu * 4.0;
    }
    if (*found) {
        state[1] = state[3] - value < o->tolerance * state[3] ? state[1] + 1.0 : 0.0;
        state[3] = value;
    } else {
        memcpy(theta, old, sizeof *theta * (size_t)p->ntheta);
        dia_model_refresh(p->model);
    }
    return DIA_OK;
}

static void release(void *normal)
{
    dia_normal_free(normal);
}

/* Its arrays are large: making them anew would cost as much as filling them. */
static dia_status workspace_of(const dia_problem *p, dia_normal **normal)
{
    dia_status status = DIA_OK;
    *normal = p->workspace->memory;
    if (*normal == NULL && (status = dia_normal_create(normal, p->objective, p->model, p->npoint)) == DIA_OK)
        *p->workspace = (dia_workspace){.memory = *normal, .release = release};
    return status;
}

static dia_status advance(const void *self, const dia_problem *p, long iteration, double *state, double *loss,
                          bool *converged)
{
    const least_squares *o = self;
    double *old = state + HEAD + p->ntheta, *theta = dia_model_theta(p->model), value;
    dia_normal *normal;
    bool found = false;
    const dia_sketch sketch = {.share = o->rows, .seed = p->seed, .number = (uint64_t)iteration};
    if (state[2] == 0.0) {
        state[0] = o->damping;
        state[2] = 1.0;
    }
    dia_status status = workspace_of(p, &normal);
    if (status != DIA_OK)
        return status;
    memcpy(old, theta, sizeof *old * (size_t)p->ntheta);
    status = dia_normal_form(normal, p->npoint, p->points, o->response, &sketch, &value);
    if (status == DIA_OK) {
        state[3] = value + dia_penalty(p, o->decay, NULL);
        add_penalty(p, o->decay, normal);
        status = try_steps(o, p, normal, state, &found);
    }
    *loss = state[3];
    *converged = status == DIA_OK && (!found || state[1] >= 4.0);
    return status;
}

const dia_optimiser_type dia_optimiser_levenberg_marquardt = {
    .name = "levenberg_marquardt",
    .summary = "damped least squares of all residuals, for up to some 15,000 parameters",
    .reference = "Nocedal, Wright, Numerical Optimization (2006), section 10.3",
    .options = options,
    .self_size = sizeof(least_squares),
    .length = length,
    .state_size = state_size,
    .check = check,
    .advance = advance};
