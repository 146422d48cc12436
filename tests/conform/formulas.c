/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models that are formulas of a few coordinates, through the harness; and what is known of them. */
#include "check.h"

#include <math.h>

#include "conform.h"
#include "diabolo/frame.h"
#include "diabolo/model.h"

static dia_model *open_model(const char *yaml)
{
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    return model;
}

/* H (packed) and adiabatic energies at R. */
static void evaluate(const char *yaml, const double *R, double *H, double *E)
{
    enum { MOST = 3 };
    double U[MOST * MOST], work[1000];
    dia_error error = {0};
    dia_tape *tape = NULL;
    dia_model *model = open_model(yaml);
    const int n = dia_model_shape(model).nstate;
    assert_true(n <= MOST && dia_frame_work(n) <= 1000);
    assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
    assert_ok(dia_model_hamiltonian(model, tape, 1, R, H), NULL);
    dia_frame frame = {.batch = 1, .nstate = n, .H = H, .E = E, .U = U};
    assert_ok(dia_frame_solve(&frame, work), NULL);
    dia_tape_free(tape);
    dia_model_free(model);
}

static void test_conform(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        double spread, step;
    } cases[] = {
        {"{type: subotnik, variant: double_arch}", 6.0, 0},
        {"{type: subotnik, variant: dumbbell}", 10.0, 0},
        {"{type: subotnik, variant: x}", 7.0, 0},
        {"{type: subotnik, variant: s}", 7.0, 0},
        {"{type: subotnik, variant: 2d}", 3.0, 0},
        {"{type: superexchange}", 2.0, 0},
        {"{type: fan}", 3.0, 0},
        {"{type: fan, states: 30, coupling: 1e-4 hartree}", 3.0, 0},
        {"{type: morse, variant: I}", 0.7, 0},
        {"{type: morse, variant: II}", 0.7, 0},
        {"{type: morse, variant: III}", 0.7, 0},
        {"{type: retinal}", 1.5, 0},
        {"{type: retinal, bath: 23}", 1.0, 0},
        {"{type: nai}", 0.5, 0},
        {"{type: phenol}", 0.3, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        print_message("%s\n", cases[i].yaml);
        dia_model *model = open_model(cases[i].yaml);
        conform_model(model, &(conform){.spread = cases[i].spread, .step = cases[i].step});
        dia_model_free(model);
    }
}

/* The point that QuantumModelLib prints since it couples pi-sigma* and pi-pi*, r = 1.2 Angstrom, t = 0.2, eV: all its digits. */
static void test_phenol(void **state)
{
    (void)state;
    const double R[2] = {1.2 * DIA_ANGSTROM, 0.2};
    const double V[6] = {0.912491, 0.280793, 5.437178, 0.0, 0.044016, 5.698608},
                 lowest[3] = {0.895130, 5.446870, 5.706276};
    double H[6], E[3];
    evaluate("{type: phenol}", R, H, E);
    for (int k = 0; k < 6; k++)
        assert_close(H[k] / DIA_EV, V[k], 0, 6e-7);
    for (int i = 0; i < 3; i++)
        assert_close(E[i] / DIA_EV, lowest[i], 0, 6e-7);
    /* Reflection in the plane of the molecule turns the sign of pi-sigma* (A'') against S0 and pi-pi* (A'). */
    double mirrored[6];
    evaluate("{type: phenol}", (double[]){R[0], -R[1]}, mirrored, E);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j <= i; j++)
            assert_close(mirrored[dia_packed(i, j)], (i == 1) != (j == 1) ? -H[dia_packed(i, j)] : H[dia_packed(i, j)],
                         0, 0);
}

/* Double arch from the piecewise forms of the paper, left and between; dumbbell between. */
static void test_arches(void **state)
{
    (void)state;
    const double B = 0.1, C = 0.9;
    double H[3], E[2];
    evaluate("{type: subotnik, variant: double_arch}", (double[]){-5.0}, H, E);
    assert_close(H[1], B * (exp(C * (-5.0 + 4.0)) - exp(C * (-5.0 - 4.0))), 1e-14, 0);
    evaluate("{type: subotnik, variant: double_arch}", (double[]){1.0}, H, E);
    assert_close(H[1], B * (2.0 - exp(-C * 5.0) - exp(-C * 3.0)), 1e-14, 0);
    evaluate("{type: subotnik, variant: dumbbell}", (double[]){1.0}, H, E);
    assert_close(H[1], B * (exp(C * (1.0 - 10.0)) + exp(-C * 11.0)), 1e-13, 0);
}

/* Any two diabats of the fan cross where it says. */
static void test_fan(void **state)
{
    (void)state;
    double H[6], E[3];
    evaluate("{type: fan, states: 3}", (double[]){-0.01 * 1.0 / 0.005}, H, E); /* states 0 and 1: t = 1 and 0 */
    assert_close(H[0], H[2], 0, 1e-17);
    evaluate("{type: fan, states: 3}", (double[]){0.0}, H, E); /* 0 and 2 */
    assert_close(H[0], H[5], 0, 1e-17);
    assert_close(H[0], 0.01, 1e-15, 0);
}

/* The coupling of NaI is largest, 55 meV, at 6.93 Angstrom, where the diabats are all but equal (the polarisability makes the
 * ionic one lower by 24 meV); the well is some 3 eV deep. */
static void test_nai(void **state)
{
    (void)state;
    double H[3], E[2];
    evaluate("{type: nai}", (double[]){6.93 * DIA_ANGSTROM}, H, E);
    assert_close(H[0] / DIA_EV, H[2] / DIA_EV, 0, 0.03);
    assert_close(H[1] / DIA_EV, 0.055, 1e-14, 0);
    evaluate("{type: nai}", (double[]){2.67 * DIA_ANGSTROM}, H, E);
    assert_true(H[0] < -2.5 * DIA_EV && H[0] > -3.5 * DIA_EV);
}

/* Retinal: the states meet at 90 degrees of torsion and beyond; trans is 2.48 eV below, cis 1.12 eV above. */
static void test_retinal(void **state)
{
    (void)state;
    double H[3], E[2];
    evaluate("{type: retinal}", (double[]){0.0, 0.0}, H, E);
    assert_close((H[2] - H[0]) / DIA_EV, 2.48, 1e-13, 0);
    evaluate("{type: retinal}", (double[]){acos(-1.0), 0.0}, H, E);
    assert_close((H[0] - H[2]) / DIA_EV, 3.6 - 2.48 + 1.09, 1e-13, 0);
    assert_close(E[0] / DIA_EV, 2.48 - 1.09, 1e-13, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conform), cmocka_unit_test(test_phenol), cmocka_unit_test(test_arches),
        cmocka_unit_test(test_fan),     cmocka_unit_test(test_nai),    cmocka_unit_test(test_retinal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
