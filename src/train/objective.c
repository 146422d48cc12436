/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/objective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "diabolo/frame.h"
#include "parallel/team.h"

#define CHUNK DIA_OBJECTIVE_CHUNK

typedef struct member { /* of the team: its own work space */
    dia_tape *tape;
    double *R, *H, *E, *U, *frame_work; /* (CHUNK, ...)                                          */
    double *W, *G;                      /* (npacked, CHUNK, npacked), (npacked, CHUNK, ncart)    */
    double *D;                          /* (npacked, ncart) of one point                         */
    double *Hbar, *dHbar;               /* (npacked), (npacked, ncart) of one point              */
    double *loss_work;
    double *W0, *W1, *V; /* requests of the pullback: (npacked, CHUNK, ...)       */
    int *row;            /* (npacked, CHUNK)                                      */
} member;

struct dia_objective {
    const dia_model *model;
    const dia_dataset *data;
    const dia_control *control;
    void (*listen)(void *context, double done);
    void *listener;
    const dia_characters *characters;
    dia_loss loss;
    dia_shape shape;
    int nthread, nchunk_max;
    member *member;
    double *chunk_value; /* (nchunk_max)         */
    double *chunk_bar;   /* (nchunk_max, ntheta) */
    dia_status *chunk_status;
    /* the call being worked on */
    int n;
    const int *points;
    bool want_bar;
    double *E, *F;
};

static double *numbers(size_t count, bool *good)
{
    double *p = dia_allocate(count, sizeof *p);
    *good = *good && p != NULL;
    return p;
}

static dia_status member_open(dia_objective *o, member *m, dia_error *error)
{
    const size_t n = (size_t)o->shape.nstate, np = (size_t)o->shape.npacked, nc = (size_t)o->shape.ncart;
    bool good = true;
    dia_status status = dia_tape_create(&m->tape, o->model, CHUNK, CHUNK * o->shape.npacked, error);
    if (status != DIA_OK)
        return status;
    m->R = numbers(CHUNK * nc, &good);
    m->H = numbers(CHUNK * np, &good);
    m->E = numbers(CHUNK * n, &good);
    m->U = numbers(CHUNK * n * n, &good);
    m->frame_work = numbers(dia_frame_work((int)n) + 1, &good);
    m->W = numbers(np * CHUNK * np, &good);
    m->G = numbers(np * CHUNK * nc, &good);
    m->D = numbers(np * nc, &good);
    m->Hbar = numbers(np, &good);
    m->dHbar = numbers(np * nc, &good);
    m->loss_work = numbers(dia_loss_work((int)n, (int)nc), &good);
    m->W0 = numbers(np * CHUNK * np, &good);
    m->W1 = numbers(np * CHUNK * np, &good);
    m->V = numbers(np * CHUNK * nc, &good);
    m->row = calloc(np * CHUNK, sizeof *m->row);
    return good && m->row != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to train");
}

static void member_close(member *m)
{
    double *const arrays[] = {m->R, m->H,    m->E,     m->U,         m->frame_work, m->W,  m->G,
                              m->D, m->Hbar, m->dHbar, m->loss_work, m->W0,         m->W1, m->V};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        free(arrays[i]);
    free(m->row);
    dia_tape_free(m->tape);
}

dia_status dia_objective_create(dia_objective **objective, const dia_model *model, const dia_dataset *data,
                                const dia_loss *loss, int point_max, const dia_control *control, dia_error *error)
{
    dia_objective *o = calloc(1, sizeof *o);
    if (o == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to train");
    o->model = model;
    o->data = data;
    o->loss = *loss;
    o->shape = dia_model_shape(model);
    o->control = control;
    o->nthread = dia_team_size(dia_control_threads(control));
    o->nchunk_max = (point_max + CHUNK - 1) / CHUNK;
    o->member = calloc((size_t)o->nthread, sizeof *o->member);
    o->chunk_value = calloc((size_t)o->nchunk_max, sizeof *o->chunk_value);
    o->chunk_status = calloc((size_t)o->nchunk_max, sizeof *o->chunk_status);
    o->chunk_bar = calloc((size_t)o->nchunk_max * (size_t)(o->shape.ntheta + 1), sizeof *o->chunk_bar);
    dia_status status = DIA_OK;
    if (o->member == NULL || o->chunk_value == NULL || o->chunk_bar == NULL || o->chunk_status == NULL)
        status =
            dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the gradients of %d chunks of points", o->nchunk_max);
    for (int t = 0; t < o->nthread && status == DIA_OK; t++)
        status = member_open(o, &o->member[t], error);
    if (status != DIA_OK) {
        dia_objective_free(o);
        return status;
    }
    *objective = o;
    return DIA_OK;
}

void dia_objective_free(dia_objective *o)
{
    if (o == NULL)
        return;
    for (int t = 0; t < o->nthread && o->member != NULL; t++)
        member_close(&o->member[t]);
    free(o->member);
    free(o->chunk_value);
    free(o->chunk_bar);
    free(o->chunk_status);
    free(o);
}

void dia_objective_set_loss(dia_objective *objective, const dia_loss *loss)
{
    objective->loss = *loss;
}

void dia_objective_set_characters(dia_objective *objective, const dia_characters *characters)
{
    objective->characters = characters;
}

/* H, frame and all dH_ij/dR of n points: one hamiltonian and npacked contracts. Request k n + b is element k of point
 * b. */
static dia_status evaluate_model(const dia_objective *o, member *m, int n, const int *points)
{
    const int np = o->shape.npacked, nc = o->shape.ncart;
    for (int b = 0; b < n; b++)
        memcpy(m->R + b * nc, o->data->R + (size_t)points[b] * (size_t)nc, sizeof *m->R * (size_t)nc);
    dia_frame frame = {.batch = n, .nstate = o->shape.nstate, .H = m->H, .E = m->E, .U = m->U};
    dia_status status = dia_model_hamiltonian(o->model, m->tape, n, m->R, m->H);
    if (status == DIA_OK)
        status = dia_frame_solve(&frame, m->frame_work);
    memset(m->W, 0, sizeof *m->W * (size_t)(np * n * np));
    for (int i = 0; i < o->shape.nstate; i++)
        for (int j = 0; j <= i; j++)
            for (int b = 0; b < n; b++) {
                const int k = dia_packed(i, j), q = k * n + b;
                m->row[q] = b;
                m->W[q * np + k] = i == j ? 1.0 : 0.5; /* contract counts an off-diagonal twice */
            }
    return status == DIA_OK ? dia_model_contract(o->model, m->tape, np * n, m->row, m->W, m->G) : status;
}

static void derivatives_of(const dia_objective *o, member *m, int n, int b)
{
    const int nc = o->shape.ncart;
    for (int k = 0; k < o->shape.npacked; k++)
        memcpy(m->D + k * nc, m->G + (k * n + b) * nc, sizeof *m->D * (size_t)nc);
}

/* The requests of the pullback for point b, whose loss counts `weight` times: element k along its own direction dHbar_k;
 * Hbar goes with the first. */
static void request(const dia_objective *o, member *m, int n, int b, double weight)
{
    const int np = o->shape.npacked, nc = o->shape.ncart;
    for (int k = 0; k < np; k++) {
        const int q = k * n + b;
        memset(m->W1 + q * np, 0, sizeof *m->W1 * (size_t)np);
        m->W1[q * np + k] = weight;
        memcpy(m->V + q * nc, m->dHbar + k * nc, sizeof *m->V * (size_t)nc);
        for (int i = 0; i < np; i++)
            m->W0[q * np + i] = k == 0 ? weight * m->Hbar[i] : 0.0;
    }
}

static void reorder(int n, const int *order, const double *e, const double *U, double *to_e, double *to_U)
{
    for (int i = 0; i < n; i++) {
        to_e[i] = e[order[i]];
        for (int k = 0; k < n; k++)
            to_U[k * n + i] = U[k * n + order[i]];
    }
}

/* Brings the model's states at point b of the chunk into the order that symmetry tells; of several, the one that fits
 * best. */
static void match_states(const dia_objective *o, member *m, int b, int point, const dia_label *label)
{
    const int ns = o->shape.nstate, nfit = o->loss.fitted > 0 ? o->loss.fitted : ns;
    double *e = m->E + b * ns, *U = m->U + b * ns * ns, best = INFINITY;
    double to_e[DIA_DATASET_STATES], to_U[DIA_DATASET_STATES * DIA_DATASET_STATES];
    int orders[DIA_CHARACTERS_ORDERS * DIA_DATASET_STATES], chosen = 0;
    const int n = o->characters != NULL ? dia_characters_orders(o->characters, point, nfit, U, orders) : 0;
    for (int w = 0; w < n && n > 1; w++) {
        reorder(ns, orders + w * ns, e, U, to_e, to_U);
        const double value =
            dia_loss_point(&o->loss, ns, o->shape.ncart, to_e, to_U, m->D, label, m->loss_work, NULL, NULL);
        if (value < best) {
            best = value;
            chosen = w;
        }
    }
    if (n == 0)
        return;
    reorder(ns, orders + chosen * ns, e, U, to_e, to_U);
    memcpy(e, to_e, sizeof *e * (size_t)ns);
    memcpy(U, to_U, sizeof *U * (size_t)(ns * ns));
}

int dia_objective_threads(const dia_objective *o)
{
    return o->nthread;
}

const dia_loss *dia_objective_loss(const dia_objective *o)
{
    return &o->loss;
}

const dia_dataset *dia_objective_data(const dia_objective *o)
{
    return o->data;
}

bool dia_objective_stopped(const dia_objective *o)
{
    return dia_control_stopped(o->control);
}

void dia_objective_set_listener(dia_objective *o, void (*listen)(void *context, double done), void *context)
{
    o->listen = listen;
    o->listener = context;
}

void dia_objective_tell(const dia_objective *o, double done)
{
    if (o->listen != NULL)
        o->listen(o->listener, done);
}

dia_status dia_objective_ask(dia_objective *o, int thread, int n, const int *points, dia_answer *answer)
{
    member *m = &o->member[thread];
    *answer = (dia_answer){.tape = m->tape, .E = m->E, .U = m->U, .D = m->D};
    return dia_objective_stopped(o) ? DIA_ERROR_INTERRUPTED : evaluate_model(o, m, n, points);
}

void dia_objective_derivatives(dia_objective *o, int thread, int n, int b, int point)
{
    const dia_label label = dia_dataset_label(o->data, point);
    derivatives_of(o, &o->member[thread], n, b);
    match_states(o, &o->member[thread], b, point, &label);
}

static void loss_task(void *context, int chunk, int thread)
{
    dia_objective *o = context;
    member *m = &o->member[thread];
    const int first = chunk * CHUNK, n = o->n - first < CHUNK ? o->n - first : CHUNK, ns = o->shape.nstate;
    o->chunk_value[chunk] = 0.0;
    o->chunk_status[chunk] =
        dia_control_stopped(o->control) ? DIA_ERROR_INTERRUPTED : evaluate_model(o, m, n, o->points + first);
    for (int b = 0; b < n && o->chunk_status[chunk] == DIA_OK; b++) {
        const dia_label label = dia_dataset_label(o->data, o->points[first + b]);
        derivatives_of(o, m, n, b);
        match_states(o, m, b, o->points[first + b], &label);
        const double weight = dia_dataset_weight(o->data, o->points[first + b]);
        o->chunk_value[chunk] +=
            weight * dia_loss_point(&o->loss, ns, o->shape.ncart, m->E + b * ns, m->U + b * ns * ns, m->D, &label,
                                    m->loss_work, o->want_bar ? m->Hbar : NULL, m->dHbar);
        if (o->want_bar)
            request(o, m, n, b, weight);
    }
    if (!o->want_bar || o->chunk_status[chunk] != DIA_OK)
        return;
    double *bar = o->chunk_bar + (size_t)chunk * (size_t)o->shape.ntheta;
    memset(bar, 0, sizeof *bar * (size_t)o->shape.ntheta);
    o->chunk_status[chunk] =
        dia_model_pullback(o->model, m->tape, n * o->shape.npacked, m->row, m->W0, m->V, m->W1, bar);
}

dia_status dia_objective_evaluate(dia_objective *o, int n, const int *points, double *value, double *theta_bar)
{
    const int nchunk = (n + CHUNK - 1) / CHUNK;
    if (n < 1 || nchunk > o->nchunk_max)
        return DIA_ERROR_INPUT;
    o->n = n;
    o->points = points;
    o->want_bar = theta_bar != NULL;
    dia_team_run(o->nthread, nchunk, loss_task, o);
    *value = 0.0;
    if (theta_bar != NULL)
        memset(theta_bar, 0, sizeof *theta_bar * (size_t)o->shape.ntheta);
    for (int chunk = 0; chunk < nchunk; chunk++) {
        if (o->chunk_status[chunk] != DIA_OK)
            return o->chunk_status[chunk];
        *value += o->chunk_value[chunk] / n;
        const double *bar = o->chunk_bar + (size_t)chunk * (size_t)o->shape.ntheta;
        for (int i = 0; theta_bar != NULL && i < o->shape.ntheta; i++)
            theta_bar[i] += bar[i] / n;
    }
    return DIA_OK;
}

static void predict_task(void *context, int chunk, int thread)
{
    dia_objective *o = context;
    member *m = &o->member[thread];
    const int first = chunk * CHUNK, n = o->n - first < CHUNK ? o->n - first : CHUNK, ns = o->shape.nstate;
    const size_t size = (size_t)o->shape.npacked * (size_t)o->shape.ncart;
    o->chunk_status[chunk] = evaluate_model(o, m, n, o->points + first);
    if (o->chunk_status[chunk] != DIA_OK)
        return;
    for (int b = 0; b < n; b++) {
        derivatives_of(o, m, n, b);
        if (o->E != NULL)
            memcpy(o->E + (first + b) * ns, m->E + b * ns, sizeof *o->E * (size_t)ns);
        if (o->F != NULL)
            dia_loss_transform(ns, o->shape.ncart, m->U + b * ns * ns, m->D, m->loss_work,
                               o->F + (size_t)(first + b) * size);
    }
}

dia_status dia_objective_predict(dia_objective *o, int n, const int *points, double *E, double *F)
{
    const int nchunk = (n + CHUNK - 1) / CHUNK;
    if (nchunk > o->nchunk_max)
        return DIA_ERROR_INPUT;
    o->n = n;
    o->points = points;
    o->E = E;
    o->F = F;
    dia_team_run(o->nthread, nchunk, predict_task, o);
    for (int chunk = 0; chunk < nchunk; chunk++)
        if (o->chunk_status[chunk] != DIA_OK)
            return o->chunk_status[chunk];
    return DIA_OK;
}
