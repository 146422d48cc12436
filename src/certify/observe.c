/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certify/observe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/populations/estimators.h"
#include "base/arena.h"
#include "diabolo/frame.h"
#include "diabolo/swarm.h"
#include "electronic/sign.h"
#include "swarm/file/table.h"

const char *const dia_compared_names[] = {"outcomes", "adiabatic", "diabatic"};

static dia_status no_memory(dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a certificate");
}

/* ---- the exact answer ------------------------------------------------------------------------ */

/* Probabilities of the only wave that came in; channels are ordered as outcomes are. */
static dia_status waves(const dia_target *target, const dia_exact_record *r, dia_error *error)
{
    if (r->energies != 1)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "exact: a swarm starts with one momentum: expected one energy, found %lld",
                             (long long)r->energies);
    const int from = (int)r->scattering_incoming[0];
    for (int c = 0; c < target->m; c++) {
        const double *S = r->scattering_matrix + 2 * (c * target->m + from);
        target->value[c] = S[0] * S[0] + S[1] * S[1];
    }
    return DIA_OK;
}

static dia_status choose(dia_target *target, const dia_exact_record *r, bool stops, dia_error *error)
{
    target->ends = r->energies > 0;
    if (target->ends && !stops)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "dynamics.stop: waves have probabilities to leave at either end; a swarm needs conditions "
                             "that say where these are, as {reflected: x < -10 bohr, transmitted: x > 10 bohr}");
    target->what = stops ? DIA_COMPARED_OUTCOMES : r->active != NULL ? DIA_COMPARED_ADIABATIC : DIA_COMPARED_DIABATIC;
    if (stops && !target->ends && r->channels < 1)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "dynamics.stop: the exact dynamics counted no outcomes; the engine grid does, of conditions "
            "on coordinates. Without `stop` populations are compared");
    if (!stops && r->active == NULL && r->diabatic == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "exact: the engine gives no populations");
    return DIA_OK;
}

static dia_status name_channels(dia_target *target, const dia_exact_record *r, int channels, dia_error *error)
{
    static const char *const ends[] = {"lower end", "upper end"};
    if (channels > DIA_CHANNELS)
        return dia_error_set(error, DIA_ERROR_INPUT, "dynamics.stop: at most %d conditions can be compared",
                             DIA_CHANNELS - 1);
    for (int c = 0; c < channels; c++) {
        char *name = target->channel[c];
        if (target->ends)
            snprintf(name, sizeof target->channel[c], "%s", ends[c]);
        else if (c == channels - 1 ||
                 !dia_stop_conditions_name(r->head.stop_conditions, c, sizeof target->channel[c], name))
            snprintf(name, sizeof target->channel[c], "%s", DIA_OUTCOME_INSIDE);
    }
    return DIA_OK;
}

static dia_status reserve(dia_target *target, dia_error *error)
{
    target->value = dia_allocate((size_t)target->m, sizeof(double));
    target->weight = dia_allocate((size_t)target->m, sizeof(double));
    if (target->value == NULL || target->weight == NULL)
        return no_memory(error);
    for (int i = 0; i < target->m; i++)
        target->weight[i] = 0.5 / (double)target->samples;
    return DIA_OK;
}

dia_status dia_target_make(dia_target *target, const dia_exact_result *exact, bool stops, dia_error *error)
{
    const dia_exact_record *r = exact->record;
    *target = (dia_target){.nstate = r->nstate, .change = NAN};
    dia_status status = choose(target, r, stops, error);
    if (status != DIA_OK)
        return status;
    const int channels = !stops ? 1 : target->ends ? 2 : (int)r->channels;
    target->samples = stops ? 1 : r->samples - 1;
    target->m = (int)target->samples * r->nstate * channels;
    if (stops)
        status = name_channels(target, r, channels, error);
    if (status == DIA_OK)
        status = reserve(target, error);
    if (status == DIA_OK && target->ends) {
        target->change = r->scattering_change[0];
        return waves(target, r, error);
    }
    for (int i = 0; i < exact->changes; i++)
        target->change = fmax(isnan(target->change) ? 0.0 : target->change, exact->change[i]);
    const double *populations = target->what == DIA_COMPARED_ADIABATIC ? r->active : r->diabatic;
    const double *from = stops ? r->outcome + (r->samples - 1) * target->m : populations + r->nstate;
    if (status == DIA_OK)
        memcpy(target->value, from, (size_t)target->m * sizeof(double));
    return status;
}

void dia_target_free(dia_target *target)
{
    free(target->value);
    free(target->weight);
    *target = (dia_target){0};
}

/* ---- a swarm --------------------------------------------------------------------------------- */

typedef struct view { /* of a swarm file */
    const dia_target *target;
    const dia_swarm *swarm;
    const dia_model *model;
    dia_population_rule rule;
    int8_t *active; /* (N, T) */
    double *x;      /* (N, m) */
} view;

/* The end that a condition is about: 0, x < ...; 1, x > ...; -1: another condition. */
static int end_of(const dia_swarm *swarm, int stop)
{
    const char *p = swarm->stop_conditions;
    for (int k = 0; k < stop; k++)
        p += strcspn(p, "\n") + 1;
    p += strcspn(p, ":\n");
    const size_t length = strcspn(p, "\n");
    if (memchr(p, '|', length) != NULL)
        return -1;
    return memchr(p, '<', length) != NULL ? 0 : memchr(p, '>', length) != NULL ? 1 : -1;
}

static double start_weight(const view *v, size_t j)
{
    return v->swarm->start_weight != NULL ? v->swarm->start_weight[j] : 1.0;
}

/* Adiabatic populations x (n) of trajectory j at sample t, x being zero: c (T, n, 2) amplitudes of all its samples, if the method's
 * populations are those. */
static void shares(const view *v, size_t j, size_t t, const double *c, double *x)
{
    const size_t T = (size_t)v->swarm->T, n = (size_t)v->swarm->nstate;
    if (!v->rule.amplitudes) {
        x[v->active[j * T + t]] = 1.0;
        return;
    }
    for (size_t k = 0; k < n; k++)
        x[k] = c[2 * (t * n + k)] * c[2 * (t * n + k)] + c[2 * (t * n + k) + 1] * c[2 * (t * n + k) + 1];
    dia_population_share(&v->rule, start_weight(v, j), (int)n, x);
}

/* Calls `see` for each trajectory. */
static dia_status walk(const view *v, void (*see)(const view *v, size_t j, const double *c), dia_error *error)
{
    const dia_swarm *swarm = v->swarm;
    const size_t width = 2 * (size_t)swarm->T * (size_t)swarm->nstate;
    const int64_t slab = dia_swarm_slab(swarm, width);
    double *c = NULL;
    if (v->rule.amplitudes && !swarm->full)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "output.trajectories: the populations of this method are those of its amplitudes; expected "
            "true");
    if (v->rule.amplitudes && (c = dia_allocate((size_t)slab * width, sizeof *c)) == NULL)
        return no_memory(error);
    dia_status status = DIA_OK;
    for (int64_t first = 0; first < swarm->N && status == DIA_OK; first += slab) {
        const int64_t count = swarm->N - first < slab ? swarm->N - first : slab;
        if (v->rule.amplitudes)
            status = dia_swarm_rows(swarm, "trajectories/amplitudes", first, count, c, error);
        for (size_t j = 0; j < (size_t)count && status == DIA_OK; j++)
            see(v, (size_t)first + j, c != NULL ? c + j * width : NULL);
    }
    free(c);
    return status;
}

static void see_end(const view *v, size_t j, const double *c)
{
    const dia_swarm *swarm = v->swarm;
    const size_t n = (size_t)swarm->nstate;
    const bool stopped = swarm->fate[j] == DIA_FATE_STOPPED;
    const int own = stopped ? swarm->stop[j] : dia_swarm_stops(swarm);
    const int channel = !v->target->ends ? own : stopped ? end_of(swarm, own) : -1;
    if (channel >= 0 && swarm->fate[j] != DIA_FATE_DISSOCIATED)
        shares(v, j, (size_t)swarm->T - 1, c, v->x + j * (size_t)v->target->m + (size_t)channel * n);
}

static dia_status see_outcomes(const view *v, dia_error *error)
{
    const dia_swarm *swarm = v->swarm;
    const int stops = dia_swarm_stops(swarm);
    bool fits = v->target->ends || v->target->m == (stops + 1) * swarm->nstate;
    for (int i = 0; i < stops && v->target->ends; i++)
        fits = fits && end_of(swarm, i) >= 0;
    if (!fits)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "dynamics.stop: the exact outcomes are those of %s: expected no other conditions",
                             v->target->ends ? "the two ends, x < LIMIT and x > LIMIT" : "conditions on coordinates");
    return walk(v, see_end, error);
}

static void see_adiabatic(const view *v, size_t j, const double *c)
{
    const size_t T = (size_t)v->swarm->T, n = (size_t)v->swarm->nstate;
    for (size_t t = 1; t < T; t++)
        shares(v, j, t, c, v->x + (j * (T - 1) + t - 1) * n);
}

typedef struct sight { /* work space for diabatic populations at the samples of one trajectory */
    dia_tape *tape;
    dia_frame frame;
    double *work, *R, *c, *unused;
} sight;

static dia_status sight_open(sight *s, const view *v, int64_t slab, dia_error *error)
{
    const dia_shape shape = dia_model_shape(v->model);
    s->frame = (dia_frame){.batch = 1, .nstate = shape.nstate, .hermitian = dia_hermitian(&shape)};
    const size_t n = (size_t)shape.nstate, p = (size_t)shape.npacked, rows = (size_t)slab;
    const bool there = DIA_PARTS({&s->frame.H, p}, {&s->frame.E, n}, {&s->frame.U, dia_frame_matrix(&s->frame)},
                                 {&s->work, dia_frame_work((int)n)}, {&s->unused, 2 * n},
                                 {&s->R, rows * dia_swarm_row_size(v->swarm, "trajectories/position")},
                                 {&s->c, rows * dia_swarm_row_size(v->swarm, "trajectories/amplitudes")});
    return there ? dia_tape_create_hermitian(&s->tape, v->model, 1, 1, error) : no_memory(error);
}

/* Of trajectory j at sample t; c0, c: amplitudes at the start and at this sample. */
static dia_status see_sample(const view *v, sight *s, size_t j, size_t t, const double *R, const double *c0,
                             const double *c, double *x)
{
    const int n = v->swarm->nstate, active = v->active[j * (size_t)v->swarm->T + t];
    dia_status status = dia_model_hamiltonian(v->model, s->tape, 1, R, s->frame.H);
    if (status == DIA_OK)
        status = dia_frame_solve(&s->frame, s->work);
    dia_frame_settle(&s->frame);
    double *electronic = v->rule.amplitudes ? x : s->unused, *mixed = v->rule.amplitudes ? s->unused : x;
    const dia_counting how = {
        .rule = &v->rule, .coherence = dia_population_coherence(&v->rule, c0), .start_weight = start_weight(v, j)};
    dia_diabatic_populations(&how, &s->frame, 0, active, c, s->unused + n, electronic, mixed);
    return status;
}

static dia_status see_diabatic(const view *v, dia_error *error)
{
    const dia_swarm *swarm = v->swarm;
    const size_t T = (size_t)swarm->T, n = (size_t)swarm->nstate,
                 width = dia_swarm_row_size(swarm, "trajectories/position") / T;
    const int64_t slab = dia_swarm_slab(swarm, T * width);
    sight s = {0};
    if (!swarm->full)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "output.trajectories: diabatic populations need positions and "
                             "amplitudes; expected true");
    dia_status status = sight_open(&s, v, slab, error);
    for (int64_t first = 0; first < swarm->N && status == DIA_OK; first += slab) {
        const int64_t count = swarm->N - first < slab ? swarm->N - first : slab;
        status = dia_swarm_rows(swarm, "trajectories/position", first, count, s.R, error);
        if (status == DIA_OK)
            status = dia_swarm_rows(swarm, "trajectories/amplitudes", first, count, s.c, error);
        for (size_t j = 0; j < (size_t)count && status == DIA_OK; j++)
            for (size_t t = 1, row = (size_t)first + j; t < T && status == DIA_OK; t++)
                status = see_sample(v, &s, row, t, s.R + (j * T + t) * width, s.c + j * T * 2 * n,
                                    s.c + (j * T + t) * 2 * n, v->x + (row * (T - 1) + t - 1) * n);
    }
    dia_tape_free(s.tape);
    free(s.frame.H);
    return status;
}

static void leave_out(const view *v)
{
    for (int64_t j = 0; j < v->swarm->N; j++)
        for (int i = 0; i < v->target->m && !dia_fate_counts(v->swarm->fate[j]); i++)
            v->x[j * v->target->m + i] = NAN;
}

/* Where populations are ratios: contributions -> values whose means they are. The sums are over the states, of outcomes over all channels
 * as well. */
static dia_status linearise(const view *v, dia_error *error)
{
    const dia_swarm *swarm = v->swarm;
    const int m = v->target->m, group = v->target->what == DIA_COMPARED_OUTCOMES ? m : swarm->nstate;
    double *mean = dia_allocate((size_t)m, sizeof *mean);
    int64_t counted = 0;
    if (mean == NULL)
        return no_memory(error);
    for (int64_t j = 0; j < swarm->N; j++) {
        counted += dia_fate_counts(swarm->fate[j]);
        for (int i = 0; i < m && dia_fate_counts(swarm->fate[j]); i++)
            mean[i] += v->x[j * m + i];
    }
    for (int i = 0; i < m; i++)
        mean[i] /= (double)counted;
    for (int64_t j = 0; j < swarm->N; j++)
        for (int i = 0; i < m; i += group)
            dia_population_linear(group, mean + i, v->x + j * m + i);
    free(mean);
    return DIA_OK;
}

static dia_status see(view *v, dia_error *error)
{
    const dia_swarm *swarm = v->swarm;
    const dia_target *target = v->target;
    const size_t N = (size_t)swarm->N;
    if (swarm->nstate != target->nstate || (target->what != DIA_COMPARED_OUTCOMES && swarm->T - 1 != target->samples))
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: %lld samples of %d states, the exact dynamics has %lld of %d",
                             swarm->path, (long long)swarm->T, swarm->nstate, (long long)target->samples + 1,
                             target->nstate);
    v->active = dia_allocate(N * (size_t)swarm->T, 1);
    v->x = dia_allocate(N * (size_t)target->m, sizeof *v->x);
    if (v->active == NULL || v->x == NULL)
        return no_memory(error);
    dia_status status = dia_swarm_active(swarm, 0, swarm->N, v->active, error);
    if (status == DIA_OK && target->what == DIA_COMPARED_OUTCOMES)
        status = see_outcomes(v, error);
    else if (status == DIA_OK && target->what == DIA_COMPARED_DIABATIC)
        status = see_diabatic(v, error);
    else if (status == DIA_OK)
        status = walk(v, see_adiabatic, error);
    if (status == DIA_OK && dia_population_ratio(&v->rule))
        status = linearise(v, error);
    if (status == DIA_OK)
        leave_out(v);
    return status;
}

dia_status dia_observe(const dia_target *target, const char *path, const dia_model *model, int *n, double **x,
                       dia_error *error)
{
    dia_swarm *swarm = NULL;
    view v = {.target = target, .model = model};
    *x = NULL;
    dia_status status = dia_swarm_open(&swarm, path, error);
    v.swarm = swarm;
    if (status == DIA_OK && !dia_population_parse(swarm->populations, &v.rule))
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: attribute 'populations' is not a rule that is known", path);
    if (status == DIA_OK) {
        *n = (int)swarm->N;
        status = see(&v, error);
    }
    free(v.active);
    dia_swarm_close(swarm);
    if (status == DIA_OK)
        *x = v.x;
    else
        free(v.x);
    return status;
}
