/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/answers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/frame.h"
#include "parallel/team.h"

enum { BATCH = 32 };

typedef struct hand { /* of a thread */
    dia_tape *tape;
    double *H, *E, *U, *W, *work, *answer; /* one block from H on; answer (BATCH, ncart) */
    int *row;
} hand;

typedef struct job {
    const dia_model *model;
    dia_shape shape;
    int nstate, n;
    const double *R;
    double *E, *G, *h;
    hand *hands;
} job;

static dia_status hand_open(hand *d, const job *j, dia_error *error)
{
    const size_t ns = (size_t)j->shape.nstate, np = (size_t)j->shape.npacked, nc = (size_t)j->shape.ncart;
    const dia_status status = dia_tape_create(&d->tape, j->model, BATCH, BATCH, error);
    if (status != DIA_OK)
        return status;
    const size_t work = dia_frame_work((int)ns);
    d->row = calloc(BATCH, sizeof *d->row);
    d->H = calloc(BATCH * (np + ns + ns * ns + np + nc) + work, sizeof *d->H);
    if (d->H == NULL || d->row == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to ask a model");
    d->E = d->H + BATCH * np;
    d->U = d->E + BATCH * ns;
    d->W = d->U + BATCH * ns * ns;
    d->answer = d->W + BATCH * np;
    d->work = d->answer + BATCH * nc;
    for (int i = 0; i < BATCH; i++)
        d->row[i] = i;
    return DIA_OK;
}

static void hand_close(hand *d)
{
    dia_tape_free(d->tape);
    free(d->H);
    free(d->row);
}

/* The derivatives of states k, l of all geometries of the batch that begins at `first`. */
static void derivatives(const job *j, hand *d, int first, int batch, int k, int l)
{
    const size_t np = (size_t)j->shape.npacked, nc = (size_t)j->shape.ncart,
                 npair = (size_t)(j->nstate * (j->nstate - 1) / 2);
    const dia_frame frame = {.batch = batch, .nstate = j->shape.nstate, .H = d->H, .E = d->E, .U = d->U};
    for (int b = 0; b < batch; b++)
        dia_weight_pair(&frame, b, k, l, d->W + (size_t)b * np);
    (void)dia_model_contract(j->model, d->tape, batch, d->row, d->W, d->answer); /* in range */
    for (int b = 0; b < batch; b++) {
        const size_t at = (size_t)first + (size_t)b;
        double *to = k == l ? j->G + (at * (size_t)j->nstate + (size_t)k) * nc
                            : j->h + (at * npair + (size_t)(l * (l - 1) / 2 + k)) * nc;
        memcpy(to, d->answer + (size_t)b * nc, nc * sizeof *to);
    }
}

static void ask(void *context, int task, int thread)
{
    const job *j = context;
    hand *d = &j->hands[thread];
    const int first = task * BATCH, batch = j->n - first < BATCH ? j->n - first : BATCH, ns = j->shape.nstate;
    (void)dia_model_hamiltonian(j->model, d->tape, batch, j->R + (size_t)first * (size_t)j->shape.ncart, d->H);
    dia_frame frame = {.batch = batch, .nstate = ns, .H = d->H, .E = d->E, .U = d->U};
    (void)dia_frame_solve(&frame, d->work); /* a row that is not finite becomes NaN */
    for (int b = 0; b < batch && j->E != NULL; b++)
        memcpy(j->E + (size_t)(first + b) * (size_t)j->nstate, d->E + (size_t)b * (size_t)ns,
               (size_t)j->nstate * sizeof *j->E);
    for (int l = 0; l < j->nstate; l++)
        for (int k = 0; k <= l; k++)
            if (k == l ? j->G != NULL : j->h != NULL)
                derivatives(j, d, first, batch, k, l);
}

dia_status dia_answers_make(const dia_model *model, int nstate, int n, const double *R, double *E, double *G, double *h,
                            int threads, dia_error *error)
{
    job j = {.model = model, .shape = dia_model_shape(model), .nstate = nstate, .n = n, .R = R, .E = E, .G = G, .h = h};
    const int tasks = (n + BATCH - 1) / BATCH, most = dia_team_size(threads), team = most < tasks ? most : tasks;
    if (n == 0)
        return DIA_OK;
    j.hands = calloc((size_t)team, sizeof *j.hands);
    dia_status status = j.hands != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to ask a model");
    for (int t = 0; t < team && status == DIA_OK; t++)
        status = hand_open(&j.hands[t], &j, error);
    if (status == DIA_OK && team > 1)
        dia_team_run(team, tasks, ask, &j);
    for (int t = 0; t < tasks && status == DIA_OK && team == 1; t++)
        ask(&j, t, 0); /* may itself be a task of a team */
    for (int t = 0; t < team && j.hands != NULL; t++)
        hand_close(&j.hands[t]);
    free(j.hands);
    if (status == DIA_OK && n == 1 && E != NULL && !isfinite(E[0]))
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "the model is not finite there");
    return status;
}
