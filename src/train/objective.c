/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/objective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "diabolo/frame.h"
#include "math/lanes.h"
#include "parallel/team.h"

#define CHUNK DIA_OBJECTIVE_CHUNK
enum {
    PANEL = 8, /* points whose gradients a model gives at once */
    SUMS = 64  /* parameters that are summed at once */
};

typedef struct member { /* of the team: its own work space */
    dia_tape *tape;
    double *R, *E, *U, *frame_work; /* (CHUNK, ...)                                          */
    double *H;                      /* (PANEL, npacked)                                      */
    double *D;                      /* (CHUNK, npacked, ncart)                               */
    double *Hbar, *dHbar;           /* (PANEL, npacked), (PANEL, npacked, ncart)             */
    double *loss_work;
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
    m->H = numbers(PANEL * np, &good);
    m->E = numbers(CHUNK * n, &good);
    m->U = numbers(CHUNK * n * n, &good);
    m->frame_work = numbers(dia_frame_work((int)n) + 1, &good);
    m->D = numbers(CHUNK * np * nc, &good);
    m->Hbar = numbers(PANEL * np, &good);
    m->dHbar = numbers(PANEL * np * nc, &good);
    m->loss_work = numbers(dia_loss_work((int)n, (int)nc), &good);
    return good ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to train");
}

static void member_close(member *m)
{
    double *const arrays[] = {m->R, m->H, m->E, m->U, m->frame_work, m->D, m->Hbar, m->dHbar, m->loss_work};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        free(arrays[i]);
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

/* The geometries of a chunk go to the model, which gives H and its derivatives panel by panel. */
static dia_status place(const dia_objective *o, member *m, int n, const int *points)
{
    const int nc = o->shape.ncart;
    for (int b = 0; b < n; b++)
        memcpy(m->R + b * nc, o->data->R + (size_t)points[b] * (size_t)nc, sizeof *m->R * (size_t)nc);
    return dia_model_hamiltonian(o->model, m->tape, n, m->R, NULL);
}

static int panel_size(int n, int first)
{
    return n - first < PANEL ? n - first : PANEL;
}

static double *derivatives_of(const dia_objective *o, const member *m, int b)
{
    return m->D + b * o->shape.npacked * o->shape.ncart;
}

/* States, and all dH_ij/dR, of the panel that begins with point `first` of the chunk. */
static dia_status differentiate(const dia_objective *o, const member *m, int n, int first)
{
    const int ns = o->shape.nstate, count = panel_size(n, first);
    dia_frame frame = {.batch = count, .nstate = ns, .H = m->H, .E = m->E + first * ns, .U = m->U + first * ns * ns};
    const dia_status status = dia_model_gradients(o->model, m->tape, first, count, m->H, derivatives_of(o, m, first));
    return status == DIA_OK ? dia_frame_solve(&frame, m->frame_work) : status;
}

static dia_status differentiate_all(const dia_objective *o, member *m, int n, const int *points)
{
    dia_status status = place(o, m, n, points);
    for (int first = 0; first < n && status == DIA_OK; first += PANEL)
        status = differentiate(o, m, n, first);
    return status;
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
        const double value = dia_loss_point(&o->loss, ns, o->shape.ncart, to_e, to_U, derivatives_of(o, m, b), label,
                                            m->loss_work, NULL, NULL);
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
    return dia_objective_stopped(o) ? DIA_ERROR_INTERRUPTED : differentiate_all(o, m, n, points);
}

void dia_objective_match(dia_objective *o, int thread, int b, int point)
{
    const dia_label label = dia_dataset_label(o->data, point);
    match_states(o, &o->member[thread], b, point, &label);
}

/* Points come in random order, so the processor cannot know what is read next. */
static void fetch_labels(const dia_objective *o, int n, const int *points)
{
    const size_t nc = (size_t)o->data->ncart, ns = (size_t)o->data->nstate, npair = (size_t)o->data->npair;
    for (int b = 0; b < n; b++) {
        const dia_label label = dia_dataset_label(o->data, points[b]);
        dia_prefetch(ns, label.energy);
        dia_prefetch(ns * nc, label.gradient);
        dia_prefetch(npair * nc, label.coupling);
    }
}

/* The loss of the panel that begins with point `first` of the chunk, and what it gives to the gradient. */
static dia_status loss_of_panel(const dia_objective *o, member *m, int n, int first, const int *points, double *value,
                                double *bar)
{
    const int np = o->shape.npacked, nc = o->shape.ncart, ns = o->shape.nstate;
    fetch_labels(o, panel_size(n, first), points + first);
    dia_status status = differentiate(o, m, n, first);
    for (int b = first; b < first + panel_size(n, first) && status == DIA_OK; b++) {
        const dia_label label = dia_dataset_label(o->data, points[b]);
        double *Hbar = m->Hbar + (b - first) * np, *dHbar = m->dHbar + (b - first) * np * nc;
        match_states(o, m, b, points[b], &label);
        const double weight = dia_dataset_weight(o->data, points[b]);
        *value += weight * dia_loss_point(&o->loss, ns, nc, m->E + b * ns, m->U + b * ns * ns, derivatives_of(o, m, b),
                                          &label, m->loss_work, bar != NULL ? Hbar : NULL, dHbar);
        for (int k = 0; k < np && bar != NULL && weight != 1.0; k++) {
            Hbar[k] *= weight;
            for (int a = k * nc; a < (k + 1) * nc; a++)
                dHbar[a] *= weight;
        }
    }
    if (status == DIA_OK && bar != NULL)
        status = dia_model_gradients_pullback(o->model, m->tape, m->Hbar, m->dHbar, bar);
    return status;
}

static void loss_task(void *context, int chunk, int thread)
{
    dia_objective *o = context;
    member *m = &o->member[thread];
    const int begin = chunk * CHUNK, n = o->n - begin < CHUNK ? o->n - begin : CHUNK;
    double *bar = o->want_bar ? o->chunk_bar + (size_t)chunk * (size_t)o->shape.ntheta : NULL;
    if (bar != NULL)
        memset(bar, 0, sizeof *bar * (size_t)o->shape.ntheta);
    o->chunk_value[chunk] = 0.0;
    dia_status status = dia_control_stopped(o->control) ? DIA_ERROR_INTERRUPTED : place(o, m, n, o->points + begin);
    for (int first = 0; first < n && status == DIA_OK; first += PANEL)
        status = loss_of_panel(o, m, n, first, o->points + begin, &o->chunk_value[chunk], bar);
    o->chunk_status[chunk] = status;
}

/* The mean over n points of what nchunk chunks give, in their order. */
DIA_CLONES static void average(int n, int nchunk, int ntheta, const double *restrict bar, double *restrict mean)
{
    const double factor = 1.0 / n;
    for (int i = 0; i < ntheta; i += SUMS) {
        const int some = ntheta - i < SUMS ? ntheta - i : SUMS;
        double sum[SUMS] = {0.0};
        for (int chunk = 0; chunk < nchunk; chunk++) {
            const double *from = bar + (size_t)chunk * (size_t)ntheta + (size_t)i;
            for (int k = 0; k < some; k++)
                sum[k] += from[k];
        }
        for (int k = 0; k < some; k++)
            mean[i + k] = factor * sum[k];
    }
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
    for (int chunk = 0; chunk < nchunk; chunk++) {
        if (o->chunk_status[chunk] != DIA_OK)
            return o->chunk_status[chunk];
        *value += o->chunk_value[chunk] / n;
    }
    if (theta_bar != NULL)
        average(n, nchunk, o->shape.ntheta, o->chunk_bar, theta_bar);
    return DIA_OK;
}

static void predict_task(void *context, int chunk, int thread)
{
    dia_objective *o = context;
    member *m = &o->member[thread];
    const int first = chunk * CHUNK, n = o->n - first < CHUNK ? o->n - first : CHUNK, ns = o->shape.nstate;
    const size_t size = (size_t)o->shape.npacked * (size_t)o->shape.ncart;
    o->chunk_status[chunk] = differentiate_all(o, m, n, o->points + first);
    if (o->chunk_status[chunk] != DIA_OK)
        return;
    for (int b = 0; b < n; b++) {
        if (o->E != NULL)
            memcpy(o->E + (first + b) * ns, m->E + b * ns, sizeof *o->E * (size_t)ns);
        if (o->F != NULL)
            dia_loss_transform(ns, o->shape.ncart, m->U + b * ns * ns, derivatives_of(o, m, b),
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
