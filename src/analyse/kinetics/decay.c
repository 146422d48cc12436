/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/kinetics/decay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* ---- models ---------------------------------------------------------------------------------- */

/* q kept in bounds (lifetimes of 1e-22 to 1e22 fs), so that a runaway step of the fit, or a plateau, stays finite. */
static double bounded(double q)
{
    return fmin(fmax(q, -50), 50);
}

/* exp(-s/tau) for q = ln(tau/fs); *dq its derivative by q, *slope by s. */
static double exponential(double q, double s, double *slope, double *dq)
{
    const double tau = exp(bounded(q)), x = s / tau, e = exp(-x);
    *dq = x * e;
    *slope = -e / tau;
    return e;
}

static double single_shape(const double *q, double s, double *slope, double *gradient)
{
    return exponential(q[0], s, slope, gradient);
}

/* a exp(-s/tau_1) + (1-a) exp(-s/tau_2); q = ln tau_1, ln tau_2, ln(a/(1-a)). */
static double double_shape(const double *q, double s, double *slope, double *gradient)
{
    double slope1, slope2;
    const double a = 1 / (1 + exp(-bounded(q[2])));
    const double e1 = exponential(q[0], s, &slope1, &gradient[0]), e2 = exponential(q[1], s, &slope2, &gradient[1]);
    gradient[0] *= a;
    gradient[1] *= 1 - a;
    gradient[2] = a * (1 - a) * (e1 - e2);
    *slope = a * slope1 + (1 - a) * slope2;
    return a * e1 + (1 - a) * e2;
}

/* exp(-(s/tau)^b); q = ln tau, ln b. */
static double stretched_shape(const double *q, double s, double *slope, double *gradient)
{
    const double tau = exp(bounded(q[0])), b = exp(fmin(fmax(q[1], -3), 3)), x = s > 0 ? pow(s / tau, b) : 0;
    const double e = exp(-x);
    *slope = s > 0 ? -e * x * b / s : 0;
    gradient[0] = e * x * b;
    gradient[1] = x > 0 ? -e * x * b * log(s / tau) : 0;
    return e;
}

const dia_decay_type dia_decay_types[] = {
    {.name = "delayed",
     .summary = "one exponential after a delay",
     .formula = "exp(-(t - delay)/lifetime), 1 before the delay",
     .nparameter = 2,
     .nconstant = 1,
     .parameter = {"lifetime", "delay"},
     .unit = {"fs", "fs"},
     .delayed = true,
     .shape = single_shape,
     .kind = {DIA_DECAY_TIME, DIA_DECAY_DELAY},
     .nstart = 1,
     .start = {{1}}},
    {.name = "exponential",
     .summary = "one exponential from time zero",
     .formula = "exp(-t/lifetime)",
     .nparameter = 1,
     .nconstant = 1,
     .parameter = {"lifetime"},
     .unit = {"fs"},
     .shape = single_shape,
     .kind = {DIA_DECAY_TIME},
     .nstart = 1,
     .start = {{1}}},
    {.name = "biexponential",
     .summary = "two exponentials after a delay",
     .formula = "share exp(-(t - delay)/fast) + (1 - share) exp(-(t - delay)/slow), 1 before the delay",
     .nparameter = 4,
     .nconstant = 2,
     .parameter = {"fast_lifetime", "slow_lifetime", "fast_share", "delay"},
     .unit = {"fs", "fs", "1", "fs"},
     .delayed = true,
     .shape = double_shape,
     .kind = {DIA_DECAY_TIME, DIA_DECAY_TIME, DIA_DECAY_SHARE, DIA_DECAY_DELAY},
     .nstart = 3,
     .start = {{0.3, 2, 0.5}, {0.1, 1.3, 0.25}, {0.7, 8, 0.75}}},
    {.name = "stretched",
     .summary = "stretched (exponent below 1) or compressed exponential",
     .formula = "exp(-(t/lifetime)^exponent)",
     .nparameter = 2,
     .nconstant = 1,
     .parameter = {"lifetime", "exponent"},
     .unit = {"fs", "1"},
     .shape = stretched_shape,
     .kind = {DIA_DECAY_TIME, DIA_DECAY_EXPONENT},
     .nstart = 3,
     .start = {{1, 1}, {1, 0.6}, {1, 2}}},
    {.name = NULL},
};

static double reported(dia_decay_kind kind, double q)
{
    return kind == DIA_DECAY_TIME       ? exp(bounded(q))
           : kind == DIA_DECAY_SHARE    ? 1 / (1 + exp(-bounded(q)))
           : kind == DIA_DECAY_EXPONENT ? exp(fmin(fmax(q, -3), 3))
                                        : q;
}

/* Of two time constants the fast one is reported first. */
static bool exchanged(const dia_decay_type *type, const double *q)
{
    return type->nconstant == 2 && q[0] > q[1];
}

static void values_of(const dia_decay_type *type, const double *q, double *values)
{
    const bool swap = exchanged(type, q);
    for (int k = 0; k < type->nparameter; k++)
        values[k] = reported(type->kind[k], !swap || k > 2 ? q[k] : k == 2 ? -q[2] : q[1 - k]);
}

/* The i-th starting point from a rough lifetime; false: there are no more. */
static bool guess_of(const dia_decay_type *type, int i, double lifetime, double *q)
{
    for (int k = 0; k < type->nparameter && i < type->nstart; k++) {
        const double start = type->start[i][k < 3 ? k : 0];
        q[k] = type->kind[k] == DIA_DECAY_TIME       ? log(start * lifetime)
               : type->kind[k] == DIA_DECAY_SHARE    ? log(start / (1 - start))
               : type->kind[k] == DIA_DECAY_EXPONENT ? log(start)
                                                     : 0;
    }
    return i < type->nstart;
}

/* P at t and its derivatives by all of q, the delay last. */
static double value_gradient(const dia_decay_type *type, const double *q, double t, double *gradient)
{
    const int last = type->nparameter - 1;
    const double s = t - (type->delayed ? q[last] : 0);
    double slope = 0;
    if (type->delayed && s <= 0) {
        for (int k = 0; k <= last; k++)
            gradient[k] = 0;
        return 1;
    }
    const double P = type->shape(q, s, &slope, gradient);
    if (type->delayed)
        gradient[last] = -slope;
    return P;
}

double dia_decay_value(const dia_decay_type *type, const double *q, double t)
{
    double gradient[DIA_DECAY_PARAMETERS];
    return value_gradient(type, q, t, gradient);
}

double dia_decay_change(const dia_decay_problem *problem, const double *q, int k, bool infinite)
{
    const dia_decay_type *type = problem->type;
    double other[DIA_DECAY_PARAMETERS], largest = 0;
    memcpy(other, q, (size_t)type->nparameter * sizeof *other);
    other[exchanged(type, q) ? 1 - k : k] = infinite ? INFINITY : -INFINITY;
    for (int t = 0; t < problem->ntime; t++)
        largest = fmax(
            largest, fabs(dia_decay_value(type, q, problem->time[t]) - dia_decay_value(type, other, problem->time[t])));
    return largest;
}

/* ---- fit ------------------------------------------------------------------------------------- */

static dia_status problem_create(const void *context, void **work, dia_error *error)
{
    dia_decay_problem *copy = dia_allocate(1, sizeof *copy);
    if (copy == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a fit");
    *copy = *(const dia_decay_problem *)context;
    *work = copy;
    return DIA_OK;
}

static void problem_evaluate(void *work, const double *q, const double *y, double *P, double *J)
{
    const dia_decay_problem *c = work;
    const int np = c->type->nparameter;
    double gradient[DIA_DECAY_PARAMETERS];
    (void)y;
    for (int t = 0; t < c->ntime; t++) {
        P[t] = value_gradient(c->type, q, c->time[t], gradient);
        if (J != NULL)
            memcpy(J + (size_t)t * (size_t)np, gradient, (size_t)np * sizeof *gradient);
    }
}

/* First time at which P falls below a level, linear between samples; the last time if it never does. */
static double crossing(const dia_decay_problem *c, const double *P, double level)
{
    for (int i = 1; i < c->ntime; i++)
        if (P[i] < level && P[i - 1] > P[i])
            return c->time[i - 1] +
                   (c->time[i] - c->time[i - 1]) * fmin(1, fmax(0, (P[i - 1] - level) / (P[i - 1] - P[i])));
    return c->time[c->ntime - 1];
}

/* Rough lifetime after `delay`: from the time of 1/e, or extrapolated from what is left at the end. */
static double rough_lifetime(const dia_decay_problem *c, const double *P, double delay)
{
    const double end = c->time[c->ntime - 1], left = P[c->ntime - 1], at = crossing(c, P, exp(-1));
    const double lifetime = at < end ? at - delay : (end - delay) / -log(fmin(fmax(left, 0.05), 0.99));
    return fmax(lifetime, 1e-3 * (end - c->time[0]));
}

/* The guesses of the shape, first with the delay at which the population has fallen by 3 %, then without delay. */
static bool problem_guess(const void *context, int i, const double *y, double *q)
{
    const dia_decay_problem *c = context;
    const double delays[2] = {crossing(c, y, 0.97), 0};
    for (int d = c->type->delayed ? 0 : 1; d < 2; d++)
        for (int g = 0; guess_of(c->type, g, rough_lifetime(c, y, delays[d]), q); g++)
            if (i-- == 0) {
                if (c->type->delayed)
                    q[c->type->nparameter - 1] = delays[d];
                return true;
            }
    return false;
}

static void problem_quantities(const void *context, const double *q, double *values)
{
    values_of(((const dia_decay_problem *)context)->type, q, values);
}

dia_regression_model dia_decay_model(const dia_decay_problem *problem)
{
    const int np = problem->type->nparameter;
    return (dia_regression_model){.context = problem,
                                  .nparameter = np,
                                  .delay = problem->type->delayed ? np - 1 : -1,
                                  .create = problem_create,
                                  .destroy = free,
                                  .evaluate = problem_evaluate,
                                  .guess = problem_guess,
                                  .nquantity = np,
                                  .quantities = problem_quantities};
}
