/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two swarms from the same initial conditions. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/provenance.h"
#include "compare/compare.h"
#include "statistics/population.h"
#include "statistics/mean.h"

typedef struct pairing {
    const dia_swarm *side[2]; /* reference, swarm */
    int64_t *row[2];          /* (rows) of the trajectories that both have and that count in both */
    int64_t rows;
    int64_t apart[2]; /* samples of each from one in common to the next */
    double length;    /* fs that both fly */
    dia_pair *pair;
    dia_population_rule rule[2];
    double *ratio[2]; /* (n) mean contributions, of a side whose populations are ratios; NULL: not known yet */
    dia_mean mean[3]; /* reference, swarm, difference */
    dia_error *error;
} pairing;

/* ---- what differs ---------------------------------------------------------------------------- */

/* The blocks `dynamics` of their settings say it, or the models. */
static void find_setting(const pairing *p)
{
    const dia_swarm *a = p->side[0], *b = p->side[1];
    const char *before = strstr(a->resolved, "\ndynamics:\n"), *now = strstr(b->resolved, "\ndynamics:\n");
    dia_pair *pair = p->pair;
    if (strcmp(a->model_digest, b->model_digest) != 0)
        snprintf(pair->setting, sizeof pair->setting, "the model, SHA-256 there: %.12s...; here: %.12s...",
                 a->model_digest, b->model_digest);
    else if (before != NULL && now != NULL)
        (void)dia_identity_differs(before + 1, now + 1, sizeof pair->setting, pair->setting);
}

/* ---- are they a pair? ------------------------------------------------------------------------ */

static dia_status check_scales(const pairing *p)
{
    const dia_swarm *a = p->side[0], *b = p->side[1];
    if (a->natom != b->natom || a->dimension != b->dimension || a->nstate != b->nstate)
        return dia_error_set(
            p->error, DIA_ERROR_INPUT,
            "%s has %d particles of %d coordinates and %d states, %s has %d of %d and %d: they cannot be "
            "compared",
            a->path, a->natom, a->dimension, a->nstate, b->path, b->natom, b->dimension, b->nstate);
    for (int i = 0; i < a->natom; i++)
        if (a->numbers[i] != b->numbers[i] || a->masses[i] != b->masses[i])
            return dia_error_set(p->error, DIA_ERROR_INPUT,
                                 "%s and %s: particle %d is another element or isotope: the trajectories are no pairs",
                                 a->path, b->path, i);
    return DIA_OK;
}

/* Both fly the trajectory of these rows: do they start it alike? */
static dia_status check_start(const pairing *p, int64_t i, int64_t j, double *x, double *y)
{
    static const char *const names[] = {"initial/position", "initial/velocity", "initial/amplitudes"};
    const dia_swarm *a = p->side[0], *b = p->side[1];
    const char *differs = a->initial_state[i] != b->initial_state[j] ? "initial/state"
                          : a->weight[i] != b->weight[j]             ? "initial/weight"
                                                                     : NULL;
    for (size_t k = 0; differs == NULL && k < sizeof names / sizeof names[0]; k++) {
        const size_t width = dia_swarm_row_size(a, names[k]);
        if (width != dia_swarm_row_size(b, names[k])) {
            differs = names[k];
            break;
        }
        if (width == 0)
            continue;
        dia_status status = dia_swarm_rows(a, names[k], i, 1, x, p->error);
        if (status == DIA_OK)
            status = dia_swarm_rows(b, names[k], j, 1, y, p->error);
        if (status != DIA_OK)
            return status;
        if (memcmp(x, y, width * sizeof *x) != 0)
            differs = names[k];
    }
    if (differs == NULL)
        return DIA_OK;
    return dia_error_set(p->error, DIA_ERROR_INPUT,
                         "trajectory %lld starts otherwise in %s than in %s (%s): they are not from the same initial "
                         "conditions, and their differences are no paired ones",
                         (long long)a->number[i], b->path, a->path, differs);
}

/* The rows of the trajectories that both files have. The digest of initial conditions spares looking at each. */
static dia_status match(pairing *p, const dia_control *control)
{
    const dia_swarm *a = p->side[0], *b = p->side[1];
    const size_t most = (size_t)(a->N < b->N ? a->N : b->N), ncart = (size_t)a->natom * (size_t)a->dimension,
                 width = ncart > 2 * (size_t)a->nstate ? ncart : 2 * (size_t)a->nstate;
    const bool equal = strcmp(a->initial_digest, b->initial_digest) == 0;
    double *start = dia_allocate(2 * width, sizeof *start);
    for (int s = 0; s < 2; s++)
        p->row[s] = dia_allocate(most, sizeof *p->row[s]);
    dia_status status = DIA_OK;
    if (start == NULL || p->row[0] == NULL || p->row[1] == NULL)
        status = dia_error_set(p->error, DIA_ERROR_MEMORY, "no memory to compare swarms");
    int64_t common = 0;
    for (int64_t i = 0, j = 0; i < a->N && j < b->N && status == DIA_OK;) {
        if (a->number[i] != b->number[j]) {
            a->number[i] < b->number[j] ? i++ : j++;
            continue;
        }
        if (!equal)
            status = check_start(p, i, j, start, start + width);
        if (dia_control_stopped(control))
            status = dia_error_set(p->error, DIA_ERROR_INTERRUPTED, "interrupted");
        if (dia_fate_counts(a->fate[i]) && dia_fate_counts(b->fate[j])) {
            p->row[0][p->rows] = i;
            p->row[1][p->rows++] = j;
        }
        common++, i++, j++;
    }
    free(start);
    p->pair->count = p->rows;
    p->pair->left_out = common - p->rows;
    p->pair->alone = a->N + b->N - 2 * common;
    if (status == DIA_OK && p->rows == 0)
        status = dia_error_set(p->error, DIA_ERROR_INPUT, "%s and %s have no trajectory in common that counts", a->path,
                               b->path);
    return status;
}

/* Every how many samples of each the two meet, from time 0 on. */
static dia_status meet(pairing *p)
{
    const dia_swarm *a = p->side[0], *b = p->side[1];
    const double every[2] = {(double)a->every * a->timestep, (double)b->every * b->timestep};
    dia_pair *pair = p->pair;
    p->length = fmin((double)(a->T - 1) * every[0], (double)(b->T - 1) * every[1]);
    for (p->apart[0] = 1; p->apart[0] < a->T; p->apart[0]++) {
        const double ratio = (double)p->apart[0] * every[0] / every[1];
        p->apart[1] = (int64_t)(ratio + 0.5);
        if (p->apart[1] > 0 && fabs(ratio - (double)p->apart[1]) < 1e-9 * ratio)
            break;
    }
    if (p->apart[0] == a->T || p->apart[1] >= b->T)
        return dia_error_set(p->error, DIA_ERROR_INPUT,
                             "%s has samples every %.6g fs, %s every %.6g fs: no time but 0 is in both", a->path,
                             every[0], b->path, every[1]);
    pair->ntime = (int)(p->length / ((double)p->apart[0] * every[0]) * (1.0 + 1e-9)) + 1;
    pair->time = dia_allocate((size_t)pair->ntime, sizeof *pair->time);
    if (pair->time == NULL)
        return dia_error_set(p->error, DIA_ERROR_MEMORY, "no memory to compare swarms");
    for (int t = 0; t < pair->ntime; t++)
        pair->time[t] = (double)((int64_t)t * p->apart[0] * a->every) * a->timestep;
    return DIA_OK;
}

/* Which populations are those of each method. */
static dia_status find_rules(pairing *p)
{
    for (int s = 0; s < 2; s++) {
        const dia_swarm *swarm = p->side[s];
        if (!dia_population_parse(swarm->populations, &p->rule[s]))
            return dia_error_set(p->error, DIA_ERROR_FILE, "%s: attribute 'populations': unknown '%.60s'", swarm->path,
                                 swarm->populations);
        p->pair->by_amplitudes[s] = p->rule[s].amplitudes;
        if (p->rule[s].amplitudes && dia_swarm_row_size(swarm, "trajectories/amplitudes") == 0)
            return dia_error_set(
                p->error, DIA_ERROR_INPUT,
                "%s: the populations of %s are those of amplitudes, which the file does not have; fly it "
                "with output.trajectories: true",
                swarm->path, swarm->method);
    }
    return DIA_OK;
}

/* ---- outcomes -------------------------------------------------------------------------------- */

static int channel_named(const dia_pair *pair, const char *name)
{
    for (int i = 0; i < pair->nchannel; i++)
        if (strcmp(pair->channel[i], name) == 0)
            return i;
    return -1;
}

/* Names of the conditions of both; then the channels that need none. */
static dia_status list_channels(pairing *p)
{
    dia_pair *pair = p->pair;
    const int n = dia_swarm_stops(p->side[0]) + dia_swarm_stops(p->side[1]);
    char name[64];
    if (n == 0)
        return DIA_OK;
    pair->channel = dia_allocate((size_t)n + 2, sizeof *pair->channel);
    if (pair->channel == NULL)
        return dia_error_set(p->error, DIA_ERROR_MEMORY, "no memory to compare swarms");
    for (int s = 0; s < 2; s++)
        for (int i = 0; dia_swarm_stop_name(p->side[s], i, sizeof name, name); i++)
            if (channel_named(pair, name) < 0)
                memcpy(pair->channel[pair->nchannel++], name, sizeof name);
    strcpy(pair->channel[pair->nchannel++], DIA_OUTCOME_INSIDE);
    strcpy(pair->channel[pair->nchannel++], dia_fate_word(DIA_FATE_DISSOCIATED));
    return DIA_OK;
}

static int channel_of(const dia_pair *pair, const dia_swarm *swarm, int64_t row)
{
    char name[64];
    if (swarm->fate[row] == DIA_FATE_DISSOCIATED)
        return pair->nchannel - 1;
    if (swarm->stop != NULL && dia_swarm_stop_name(swarm, swarm->stop[row], sizeof name, name))
        return channel_named(pair, name);
    return pair->nchannel - 2;
}

/* ---- one trajectory -------------------------------------------------------------------------- */

/* *hop: the first hop that may be of this row; moved on, since rows ascend. Sets the time until the first state is left
 * (the whole length if it is not), and counts accepted hops. */
static void take_hops(const pairing *p, const dia_swarm *swarm, int64_t row, int64_t *hop, double *x)
{
    const dia_swarm_hops *h = &swarm->hops;
    const dia_pair *pair = p->pair;
    x[dia_pair_stay(pair)] = p->length;
    x[dia_pair_hops(pair)] = 0.0;
    while (*hop < h->count && h->row[*hop] < row)
        ++*hop;
    for (; *hop < h->count && h->row[*hop] == row; ++*hop) {
        if (!h->accepted[*hop] || h->time[*hop] > p->length * (1.0 + 1e-12))
            continue;
        if (x[dia_pair_hops(pair)] == 0.0)
            x[dia_pair_stay(pair)] = h->time[*hop];
        x[dia_pair_hops(pair)] += 1.0;
        if (h->work != NULL && h->work[*hop] != 0.0)
            x[dia_pair_by_light(pair)] += 1.0;
    }
}

/* Contributions to populations x (n), zero before, of a row at sample t: of the active state, or of amplitudes c (T, n, 2), if they are
 * the method's. */
static void share(const pairing *p, int side, int64_t row, const int8_t *states, const double *c, int64_t t, double *x)
{
    const double *weight = p->side[side]->start_weight;
    const int n = p->pair->nstate;
    if (c == NULL) {
        x[states[t]] = 1.0;
        return;
    }
    for (int k = 0; k < n; k++)
        x[k] = pow(c[2 * (t * n + k)], 2) + pow(c[2 * (t * n + k) + 1], 2);
    dia_population_share(&p->rule[side], weight != NULL ? weight[row] : 1.0, n, x);
}

/* Contributions of one trajectory -> values whose means are the ratios (dia_population_linear). */
static void linearise(const dia_pair *pair, const double *mean, double *x)
{
    const int n = pair->nstate;
    double whole = 0.0, own = 0.0;
    for (int t = 0; t < pair->ntime; t++)
        dia_population_linear(n, mean + (size_t)t * (size_t)n, x + (size_t)t * (size_t)n);
    for (int i = 0; i < pair->nchannel; i++) { /* the last column has the sums */
        whole += mean[dia_pair_outcome(pair, i, n)];
        own += x[dia_pair_outcome(pair, i, n)];
    }
    for (int i = 0; i < pair->nchannel * (n + 1); i++) {
        const size_t at = dia_pair_outcome(pair, 0, i);
        x[at] = dia_population_linear_value(mean[at], whole, x[at], own);
    }
}

/* The quantities of a row: states (T) its active states, c its amplitudes or NULL. */
static void take(const pairing *p, int side, int64_t row, const int8_t *states, const double *c, int64_t *hop,
                 double *x)
{
    const dia_swarm *swarm = p->side[side];
    const dia_pair *pair = p->pair;
    memset(x, 0, pair->n * sizeof *x);
    for (int t = 0; t < pair->ntime; t++)
        share(p, side, row, states, c, t * p->apart[side], x + t * pair->nstate);
    if (pair->nchannel > 0) {
        const int channel = channel_of(pair, swarm, row);
        double *own = x + dia_pair_outcome(pair, channel, 0), sum = 0.0;
        share(p, side, row, states, c, swarm->T - 1, own);
        for (int k = 0; k < pair->nstate; k++)
            sum += own[k];
        own[pair->nstate] = dia_population_ratio(&p->rule[side]) ? sum : 1.0;
    }
    if (p->ratio[side] != NULL)
        linearise(pair, p->ratio[side], x);
    take_hops(p, swarm, row, hop, x);
}

/* ---- all of them ----------------------------------------------------------------------------- */

typedef struct reader { /* active states and amplitudes of one side, read in slabs */
    int64_t first, count, slab, hop;
    int8_t *states; /* (slab, T) */
    double *c;      /* (slab, T, n, 2); NULL: not needed */
    double *work;   /* (slab, T) of light; NULL: none */
    double *x;      /* (n) */
} reader;

static dia_status read_row(const pairing *p, int side, reader *r, int64_t row)
{
    const dia_swarm *swarm = p->side[side];
    if (row >= r->first && row < r->first + r->count)
        return DIA_OK;
    r->first = row;
    r->count = swarm->N - row < r->slab ? swarm->N - row : r->slab;
    dia_status status = dia_swarm_active(swarm, r->first, r->count, r->states, p->error);
    if (status == DIA_OK && r->c != NULL)
        status = dia_swarm_rows(swarm, "trajectories/amplitudes", r->first, r->count, r->c, p->error);
    if (status == DIA_OK && r->work != NULL)
        status = dia_swarm_rows(swarm, "trajectories/work", r->first, r->count, r->work, p->error);
    return status;
}

static dia_status readers_open(const pairing *p, reader r[2])
{
    bool good = true;
    for (int s = 0; s < 2; s++) {
        const size_t width = (p->rule[s].amplitudes ? 2 * (size_t)p->pair->nstate : 1) * (size_t)p->side[s]->T;
        r[s] = (reader){.slab = dia_swarm_slab(p->side[s], width)};
        r[s].c = p->rule[s].amplitudes ? dia_allocate((size_t)r[s].slab * width, sizeof *r[s].c) : NULL;
        r[s].states = dia_allocate((size_t)r[s].slab, (size_t)p->side[s]->T);
        r[s].x = dia_allocate(p->pair->n, sizeof *r[s].x);
        r[s].work = p->side[s]->lit ? dia_allocate((size_t)r[s].slab * (size_t)p->side[s]->T, sizeof *r[s].work) : NULL;
        good = good && r[s].states != NULL && r[s].x != NULL && (!p->rule[s].amplitudes || r[s].c != NULL) &&
               (!p->side[s]->lit || r[s].work != NULL);
    }
    return good ? DIA_OK : dia_error_set(p->error, DIA_ERROR_MEMORY, "no memory to compare swarms");
}

static void readers_close(reader r[2])
{
    for (int s = 0; s < 2; s++) {
        free(r[s].states);
        free(r[s].c);
        free(r[s].x);
        free(r[s].work);
    }
}

/* The quantities of the i-th trajectory in common on one side. */
static dia_status read_quantities(pairing *p, int s, reader *r, int64_t i)
{
    const dia_status status = read_row(p, s, r, p->row[s][i]);
    const int64_t at = (p->row[s][i] - r->first) * p->side[s]->T;
    if (status == DIA_OK)
        take(p, s, p->row[s][i], r->states + at, r->c != NULL ? r->c + 2 * at * p->pair->nstate : NULL, &r->hop, r->x);
    if (status == DIA_OK && r->work != NULL)
        r->x[dia_pair_work(p->pair)] = r->work[at + (p->pair->ntime - 1) * p->apart[s]] / DIA_EV;
    return status;
}

/* All of them into the means; d (n): room. */
static dia_status sum_up(pairing *p, double *d, const dia_control *control)
{
    reader r[2] = {{0}};
    dia_status status = readers_open(p, r);
    for (int64_t i = 0; i < p->rows && status == DIA_OK; i++) {
        for (int s = 0; s < 2 && status == DIA_OK; s++)
            status = read_quantities(p, s, &r[s], i);
        if (status != DIA_OK)
            break;
        const double weight = p->side[0]->weight[p->row[0][i]];
        for (size_t k = 0; k < p->pair->n; k++)
            d[k] = r[1].x[k] - r[0].x[k];
        dia_mean_add(&p->mean[0], weight, r[0].x);
        dia_mean_add(&p->mean[1], weight, r[1].x);
        dia_mean_add(&p->mean[2], weight, d);
        if (dia_control_stopped(control))
            status = dia_error_set(p->error, DIA_ERROR_INTERRUPTED, "interrupted");
    }
    readers_close(r);
    return status;
}

/* Twice where populations are ratios: the means of contributions first. */
static dia_status estimate(pairing *p, const dia_control *control)
{
    const size_t n = p->pair->n;
    const bool ratio = dia_population_ratio(&p->rule[0]) || dia_population_ratio(&p->rule[1]);
    double *room = dia_allocate(4 * n, sizeof *room);
    if (room == NULL)
        return dia_error_set(p->error, DIA_ERROR_MEMORY, "no memory to compare swarms");
    dia_status status = sum_up(p, room, control);
    for (int s = 0; s < 2 && ratio && status == DIA_OK; s++) {
        dia_mean_result(&p->mean[s], room + (size_t)(s + 1) * n, room + 3 * n);
        p->ratio[s] = dia_population_ratio(&p->rule[s]) ? room + (size_t)(s + 1) * n : NULL;
    }
    for (int m = 0; m < 3 && ratio && status == DIA_OK; m++) {
        dia_mean_free(&p->mean[m]);
        status = dia_mean_create(&p->mean[m], n, 0, p->error);
    }
    if (ratio && status == DIA_OK)
        status = sum_up(p, room, control);
    free(room);
    return status;
}

static dia_status reserve(pairing *p)
{
    dia_pair *pair = p->pair;
    pair->nstate = p->side[0]->nstate;
    pair->lit = p->side[0]->lit || p->side[1]->lit;
    pair->n = (size_t)pair->ntime * (size_t)pair->nstate + (size_t)pair->nchannel * (size_t)(pair->nstate + 1) +
              (pair->lit ? 4 : 2);
    double *all = dia_allocate(7 * pair->n, sizeof *all);
    dia_status status = all != NULL ? DIA_OK : dia_error_set(p->error, DIA_ERROR_MEMORY, "no memory to compare swarms");
    double **const parts[] = {&pair->reference, &pair->value,           &pair->difference, &pair->error,
                              &pair->unpaired,  &pair->reference_error, &pair->value_error};
    for (size_t i = 0; all != NULL && i < sizeof parts / sizeof parts[0]; i++)
        *parts[i] = all + i * pair->n;
    for (int m = 0; m < 3 && status == DIA_OK; m++)
        status = dia_mean_create(&p->mean[m], pair->n, 0, p->error);
    return status;
}

dia_status dia_pair_create(dia_pair *pair, const dia_swarm *reference, const dia_swarm *swarm,
                           const dia_control *control, dia_error *error)
{
    *pair = (dia_pair){.same_seed = reference->seed == swarm->seed};
    pairing p = {.side = {reference, swarm}, .pair = pair, .error = error};
    strncpy(pair->path, swarm->path, sizeof pair->path - 1);
    strncpy(pair->method, swarm->method, sizeof pair->method - 1);
    find_setting(&p);
    dia_status status = check_scales(&p);
    if (status == DIA_OK)
        status = match(&p, control);
    if (status == DIA_OK)
        status = meet(&p);
    if (status == DIA_OK)
        status = find_rules(&p);
    if (status == DIA_OK)
        status = list_channels(&p);
    if (status == DIA_OK)
        status = reserve(&p);
    if (status == DIA_OK)
        status = estimate(&p, control);
    if (status == DIA_OK) {
        dia_mean_result(&p.mean[0], pair->reference, pair->reference_error);
        dia_mean_result(&p.mean[1], pair->value, pair->value_error);
        dia_mean_result(&p.mean[2], pair->difference, pair->error);
        for (size_t k = 0; k < pair->n; k++)
            pair->unpaired[k] = hypot(pair->reference_error[k], pair->value_error[k]);
    }
    for (int m = 0; m < 3; m++)
        dia_mean_free(&p.mean[m]);
    free(p.row[0]);
    free(p.row[1]);
    if (status != DIA_OK)
        dia_pair_free(pair);
    return status;
}

void dia_pair_free(dia_pair *pair)
{
    free(pair->time);
    free(pair->channel);
    free(pair->reference); /* and all behind it */
    *pair = (dia_pair){0};
}
