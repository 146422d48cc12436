/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contents.h"

#include <stdlib.h>
#include <string.h>

#include "diabolo/train.h"
#include "model/front.h"
#include "model/network.h"
#include "networks.h"
#include "store/store.h"

/* A network that was trained on dipoles too: with region, errors, history, calibration. */
static void train(const char *path, int seed)
{
    char text[1000];
    dia_error error = {0};
    dia_train_result result;
    contents_data(fuzz_path("data.h5"), 6, numbers, geometry, 8, NULL);
    snprintf(text, sizeof text,
             "data: {file: %s, validation: 0.25, split: point}\n"
             "network: {states: 2, layers: [3], seed: %d}\nstages: [{optimiser: adam, epochs: 1}]\n"
             "dipoles: {epochs: 1, layers: [3]}\noutput: {file: %s}\n",
             fuzz_path("data.h5"), seed, path);
    const dia_input input = {.text = text};
    fuzz_made(dia_train(&input, true, &(dia_control){.threads = 1}, &result, &error), &error);
    dia_train_result_free(&result);
}

static void save(const kind *k)
{
    dia_error error = {0};
    const dia_network_record record = {.level_of_theory = "none", .training = "seed: 1"};
    dia_model *model = networks_make(k, 3);
    fuzz_made(dia_network_save(dia_model_self(model), fuzz_path("base.h5"), &record, &error), &error);
    dia_model_free(model);
    contents_load(fuzz_path("base.h5"));
}

static void prepare(void)
{
    dia_error error = {0};
    char first[300], second[300], *page;
    snprintf(first, sizeof first, "%s", fuzz_path("first.h5"));
    snprintf(second, sizeof second, "%s", fuzz_path("second.h5"));
    train(first, 1);
    train(second, 2);
    contents_load(first);
    const dia_committee_request request = {.output = fuzz_path("committee.h5"),
                                           .n = 2,
                                           .members = (const char *const[]){first, second},
                                           .calibrate = fuzz_path("data.h5")};
    fuzz_made(dia_committee_join(&request, NULL, &page, &error), &error);
    free(page);
    contents_load(fuzz_path("committee.h5"));
    save(&(kind){
        2, {"inverse_distance", "coulomb_matrix"}, "mlp", SILU, 3, NULL, {NULL, "variant: spectrum"}, NULL, false});
    save(&(kind){
        2, {"permutation_invariant", "exponential_distance"}, "pooled", NULL, 3, NULL, {NULL, LENGTHS}, NULL, false});
    save(&(kind){1, {"internals"}, "mlp", TANH, 3, networks_reference, {NULL}, "morse", false});
    save(&(kind){1, {"inverse_distance"}, "mlp", TANH, 2, NULL, {NULL}, "linear_vibronic", true});
    save(&(kind){2,
                 {"exponential_distance", "triple_product"},
                 "products",
                 "{pairs: [5, 3], crossed: [3, 2], invariants: 7, covariants: 3, trunk: [9]}",
                 3,
                 NULL,
                 {NULL},
                 NULL,
                 true});
}

/* All questions to a model that was opened. */
static void ask(const dia_model *model)
{
    const dia_shape shape = dia_model_shape(model);
    const int row = 0, nstate = shape.nstate;
    const size_t packed = (size_t)shape.npacked, cart = (size_t)shape.ncart;
    dia_tape *tape;
    dia_error error = {0};
    fuzz_check(dia_tape_create_hermitian(&tape, model, 1, 1, &error), &error);
    double *x = calloc(8 * packed + 4 * cart + (size_t)(nstate * nstate) + 9, sizeof *x);
    if (error.status != DIA_OK || x == NULL) {
        free(x);
        return;
    }
    double *H = x, *W = H + packed, *mu = W + 3 * packed, *G = mu + 3 * packed, *V = G + cart, *dH = V + cart;
    for (size_t i = 0; i < 3 * packed; i++)
        W[i] = 0.25;
    for (size_t c = 0; c < cart; c++)
        V[c] = 0.1;
    const double *R = dia_model_molecule(model)->reference;
    char text[200];
    if (dia_model_hamiltonian(model, tape, 1, R, H) != DIA_OK ||
        dia_model_contract(model, tape, 1, &row, W, G) != DIA_OK ||
        dia_model_derivative(model, tape, 1, &row, V, dH) != DIA_OK)
        abort();
    if (dia_model_dipolar(model) && dia_model_dipole(model, tape, 1, &row, mu) != DIA_OK)
        abort();
    if (dia_model_dipole_differentiable(model) && dia_model_dipole_contract(model, tape, 1, &row, W, G) != DIA_OK)
        abort();
    dia_model_novelty(model, R, sizeof text, text);
    for (int k = 0; k < dia_model_members(model); k++)
        if (dia_model_member(model, k) == NULL)
            abort();
    free(x);
    dia_tape_free(tape);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int base;
    const char *path = contents_file(prepare, bytes, size, "model.h5", &base);
    if (path == NULL)
        return 0;
    dia_model *model;
    dia_error error = {0};
    const dia_status status = dia_model_load(&model, path, &error);
    fuzz_check(status, &error);
    if (size == 0)
        fuzz_made(status, &error);
    if (status == DIA_OK)
        ask(model);
    dia_model_free(model);
    contents_all_closed();
    return 0;
}
