/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A baseline that is fitted to labels of its own form finds the numbers they were made of. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/baseline.h"
#include "model/front.h"
#include "networks.h"

enum { POINTS = 40, NSTATE = 3, NC = 18, NP = 6, ROWS = 15 };

static dia_network *make(const char *baseline)
{
    static const char *const descriptors[1] = {"inverse_distance"};
    dia_error error = {0};
    dia_molecule molecule;
    dia_network *network = calloc(1, sizeof *network);
    assert_non_null(network);
    assert_ok(dia_molecule_init(&molecule, 6, 3, numbers, &error), &error);
    memcpy(molecule.reference, geometry, sizeof geometry);
    const dia_network_plan plan = {.molecule = &molecule,
                                   .nstate = NSTATE,
                                   .ndescriptor = 1,
                                   .descriptors = descriptors,
                                   .architecture_options = TANH,
                                   .baseline = baseline};
    assert_ok(dia_network_init(network, &plan, &error), &error);
    assert_ok(dia_network_standardise(network, 1, geometry, NULL, &error), &error);
    for (int i = 0; i < network->nfeature; i++)
        network->deviation[i] = 0.02 + 0.001 * i;
    dia_molecule_free(&molecule);
    return network;
}

/* Energies and gradients of the baseline alone, each state by its own constant higher. */
static void label(const dia_model *model, const double *R, double *energy, double *gradient)
{
    dia_error error = {0};
    dia_tape *tape;
    const int row = 0;
    double H[NP];
    assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
    assert_int_equal(dia_model_hamiltonian(model, tape, 1, R, H), DIA_OK);
    for (int i = 0; i < NSTATE; i++) {
        double W[NP] = {0};
        W[dia_packed(i, i)] = 1.0;
        energy[i] = H[dia_packed(i, i)] + 0.1 * i;
        assert_int_equal(dia_model_contract(model, tape, 1, &row, W, gradient + i * NC), DIA_OK);
    }
    dia_tape_free(tape);
}

/* Curvatures of all features about the lowest geometry, where nothing pulls: no slopes and no couplings. */
static void linear_vibronic(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_network *network = make("linear_vibronic");
    double *p = network->baseline_numbers, found[ROWS * (2 + NP)], true_p[ROWS * (2 + NP)] = {0};
    assert_int_equal(network->nfeature, ROWS);
    for (int k = 0; k < ROWS; k++) /* standardised features are 0 at the geometry */
        true_p[k * (2 + NP) + 1] = 0.005 * (1.0 + k % 4);
    memcpy(p, true_p, sizeof true_p);
    for (int i = 0; i < NP; i++) /* the network adds nothing */
        network->scale[i] = 0.0;
    dia_model *model;
    assert_ok(dia_network_model(&model, network, &error), &error);
    static double R[POINTS * NC], energy[POINTS * NSTATE], gradient[POINTS * NSTATE * NC], coupling[POINTS * 3 * NC];
    int points[POINTS];
    for (int b = 0; b < POINTS; b++) {
        points[b] = b;
        for (int i = 0; i < NC; i++) /* the lowest is not the first */
            R[b * NC + i] =
                geometry[i] + (b == 7 ? 0.0 : 0.1 * dia_rng_normal(9, 0, (uint64_t)b, DIA_PURPOSE_TEST, (uint32_t)i));
        label(model, R + b * NC, energy + b * NSTATE, gradient + b * NSTATE * NC);
    }
    const dia_baseline_labels labels = {POINTS, NSTATE, points, R, energy, gradient, coupling, energy[7 * NSTATE]};
    assert_ok(network->baseline->fit(network, &labels, found, &error), &error);
    for (int i = 0; i < ROWS * (2 + NP); i++) /* normal equations: rounding times their condition */
        assert_close(found[i], true_p[i], 1e-7, 1e-9);
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(linear_vibronic)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
