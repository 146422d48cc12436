/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Learned dipole matrices and their derivatives through the harness: drawn ones with and without a group, the shipped one. */
#include "check.h"
#include "conform.h"
#include "taught.h"

#include <stdio.h>
#include <string.h>

#include "model/committee.h"

/* Ammonia of two exchanged hydrogens and an inversion: true and axial vectors count; or without symmetry. */
static void draw(dia_dipoles *form, const dia_molecule *molecule, bool symmetric, int last)
{
    dia_error error = {0};
    dia_symmetry symmetry;
    uint32_t at = 0;
    const int hidden[2] = {10, last}, permutations[2 * NATOM] = {0, 2, 1, 3, 0, 1, 2, 3};
    const bool inversions[2] = {false, true};
    const double signs[2 * NSTATE] = {1, 1, -1, 1, -1, -1}, lengths[2] = {1.0, 3.0};
    const dia_generators generators = {symmetric ? 2 : 0, permutations, inversions, signs, NULL};
    assert_ok(dia_symmetry_init(&symmetry, molecule, NSTATE, &generators, &error), &error);
    assert_ok(dia_dipoles_init(form, molecule, &symmetry, 2, lengths, 2, hidden, &error), &error);
    assert_int_equal(form->nimage, symmetric ? 2 : 1);
    assert_true(form->nvector > NATOM);
    for (int l = 0; l < form->nlayer; l++) {
        for (int i = 0; i < form->width[l + 1] * form->width[l]; i++)
            form->weight[l][i] = 0.5 * taught_draw(&at);
        for (int i = 0; i < form->width[l + 1]; i++)
            form->bias[l][i] = 0.5 * taught_draw(&at);
    }
    for (int i = 0; i < form->nfeature; i++) {
        form->mean[i] = 0.1 * taught_draw(&at);
        form->deviation[i] = 0.3 + 0.01 * i;
    }
    dia_dipoles_refresh(form);
    dia_symmetry_free(&symmetry);
}

static void test_drawn(void **state)
{
    (void)state;
    const double reference[NC] = {0, 0, 0, 1.9, 0.1, 0.3, -0.9, 1.6, 0.2, -1.0, -1.5, 0.4};
    for (int symmetric = 0; symmetric < 2; symmetric++) {
        dia_network *network = taught_network(2);
        dia_model *model = NULL;
        dia_error error = {0};
        memcpy(network->molecule.reference, reference, sizeof reference);
        draw(&network->dipoles, &network->molecule, symmetric, 7);
        assert_ok(dia_network_model(&model, network, &error), &error);
        assert_true(dia_model_dipole_differentiable(model));
        conform_model(model, &(conform){.spread = 0.1, .step = 5e-4});
        dia_model_free(model);
    }
}

static void dipoles_of(const dia_model *model, const double *R, double *mu)
{
    dia_error error = {0};
    dia_tape *tape = NULL;
    double H[NP];
    assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
    assert_ok(dia_model_hamiltonian(model, tape, 1, R, H), NULL);
    assert_ok(dia_model_dipole(model, tape, 1, (const int[]){0}, mu), NULL);
    dia_tape_free(tape);
}

/* A file gives back the same bits, of layers of one unit too. */
static void test_written(void **state)
{
    (void)state;
    const double R[NC] = {0, 0, 0, 1.9, 0.1, 0.3, -0.9, 1.6, 0.2, -1.0, -1.5, 0.4};
    const char *path = "conform_dipoles_written.h5";
    for (int last = 1; last <= 7; last += 6) {
        dia_network *network = taught_network(2);
        dia_model *model = NULL, *read = NULL;
        dia_error error = {0};
        double mu[3 * NP], again[3 * NP];
        memcpy(network->molecule.reference, R, sizeof R);
        draw(&network->dipoles, &network->molecule, false, last);
        assert_ok(dia_network_save(network, path, &(dia_network_record){.level_of_theory = "none"}, &error), &error);
        assert_ok(dia_network_model(&model, network, &error), &error);
        assert_ok(dia_model_load(&read, path, &error), &error);
        dipoles_of(model, R, mu);
        dipoles_of(read, R, again);
        assert_memory_equal(mu, again, sizeof mu);
        dia_model_free(model);
        dia_model_free(read);
        remove(path);
    }
}

static void check_file(const char *path)
{
    dia_model *model = NULL;
    dia_error error = {0};
    assert_ok(dia_model_load(&model, path, &error), &error);
    assert_true(dia_model_dipole_differentiable(model));
    conform_model(model, &(conform){.spread = 0.1, .step = 5e-4});
    dia_model_free(model);
}

/* Ethylene: permutations of the hydrogens and the carbons, three lengths; and a committee, which has the dipoles of the member
 * that is flown. */
static void test_shipped(void **state)
{
    (void)state;
    dia_error error = {0};
    const char *shipped = SOURCE_DIR "/models/ethylene/ethylene.h5", *path = "conform_dipoles_committee.h5";
    const dia_committee_plan plan = {.n = 2, .members = (const char *[]){shipped, shipped}};
    check_file(shipped);
    assert_ok(dia_committee_write(path, &plan, &error), &error);
    check_file(path);
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_drawn), cmocka_unit_test(test_written),
                                       cmocka_unit_test(test_shipped)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
