/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "diabolo/dynamics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dynamics/ahead.h"
#include "dynamics/doubt.h"
#include "dynamics/drive.h"
#include "dynamics/internal.h"
#include "dynamics/options.h"
#include "dynamics/registry.h"
#include "dynamics/stop.h"
#include "dynamics/thermostat.h"
#include "electronic/propagate.h"
#include "model/front.h"

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

void dia_block_place_frames(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    s->frame.H = w->rows[ROW_H].now;
    s->frame.E = w->rows[ROW_E].now;
    s->frame.U = w->rows[ROW_U].now;
    w->before.H = w->rows[ROW_H].old;
    w->before.E = w->rows[ROW_E].old;
    w->before.U = w->rows[ROW_U].old;
}

/* Real arrays of the trajectories, two copies each, and the pointers to them in dia_block. */
static bool make_rows(dia_block *s, const dia_shape *shape, size_t hop_memory, size_t decoherence_memory)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t ncart = (size_t)s->ncart, n = (size_t)s->nstate, npacked = (size_t)s->npacked;
    s->frame = (dia_frame){.nstate = s->nstate, .hermitian = dia_hermitian(shape)};
    size_t widths[ROWS] = {
        [ROW_R] = ncart,
        [ROW_V] = ncart,
        [ROW_G] = ncart,
        [ROW_C] = 2 * n,
        [ROW_H] = npacked,
        [ROW_E] = n,
        [ROW_U] = dia_frame_matrix(&s->frame),
        [ROW_POTENTIAL] = 1,
        [ROW_KINETIC] = 1,
        [ROW_ENERGY0] = 1,
        [ROW_WORK] = s->dynamics->light != NULL,
        [ROW_MU] = s->dynamics->light != NULL ? 3 * npacked : 0,
        [ROW_FIELD] = dia_drive_pulls(s->dynamics) ? ncart : 0,
        [ROW_HDOT] = s->dynamics->hop->needs_hdot ? npacked : 0,
        [ROW_HOP] = hop_memory,
        [ROW_DECOHERENCE] = decoherence_memory,
        [ROW_STOP] = s->dynamics->stops != NULL ? 3 : 0,
        [ROW_DOUBT] = dia_doubt_width(s->dynamics, s->model),
        [ROW_THERMOSTAT] = s->dynamics->thermostat != NULL && s->dynamics->thermostat->ends != NULL ? DIA_CHAIN : 0,
    };
    widths[ROW_PAST] = dia_ahead_width(s->dynamics, widths);
    for (int i = 0; i < ROWS; i++) {
        if (widths[i] > SIZE_MAX / sizeof(double) / (size_t)s->capacity)
            return false;
        const size_t bytes = (size_t)s->capacity * widths[i] * sizeof(double);
        const bool twice = i != ROW_PAST;
        w->rows[i] =
            (dia_rows){dia_arena_get(w->arena, bytes), twice ? dia_arena_get(w->arena, bytes) : NULL, widths[i]};
        if (w->rows[i].now == NULL || (twice && w->rows[i].old == NULL))
            return false;
    }
    s->R = w->rows[ROW_R].now;
    s->V = w->rows[ROW_V].now;
    s->G = w->rows[ROW_G].now;
    s->c = w->rows[ROW_C].now;
    s->potential = w->rows[ROW_POTENTIAL].now;
    s->kinetic = w->rows[ROW_KINETIC].now;
    s->energy0 = w->rows[ROW_ENERGY0].now;
    s->work = s->dynamics->light != NULL ? w->rows[ROW_WORK].now : NULL;
    w->before = s->frame;
    dia_block_place_frames(s);
    return true;
}

static double *reals(dia_block *s, size_t count)
{
    return dia_arena_get(s->scratch->arena, count * sizeof(double));
}

static int *integers(dia_block *s, size_t count)
{
    return dia_arena_get(s->scratch->arena, count * sizeof(int));
}

static bool make_scratch(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t B = (size_t)s->capacity, ncart = (size_t)s->ncart, n = (size_t)s->nstate, npacked = (size_t)s->npacked;
    s->trajectory = dia_arena_get(w->arena, B * sizeof *s->trajectory);
    s->fate = dia_arena_get(w->arena, B * sizeof *s->fate);
    return s->trajectory != NULL && s->fate != NULL && (s->mass = reals(s, ncart)) != NULL &&
           (s->active = integers(s, B)) != NULL && (w->flying = integers(s, B)) != NULL &&
           (w->part = dia_arena_get(w->arena, B)) != NULL && (w->unresolved = dia_arena_get(w->arena, B)) != NULL &&
           (w->event = dia_arena_get(w->arena, B)) != NULL && (w->events = integers(s, B)) != NULL &&
           (w->pieces = dia_arena_get(w->arena, B * sizeof *w->pieces)) != NULL &&
           (w->margin = reals(s, 2 * B)) != NULL && (w->again = integers(s, (DIA_HALVINGS + 1) * B)) != NULL &&
           (w->whole = integers(s, B)) != NULL && (w->origin = integers(s, B * n)) != NULL &&
           (w->inverse = integers(s, n)) != NULL && (w->active_before = integers(s, B)) != NULL &&
           (w->tape_row = integers(s, B)) != NULL && (w->request = integers(s, B)) != NULL &&
           (w->plain = integers(s, B)) != NULL && (w->hopper = integers(s, B)) != NULL &&
           (w->target = integers(s, B)) != NULL && (w->batch_R = reals(s, B * ncart)) != NULL &&
           (w->batch_H = reals(s, B * npacked)) != NULL && (w->W = reals(s, B * npacked + 8)) != NULL &&
           (w->answer = reals(s, B * larger(ncart, npacked))) != NULL && (w->arrival = reals(s, ncart)) != NULL &&
           (w->meeting = reals(s, ncart)) != NULL && (w->rigid = reals(s, 6 * ncart)) != NULL &&
           (w->coupling = reals(s, B * ncart)) != NULL && (w->gradient = reals(s, B * ncart)) != NULL &&
           (w->T = reals(s, B * 2 * n * n)) != NULL && (w->c_before = reals(s, B * 2 * n)) != NULL &&
           (w->c_after = reals(s, B * 2 * n)) != NULL && (w->uniform = reals(s, B)) != NULL &&
           (w->masses = reals(s, B * ncart)) != NULL &&
           (w->work = reals(s, larger(dia_frame_work(s->nstate), dia_propagator_work(s->nstate)))) != NULL &&
           (w->atoms = integers(s, 2 * ncart)) != NULL;
}

static dia_status make_stops(dia_block *s, dia_error *error)
{
    const dia_stops *stops = s->dynamics->stops;
    if (stops == NULL)
        return DIA_OK;
    s->scratch->stops = dia_arena_get(s->scratch->arena, (size_t)stops->n * sizeof *s->scratch->stops);
    if (s->scratch->stops == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the conditions of dynamics.stop");
    dia_status status = DIA_OK;
    for (int i = 0; i < stops->n && status == DIA_OK; i++)
        status = dia_stop_resolve(&s->scratch->stops[i], &stops->condition[i], s->model, error);
    return status;
}

static dia_status contract(const dia_step_view *view, int n, const int *row, const double *W, double *gradients)
{
    return dia_block_contract(view->block, n, row, W, gradients);
}

static dia_status couplings(const dia_step_view *view, int k, const double **h)
{
    *h = view->block->scratch->coupling;
    return dia_block_couplings(view->block, k);
}

static void vibration(const dia_step_view *view, int b, double *h)
{
    dia_block_vibration(view->block, b, h);
}

/* Steps are counted from 1 here: 0 is the start. */
static double random_number(const dia_step_view *view, int b, int i)
{
    const dia_block *s = view->block;
    return dia_rng_uniform(s->dynamics->seed, (uint64_t)s->trajectory[b], dia_ahead_key(s, b, (uint64_t)view->step),
                           (dia_purpose)view->stream, (uint32_t)i + (s->scratch->piece << 18));
}

static void make_view(dia_block *s)
{
    const struct dia_block_scratch *w = s->scratch;
    const bool hdot = s->dynamics->hop->needs_hdot;
    s->scratch->view = (dia_step_view){
        .nstate = s->nstate,
        .ncart = s->ncart,
        .npacked = s->npacked,
        .flying = w->flying,
        .dt = s->dynamics->timestep,
        .tolerance = s->dynamics->substep_tolerance,
        .mass = s->mass,
        .before = &w->before,
        .after = &s->frame,
        .c_before = w->c_before,
        .c_after = w->c_after,
        .T = w->T,
        .dH = hdot ? w->rows[ROW_HDOT].now : NULL,
        .dH_before = hdot ? w->rows[ROW_HDOT].old : NULL,
        .active = s->active,
        .position = s->R,
        .velocity = s->V,
        .gradient = s->G,
        .kinetic = s->kinetic,
        .position_before = w->rows[ROW_R].old,
        .velocity_before = w->rows[ROW_V].old,
        .uniform = w->uniform,
        .random = random_number,
        .contract = contract,
        .couplings = couplings,
        .vibration = vibration,
        .W = w->W,
        .answers = w->answer,
        .origin = w->origin,
        .work = w->work,
        .block = s,
    };
}

const dia_step_view *dia_block_view(dia_block *s, dia_purpose stream)
{
    dia_step_view *view = &s->scratch->view;
    view->batch = s->count;
    view->nflying = s->scratch->nflying;
    view->stream = stream;
    return view;
}

dia_status dia_precision_fit(const dia_dynamics *dynamics, const dia_model *model, dia_error *error)
{
    if (dynamics->precision == 0 || dia_model_type_of(model)->single != NULL)
        return DIA_OK;
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "dynamics.precision: only networks compute in single precision, and the model is of type '%s'; "
        "expected double",
        dia_model_name(model));
}

dia_status dia_block_create(dia_block **block, const dia_model *model, const dia_dynamics *dynamics, int capacity,
                            dia_error *error)
{
    const dia_shape shape = dia_model_shape(model);
    const dia_molecule *molecule = dia_model_molecule(model);
    size_t hop_memory, decoherence_memory;
    *block = NULL;
    if (capacity < 1)
        return dia_error_set(error, DIA_ERROR_INPUT, "a block has room for 1 trajectory or more, not for %d", capacity);
    dia_status status = dia_precision_fit(dynamics, model, error);
    if (status == DIA_OK)
        status = dia_hop_check(dynamics, molecule, shape.nstate, error);
    if (status == DIA_OK)
        status = dia_dynamics_prepare(dynamics, &shape, &hop_memory, &decoherence_memory, error);
    if (status != DIA_OK)
        return status;
    dia_block *s = calloc(1, sizeof *s);
    struct dia_block_scratch *w = calloc(1, sizeof *w);
    if (s != NULL)
        s->scratch = w;
    if (s == NULL || w == NULL || (w->arena = dia_arena_create()) == NULL) {
        if (s == NULL)
            free(w);
        dia_block_free(s);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a block of trajectories");
    }
    s->model = model;
    s->dynamics = dynamics;
    s->capacity = capacity;
    s->nstate = shape.nstate;
    s->ncart = shape.ncart;
    s->npacked = shape.npacked;
    if (!make_rows(s, &shape, hop_memory, decoherence_memory) || !make_scratch(s) || !dia_ahead_make(s)) {
        dia_block_free(s);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a block of %d trajectories", capacity);
    }
    for (int c = 0; c < s->ncart; c++)
        s->mass[c] = molecule->masses[c / molecule->dimension];
    for (int i = 0; i < capacity * s->ncart; i++)
        w->masses[i] = s->mass[i % s->ncart];
    make_view(s);
    status = make_stops(s, error);
    if (status == DIA_OK)
        status = dia_drive_make(s, error);
    if (status == DIA_OK)
        status = dia_doubt_create(&w->doubt, s, error);
    if (status == DIA_OK)
        status = dia_tape_create_hermitian(&w->tape, model, capacity, capacity, error);
    if (status != DIA_OK) {
        dia_block_free(s);
        return status;
    }
    if (dynamics->precision != 0)
        (void)dia_tape_single(w->tape);
    *block = s;
    return DIA_OK;
}

void dia_block_free(dia_block *block)
{
    if (block == NULL)
        return;
    if (block->scratch != NULL) {
        dia_tape_free(block->scratch->tape);
        dia_doubt_free(block->scratch->doubt);
        dia_arena_free(block->scratch->arena);
        free(block->scratch);
    }
    free(block);
}

static void set_count(dia_block *s, int count)
{
    s->count = count;
    s->frame.batch = count;
    s->scratch->before.batch = count;
}

/* Amplitudes of row b at the start: those given (nstate, 2; diabatic), else the active state, unless the hopping method
 * changes them. */
static void start_electrons(dia_block *s, int b, const double *given)
{
    const dia_dynamics *d = s->dynamics;
    const int n = s->nstate;
    double *a = s->scratch->c_after + 2 * b * n;
    memset(a, 0, (size_t)(2 * n) * sizeof *a);
    if (given != NULL)
        dia_frame_adiabatic(&s->frame, b, given, a);
    else
        a[2 * s->active[b]] = 1.0;
    if (d->hop->start != NULL)
        d->hop->start(d->hop_self, dia_block_view(s, DIA_PURPOSE_METHOD), b, dia_block_memory(s, ROW_HOP, b), a,
                      &s->active[b]);
    dia_frame_diabatic(&s->frame, b, a, s->c + 2 * b * n);
}

static void start_decoherence(dia_block *s)
{
    const dia_dynamics *d = s->dynamics;
    for (int q = 0; d->decoherence != NULL && d->decoherence->start != NULL && q < s->scratch->nflying; q++)
        d->decoherence->start(d->decoherence_self, dia_block_view(s, DIA_PURPOSE_DECOHERENCE), s->scratch->flying[q],
                              dia_block_memory(s, ROW_DECOHERENCE, s->scratch->flying[q]));
}

/* c (count, nstate, 2), or NULL. */
static dia_status check_amplitudes(int nstate, int count, const int64_t *trajectory, const double *c, dia_error *error)
{
    for (int b = 0; c != NULL && b < count; b++) {
        double norm = 0.0;
        for (int i = 0; i < 2 * nstate; i++)
            norm += c[2 * b * nstate + i] * c[2 * b * nstate + i];
        if (!(fabs(norm - 1.0) <= 1e-6))
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "trajectory %lld cannot start with amplitudes of norm %.9g, expected 1",
                                 (long long)trajectory[b], norm);
    }
    return DIA_OK;
}

dia_status dia_block_start(dia_block *block, int count, const int64_t *trajectory, const double *R, const double *V,
                           const int *state, dia_error *error)
{
    return dia_block_start_amplitudes(block, count, trajectory, R, V, state, NULL, error);
}

dia_status dia_block_start_amplitudes(dia_block *block, int count, const int64_t *trajectory, const double *R,
                                      const double *V, const int *state, const double *c, dia_error *error)
{
    dia_block *s = block;
    if (count < 0 || count > s->capacity)
        return dia_error_set(error, DIA_ERROR_INPUT, "%d trajectories do not fit a block of %d", count, s->capacity);
    for (int b = 0; b < count; b++)
        if (state[b] < 0 || state[b] >= s->nstate)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "trajectory %lld cannot start in state %d: the model has states 0 to %d",
                                 (long long)trajectory[b], state[b], s->nstate - 1);
    for (int b = 0; b < count; b++)
        if (!dia_state_permitted(s->dynamics, state[b]))
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "trajectory %lld cannot start in state %d: dynamics.states does not name it",
                                 (long long)trajectory[b], state[b]);
    if (check_amplitudes(s->nstate, count, trajectory, c, error) != DIA_OK)
        return DIA_ERROR_INPUT;
    for (int i = 0; i < ROWS; i++) {
        const dia_rows *rows = &s->scratch->rows[i];
        memset(rows->now, 0, (size_t)s->capacity * rows->width * sizeof(double));
        if (rows->old != NULL)
            memset(rows->old, 0, (size_t)s->capacity * rows->width * sizeof(double));
    }
    set_count(s, count);
    s->step = 0;
    s->scratch->view.time = s->scratch->now = 0.0;
    s->scratch->view.step = 0;
    s->scratch->piece =
        0; /* else the random numbers of a start were those of the piece in which the rows before it ended */
    for (int b = 0; b < count; b++) {
        s->trajectory[b] = trajectory[b];
        s->active[b] = state[b];
        s->fate[b] = DIA_FATE_FLYING;
        s->scratch->part[b] = 1;
        dia_crossing_begin(s, b);
        if (s->scratch->ahead != NULL)
            s->scratch->ahead->round[b] = 0;
    }
    const size_t bytes = (size_t)count * (size_t)s->ncart * sizeof(double);
    memcpy(s->R, R, bytes);
    memcpy(s->V, V, bytes);
    memcpy(s->scratch->rows[ROW_R].old, R, bytes); /* for rows that end at once */
    memcpy(s->scratch->rows[ROW_V].old, V, bytes);

    dia_block_list_flying(s);
    dia_status status = dia_block_hamiltonian(s);
    for (int q = 0; status == DIA_OK && q < s->scratch->nflying; q++) {
        const int b = s->scratch->flying[q];
        start_electrons(s, b, c != NULL ? c + 2 * b * s->nstate : NULL);
    }
    if (status == DIA_OK)
        status = dia_block_forces(s);
    if (status == DIA_OK)
        dia_block_energies(s);
    if (status == DIA_OK && s->dynamics->hop->needs_hdot)
        status = dia_block_derivative(s, s->scratch->nflying, s->scratch->flying);
    if (status == DIA_OK)
        start_decoherence(s);
    if (status == DIA_OK)
        status = dia_doubt_look(s);
    if (status != DIA_OK)
        return dia_error_set(error, status, "the model cannot be evaluated for a block of %d trajectories", count);
    for (int b = 0; b < count; b++)
        s->energy0[b] = s->potential[b] + s->kinetic[b];
    dia_block_settle_fates(s);
    return DIA_OK;
}

int dia_block_flying(const dia_block *block)
{
    int n = 0;
    for (int b = 0; b < block->count; b++)
        n += block->fate[b] == DIA_FATE_FLYING;
    return n;
}

void dia_block_mapping(const dia_block *block, int b, double *norm, double *weight)
{
    const dia_dynamics *d = block->dynamics;
    const double *memory = dia_block_memory(block, ROW_HOP, b);
    *norm = d->hop->norm != NULL ? d->hop->norm(d->hop_self, memory) : 1.0;
    *weight = d->hop->start_weight != NULL ? d->hop->start_weight(d->hop_self, memory) : 1.0;
}

void dia_block_amplitudes(const dia_block *block, int b, double *c_adiabatic)
{
    dia_frame_adiabatic(&block->frame, b, block->c + 2 * b * block->nstate, c_adiabatic);
}
