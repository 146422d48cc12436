/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/kinetics/scheme_fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/moments.h"
#include "base/arena.h"
#include "base/rng.h"

typedef struct context { /* what the regression's functions know */
    const dia_scheme *scheme;
    const dia_kinetics_form *form;
    int ntime;
    const double *time;
    const dia_kinetics *kinetics;
    dia_kinetics_layout at; /* where is what in q */
} context;

/* ---- the model ------------------------------------------------------------------------------- */

static dia_status create(const void *from, void **work, dia_error *error)
{
    const context *c = from;
    dia_kinetics *kinetics = NULL;
    const dia_status status = dia_kinetics_create(&kinetics, c->scheme, c->form, c->ntime, c->time, error);
    *work = kinetics;
    return status;
}

static void destroy(void *work)
{
    dia_kinetics_free(work);
}

/* Without a free start the model begins where the data begin. */
static void evaluate(void *work, const double *q, const double *y, double *P, double *J)
{
    dia_kinetics_populations(work, q, y, P, J);
}

/* When the species that was fullest at first has fallen to `level` of that, fs; -1: never. */
static double crossing(const context *c, const double *y, double level)
{
    const int n = c->scheme->nspecies;
    int fullest = 0;
    for (int s = 1; s < n; s++)
        if (y[s] > y[fullest])
            fullest = s;
    for (int t = 1; t < c->ntime; t++)
        if (y[t * n + fullest] <= level * y[fullest])
            return c->time[t] - c->time[0];
    return -1;
}

/* The first three starts are estimated from the data, with and without delay; then time constants from a tenth to ten
 * times the rough one, spread evenly in the logarithm. */
static bool guess(const void *from, int i, const double *y, double *q)
{
    const context *c = from;
    const double duration = c->time[c->ntime - 1] - c->time[0];
    double delay = crossing(c, y, 0.97), rough = crossing(c, y, 0.37);
    const int step = c->scheme->nstep, start = c->at.start, at = c->at.delay, width = c->at.width;
    if (delay < 0 || i == 1)
        delay = 0;
    rough = rough > 0 ? fmax(rough - delay, 0.02 * duration) : duration;
    for (int k = 0; k < step; k++) {
        const double u = i < 3 ? 0.5 : dia_rng_uniform(1, (uint64_t)i, (uint64_t)k, DIA_PURPOSE_BOOTSTRAP, 1);
        q[k] = -log(rough * (i == 2 ? 0.3 : 1)) + (u - 0.5) * 2 * log(10);
    }
    for (int s = 1; start >= 0 && s < c->scheme->nspecies; s++)
        q[start + s - 1] = log(fmax(y[s], 0.01) / fmax(y[0], 0.01));
    if (at >= 0)
        q[at] = c->time[0] + delay;
    if (width >= 0)
        q[width] = log(fmax(0.3 * delay, 0.01 * duration)) +
                   (i < 3 ? 0 : dia_rng_uniform(1, (uint64_t)i, 99, DIA_PURPOSE_BOOTSTRAP, 1) - 0.5);
    return i < DIA_REGRESSION_STARTS;
}

/* ---- what is reported ------------------------------------------------------------------------ */

static bool branches(const dia_scheme *scheme, int step)
{
    int leaving = 0;
    for (int r = 0; r < scheme->nstep; r++)
        leaving += scheme->step[r].from == scheme->step[step].from;
    return leaving > 1;
}

static double held(const dia_kinetics *kinetics, const double *q, int parameter)
{
    double low, high;
    dia_kinetics_bounds(kinetics, parameter, &low, &high);
    return fmin(fmax(q[parameter], low), high);
}

static void quantities(const void *from, const double *q, double *values)
{
    const context *c = from;
    const dia_scheme *scheme = c->scheme;
    double k[DIA_SCHEME_STEPS], out[DIA_SCHEME_SPECIES] = {0};
    for (int r = 0; r < scheme->nstep; r++) {
        k[r] = exp(held(c->kinetics, q, r));
        out[scheme->step[r].from] += k[r];
        *values++ = 1 / k[r];
    }
    for (int r = 0; r < scheme->nstep; r++)
        if (branches(scheme, r))
            *values++ = k[r] / out[scheme->step[r].from];
    if (c->at.start >= 0) {
        dia_kinetics_start_populations(c->kinetics, q, values);
        values += scheme->nspecies;
    }
    if (c->at.delay >= 0)
        *values++ = q[c->at.delay];
    if (c->at.width >= 0)
        *values++ = DIA_FWHM * exp(held(c->kinetics, q, c->at.width));
}

/* Names in the order of `quantities`; returns how many. */
static int name_quantities(const context *c, dia_scheme_quantity *quantity)
{
    const dia_scheme *scheme = c->scheme;
    char step[2 * DIA_SCHEME_NAME + 8];
    int n = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int r = 0; r < scheme->nstep; r++) {
            if (pass == 1 && !branches(scheme, r))
                continue;
            dia_scheme_step_name(scheme, r, sizeof step, step);
            quantity[n] = (dia_scheme_quantity){.kind = pass == 0 ? "time_constant" : "branching",
                                                .unit = pass == 0 ? "fs" : "1"};
            snprintf(quantity[n].name, sizeof quantity[n].name, "%s%s", pass == 0 ? "" : "branching ", step);
            n++;
        }
    for (int s = 0; c->at.start >= 0 && s < scheme->nspecies; s++) {
        quantity[n] = (dia_scheme_quantity){.kind = "start", .unit = "1"};
        snprintf(quantity[n].name, sizeof quantity[n].name, "start %s", scheme->species[s].name);
        n++;
    }
    if (c->at.delay >= 0)
        quantity[n++] = (dia_scheme_quantity){.name = "delay", .kind = "delay", .unit = "fs"};
    if (c->at.width >= 0)
        quantity[n++] = (dia_scheme_quantity){.name = "response", .kind = "response_fwhm", .unit = "fs"};
    return n;
}

/* ---- what the data do not determine ---------------------------------------------------------- */

static char *next_warning(dia_scheme_fit *f)
{
    return f->nwarning < DIA_SCHEME_WARNINGS ? f->warning[f->nwarning++] : NULL;
}

static void warn_bounds(dia_scheme_fit *f, const context *c)
{
    for (int r = 0; r < f->scheme.nstep; r++) {
        double low, high;
        dia_kinetics_bounds(c->kinetics, r, &low, &high);
        const double q = f->regression.q[r];
        f->quantity[r].beyond = q <= low + 0.01 || q >= high - 0.01;
        char *text = f->quantity[r].beyond ? next_warning(f) : NULL;
        if (text == NULL)
            continue;
        if (q <= low + 0.01)
            snprintf(text, sizeof f->warning[0], "%s: its rate goes to zero: the data do not need this step",
                     f->quantity[r].name);
        else
            snprintf(text, sizeof f->warning[0], "%s: faster than the samples (%g fs) can tell", f->quantity[r].name,
                     exp(-high));
    }
}

/* Time constants at a bound are not known, and ends of intervals there are none. */
static void forget_bounds(dia_scheme_fit *f, const context *c)
{
    for (int r = 0; r < f->scheme.nstep; r++) {
        double low, high;
        dia_kinetics_bounds(c->kinetics, r, &low, &high);
        dia_quantity *q = &f->regression.quantity[r];
        double *const ends[] = {&q->low, &q->high, &q->bca[0], &q->bca[1]};
        for (int i = 0; i < 4; i++)
            if (*ends[i] > 0.99 * exp(-low) || *ends[i] < 1.01 * exp(-high))
                *ends[i] = NAN;
        if (f->quantity[r].beyond)
            q->value = q->standard_error = NAN;
    }
}

/* What the curve does not depend on, as the rates of a species that is never populated, has no error: every resampling leaves it
 * where the search began. A delay that is at its lower end, zero, has none either. */
static void forget_unseen(dia_scheme_fit *f)
{
    for (int v = 0; v < f->regression.nquantity; v++) {
        dia_quantity *q = &f->regression.quantity[v];
        const bool moved = q->high - q->low > 1e-6 * fabs(q->value);
        if (isnan(q->value) || !isnan(q->standard_error) || moved || strcmp(f->quantity[v].kind, "delay") == 0)
            continue;
        *q = (dia_quantity){.value = NAN, .standard_error = NAN, .low = NAN, .high = NAN, .bca = {NAN, NAN}};
        char *text = next_warning(f);
        if (text != NULL)
            snprintf(text, sizeof f->warning[0], "%s is not determined: the populations do not depend on it",
                     f->quantity[v].name);
    }
}

/* A standard error of ln k above 1: the rate is known to no better than a factor of 7 either way. */
static void warn_rates(dia_scheme_fit *f)
{
    const int np = f->regression.nparameter;
    for (int r = 0; r < f->scheme.nstep; r++) {
        const double error = sqrt(f->regression.covariance[r * np + r]);
        char *text = error > 1 && !f->quantity[r].beyond ? next_warning(f) : NULL;
        if (text != NULL)
            snprintf(text, sizeof f->warning[0], "%s: the data hardly determine it (standard error of ln k: %.2g)",
                     f->quantity[r].name, error);
    }
}

static void warn_combination(dia_scheme_fit *f)
{
    char list[160] = "";
    const double weak = 1e-4; /* correlation of the derivatives of 0.9999 between two */
    if (!(f->regression.weakest < weak))
        return;
    for (int r = 0; r < f->scheme.nstep; r++)
        if (fabs(f->regression.direction[r]) > 0.3) {
            const size_t length = strlen(list);
            snprintf(list + length, sizeof list - length, "%s%s", length > 0 ? ", " : "", f->quantity[r].name);
        }
    char *text = list[0] != '\0' ? next_warning(f) : NULL;
    if (text != NULL)
        snprintf(text, sizeof f->warning[0],
                 "%s can be changed together without any effect on the curve: not identifiable", list);
}

/* A branching ratio whose interval spans most of 0..1 is not determined. */
static void warn_branching(dia_scheme_fit *f)
{
    for (int v = 0; v < f->regression.nquantity; v++) {
        const dia_quantity *q = &f->regression.quantity[v];
        char *text = strcmp(f->quantity[v].kind, "branching") == 0 && q->high - q->low > 0.8 ? next_warning(f) : NULL;
        if (text != NULL)
            snprintf(text, sizeof f->warning[0], "%s is not determined: anything from %.2f to %.2f",
                     f->quantity[v].name, q->low, q->high);
    }
}

static void warn_fit(dia_scheme_fit *f)
{
    const dia_regression *r = &f->regression;
    char *text;
    if (r->reached < 2 && r->starts > 2 && (text = next_warning(f)) != NULL)
        snprintf(text, sizeof f->warning[0], "only one of %d starts found the best fit: there may be a better one",
                 r->starts);
    if (r->residual > 2 * r->chance && r->residual > 0.01 && (text = next_warning(f)) != NULL)
        snprintf(
            text, sizeof f->warning[0],
            "the scheme misses the populations by %.3f (rms), chance alone would be %.3f: it is not the whole story",
            r->residual, r->chance);
    if (f->uncovered > 0.02 && (text = next_warning(f)) != NULL)
        snprintf(text, sizeof f->warning[0], "up to %.1f %% of the trajectories are in none of its species",
                 100 * f->uncovered);
    if (r->bootstrap_failed > r->bootstrap / 20 && (text = next_warning(f)) != NULL)
        snprintf(text, sizeof f->warning[0], "%d of %d resamplings gave no fit: do not trust the intervals",
                 r->bootstrap_failed, r->bootstrap);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool refuse(dia_scheme_fit *f, const dia_occupation *d, int nparameter)
{
    int moved = 0;
    for (int j = 0; j < d->n; j++) {
        const int8_t *species = d->species + (size_t)j * (size_t)d->ntime;
        bool moves = false;
        for (int t = 1; t < d->ntime && !moves; t++)
            moves = species[t] != species[0] && species[t] != DIA_OCCUPATION_ABSENT;
        moved += moves;
    }
    if (d->n == 0)
        snprintf(f->refused, sizeof f->refused, "no trajectory is left to count");
    else if (moved < DIA_SCHEME_TRAJECTORIES)
        snprintf(f->refused, sizeof f->refused,
                 "%d of %d trajectories ever change their species; rate constants need at least %d", moved, d->n,
                 (int)DIA_SCHEME_TRAJECTORIES);
    else if (d->ntime * (d->nspecies - 1) < 4 * nparameter || d->ntime < 5)
        snprintf(f->refused, sizeof f->refused,
                 "%d samples of %d populations are too few for %d parameters (output.every)", d->ntime, d->nspecies,
                 nparameter);
    return f->refused[0] != '\0';
}

static void look(dia_scheme_fit *f, const dia_occupation *d)
{
    double all = 0;
    for (int j = 0; j < d->n; j++)
        all += d->weight[j];
    for (int t = 0; t < d->ntime; t++) {
        double out = 0;
        for (int j = 0; j < d->n; j++)
            if (d->species[(size_t)j * (size_t)d->ntime + (size_t)t] == DIA_OCCUPATION_NONE)
                out += d->weight[j];
        f->uncovered = fmax(f->uncovered, all > 0 ? out / all : 0);
    }
}

dia_status dia_scheme_fit_create(dia_scheme_fit *fit, const dia_scheme *scheme, const dia_kinetics_form *form,
                                 const dia_occupation *data, const double *time, const dia_regression_options *options,
                                 dia_error *error)
{
    *fit = (dia_scheme_fit){.scheme = *scheme, .form = *form};
    dia_kinetics *kinetics = NULL;
    context c = {.scheme = &fit->scheme, .form = &fit->form, .ntime = data->ntime, .time = time};
    if (data->ntime < 2) {
        snprintf(fit->refused, sizeof fit->refused, "one sample is no time series");
        return DIA_OK;
    }
    dia_status status = dia_kinetics_create(&kinetics, &fit->scheme, &fit->form, data->ntime, time, error);
    if (status != DIA_OK)
        return status;
    c.kinetics = kinetics;
    c.at = dia_kinetics_layout_of(kinetics);
    const dia_regression_model model = {.context = &c,
                                        .nparameter = c.at.nparameter,
                                        .delay = c.at.delay,
                                        .create = create,
                                        .destroy = destroy,
                                        .evaluate = evaluate,
                                        .guess = guess,
                                        .nquantity = name_quantities(&c, fit->quantity),
                                        .quantities = quantities};
    look(fit, data);
    if (!refuse(fit, data, model.nparameter))
        status = dia_regression_create(&fit->regression, &model, data, options, error);
    if (status == DIA_OK && fit->refused[0] == '\0' && !fit->regression.fitted)
        snprintf(fit->refused, sizeof fit->refused, "no start converged: the populations have another shape");
    if (status == DIA_OK && fit->refused[0] == '\0') {
        warn_bounds(fit, &c);
        warn_rates(fit);
        warn_combination(fit);
        warn_branching(fit);
        warn_fit(fit);
        forget_bounds(fit, &c);
        forget_unseen(fit);
    }
    dia_kinetics_free(kinetics);
    return status;
}

void dia_scheme_fit_free(dia_scheme_fit *fit)
{
    dia_regression_free(&fit->regression);
}
