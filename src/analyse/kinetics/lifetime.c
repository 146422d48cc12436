/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/kinetics/lifetime.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "statistics/share.h"

/* The state of row j where lifetimes begin. (At the start that of a mapping method is drawn anew.) */
static int begins_in(const dia_record *record, int j)
{
    return record->first > 0 ? record->active[(size_t)j * (size_t)record->ntime + (size_t)record->first]
                             : record->start[j];
}

static int likeliest_start(const dia_record *record)
{
    double sum[128] = {0};
    for (int j = 0; j < record->ntrajectory; j++)
        sum[begins_in(record, j)] += record->weight[j];
    int best = record->first > 0 && record->nstate > 1 ? 1 : 0; /* what a pulse left in S0 does not decay */
    for (int k = best; k < record->nstate; k++)
        if (sum[k] > sum[best])
            best = k;
    return sum[best] > 0 ? best : 0;
}

/* The trajectories that started in the state and count: species 0 while they are in it. */
static dia_status cohort_create(dia_occupation *c, const dia_record *record, int from, dia_discarded discarded,
                                dia_error *error)
{
    const size_t whole = (size_t)record->ntime, first = (size_t)record->first, T = whole - first;
    dia_status status = dia_occupation_create(c, record->ntrajectory, (int)T, 1, error);
    for (int j = 0; j < record->ntrajectory && status == DIA_OK; j++) {
        const double weight = dia_record_weight(record, j, discarded);
        if (!(weight > 0) || begins_in(record, j) != from || !dia_record_present(record, j, record->first, discarded))
            continue;
        for (size_t t = 0; t < T; t++)
            c->species[(size_t)c->n * T + t] =
                (int8_t)(!dia_record_present(record, j, (int)(first + t), discarded) ? DIA_OCCUPATION_ABSENT
                         : record->active[(size_t)j * whole + first + t] == from     ? 0
                                                                                     : DIA_OCCUPATION_NONE);
        c->weight[c->n++] = weight;
    }
    return status;
}

/* The numbers that decide whether a fit makes sense. */
static void look(dia_lifetime *lifetime, const dia_occupation *c)
{
    const size_t T = (size_t)c->ntime;
    lifetime->started = c->n;
    for (size_t j = 0; j < (size_t)c->n; j++)
        lifetime->left += memchr(c->species + j * T, (int8_t)DIA_OCCUPATION_NONE, T) != NULL;
    dia_occupation_shares(c, NULL, lifetime->survival, NULL);
    lifetime->lowest = 1;
    for (size_t t = 0; t < T; t++) {
        lifetime->lowest = fmin(lifetime->lowest, lifetime->survival[t]);
        lifetime->error[t] = dia_binomial_error(lifetime->survival[t], dia_occupation_effective(c));
    }
}

static bool refuse(dia_lifetime *lifetime)
{
    const int wanted =
        4 * lifetime->type->nparameter; /* samples, so that the shape is seen and not just interpolated */
    if (lifetime->refused[0] != '\0')
        return true;
    if (!lifetime->curve_only && lifetime->started == 0)
        snprintf(lifetime->refused, sizeof lifetime->refused, "no trajectory is left to count");
    else if (!lifetime->curve_only && lifetime->left < DIA_LIFETIME_LEFT_MIN)
        snprintf(lifetime->refused, sizeof lifetime->refused,
                 "%d of the %d trajectories that started in state %d left it; a lifetime needs at least %d",
                 lifetime->left, lifetime->started, lifetime->from, (int)DIA_LIFETIME_LEFT_MIN);
    else if (1 - lifetime->lowest < DIA_LIFETIME_DECAY_MIN)
        snprintf(
            lifetime->refused, sizeof lifetime->refused,
            "the population of state %d falls only to %.3f: a lifetime would be an extrapolation; fly longer (at least "
            "%.0f %% must decay)",
            lifetime->from, lifetime->lowest, 100 * DIA_LIFETIME_DECAY_MIN);
    else if (lifetime->ntime < wanted)
        snprintf(lifetime->refused, sizeof lifetime->refused,
                 "%d samples are too few for %d parameters; at least %d are needed (output.every)", lifetime->ntime,
                 lifetime->type->nparameter, wanted);
    return lifetime->refused[0] != '\0';
}

/* ---- shapes compared ------------------------------------------------------------------------- */

static double share_beyond(const dia_lifetime *lifetime, const double *curve)
{
    int beyond = 0;
    for (int t = 0; t < lifetime->ntime; t++) /* rounding apart */
        beyond += fabs(lifetime->survival[t] - curve[t]) > 2 * lifetime->error[t] + 1e-9;
    return (double)beyond / lifetime->ntime;
}

static dia_status fit_shape(dia_regression *fit, const dia_decay_type *type, const dia_occupation *c,
                            const double *time, const dia_regression_options *options, dia_error *error)
{
    const dia_decay_problem problem = {.type = type, .ntime = c->ntime, .time = time};
    const dia_regression_model model = dia_decay_model(&problem);
    return dia_regression_create(fit, &model, c, options, error);
}

/* Sets the ends of intervals that are no limit to NaN, and values that nothing is seen of. */
static void find_undetermined(const dia_decay_type *type, const dia_lifetime *lifetime, const double *time,
                              const double *q, double *value, double *low, double *high, const char **why)
{
    const dia_decay_problem problem = {.type = type, .ntime = lifetime->ntime, .time = time};
    double error = lifetime->curve_only ? 0.0 : 1.0 / lifetime->started, /* at least what one trajectory makes */
        shortest = INFINITY;
    for (int t = 0; t < lifetime->ntime; t++) {
        error = fmax(error, lifetime->error[t]);
        shortest = t > 0 ? fmin(shortest, time[t] - time[t - 1]) : shortest;
    }
    const double most = DIA_LIFETIME_LONGEST * (time[lifetime->ntime - 1] - time[0]),
                 least = shortest / log(1 / error); /* nothing is left of it at the next sample */
    for (int k = 0; k < type->nconstant; k++) {
        if (!isnan(low[k])) {
            low[k] = low[k] < least ? NAN : fmin(low[k], most);
            high[k] = high[k] > most ? NAN : fmax(high[k], least);
        }
        const bool infinite = dia_decay_change(&problem, q, k, true) < error,
                   zero = value[k] < least || dia_decay_change(&problem, q, k, false) < error;
        const bool plateau = infinite && isnan(high[k]), instant = zero && isnan(low[k]);
        why[k] = infinite && zero ? "too small" : plateau ? "plateau" : instant ? "instant" : NULL;
        value[k] = why[k] != NULL ? NAN : value[k];
    }
    for (int k = type->nconstant; k < type->nparameter; k++) { /* as the share of one of two parts that are alike */
        const bool moved = !(high[k] - low[k] <= 1e-6 * fabs(value[k])), elsewhere = fabs(low[k] - value[k]) > 0.01;
        why[k] = !moved && elsewhere ? "unseen" : NULL;
        if (why[k] != NULL)
            value[k] = low[k] = high[k] = NAN;
    }
}

static void take_shape(dia_decay_shape *shape, const dia_decay_type *type, const dia_lifetime *lifetime,
                       const double *time, const dia_regression *fit)
{
    double none[DIA_DECAY_PARAMETERS] = {NAN, NAN, NAN, NAN};
    *shape = (dia_decay_shape){.type = type,
                               .model = type->name,
                               .formula = type->formula,
                               .fitted = fit->fitted,
                               .residual = NAN,
                               .beyond = NAN};
    for (int k = 0; k < DIA_DECAY_PARAMETERS; k++)
        shape->value[k] = fit->fitted && k < type->nparameter ? fit->quantity[k].value : NAN;
    if (fit->fitted) {
        shape->residual = fit->residual;
        shape->beyond = share_beyond(lifetime, fit->model);
        find_undetermined(type, lifetime, time, fit->q, shape->value, none, none, shape->undetermined);
    }
}

static dia_status compare(dia_lifetime *lifetime, const dia_occupation *c, const double *time, dia_error *error)
{
    dia_regression fit[DIA_LIFETIME_SHAPES];
    const dia_regression *fits[DIA_LIFETIME_SHAPES] = {NULL};
    dia_rank ranks[DIA_LIFETIME_SHAPES];
    int n = 0;
    dia_status status = DIA_OK;
    for (const dia_decay_type *type = dia_decay_types; type->name != NULL && status == DIA_OK; type++) {
        if (c->ntime < 4 * type->nparameter)
            continue;
        status = fit_shape(&fit[n], type, c, time, &(dia_regression_options){.bootstrap = 0}, error);
        if (status != DIA_OK)
            break;
        take_shape(&lifetime->shape[n], type, lifetime, time, &fit[n]);
        fits[n] = &fit[n];
        n++;
    }
    if (status == DIA_OK) {
        dia_regression_compare(n, fits, ranks);
        lifetime->nshape = n;
    }
    for (int i = 0; i < n; i++) { /* what is likely is a matter of the number of trajectories */
        lifetime->shape[i].rank = lifetime->curve_only ? (dia_rank){NAN, NAN, NAN} : ranks[i];
        dia_regression_free(&fit[i]);
    }
    return status;
}

static const dia_decay_shape *shape_of(const dia_lifetime *lifetime, const dia_decay_type *type)
{
    for (int i = 0; i < lifetime->nshape; i++)
        if (lifetime->shape[i].type == type)
            return &lifetime->shape[i];
    return NULL;
}

/* Without trajectories there are no weights. The usual shape leads unless another has less than half its residual. */
static void choose_by_residual(dia_lifetime *lifetime, const dia_decay_type *asked)
{
    const dia_decay_shape *own = shape_of(lifetime, asked != NULL ? asked : dia_decay_types), *best = own;
    lifetime->type = asked != NULL ? asked : dia_decay_types;
    for (int i = 0; i < lifetime->nshape; i++)
        if (lifetime->shape[i].fitted &&
            (best == NULL || !best->fitted || lifetime->shape[i].residual < best->residual))
            best = &lifetime->shape[i];
    if (asked != NULL || best == NULL || best == own || own == NULL ||
        (own->fitted && best->residual >= 0.5 * own->residual))
        return;
    lifetime->type = best->type;
    snprintf(lifetime->note, sizeof lifetime->note, "'%s' leads: its rms residual is %.2g, that of '%s' %.2g",
             best->type->name, best->residual, own->type->name, own->residual);
}

/* The shape that leads, and the remark about it. */
static void choose(dia_lifetime *lifetime, const dia_decay_type *asked)
{
    const dia_decay_type *usual = asked != NULL ? asked : dia_decay_types;
    const dia_decay_shape *own = shape_of(lifetime, usual), *best = own;
    lifetime->type = usual;
    for (int i = 0; i < lifetime->nshape; i++)
        if (lifetime->shape[i].fitted && (best == NULL || !(best->rank.weight >= lifetime->shape[i].rank.weight)))
            best = &lifetime->shape[i];
    if (own == NULL || best == own || own->rank.weight >= DIA_LIFETIME_REJECTED || !(best->rank.weight > 0))
        return;
    if (asked == NULL)
        lifetime->type = best->type;
    snprintf(
        lifetime->note, sizeof lifetime->note,
        "'%s' is not supported by the data (Akaike weight %.3f, %.0f %% of the samples beyond two errors); '%s' %s "
        "(weight %.3f, %.0f %%)",
        own->type->name, own->fitted ? own->rank.weight : 0, 100 * (own->fitted ? own->beyond : 1), best->type->name,
        asked == NULL ? "leads" : "describes them better", best->rank.weight, 100 * best->beyond);
}

/* ---- the fit --------------------------------------------------------------------------------- */

static void take_fit(dia_lifetime *lifetime, const double *time, const dia_regression *fit)
{
    const dia_decay_shape *own = shape_of(lifetime, lifetime->type);
    double mean = 0, scatter = 0;
    for (int t = 0; t < lifetime->ntime; t++)
        mean += lifetime->survival[t] / lifetime->ntime;
    for (int t = 0; t < lifetime->ntime; t++)
        scatter += (lifetime->survival[t] - mean) * (lifetime->survival[t] - mean);
    lifetime->residual = fit->residual;
    lifetime->explained = 1 - fit->sum / scatter;
    lifetime->beyond = share_beyond(lifetime, fit->model);
    lifetime->weight = own != NULL ? own->rank.weight : NAN;
    lifetime->bootstrap = fit->bootstrap;
    lifetime->bootstrap_failed = fit->bootstrap_failed;
    for (int k = 0; k < lifetime->type->nparameter; k++) {
        lifetime->value[k] = fit->quantity[k].value;
        if (lifetime->explained < DIA_LIFETIME_EXPLAINED_MIN)
            continue;
        lifetime->low[k] = fit->quantity[k].low;
        lifetime->high[k] = fit->quantity[k].high;
    }
    find_undetermined(lifetime->type, lifetime, time, fit->q, lifetime->value, lifetime->low, lifetime->high,
                      lifetime->undetermined);
}

static dia_status fit(dia_lifetime *lifetime, const dia_occupation *c, const double *time,
                      const dia_lifetime_options *options, dia_error *error)
{
    const dia_regression_options how = {
        .bootstrap = options->bootstrap, .seed = options->seed, .control = options->control};
    dia_regression found;
    dia_status status = fit_shape(&found, lifetime->type, c, time, &how, error);
    if (status != DIA_OK)
        return status;
    if (found.fitted)
        take_fit(lifetime, time, &found);
    if (!found.fitted) {
        snprintf(lifetime->refused, sizeof lifetime->refused,
                 "the fit of '%s' does not converge: the population of state %d has another shape",
                 lifetime->type->name, lifetime->from);
    } else if (lifetime->explained < DIA_LIFETIME_EXPLAINED_MIN) {
        snprintf(lifetime->refused, sizeof lifetime->refused,
                 "state %d does not decay like that: the best '%s' misses its population by %.2g (rms)%s",
                 lifetime->from, lifetime->type->name, lifetime->residual,
                 lifetime->type->nparameter < DIA_DECAY_PARAMETERS ? "; try --fit biexponential" : "");
    } else {
        lifetime->curve = found.model; /* one species: (ntime) */
        found.model = NULL;
    }
    dia_regression_free(&found);
    return DIA_OK;
}

static dia_status check(const dia_lifetime *lifetime, const dia_record *record, const dia_occupation *c,
                        const dia_lifetime_options *options, dia_error *error)
{
    if (options->bootstrap != 0 && options->bootstrap < DIA_LIFETIME_BOOTSTRAP_MIN)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "%d resamplings are too few for a 95 %% interval; at least %d are needed, or 0 for no interval",
            options->bootstrap, (int)DIA_LIFETIME_BOOTSTRAP_MIN);
    if (lifetime->from < 0 || lifetime->from >= record->nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: there is no state %d; the states are 0 to %d",
                             record->swarm->path, lifetime->from, record->nstate - 1);
    if (c != NULL && c->n == 0 && record->ncounted > 0)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            record->first > 0 ? "%s: no trajectory that counts was in state %d at %g fs; most excited ones were in %d"
                              : "%s: no trajectory that counts started in state %d at %g fs; most started in %d",
            record->swarm->path, lifetime->from, record->time[record->first], likeliest_start(record));
    return DIA_OK;
}

static dia_status analyse(dia_lifetime *lifetime, const double *time, const dia_occupation *c,
                          const dia_lifetime_options *options, dia_error *error)
{
    dia_status status = DIA_OK;
    if (!lifetime->curve_only)
        look(lifetime, c);
    const bool enough = lifetime->curve_only ? lifetime->refused[0] == '\0' && lifetime->lowest < 1.0
                                             : lifetime->left >= DIA_LIFETIME_LEFT_MIN;
    if (enough && options->discarded == DIA_DISCARDED_LEAVE_OUT)
        status = compare(lifetime, c, time, error);
    if (lifetime->curve_only)
        choose_by_residual(lifetime, options->type);
    else
        choose(lifetime, options->type);
    if (status == DIA_OK && !refuse(lifetime))
        status = fit(lifetime, c, time, options, error);
    return status;
}

/* ---- a population without trajectories ------------------------------------------------------- */

static int ascending(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

enum { LAYERS = 1000 };

/* Layers of the curve S stand for trajectories: of the values that S takes, sorted, each is a layer as thick as its distance
 * from the one below, which is in the state as long as S is not below it. Their shares are S, to rounding. Of a long curve
 * the layers have one thickness, and the shares are S rounded to it. */
static dia_status layers_create(dia_occupation *c, int ntime, const double *S, dia_error *error)
{
    const int n = ntime < LAYERS ? ntime + 1 : LAYERS;
    double *top = dia_allocate((size_t)n, sizeof *top), below = 0.0;
    if (top == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d samples", ntime);
    if (ntime < LAYERS)
        memcpy(top, S, (size_t)ntime * sizeof *top);
    for (int i = 0; i < n && ntime >= LAYERS; i++)
        top[i] = (i + 1.0) / n;
    top[n - 1] = 1.0;
    qsort(top, (size_t)n, sizeof *top, ascending);
    const double half = ntime < LAYERS ? 0.0 : 0.5 / n;
    const dia_status status = dia_occupation_create(c, n, ntime, 1, error);
    for (int i = 0; i < n && status == DIA_OK; i++) {
        if (!(top[i] > below))
            continue;
        for (int t = 0; t < ntime; t++)
            c->species[(size_t)c->n * (size_t)ntime + (size_t)t] =
                (int8_t)(S[t] >= top[i] - half ? 0 : DIA_OCCUPATION_NONE);
        c->weight[c->n++] = top[i] - below;
        below = top[i];
    }
    free(top);
    return status;
}

/* S = p / p(0), between 0 and 1, into survival. Where that makes no sense there is no fit. */
static void take_curve(dia_lifetime *l, const double *time, const double *p, double trusted)
{
    double highest = 0.0;
    l->lowest = 1.0;
    for (int t = 0; t < l->ntime; t++) {
        l->survival[t] = fmin(fmax(p[0] > 0.0 ? p[t] / p[0] : 0.0, 0.0), 1.0);
        l->error[t] = trusted;
        l->lowest = fmin(l->lowest, l->survival[t]);
        if (p[t] > highest) {
            highest = p[t];
            if (highest > p[0] + fmax(trusted, 1e-3))
                snprintf(l->refused, sizeof l->refused,
                         "the population of state %d grows, from %.3f at the start to %.3f at %g fs: it is no decay",
                         l->from, p[0], highest, time[t]);
        }
    }
}

dia_status dia_lifetime_of_curve(dia_lifetime *lifetime, int ntime, const double *time, const double *p, double trusted,
                                 const dia_lifetime_options *options, dia_error *error)
{
    *lifetime = (dia_lifetime){.ntime = ntime, .from = options->from, .curve_only = true, .beyond = NAN, .weight = NAN};
    for (int k = 0; k < DIA_DECAY_PARAMETERS; k++)
        lifetime->value[k] = lifetime->low[k] = lifetime->high[k] = NAN;
    dia_lifetime_options how = *options;
    dia_occupation c = {0};
    how.bootstrap = 0;
    how.discarded = DIA_DISCARDED_LEAVE_OUT;
    lifetime->survival = dia_allocate((size_t)ntime, sizeof(double));
    lifetime->error = dia_allocate((size_t)ntime, sizeof(double));
    dia_status status = DIA_OK;
    if (lifetime->survival == NULL || lifetime->error == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d samples", ntime);
    if (status == DIA_OK) {
        take_curve(lifetime, time, p, trusted);
        status = layers_create(&c, ntime, lifetime->survival, error);
    }
    if (status == DIA_OK)
        status = analyse(lifetime, time, &c, &how, error);
    dia_occupation_free(&c);
    if (status != DIA_OK)
        dia_lifetime_free(lifetime);
    return status;
}

dia_status dia_lifetime_create(dia_lifetime *lifetime, const dia_record *record, const dia_lifetime_options *options,
                               dia_error *error)
{
    const int T = record->ntime - record->first;
    *lifetime = (dia_lifetime){.ntime = T,
                               .first = record->first,
                               .since = record->time[record->first],
                               .seed = options->seed,
                               .beyond = NAN,
                               .weight = NAN};
    lifetime->from = options->from < 0 ? likeliest_start(record) : options->from;
    for (int k = 0; k < DIA_DECAY_PARAMETERS; k++)
        lifetime->value[k] = lifetime->low[k] = lifetime->high[k] = NAN;
    dia_occupation c = {0};
    dia_status status = check(lifetime, record, NULL, options, error);
    if (status == DIA_OK)
        status = cohort_create(&c, record, lifetime->from, options->discarded, error);
    if (status != DIA_OK)
        return status;
    status = check(lifetime, record, &c, options, error);
    lifetime->survival = dia_allocate((size_t)T, sizeof(double));
    lifetime->error = dia_allocate((size_t)T, sizeof(double));
    double *time = dia_allocate((size_t)T, sizeof *time);
    if (status == DIA_OK && (lifetime->survival == NULL || lifetime->error == NULL || time == NULL))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d samples", T);
    for (int t = 0; status == DIA_OK && t < T; t++)
        time[t] = record->time[record->first + t] - lifetime->since;
    if (record->work != NULL && record->first == record->settled && T == 1)
        snprintf(lifetime->refused, sizeof lifetime->refused, "light moves the populations until the end");
    if (status == DIA_OK)
        status = analyse(lifetime, time, &c, options, error);
    free(time);
    dia_occupation_free(&c);
    if (status != DIA_OK)
        dia_lifetime_free(lifetime);
    return status;
}

void dia_lifetime_free(dia_lifetime *lifetime)
{
    free(lifetime->survival);
    free(lifetime->error);
    free(lifetime->curve);
    lifetime->survival = lifetime->error = lifetime->curve = NULL;
}
