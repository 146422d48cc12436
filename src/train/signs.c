/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/signs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "train/epoch.h"

enum { POINTS = 600, BATCH = 16 };   /* of one trial */
static const double undecided = 1.3; /* a second pattern whose error is less than this times the smallest */
static const double emphasis = 10.0; /* factor on the weight of the couplings: they decide                 */

typedef struct trial {
    double error; /* mean of couplings at gaps below 0.5 eV, hartree/bohr */
    long right, all;
} trial;

/* Trains the network of t for a while. */
static dia_status train(dia_training *t, dia_objective *objective, int n, const int *points, dia_error *error)
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
    soap->epochs = t->settings.network.trial;
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

static dia_status judge(const dia_training *t, dia_objective *objective, int n, const int *points, trial *result,
                        dia_error *error)
{
    const size_t ns = (size_t)t->network->shape.nstate, np = (size_t)t->network->shape.npacked;
    double *E = calloc((size_t)n * ns, sizeof *E), *F = calloc((size_t)n * np * (size_t)t->data.ncart, sizeof *F);
    dia_errors *errors = calloc(1, sizeof *errors);
    dia_status status = E != NULL && F != NULL && errors != NULL
                            ? dia_objective_predict(objective, n, points, E, F)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
    if (status == DIA_OK)
        status = dia_errors_add(errors, &t->data, t->settings.network.states, n, points, E, F, error);
    if (status == DIA_OK)
        *result = (trial){dia_deviation_mean(&errors->coupling_close), errors->norm_right, errors->norm};
    free(E);
    free(F);
    free(errors);
    return status;
}

/* A network of the signs that stand in the settings, trained and judged. */
static dia_status try_signs(dia_training *t, const dia_control *control, int n, const int *points, trial *result,
                            dia_error *error)
{
    dia_loss loss = dia_training_loss(t, NULL);
    dia_objective *objective = NULL;
    loss.coupling *= emphasis;
    dia_status status = dia_training_build(t, error);
    if (status != DIA_OK)
        return status;
    status = dia_objective_create(&objective, t->model, &t->data, &loss, n, control, error);
    if (status == DIA_OK)
        status = train(t, objective, n, points, error);
    if (status == DIA_OK)
        status = judge(t, objective, n, points, result, error);
    dia_objective_free(objective);
    dia_training_unbuild(t);
    return status;
}

/* "1, -1, 1" */
static void write_signs(int n, const int *signs, size_t size, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    for (int k = 0; k < n && used < size; k++)
        used += (size_t)snprintf(text + used, size - used, "%s%d", k > 0 ? ", " : "", signs[k]);
}

/* Pattern v of n signs, the first of them 1: bit k-1 turns sign k. */
static void set_pattern(int n, int v, int *signs)
{
    for (int k = 0; k < n; k++)
        signs[k] = k > 0 && (v >> (k - 1) & 1) ? -1 : 1;
}

/* Tries all patterns for generator g, the last of t's; its signs are set to the best. */
static dia_status find_one(dia_training *t, const dia_control *control, int number, int *signs, int n,
                           const int *points, dia_error *error)
{
    const int ns = t->settings.network.diabats;
    int best = -1;
    double lowest = INFINITY, second = INFINITY;
    char text[64];
    for (int v = 0; v < 1 << (ns - 1); v++) {
        trial result = {NAN, 0, 0};
        dia_error why = {0};
        set_pattern(ns, v, signs);
        write_signs(ns, signs, sizeof text, text);
        const dia_status status = try_signs(t, control, n, points, &result, &why);
        if (status == DIA_ERROR_INPUT) { /* not a representation of the group, or no feature is odd */
            dia_control_note(control, "generator %d, signs [%s]: not possible: %s", number, text, why.text);
            continue;
        }
        if (status != DIA_OK)
            return dia_error_set(error, status, "%s", why.text[0] != '\0' ? why.text : dia_status_text(status));
        if (result.all == 0)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "network.symmetry: generator %d has no signs, and the data have no couplings at gaps "
                                 "below 0.5 eV that would tell them; give `signs`",
                                 number);
        dia_control_note(control,
                         "generator %d, signs [%s]: couplings at gaps below 0.5 eV off by %.1f meV/Angstrom, %ld of "
                         "%ld norms within 20 %%",
                         number, text, result.error / (DIA_EV / DIA_ANGSTROM) * 1e3, result.right, result.all);
        if (result.error < lowest) {
            second = lowest;
            lowest = result.error;
            best = v;
        } else if (result.error < second) {
            second = result.error;
        }
    }
    if (best < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "network.symmetry: no signs are possible for generator %d",
                             number);
    set_pattern(ns, best, signs);
    write_signs(ns, signs, sizeof text, text);
    if (second < undecided * lowest)
        dia_control_warn(control,
                         "network.symmetry: signs [%s] of generator %d are taken, but others are hardly worse: the "
                         "data do not decide, or the trials are too short (network.trial: %d)",
                         text, number, t->settings.network.trial);
    return DIA_OK;
}

dia_status dia_signs_find(dia_training *t, const dia_control *control, dia_error *error)
{
    struct dia_network_settings *network = &t->settings.network;
    dia_generator *all = network->symmetry.items;
    const int nall = network->symmetry.n, n = t->ntrain < POINTS ? t->ntrain : POINTS;
    dia_generator *known = calloc((size_t)nall + 1, sizeof *known);
    int *points = calloc((size_t)n + 1, sizeof *points), nknown = 0;
    t->signs = calloc((size_t)(nall + 1) * (size_t)network->diabats, sizeof *t->signs);
    if (known == NULL || points == NULL || t->signs == NULL) {
        free(known);
        free(points);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to try signs");
    }
    for (int i = 0; i < n; i++)
        points[i] = t->train[(long)i * t->ntrain / n];
    for (int g = 0; g < nall; g++)
        if (all[g].signs.n > 0)
            known[nknown++] = all[g];
    dia_status status = DIA_OK;
    for (int g = 0; g < nall && status == DIA_OK; g++) {
        if (all[g].signs.n > 0)
            continue;
        all[g].signs = (dia_list){network->diabats, t->signs + g * network->diabats};
        known[nknown++] = all[g];
        network->symmetry = (dia_list){nknown, known};
        status = find_one(t, control, g + 1, all[g].signs.items, n, points, error);
        network->symmetry = (dia_list){nall, all};
    }
    free(known);
    free(points);
    return status;
}
