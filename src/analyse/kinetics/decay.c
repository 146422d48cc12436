/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/kinetics/decay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/fit.h"

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

static bool single_guess(int i, double lifetime, double *q)
{
    q[0] = log(lifetime);
    return i < 1;
}

static void single_values(const double *q, double *values)
{
    values[0] = exp(bounded(q[0]));
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

static bool double_guess(int i, double lifetime, double *q)
{
    static const double starts[][3] = {{0.3, 2, 0.5}, {0.1, 1.3, 0.25}, {0.7, 8, 0.75}}; /* tau_1, tau_2, a */
    if (i >= (int)(sizeof starts / sizeof starts[0]))
        return false;
    q[0] = log(starts[i][0] * lifetime);
    q[1] = log(starts[i][1] * lifetime);
    q[2] = log(starts[i][2] / (1 - starts[i][2]));
    return true;
}

static void double_values(const double *q, double *values) /* the fast one first */
{
    const bool ordered = q[0] <= q[1];
    values[0] = exp(bounded(ordered ? q[0] : q[1]));
    values[1] = exp(bounded(ordered ? q[1] : q[0]));
    values[2] = 1 / (1 + exp(bounded(ordered ? -q[2] : q[2])));
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

static bool stretched_guess(int i, double lifetime, double *q)
{
    static const double exponents[] = {1, 0.6, 2};
    if (i >= (int)(sizeof exponents / sizeof exponents[0]))
        return false;
    q[0] = log(lifetime);
    q[1] = log(exponents[i]);
    return true;
}

static void stretched_values(const double *q, double *values)
{
    values[0] = exp(bounded(q[0]));
    values[1] = exp(fmin(fmax(q[1], -3), 3));
}

const dia_decay_type dia_decay_types[] = {
    {.name = "delayed",
     .summary = "one exponential after a delay",
     .formula = "exp(-(t - delay)/lifetime), 1 before the delay",
     .nparameter = 2,
     .parameter = {"lifetime", "delay"},
     .unit = {"fs", "fs"},
     .delayed = true,
     .shape = single_shape,
     .guess = single_guess,
     .values = single_values},
    {.name = "exponential",
     .summary = "one exponential from time zero",
     .formula = "exp(-t/lifetime)",
     .nparameter = 1,
     .parameter = {"lifetime"},
     .unit = {"fs"},
     .shape = single_shape,
     .guess = single_guess,
     .values = single_values},
    {.name = "biexponential",
     .summary = "two exponentials after a delay",
     .formula = "share exp(-(t - delay)/fast) + (1 - share) exp(-(t - delay)/slow), 1 before the delay",
     .nparameter = 4,
     .parameter = {"fast_lifetime", "slow_lifetime", "fast_share", "delay"},
     .unit = {"fs", "fs", "1", "fs"},
     .delayed = true,
     .shape = double_shape,
     .guess = double_guess,
     .values = double_values},
    {.name = "stretched",
     .summary = "stretched (exponent below 1) or compressed exponential",
     .formula = "exp(-(t/lifetime)^exponent)",
     .nparameter = 2,
     .parameter = {"lifetime", "exponent"},
     .unit = {"fs", "1"},
     .shape = stretched_shape,
     .guess = stretched_guess,
     .values = stretched_values},
    {.name = NULL},
};

const dia_decay_type *dia_decay_type_find(const char *name)
{
    for (const dia_decay_type *type = dia_decay_types; type->name != NULL; type++)
        if (strcmp(type->name, name) == 0)
            return type;
    return NULL;
}

double dia_decay_gradient(const dia_decay_type *type, const double *q, double t, double *gradient)
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
    return dia_decay_gradient(type, q, t, gradient);
}

/* ---- fit ------------------------------------------------------------------------------------- */

struct dia_decay_work {
    const dia_decay_type *type;
    int ntime;
    const double *time; /* (ntime) */
    const double *P;    /* (ntime) during a fit */
    int nfree;          /* parameters free in the present fit: all, or all but the delay, which is then 0 */
    dia_fit *all, *undelayed;
};

dia_status dia_decay_work_create(dia_decay_work **work, const dia_decay_type *type, int ntime, const double *time,
                                 dia_error *error)
{
    *work = dia_allocate(1, sizeof **work);
    if (*work == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a fit");
    **work = (dia_decay_work){.type = type, .ntime = ntime, .time = time};
    dia_status status = dia_fit_create(&(*work)->all, ntime, type->nparameter, error);
    if (status == DIA_OK && type->delayed)
        status = dia_fit_create(&(*work)->undelayed, ntime, type->nparameter - 1, error);
    if (status != DIA_OK) {
        dia_decay_work_free(*work);
        *work = NULL;
    }
    return status;
}

void dia_decay_work_free(dia_decay_work *work)
{
    if (work == NULL)
        return;
    dia_fit_free(work->all);
    dia_fit_free(work->undelayed);
    free(work);
}

static void complete(const dia_decay_work *work, const double *free_q, double *q)
{
    for (int k = 0; k < work->type->nparameter; k++)
        q[k] = k < work->nfree ? free_q[k] : 0;
}

static void residual(const void *context, const double *p, double *r)
{
    const dia_decay_work *work = context;
    double q[DIA_DECAY_PARAMETERS], gradient[DIA_DECAY_PARAMETERS];
    complete(work, p, q);
    for (int i = 0; i < work->ntime; i++)
        r[i] = dia_decay_gradient(work->type, q, work->time[i], gradient) - work->P[i];
}

static void jacobian(const void *context, const double *p, double *J)
{
    const dia_decay_work *work = context;
    double q[DIA_DECAY_PARAMETERS], gradient[DIA_DECAY_PARAMETERS];
    complete(work, p, q);
    for (int i = 0; i < work->ntime; i++) {
        dia_decay_gradient(work->type, q, work->time[i], gradient);
        for (int k = 0; k < work->nfree; k++)
            J[i * work->nfree + k] = gradient[k];
    }
}

/* One fit from q; keeps it in best if it is the lowest so far. */
static void attempt(dia_decay_work *work, bool delayed, const double *q, double *best, double *sum)
{
    const double tolerance = 1e-8; /* relative, of every parameter: far below any interval */
    const int limit = 200;
    const dia_fit_problem problem = {.context = work, .residual = residual, .jacobian = jacobian};
    const bool all = delayed || !work->type->delayed;
    double trial[DIA_DECAY_PARAMETERS];
    dia_fit_result result;
    memcpy(trial, q, (size_t)work->type->nparameter * sizeof *q);
    work->nfree = all ? work->type->nparameter : work->type->nparameter - 1;

    if (dia_fit_solve(all ? work->all : work->undelayed, &problem, tolerance, limit, trial, &result) != DIA_OK ||
        !result.converged || !(result.sum < *sum))
        return;
    if (work->type->delayed && all && trial[work->nfree - 1] < 0)
        return; /* the constrained minimum is then at delay 0, which is tried too */
    *sum = result.sum;
    complete(work, trial, best);
}

/* First time at which P falls below a level, linear between samples; the last time if it never does. */
static double crossing(const dia_decay_work *work, double level)
{
    for (int i = 1; i < work->ntime; i++)
        if (work->P[i] < level && work->P[i - 1] > work->P[i])
            return work->time[i - 1] + (work->time[i] - work->time[i - 1]) *
                                           fmin(1, fmax(0, (work->P[i - 1] - level) / (work->P[i - 1] - work->P[i])));
    return work->time[work->ntime - 1];
}

/* Rough lifetime after `delay`: from the time of 1/e, or extrapolated from what is left at the end. */
static double rough_lifetime(const dia_decay_work *work, double delay)
{
    const double end = work->time[work->ntime - 1], left = work->P[work->ntime - 1];
    const double at = crossing(work, exp(-1));
    const double lifetime = at < end ? at - delay : (end - delay) / -log(fmin(fmax(left, 0.05), 0.99));
    return fmax(lifetime, 1e-3 * (end - work->time[0]));
}

dia_status dia_decay_fit(dia_decay_work *work, const double *P, const double *near, double *q, double *values,
                         double *sum)
{
    const dia_decay_type *type = work->type;
    double best[DIA_DECAY_PARAMETERS] = {0}, start[DIA_DECAY_PARAMETERS] = {0};
    work->P = P;
    *sum = INFINITY;
    const double delays[2] = {crossing(work, 0.97), 0};
    if (near != NULL) {
        attempt(work, true, near, best, sum);
        if (type->delayed)
            attempt(work, false, near, best, sum);
    }
    for (int d = type->delayed ? 0 : 1; d < 2; d++)
        for (int i = 0; type->guess(i, rough_lifetime(work, delays[d]), start); i++) {
            if (type->delayed)
                start[type->nparameter - 1] = delays[d];
            attempt(work, true, start, best, sum);
            if (d == 1 && type->delayed)
                attempt(work, false, start, best, sum);
        }
    if (!isfinite(*sum))
        return DIA_ERROR_NUMERIC;
    memcpy(q, best, (size_t)type->nparameter * sizeof *q);
    type->values(q, values);
    if (type->delayed)
        values[type->nparameter - 1] = q[type->nparameter - 1];
    return DIA_OK;
}
