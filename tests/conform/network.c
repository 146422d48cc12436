/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network through the harness of every model, and what is its own: exact symmetry, the parity trap, the file. */
#include "check.h"
#include "conform.h"
#include "networks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "model/baseline.h"
#include "model/front.h"
#include "store/store.h"

#define MOLDEN "conform_network.molden"
#define MODES "modes: " MOLDEN

static const kind kinds[] = {
    {1, {"inverse_distance"}, "mlp", TANH, 0, NULL, {NULL}, NULL, false},
    {2, {"inverse_distance", "triple_product"}, "mlp", SILU, 0, NULL, {NULL}, NULL, false},
    {2, {"exponential_distance", "triple_product"}, "mlp", TANH, 3, NULL, {NULL}, NULL, false},
    {1, {"inverse_distance"}, "mlp", SILU, 3, NULL, {NULL}, NULL, false},
    {1, {"inverse_distance"}, "mlp", TANH, 0, networks_reference, {NULL}, NULL, false},
    {1, {"internals"}, "mlp", SILU, 0, NULL, {NULL}, NULL, false},
    {1, {"internals"}, "mlp", TANH, 3, NULL, {NULL}, NULL, false},
    {2, {"permutation_invariant", "internals"}, "mlp", TANH, 3, NULL, {NULL}, NULL, false},
    {2, {"inverse_distance", "exponential_distance"}, "pooled", NULL, 3, NULL, {NULL, LENGTHS}, NULL, false},
    {2, {"internals", "coulomb_matrix"}, "mlp", TANH, 3, NULL, {NULL, "variant: sorted"}, NULL, false},
    {2, {"inverse_distance", "coulomb_matrix"}, "mlp", SILU, 3, NULL, {NULL, "variant: spectrum"}, NULL, false},
    {1, {"normal_coordinates"}, "mlp", SILU, 0, NULL, {MODES}, NULL, false},
};

static void conforms(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        dia_model *model = networks_make(&kinds[k], 7 + k);
        /* step: the features are steep, divided by 0.2 */
        conform_model(model, &(conform){.spread = 0.3, .step = 5e-4, .seed = 11 + k});
        dia_model_free(model);
    }
}

static void symmetry_is_exact(void **state)
{
    (void)state;
    networks_symmetry(&kinds[2], false); /* triple products tell mirror images apart, and inversion is no generator */
    networks_symmetry(&kinds[3], true);
    networks_symmetry(&kinds[6], false);
    networks_symmetry(&kinds[7], false);
}

/* Distances cannot tell a mirror image from the molecule: states of different parity could never couple. The network
 * refuses. */
static void parity_trap_is_refused(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    assert_ok(dia_molecule_init(&molecule, 6, 3, numbers, &error), &error);
    const int identity[6] = {0, 1, 2, 3, 4, 5};
    const bool inversion[1] = {true};
    const double parity[2] = {1, -1};
    const char *descriptors[2] = {"inverse_distance", "triple_product"};
    dia_network_plan plan = {.molecule = &molecule,
                             .nstate = 2,
                             .ndescriptor = 1,
                             .descriptors = descriptors,
                             .generators = {1, identity, inversion, parity, NULL}};
    dia_network network;
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "triple_product"));
    plan.ndescriptor = 2;
    dia_error_clear(&error);
    assert_ok(dia_network_init(&network, &plan, &error), &error);
    dia_network_free(&network);
    plan.architecture = "of_tomorrow"; /* a file of a newer program */
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "'of_tomorrow'"));
    plan.architecture = "mlp";
    plan.architecture_options = "{layers: [20000]}";
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    dia_error_clear(&error);
    plan.architecture_options = "{layers: [10000, 10000]}"; /* more than memory should be asked for */
    assert_int_equal(dia_network_init(&network, &plan, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "at most 1e8"));
    dia_molecule_free(&molecule);
}

/* Data about one geometry: all features and images of them change by next to nothing, and yet no input is steep. */
static void local_data_make_no_steep_inputs(void **state)
{
    (void)state;
    enum { POINTS = 30 };
    dia_error error = {0};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        dia_model *model = networks_make(&kinds[k], 5);
        dia_network *network = dia_model_self(model);
        double R[POINTS * 18], x[18 * DIA_LANES], v[18 * DIA_LANES];
        const size_t nf = (size_t)network->nfeature;
        double *f = calloc(2 * nf * DIA_LANES, sizeof *f), *fdot = f + nf * DIA_LANES;
        double *steep = calloc(nf, sizeof *steep);
        for (int i = 0; i < POINTS * 18; i++) /* within 0.01 Angstrom */
            R[i] =
                geometry[i % 18] + 0.005 * DIA_ANGSTROM * tanh(dia_rng_normal(3, 0, 0, DIA_PURPOSE_TEST, (uint32_t)i));
        assert_ok(dia_network_standardise(network, POINTS, R, NULL, &error), &error);
        for (int c = 0; c < 18; c++) {
            for (int i = 0; i < 18 * DIA_LANES; i++) {
                x[i] = geometry[i / DIA_LANES];
                v[i] = i / DIA_LANES == c;
            }
            dia_network_features(network, x, f);
            for (int i = 0; i < network->ndescriptor; i++) {
                const size_t at = (size_t)network->descriptor[i].first * DIA_LANES;
                network->descriptor[i].type->tangent(network->descriptor[i].self, x, f + at, v, fdot + at);
            }
            for (size_t i = 0; i < nf; i++)
                steep[i] += fdot[i * DIA_LANES] * fdot[i * DIA_LANES];
        }
        for (size_t i = 0; i < nf;
             i++) { /* the mean over points and images is bounded, this is one of them: a factor */
            const double most = sqrt((double)network->images.nimage) * 1.2 / DIA_NETWORK_LENGTH;
            assert_true(sqrt(steep[i]) / network->deviation[i] < most);
        }
        free(f);
        free(steep);
        dia_model_free(model);
    }
}

/* With zero weights and shifts the network is its reference. */
static void reference_is_added(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = networks_make(&kinds[4], 3), *alone;
    dia_network *network = dia_model_self(model);
    memset(network->theta, 0, sizeof(double) * (size_t)network->shape.ntheta);
    memset(network->shift, 0, sizeof(double) * 6);
    dia_model_refresh(model);
    assert_ok(dia_model_parse(&alone, networks_reference, ".", &error), &error);
    double H[6], Halone[6];
    networks_evaluate(model, geometry, H);
    networks_evaluate(alone, geometry, Halone);
    assert_true(fabs(Halone[1]) > 1e-4);
    assert_memory_equal(H, Halone, sizeof H);
    dia_model_free(model);
    dia_model_free(alone);
}

/* What is written is read back, and gives bitwise the same matrix. Only what an older program cannot read has a newer
 * version. */
static void round_trip(const kind *k, int version)
{
    dia_error error = {0};
    dia_model *model = networks_make(k, 3), *again;
    const int nstate = dia_model_shape(model).nstate, fitted = nstate > 2 ? 2 : nstate; /* a surplus diabat, or none */
    ((dia_network *)dia_model_self(model))->fitted = fitted;
    char path[] = "/tmp/diabolo-network-XXXXXX";
    close(mkstemp(path));
    dia_network_record record = {.level_of_theory = "none", .training = "seed: 1"};
    assert_ok(dia_network_save(dia_model_self(model), path, &record, &error), &error);
    assert_ok(dia_model_load(&again, path, &error), &error);
    double H[6], Hagain[6];
    networks_evaluate(model, geometry, H);
    networks_evaluate(again, geometry, Hagain);
    assert_memory_equal(H, Hagain, sizeof H);
    assert_int_equal(strlen(dia_model_digest(again)), 64);
    assert_int_equal(dia_model_fitted(again), fitted);
    dia_model_free(model);
    dia_model_free(again);
    dia_store *store;
    assert_ok(dia_store_open(&store, path, &error), &error);
    for (int v = 1; v <= DIA_MODEL_VERSION; v++)
        assert_int_equal(dia_store_expect(store, "diabolo-model", v, &error) == DIA_OK, v >= version);
    dia_store_close(&store);
    /* a truncated file is refused with its name in the text */
    assert_int_equal(truncate(path, 2000), 0);
    assert_int_not_equal(dia_model_load(&again, path, &error), DIA_OK);
    assert_non_null(strstr(error.text, path));
    remove(path);
}

static void file_round_trip(void **state)
{
    (void)state;
    round_trip(&kinds[2], 1);
    round_trip(&(kind){1, {"inverse_distance"}, "pooled", NULL, 2, NULL, {NULL}, NULL, true}, 3);
    for (int a = 0; dia_architecture_types[a] != NULL; a++)
        round_trip(
            &(kind){1, {"inverse_distance"}, dia_architecture_types[a]->name, NULL, 3, NULL, {NULL}, NULL, false},
            strcmp(dia_architecture_types[a]->name, "mlp") == 0 ? 1 : 2);
    for (int b = 0; dia_baseline_types[b] != NULL; b++)
        round_trip(&(kind){1, {"inverse_distance"}, "mlp", TANH, 3, NULL, {NULL}, dia_baseline_types[b]->name, false},
                   3);
    round_trip(&(kind){1, {"exponential_distance"}, "mlp", TANH, 0, NULL, {"lengths: [1 A]"}, NULL, false},
               1); /* the default */
    round_trip(&(kind){1, {"exponential_distance"}, "mlp", TANH, 0, NULL, {LENGTHS}, NULL, false}, 2);
    round_trip(&(kind){1, {"permutation_invariant"}, "mlp", TANH, 0, NULL, {NULL}, NULL, false}, 1);
    round_trip(&(kind){2, {"inverse_distance", "normal_coordinates"}, "mlp", TANH, 0, NULL, {NULL, MODES}, NULL, false},
               2);
}

static int write_modes(void **state)
{
    (void)state;
    networks_write_modes(MOLDEN);
    return 0;
}

static int remove_modes(void **state)
{
    (void)state;
    return remove(MOLDEN);
}

/* In single precision H and its derivatives are near those in double precision (elements of scale 0.1 to 0.2, features and weights of order
 * 1, some hundred roundings of 6e-8; forces two orders steeper), but not the same, and a geometry gives the same bits in any batch and
 * any request. 37 geometries: panels of sixteen, the last of which is not full. */
static void single_precision_is_near(void **state)
{
    (void)state;
    enum { B = 37, NC = 18, NP = 6, SOME = 7 };
    static const int lists[3][SOME] = {{30, 2, 17}, {1, 2, 7, 8, 11, 14, 15}, {32, 36}},
                     count[3] = {3, SOME, 2}; /* far, near, of the last panel */
    double R[B * NC], V[B * NC], W[B * NP], H[2][B * NP], G[2][B * NC], D[2][B * NP];
    double W_some[SOME * NP], V_some[SOME * NC], G_some[SOME * NC], D_some[SOME * NP];
    int row[B];
    for (int i = 0; i < B * NC; i++) {
        R[i] = geometry[i % NC] + 0.2 * dia_rng_normal(31, 0, 0, DIA_PURPOSE_TEST, (uint32_t)i);
        V[i] = dia_rng_normal(31, 2, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    }
    for (int i = 0; i < B * NP; i++)
        W[i] = dia_rng_normal(31, 1, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    for (int b = 0; b < B; b++)
        row[b] = b;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        dia_error error = {0};
        dia_model *model = networks_make(&kinds[k], 7 + k);
        dia_tape *tape[2];
        for (int s = 0; s < 2; s++) {
            assert_ok(dia_tape_create(&tape[s], model, B, B, &error), &error);
            if (s == 1)
                assert_true(dia_tape_single(tape[s]));
            assert_int_equal(dia_model_hamiltonian(model, tape[s], B, R, H[s]), DIA_OK);
            assert_int_equal(dia_model_contract(model, tape[s], B, row, W, G[s]), DIA_OK);
            assert_int_equal(dia_model_derivative(model, tape[s], B, row, V, D[s]), DIA_OK);
        }
        for (int i = 0; i < B * NP; i++) {
            assert_close(H[1][i], H[0][i], 0.0, 1e-5);
            assert_close(D[1][i], D[0][i], 0.0, 1e-4);
        }
        for (int i = 0; i < B * NC; i++)
            assert_close(G[1][i], G[0][i], 0.0, 1e-4);
        assert_memory_not_equal(H[0], H[1], sizeof H[0]);
        for (int list = 0; list < 3; list++) {
            const int *some = lists[list];
            for (int q = 0; q < count[list]; q++) {
                memcpy(W_some + q * NP, W + some[q] * NP, NP * sizeof *W);
                memcpy(V_some + q * NC, V + some[q] * NC, NC * sizeof *V);
            }
            assert_int_equal(dia_model_contract(model, tape[1], count[list], some, W_some, G_some), DIA_OK);
            assert_int_equal(dia_model_derivative(model, tape[1], count[list], some, V_some, D_some), DIA_OK);
            for (int q = 0; q < count[list]; q++) {
                assert_memory_equal(G_some + q * NC, G[1] + some[q] * NC, NC * sizeof *G_some);
                assert_memory_equal(D_some + q * NP, D[1] + some[q] * NP, NP * sizeof *D_some);
            }
        }
        assert_int_equal(dia_model_hamiltonian(model, tape[1], 1, R + 9 * NC, H[0]), DIA_OK);
        assert_memory_equal(H[0], H[1] + 9 * NP, NP * sizeof *H[0]);
        dia_tape_free(tape[0]);
        dia_tape_free(tape[1]);
        dia_model_free(model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(conforms),
                                       cmocka_unit_test(symmetry_is_exact),
                                       cmocka_unit_test(parity_trap_is_refused),
                                       cmocka_unit_test(reference_is_added),
                                       cmocka_unit_test(local_data_make_no_steep_inputs),
                                       cmocka_unit_test(file_round_trip),
                                       cmocka_unit_test(single_precision_is_near)};
    return cmocka_run_group_tests(tests, write_modes, remove_modes);
}
