/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/populations/yields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/populations/estimators.h"
#include "base/arena.h"
#include "base/control.h"
#include "parallel/team.h"
#include "statistics/resample.h"

static dia_status no_memory(dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the classes of trajectories");
}

/* ---- classes of all samples ------------------------------------------------------------------ */

typedef struct series_task {
    const dia_classes *classes;
    size_t ntime, ncart;
    int threads, first;
    const double *R; /* of the slab */
    int8_t *series;
} series_task;

static void classify(void *context, int number, int thread)
{
    (void)thread;
    const series_task *s = context;
    for (size_t t = 0; t < s->ntime; t++)
        s->series[((size_t)s->first + (size_t)number) * s->ntime + t] =
            (int8_t)dia_classes_of(s->classes, s->R + ((size_t)number * s->ntime + t) * s->ncart);
}

static bool classify_slab(void *context, int first, int count, double *const *R)
{
    series_task *s = context;
    s->first = first;
    s->R = R[0];
    dia_team_run(dia_team_size(s->threads), count, classify, s);
    return true;
}

static const char *const position = "trajectories/position";

dia_status dia_classes_series(const dia_record *record, const dia_classes *classes, const dia_control *control,
                              int8_t *series, dia_error *error)
{
    series_task s = {.classes = classes,
                     .ntime = (size_t)record->ntime,
                     .ncart = (size_t)record->swarm->natom * (size_t)record->swarm->dimension,
                     .threads = dia_control_threads(control),
                     .series = series};
    const dia_status status = dia_record_need_positions(record, "a product class", error);
    return status == DIA_OK ? dia_record_walk(record, 1, &position, classify_slab, &s, error) : status;
}

/* ---- yields ---------------------------------------------------------------------------------- */

typedef struct outcome { /* of one trajectory that counts, or of all of a group that ended alike */
    double weight;
    int class, state;
    int unit; /* that is drawn for a resample */
} outcome;

static int sample_at(const dia_record *record, double time)
{
    int best = record->ntime - 1;
    for (int t = 0; t < record->ntime && !isnan(time); t++)
        if (fabs(record->time[t] - time) < fabs(record->time[best] - time))
            best = t;
    return best;
}

typedef struct collecting {
    dia_yields *yields;
    const dia_record *record;
    int sample;
    outcome *outcomes;
} collecting;

static bool collect(void *context, int first, int count, double *const *R)
{
    const collecting *now = context;
    const dia_record *record = now->record;
    dia_yields *y = now->yields;
    const size_t T = (size_t)record->ntime, ncart = (size_t)record->swarm->natom * (size_t)record->swarm->dimension;
    for (int j = first; j < first + count; j++) {
        if (!(record->weight[j] > 0))
            continue;
        const double *end = R[0] + ((size_t)(j - first) * T + (size_t)now->sample) * ncart;
        outcome *o = &now->outcomes[y->counted++];
        o->weight = record->weight[j];
        o->state = record->active[(size_t)j * T + (size_t)now->sample];
        o->class = dia_classes_of(y->classes, end);
        for (int c = 0; c + 1 < y->nclass; c++)
            y->claimed[c] += dia_classes_holds(y->classes, c, end);
        y->claimed[y->nclass - 1] += o->class == y->nclass - 1;
    }
    return true;
}

/* Weighted shares of all cells, then of classes, then of states; times: multiplicities of the units, or NULL. */
static void shares(const dia_yields *y, int n, const outcome *outcomes, const int *times, double *p)
{
    const int cells = y->nclass * y->nstate;
    double all = 0;
    memset(p, 0, (size_t)(cells + y->nclass + y->nstate) * sizeof *p);
    for (int j = 0; j < n; j++) {
        const outcome *o = &outcomes[j];
        const double w = o->weight * (times != NULL ? times[o->unit] : 1);
        all += w;
        p[o->class * y->nstate + o->state] += w;
        p[cells + o->class] += w;
        p[cells + y->nclass + o->state] += w;
    }
    for (int i = 0; i < cells + y->nclass + y->nstate; i++)
        p[i] /= all;
}

typedef struct drawn {
    const dia_yields *yields;
    int n;
    const outcome *outcomes;
} drawn;

static void evaluate(void *context, const int *times, int thread, double *values)
{
    (void)thread;
    const drawn *s = context;
    shares(s->yields, s->n, s->outcomes, times, values);
}

/* Gives every outcome its unit. Of a large sample one outcome is left of all that ended alike in a group: *outcomes is replaced. Returns
 * how many there are; 0: no memory. */
static int unite(const dia_yields *y, uint64_t seed, outcome **outcomes)
{
    const int n = y->counted, units = dia_resample_units(n), cells = y->nclass * y->nstate;
    outcome *united = units < n ? dia_allocate((size_t)units * (size_t)cells, sizeof *united) : NULL;
    if (units < n && united == NULL)
        return 0;
    for (int j = 0; j < n; j++) {
        outcome *o = &(*outcomes)[j];
        o->unit = dia_resample_unit(seed, n, j);
        if (united == NULL)
            continue;
        outcome *to = &united[o->unit * cells + o->class * y->nstate + o->state];
        const double sum = to->weight + o->weight;
        *to = *o;
        to->weight = sum;
    }
    if (united == NULL)
        return n;
    free(*outcomes);
    *outcomes = united;
    return units * cells;
}

/* p (cells, classes, states): the shares of the swarm itself. */
static dia_status resample(dia_yields *y, outcome **outcomes, const double *p, int bootstrap, uint64_t seed,
                           const dia_control *control, dia_error *error)
{
    const int m = y->nclass * y->nstate + y->nclass + y->nstate;
    dia_interval *interval = dia_allocate((size_t)m, sizeof *interval);
    drawn s = {.yields = y, .n = unite(y, seed, outcomes)};
    s.outcomes = *outcomes;
    const dia_resampling resampling = {.n = dia_resample_units(y->counted),
                                       .replicates = bootstrap,
                                       .seed = seed,
                                       .threads = 1,
                                       .control = control,
                                       .nvalue = m,
                                       .context = &s,
                                       .evaluate = evaluate,
                                       .centre = p};
    dia_status status = interval != NULL && s.n > 0 ? dia_resample(&resampling, interval, error) : no_memory(error);
    for (int i = 0; i < m && status == DIA_OK; i++) {
        y->cell[i].low = interval[i].low;
        y->cell[i].high = interval[i].high;
    }
    free(interval);
    return status;
}

/* outcomes: of all trajectories that count; replaced if there are many. */
static dia_status summarise(dia_yields *y, outcome **outcomes, int bootstrap, uint64_t seed, const dia_control *control,
                            dia_error *error)
{
    const int cells = y->nclass * y->nstate, m = cells + y->nclass + y->nstate;
    double *p = dia_allocate((size_t)m, sizeof *p), whole = 0, squares = 0;
    if (p == NULL)
        return no_memory(error);
    for (int j = 0; j < y->counted; j++) {
        const outcome *o = &(*outcomes)[j];
        whole += o->weight;
        squares += o->weight * o->weight;
        y->cell[o->class * y->nstate + o->state].share.count++;
        y->by_class[o->class].share.count++;
        y->by_state[o->state].share.count++;
    }
    y->effective = y->counted > 0 ? whole * whole / squares : 0;
    shares(y, y->counted, *outcomes, NULL, p);
    for (int i = 0; i < m; i++)
        y->cell[i] = (dia_yield){
            .share = dia_share_of(y->cell[i].share.count, p[i] * whole, whole, squares), .low = NAN, .high = NAN};
    const dia_status status =
        bootstrap > 0 && y->counted > 1 ? resample(y, outcomes, p, bootstrap, seed, control, error) : DIA_OK;
    free(p);
    return status;
}

dia_status dia_yields_create(dia_yields *yields, const dia_record *record, const dia_classes *classes, double time,
                             int bootstrap, uint64_t seed, const dia_control *control, dia_error *error)
{
    const int sample = sample_at(record, time);
    *yields = (dia_yields){.nclass = dia_classes_count(classes) + 1,
                           .nstate = record->nstate,
                           .classes = classes,
                           .time = record->time[sample]};
    const size_t nc = (size_t)yields->nclass, ns = (size_t)yields->nstate;
    yields->cell = dia_allocate(nc * ns + nc + ns, sizeof(dia_yield));
    yields->claimed = dia_allocate(nc, sizeof(int));
    outcome *outcomes = dia_allocate((size_t)record->ntrajectory, sizeof *outcomes);
    dia_status status = DIA_OK;
    if (yields->cell == NULL || yields->claimed == NULL || outcomes == NULL)
        status = no_memory(error);
    else if (!isnan(time) && fabs(yields->time - time) > 1e-6 * fmax(1, fabs(time)))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: yields at %g fs: there is no sample at that time; the nearest is at %g fs",
                               record->swarm->path, time, yields->time);
    if (status == DIA_OK) {
        yields->by_class = yields->cell + nc * ns;
        yields->by_state = yields->by_class + nc;
        status = dia_record_need_positions(record, "a product class", error);
    }
    collecting now = {.yields = yields, .record = record, .sample = sample, .outcomes = outcomes};
    if (status == DIA_OK)
        status = dia_record_walk(record, 1, &position, collect, &now, error);
    if (status == DIA_OK)
        status = summarise(yields, &outcomes, bootstrap, seed, control, error);
    free(outcomes);
    if (status != DIA_OK)
        dia_yields_free(yields);
    return status;
}

void dia_yields_free(dia_yields *yields)
{
    free(yields->cell);
    free(yields->claimed);
    *yields = (dia_yields){0};
}
