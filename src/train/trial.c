/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/trial.h"

#include <math.h>
#include <stdlib.h>

#include "base/control.h"
#include "train/epoch.h"
#include "train/errors.h"

enum { POINTS = 600, BATCH = 16 };
static const double emphasis = 10.0;      /* factor on the weight of the couplings: they decide   */
static const double close = 0.5 * DIA_EV; /* gap of the couplings that are looked at, as in errors.h */

/* Trains the network of t for so many epochs. */
static dia_status train(dia_training *t, dia_objective *objective, int epochs, int n, const int *points,
                        dia_error *error)
{
    dia_epoch *soap = calloc(1, dia_optimiser_soap.self_size); /* its keys begin with those of an epoch */
    dia_matrix_block blocks[DIA_ARCHITECTURE_BLOCKS];
    dia_problem problem = {.objective = objective,
                           .model = t->model,
                           .ntheta = t->network->shape.ntheta,
                           .npoint = n,
                           .points = points,
                           .nblock = t->network->architecture->blocks(t->network->body, blocks),
                           .blocks = blocks,
                           .seed = (uint64_t)t->settings.data.seed};
    if (soap == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
    dia_option_defaults(dia_optimiser_soap.options, soap);
    soap->epochs = epochs;
    soap->batch = BATCH;
    double *state = calloc(dia_optimiser_soap.state_size(soap, &problem) + 1, sizeof *state);
    dia_status status = state != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
    for (int i = 0; i < soap->epochs && status == DIA_OK; i++) {
        double loss;
        bool converged;
        status = dia_optimiser_soap.advance(soap, &problem, i, state, &loss, &converged);
    }
    free(state);
    free(soap);
    return status;
}

/* Errors of the couplings at each point, and of all. */
static dia_status judge(const dia_training *t, dia_objective *objective, int n, const int *points, dia_trial *result,
                        dia_error *error)
{
    const size_t ns = (size_t)t->network->shape.nstate,
                 block = (size_t)t->network->shape.npacked * (size_t)t->data.ncart;
    double *E = calloc((size_t)n * ns, sizeof *E), *F = calloc((size_t)n * block, sizeof *F);
    dia_errors *errors = calloc(1, sizeof *errors);
    dia_status status = E != NULL && F != NULL && errors != NULL
                            ? dia_objective_predict(objective, n, points, E, F)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
    double sum = 0.0;
    long count = 0;
    for (int i = 0; i < n && status == DIA_OK; i++) {
        *errors = (dia_errors){0};
        status = dia_errors_add(errors, &t->data, t->settings.network.states, 1, points + i, E + (size_t)i * ns,
                                F + (size_t)i * block, error);
        result->point[i] = dia_deviation_mean(&errors->coupling_close);
        sum += errors->coupling_close.absolute;
        count += errors->coupling_close.n;
        result->right += errors->norm_right;
        result->all += errors->norm;
    }
    result->error = count > 0 ? sum / (double)count : NAN;
    free(E);
    free(F);
    free(errors);
    return status;
}

dia_status dia_trial_run(dia_training *t, dia_list generators, int epochs, int n, const int *points,
                         const dia_control *control, dia_trial *result, dia_error *error)
{
    dia_loss loss = dia_training_loss(t, NULL);
    dia_objective *objective = NULL;
    loss.coupling *= emphasis;
    const dia_list given = t->settings.network.symmetry;
    t->settings.network.symmetry = generators;
    result->point = calloc((size_t)n, sizeof *result->point);
    dia_status status = result->point != NULL ? dia_training_build(t, error)
                                              : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
    t->settings.network.symmetry = given;
    result->possible = status == DIA_OK;
    if (status != DIA_OK)
        return status;
    status = dia_objective_create(&objective, t->model, &t->data, &loss, n, control, error);
    if (status == DIA_OK)
        status = train(t, objective, epochs, n, points, error);
    if (status == DIA_OK)
        status = judge(t, objective, n, points, result, error);
    else if (error->text[0] == '\0')
        dia_error_set(error, status, "%s", dia_status_text(status));
    dia_objective_free(objective);
    dia_training_unbuild(t);
    return status;
}

dia_evidence dia_trial_compare(const dia_trial *a, const dia_trial *b, int n)
{
    dia_evidence e = {.ratio = b->error / a->error};
    double sum = 0.0, square = 0.0;
    for (int i = 0; i < n; i++) {
        const double d = b->point[i] - a->point[i];
        if (isnan(d))
            continue;
        e.n++;
        sum += d;
        square += d * d;
    }
    const double mean = e.n > 0 ? sum / e.n : 0.0, variance = e.n > 1 ? (square - sum * mean) / (e.n - 1) : 0.0;
    e.sigmas = variance > 0.0 ? mean / sqrt(variance / e.n) : 0.0;
    return e;
}

bool dia_evidence_decides(const dia_evidence *e)
{
    return e->n >= DIA_EVIDENCE_POINTS && e->sigmas >= DIA_EVIDENCE_SIGMAS && e->ratio >= DIA_EVIDENCE_RATIO;
}

static bool has_close_coupling(const dia_training *t, int point)
{
    const int ns = t->data.nstate < t->settings.network.states ? t->data.nstate : t->settings.network.states;
    const double *E = t->data.energy + point * t->data.nstate;
    const double *h = t->data.coupling + (size_t)point * (size_t)t->data.npair * (size_t)t->data.ncart;
    for (int j = 1; j < ns; j++)
        for (int i = 0; i < j; i++)
            if (E[j] - E[i] < close && !isnan(h[(size_t)(j * (j - 1) / 2 + i) * (size_t)t->data.ncart]))
                return true;
    return false;
}

dia_status dia_trial_points(const dia_training *t, int *n, int **points, dia_error *error)
{
    int *near = calloc((size_t)t->ntrain + 1, sizeof *near), nnear = 0;
    bool *taken = calloc((size_t)t->ntrain + 1, sizeof *taken);
    *n = 0;
    *points = calloc(POINTS + 1, sizeof **points);
    if (near != NULL && taken != NULL && *points != NULL) {
        for (int i = 0; i < t->ntrain; i++)
            if (has_close_coupling(t, t->train[i]))
                near[nnear++] = i;
        const int half = nnear < POINTS / 2 ? nnear : POINTS / 2, rest = t->ntrain < POINTS ? t->ntrain : POINTS - half;
        for (int i = 0; i < half; i++)
            taken[near[(long)i * nnear / half]] = true;
        for (int i = 0; i < rest; i++)
            taken[(long)i * t->ntrain / rest] = true;
        for (int i = 0; i < t->ntrain; i++)
            if (taken[i])
                (*points)[(*n)++] = t->train[i];
    }
    const bool good = near != NULL && taken != NULL && *points != NULL;
    free(near);
    free(taken);
    return good ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
}
