/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/kinetics/regression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "math/eigen.h"
#include "math/fit.h"
#include "parallel/team.h"
#include "statistics/resample.h"

enum { NP = DIA_REGRESSION_PARAMETERS, NQ = DIA_REGRESSION_QUANTITIES, STEPS = 200 };
static const double SINGULAR = 1e-10; /* eigenvalue of the scaled A below which a direction is undetermined */

/* What one thread needs to fit. */
typedef struct fitter {
    const dia_regression_model *model;
    int nvalue, nfree; /* free parameters in the present fit: all, or all but the delay, which is then 0 */
    void *work;
    dia_fit *all, *undelayed;
    const double *y; /* (nvalue) during a fit                  */
    double *P, *J;   /* (nvalue), (nvalue, nparameter) of the model */
    double *share;   /* (nvalue) of a resample                 */
} fitter;

static void fitter_free(fitter *f)
{
    if (f->work != NULL)
        f->model->destroy(f->work);
    dia_fit_free(f->all);
    dia_fit_free(f->undelayed);
    free(f->P);
    free(f->J);
    free(f->share);
}

static dia_status fitter_init(fitter *f, const dia_regression_model *model, const dia_occupation *data,
                              dia_error *error)
{
    const size_t m = (size_t)data->ntime * (size_t)data->nspecies;
    *f = (fitter){.model = model, .nvalue = (int)m};
    f->P = dia_allocate(m, sizeof(double));
    f->J = dia_allocate(m * (size_t)model->nparameter, sizeof(double));
    f->share = dia_allocate(m, sizeof(double));
    if (f->P == NULL || f->J == NULL || f->share == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a fit");
    dia_status status = model->create(model->context, &f->work, error);
    if (status == DIA_OK)
        status = dia_fit_create(&f->all, f->nvalue, model->nparameter, error);
    if (status == DIA_OK && model->delay >= 0 && model->nparameter > 1)
        status = dia_fit_create(&f->undelayed, f->nvalue, model->nparameter - 1, error);
    return status;
}

/* ---- one fit --------------------------------------------------------------------------------- */

static void complete(const fitter *f, const double *free_q, double *q)
{
    for (int k = 0, i = 0; k < f->model->nparameter; k++)
        q[k] = f->nfree < f->model->nparameter && k == f->model->delay ? 0 : free_q[i++];
}

static void residual(const void *context, const double *p, double *r)
{
    const fitter *f = context;
    double q[NP];
    complete(f, p, q);
    f->model->evaluate(f->work, q, f->y, r, NULL);
    for (int i = 0; i < f->nvalue; i++)
        r[i] -= f->y[i];
}

static void jacobian(const void *context, const double *p, double *J)
{
    const fitter *f = context;
    const int np = f->model->nparameter;
    double q[NP];
    complete(f, p, q);
    f->model->evaluate(f->work, q, f->y, f->P, f->nfree < np ? f->J : J);
    if (f->nfree == np)
        return;
    for (int i = 0; i < f->nvalue; i++)
        for (int k = 0, to = 0; k < np; k++)
            if (k != f->model->delay)
                J[i * f->nfree + to++] = f->J[i * np + k];
}

/* One fit from q; if it ends lowest so far, it goes to best and *sum. Returns the sum it found (NaN: none). */
static double attempt(fitter *f, bool delayed, const double *q, double *best, double *sum)
{
    const double tolerance = 1e-7; /* relative, of every parameter: far below any interval */
    const dia_fit_problem problem = {.context = f, .residual = residual, .jacobian = jacobian};
    const int np = f->model->nparameter;
    double p[NP], full[NP];
    dia_fit_result result;
    f->nfree = delayed ? np : np - 1;
    if (f->nfree == 0)
        return NAN;
    for (int k = 0, to = 0; k < np; k++)
        if (delayed || k != f->model->delay)
            p[to++] = q[k];
    if (dia_fit_solve(delayed ? f->all : f->undelayed, &problem, tolerance, STEPS, p, &result) != DIA_OK ||
        !result.converged || !isfinite(result.sum))
        return NAN;
    complete(f, p, full);
    if (f->model->delay >= 0 && full[f->model->delay] < 0)
        return attempt(f, false, full, best, sum); /* the constrained minimum lies on the boundary */
    if (result.sum < *sum) {
        *sum = result.sum;
        memcpy(best, full, (size_t)np * sizeof *best);
    }
    return result.sum;
}

/* The best of all starts. *reached: how many of *starts ended in the same minimum. */
static bool search(fitter *f, const double *y, double *q, double *sum, int *starts, int *reached)
{
    double found[DIA_REGRESSION_STARTS], start[NP] = {0};
    f->y = y;
    *sum = INFINITY;
    *starts = *reached = 0;
    while (*starts < DIA_REGRESSION_STARTS && f->model->guess(f->model->context, *starts, y, start))
        found[(*starts)++] = attempt(f, true, start, q, sum);
    for (int i = 0; i < *starts; i++)
        *reached += found[i] <= *sum * (1 + 1e-5) + 1e-12;
    return isfinite(*sum);
}

/* A resample: from the fit to all; the kink at the delay makes other minima, so two more starts with the delay that its
 * own shares suggest; every start only if these fail. */
static bool search_near(fitter *f, const double *y, const double *near, double *q)
{
    double sum = INFINITY, start[NP] = {0};
    int starts, reached;
    f->y = y;
    attempt(f, true, near, q, &sum);
    if (f->model->delay >= 0 && f->model->guess(f->model->context, 0, y, start)) {
        const double delay = start[f->model->delay];
        memcpy(start, near, (size_t)f->model->nparameter * sizeof *start);
        start[f->model->delay] = delay;
        attempt(f, true, start, q, &sum);
    }
    return isfinite(sum) || search(f, y, q, &sum, &starts, &reached);
}

/* ---- covariance ------------------------------------------------------------------------------ */

/* The pseudo-inverse of A (np, np) to Ainv: parameters without influence (at a bound, a delay that is held) and
 * directions without influence are left out. Also the weakest direction among parameters that have influence. */
static dia_status invert(dia_regression *r, const double *A, double *Ainv, dia_error *error)
{
    const int np = r->nparameter;
    double packed[NP * (NP + 1) / 2], E[NP], U[NP * NP], scale[NP];
    int index[NP], n = 0;
    double *work = dia_allocate(dia_eigen_work(np), sizeof *work);
    if (work == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the covariance of a fit");
    for (int k = 0; k < np; k++)
        if (A[k * np + k] > 0)
            index[n++] = k;
    for (int i = 0; i < n; i++)
        scale[i] = sqrt(A[index[i] * np + index[i]]);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            packed[i * (i + 1) / 2 + j] = A[index[i] * np + index[j]] / (scale[i] * scale[j]);
    memset(Ainv, 0, (size_t)(np * np) * sizeof *Ainv);
    memset(r->direction, 0, sizeof r->direction);
    r->weakest = 1;
    const bool solved = n == 0 || dia_eigen_packed(n, packed, E, U, work);
    free(work);
    if (!solved)
        return dia_error_set(
            error, DIA_ERROR_NUMERIC,
            "the fit has no covariance: the eigenvalues of its normal matrix (%d parameters) cannot be "
            "found; are there NaN among the populations?",
            n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int e = 0; e < n; e++)
                if (E[e] > SINGULAR * E[n - 1])
                    Ainv[index[i] * np + index[j]] += U[i * n + e] * U[j * n + e] / (E[e] * scale[i] * scale[j]);
    r->weakest = n > 0 ? E[0] : 1;
    for (int i = 0; i < n; i++)
        r->direction[index[i]] = U[i * n];
    return DIA_OK;
}

/* g_j = J^T (y_j - p) w_j / (weight present), (np). */
static void score(const dia_occupation *d, int j, const double *J, const double *Jp, const double *total, int np,
                  double *g)
{
    const size_t T = (size_t)d->ntime, S = (size_t)d->nspecies;
    const int8_t *species = d->species + (size_t)j * T;
    memset(g, 0, (size_t)np * sizeof *g);
    for (size_t t = 0; t < T; t++) {
        if (species[t] == DIA_OCCUPATION_ABSENT)
            continue;
        const double w = d->weight[j] / total[t];
        const double *row = species[t] >= 0 ? J + (t * S + (size_t)species[t]) * (size_t)np : NULL;
        for (int k = 0; k < np; k++)
            g[k] += w * ((row != NULL ? row[k] : 0) - Jp[t * (size_t)np + (size_t)k]);
    }
}

/* d quantity/d q by central differences: exact enough for an error (h^2 = 1e-8 relative). */
static void quantity_gradients(const dia_regression_model *model, const double *q, double *G)
{
    double p[NP], above[NQ], below[NQ];
    memcpy(p, q, (size_t)model->nparameter * sizeof *p);
    for (int k = 0; k < model->nparameter; k++) {
        const double h = 1e-4;
        p[k] = q[k] + h;
        model->quantities(model->context, p, above);
        p[k] = q[k] - h;
        model->quantities(model->context, p, below);
        p[k] = q[k];
        for (int v = 0; v < model->nquantity; v++)
            G[v * model->nparameter + k] = (above[v] - below[v]) / (2 * h);
    }
}

typedef struct spread { /* sums over the trajectories */
    double A[NP * NP], Ainv[NP * NP];
    double G[NQ * NP];
    double square[NQ], cube[NQ]; /* of the influences on the quantities */
} spread;

/* Variance of the shares, summed over all values: tr C. */
static double total_variance(const dia_occupation *d, const double *p, const double *total)
{
    double w2 = 0, sum = 0;
    for (int j = 0; j < d->n; j++)
        w2 += d->weight[j] * d->weight[j];
    for (int t = 0; t < d->ntime; t++)
        for (int s = 0; s < d->nspecies; s++) {
            const double x = p[t * d->nspecies + s];
            sum += fmax(x * (1 - x), 0) * w2 / (total[t] * total[t]);
        }
    return sum;
}

static void add_influences(dia_regression *r, const dia_occupation *d, const double *J, const double *Jp,
                           const double *total, spread *s)
{
    const int np = r->nparameter;
    const double factor = d->n > 1 ? (double)d->n / (d->n - 1) : NAN;
    double g[NP], l[NP];
    for (int j = 0; j < d->n; j++) {
        score(d, j, J, Jp, total, np, g);
        for (int a = 0; a < np; a++) {
            l[a] = 0;
            for (int b = 0; b < np; b++)
                l[a] += s->Ainv[a * np + b] * g[b];
        }
        for (int a = 0; a < np; a++) {
            r->penalty += factor * l[a] * g[a]; /* tr A^-1 g g^T */
            for (int b = 0; b < np; b++)
                r->covariance[a * np + b] += factor * l[a] * l[b];
        }
        for (int v = 0; v < r->nquantity; v++) {
            double influence = 0;
            for (int a = 0; a < np; a++)
                influence += s->G[v * np + a] * l[a];
            s->square[v] += influence * influence;
            s->cube[v] += influence * influence * influence;
        }
    }
    for (int v = 0; v < r->nquantity; v++)
        r->quantity[v].standard_error = s->square[v] > 0 ? sqrt(factor * s->square[v]) : NAN;
}

static dia_status errors_of(dia_regression *r, fitter *f, const dia_occupation *d, const double *total, spread *s,
                            dia_error *error)
{
    const int np = r->nparameter;
    const size_t T = (size_t)d->ntime, S = (size_t)d->nspecies;
    double *Jp = dia_allocate(T * (size_t)np, sizeof *Jp);
    if (Jp == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a fit");
    f->model->evaluate(f->work, r->q, r->share, r->model, f->J);
    if (r->fixed_delay)
        for (size_t i = 0; i < T * S; i++)
            f->J[i * (size_t)np + (size_t)f->model->delay] = 0;
    for (size_t i = 0; i < T * S; i++)
        for (int a = 0; a < np; a++) {
            const double x = f->J[i * (size_t)np + (size_t)a];
            Jp[i / S * (size_t)np + (size_t)a] += x * r->share[i];
            for (int b = 0; b < np; b++)
                s->A[a * np + b] += x * f->J[i * (size_t)np + (size_t)b];
        }
    const dia_status status = invert(r, s->A, s->Ainv, error);
    if (status == DIA_OK) {
        quantity_gradients(f->model, r->q, s->G);
        add_influences(r, d, f->J, Jp, total, s);
        r->chance = sqrt(fmax(total_variance(d, r->share, total) - r->penalty, 0) / (double)(T * S));
    }
    free(Jp);
    return status;
}

/* ---- bootstrap ------------------------------------------------------------------------------- */

typedef struct bootstrap {
    const dia_regression *regression;
    const dia_occupation *data;
    const dia_occupation_groups *groups; /* of a large sample, in place of data */
    fitter *fitter;                      /* one a thread                        */
} bootstrap;

static void replicate(void *context, const int *times, int thread, double *values)
{
    const bootstrap *b = context;
    fitter *f = &b->fitter[thread];
    double q[NP];
    if (b->groups->n > 0)
        dia_occupation_groups_shares(b->groups, times, f->share);
    else
        dia_occupation_shares(b->data, times, f->share, NULL);
    if (search_near(f, f->share, b->regression->q, q))
        f->model->quantities(f->model->context, q, values);
    else
        for (int v = 0; v < f->model->nquantity; v++)
            values[v] = NAN;
}

static void take_intervals(dia_regression *r, int replicates, const dia_interval *interval)
{
    r->bootstrap = replicates;
    for (int v = 0; v < r->nquantity; v++) {
        r->bootstrap_failed = interval[v].failed;
        r->quantity[v].low = interval[v].low;
        r->quantity[v].high = interval[v].high;
        memcpy(r->quantity[v].bca, interval[v].bca, sizeof r->quantity[v].bca);
    }
}

static dia_status resample(dia_regression *r, const dia_regression_model *model, const dia_occupation *data,
                           const dia_regression_options *options, const spread *s, dia_error *error)
{
    const int threads = dia_team_size(dia_control_threads(options->control));
    double centre[NQ], acceleration[NQ];
    dia_interval interval[NQ];
    dia_occupation_groups groups = {0};
    bootstrap b = {
        .regression = r, .data = data, .groups = &groups, .fitter = dia_allocate((size_t)threads, sizeof *b.fitter)};
    dia_status status =
        b.fitter != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d threads", threads);
    int made = 0;
    if (status == DIA_OK && data->n > DIA_RESAMPLE_LARGE)
        status = dia_occupation_groups_create(&groups, data, options->seed, error);
    while (made < threads && status == DIA_OK)
        status = fitter_init(&b.fitter[made++], model, data, error);
    for (int v = 0; v < r->nquantity; v++) {
        centre[v] = r->quantity[v].value;
        acceleration[v] = s->cube[v] / (6 * pow(s->square[v], 1.5));
    }
    const dia_resampling resampling = {.n = dia_resample_units(data->n),
                                       .replicates = options->bootstrap,
                                       .seed = options->seed,
                                       .threads = threads,
                                       .control = options->control,
                                       .nvalue = r->nquantity,
                                       .context = &b,
                                       .evaluate = replicate,
                                       .centre = centre,
                                       .acceleration = acceleration};
    if (status == DIA_OK)
        status = dia_resample(&resampling, interval, error);
    if (status == DIA_OK)
        take_intervals(r, options->bootstrap, interval);
    for (int i = 0; i < made; i++)
        fitter_free(&b.fitter[i]);
    free(b.fitter);
    dia_occupation_groups_free(&groups);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static dia_status fit(dia_regression *r, fitter *f, const dia_occupation *data, const dia_regression_options *options,
                      const double *total, dia_error *error)
{
    const dia_regression_model *model = f->model;
    double values[NQ];
    r->fitted = search(f, r->share, r->q, &r->sum, &r->starts, &r->reached);
    if (!r->fitted)
        return DIA_OK;
    r->residual = sqrt(r->sum / f->nvalue);
    r->fixed_delay = model->delay >= 0 && r->q[model->delay] == 0;
    model->quantities(model->context, r->q, values);
    for (int v = 0; v < r->nquantity; v++)
        r->quantity[v] =
            (dia_quantity){.value = values[v], .standard_error = NAN, .low = NAN, .high = NAN, .bca = {NAN, NAN}};
    spread *s = dia_allocate(1, sizeof *s);
    if (s == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a fit");
    dia_status status = errors_of(r, f, data, total, s, error);
    if (status == DIA_OK && options->bootstrap > 0)
        status = resample(r, model, data, options, s, error);
    free(s);
    return status;
}

dia_status dia_regression_create(dia_regression *regression, const dia_regression_model *model,
                                 const dia_occupation *data, const dia_regression_options *options, dia_error *error)
{
    const size_t m = (size_t)data->ntime * (size_t)data->nspecies;
    *regression = (dia_regression){.nparameter = model->nparameter,
                                   .nquantity = model->nquantity,
                                   .ntime = data->ntime,
                                   .nspecies = data->nspecies,
                                   .effective = dia_occupation_effective(data)};
    fitter f = {.model = model};
    double *total = dia_allocate((size_t)data->ntime, sizeof *total);
    regression->model = dia_allocate(m, sizeof(double));
    regression->share = dia_allocate(m, sizeof(double));
    dia_status status = DIA_OK;
    if (regression->model == NULL || regression->share == NULL || total == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a fit");
    if (status == DIA_OK)
        status = fitter_init(&f, model, data, error);
    if (status == DIA_OK) {
        dia_occupation_shares(data, NULL, regression->share, total);
        status = fit(regression, &f, data, options, total, error);
    }
    fitter_free(&f);
    free(total);
    if (status != DIA_OK)
        dia_regression_free(regression);
    return status;
}

void dia_regression_free(dia_regression *regression)
{
    free(regression->model);
    free(regression->share);
    regression->model = regression->share = NULL;
}

void dia_regression_compare(int n, const dia_regression *const *fits, dia_rank *ranks)
{
    const dia_regression *closest = NULL;
    double least = INFINITY, sum = 0;
    for (int i = 0; i < n; i++)
        if (fits[i]->fitted && fits[i]->penalty > 0 && (closest == NULL || fits[i]->sum < closest->sum))
            closest = fits[i];
    for (int i = 0; i < n; i++) {
        ranks[i] = (dia_rank){NAN, NAN, NAN};
        if (closest == NULL || !fits[i]->fitted)
            continue;
        const double variance = closest->penalty / closest->nparameter;
        const double k = fits[i]->penalty / variance, rest = fits[i]->effective - k - 1;
        ranks[i].aic = fits[i]->sum / variance + 2 * k;
        ranks[i].aicc = rest > 0 ? ranks[i].aic + 2 * k * (k + 1) / rest : INFINITY;
        least = fmin(least, ranks[i].aicc);
    }
    for (int i = 0; i < n; i++)
        sum += isnan(ranks[i].aicc) ? 0 : exp(-(ranks[i].aicc - least) / 2);
    for (int i = 0; i < n; i++)
        ranks[i].weight = exp(-(ranks[i].aicc - least) / 2) / sum; /* NaN where there is no fit */
}
