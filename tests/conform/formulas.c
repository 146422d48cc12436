/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models that are formulas of a few coordinates, through the harness; and what is known of them. */
#include "check.h"

#include <math.h>

#include "conform.h"
#include "diabolo/model.h"
#include "model/object.h"

static void evaluate(const char *yaml, const double *R, double *H, double *E)
{
    dia_model *model = conform_open(yaml);
    conform_point(model, R, H, E);
    dia_model_free(model);
}

static void test_conform(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        double spread; /* bohr, radian: so that random points see all of the formula */
    } cases[] = {
        {"{type: tully, variant: single_crossing}", 2.0},
        {"{type: tully, variant: dual_crossing}", 2.0},
        {"{type: tully, variant: 3, mass: 1500 me}", 2.0},
        {"{type: ferretti}", 1.0},
        {"{type: ferretti, kx: 0.03, ky: 0.08, delta: 0.5 eV, x1: 3.5, x2: 2.5, x3: 2.8, alpha: 2, beta: 1, gamma: "
         "0.02, "
         "mass_x: 10 u, mass_y: 4 u}",
         1.0},
        {"{type: jahn_teller}", 1.0},
        {"{type: jahn_teller, mass: 2 u, frequency: 0.15 eV, k: 0.03, g: 0.02, tilt_x: 0.01, tilt_y: -0.005}", 1.0},
        {"{type: subotnik, variant: double_arch}", 6.0},
        {"{type: subotnik, variant: dumbbell}", 10.0},
        {"{type: subotnik, variant: x}", 7.0},
        {"{type: subotnik, variant: s}", 7.0},
        {"{type: subotnik, variant: 2d}", 3.0},
        {"{type: superexchange}", 2.0},
        {"{type: miao}", 1.0},
        {"{type: miao, a: 0.02 hartree, b: 1, w: 5, mass: 3 u}", 1.0},
        {"{type: fan}", 3.0},
        {"{type: fan, states: 30, coupling: 1e-4 hartree}", 3.0},
        {"{type: morse, variant: I}", 0.7},
        {"{type: morse, variant: II}", 0.7},
        {"{type: morse, variant: III}", 0.7},
        {"{type: retinal}", 1.5},
        {"{type: retinal, bath: 23}", 1.0},
        {"{type: nai}", 0.5},
        {"{type: nai, transition_dipole: 0.7, charge: 0.9}", 0.5},
        {"{type: phenol}", 0.3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        conform_block(cases[i].yaml, cases[i].spread);
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

/* Along x alone: charge r of the ionic state, the constant between the states, to the last bit. */
static void test_nai_dipoles(void **state)
{
    (void)state;
    dia_model *model = conform_open("{type: nai, transition_dipole: 0.7, charge: 0.9}");
    dia_error error = {0};
    dia_tape *tape = NULL;
    const double R = 5.1, exact[9] = {0.9 * R, 0.7};
    double H[3], mu[9];
    assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
    assert_ok(dia_model_hamiltonian(model, tape, 1, &R, H), NULL);
    assert_ok(dia_model_dipole(model, tape, 1, (const int[]){0}, mu), NULL);
    assert_memory_equal(mu, exact, sizeof mu);
    dia_tape_free(tape);
    dia_model_free(model);
}

/* A type with dipoles, but without their derivative: the harness wants it refused, and all else as before. */
static void test_without_derivative(void **state)
{
    (void)state;
    dia_model *model = conform_open("{type: nai}");
    dia_model_type type = *model->type;
    type.dipole_contract = NULL;
    model->type = &type;
    assert_true(dia_model_dipolar(model) && !dia_model_dipole_differentiable(model));
    conform_model(model, &(conform){.spread = 0.5});
    dia_model_free(model);
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

/* X: reflection swaps the first two states; far away -2 a, 2 a, 0 in this order; couplings of 0.005 at 0, -7 and 7. S: even, save the
 * third state, which ends at -2 a and 2 a; the first two are at -a and a between the crossings at +-7, at a and -a outside. */
static void test_three_states(void **state)
{
    (void)state;
    const double far = 30.0, x = 1.7, tiny = 2e-6; /* by which tanh(7) differs from 1 */
    static const int swapped[6] = {2, 1, 0, 4, 3, 5};
    double H[6], mirrored[6], E[3];
    evaluate("{type: subotnik, variant: x}", &x, H, E);
    evaluate("{type: subotnik, variant: x}", (double[]){-x}, mirrored, E);
    for (int k = 0; k < 6; k++)
        assert_close(mirrored[k], H[swapped[k]], 0, 1e-16);
    evaluate("{type: subotnik, variant: x}", (double[]){-far}, H, E);
    assert_close(H[0], -0.06, 0, 1e-15);
    assert_close(H[2], 0.06, 0, 1e-15);
    assert_close(H[5], 0.0, 0, 1e-15);
    static const int element[3] = {1, 3, 4};
    static const double peak[3] = {0.0, -7.0, 7.0};
    for (int k = 0; k < 3; k++) {
        evaluate("{type: subotnik, variant: x}", &peak[k], H, E);
        assert_close(H[element[k]], 0.005, 0, 1e-16);
    }
    evaluate("{type: subotnik, variant: s}", &x, H, E);
    evaluate("{type: subotnik, variant: s}", (double[]){-x}, mirrored, E);
    for (int k = 0; k < 5; k++)
        assert_close(mirrored[k], H[k], 0, 1e-16);
    assert_close(mirrored[5], -H[5], 0, 1e-16);
    assert_close(H[5], 0.03 * tanh(0.5 * x), 1e-14, 0);
    evaluate("{type: subotnik, variant: s}", (double[]){far}, H, E);
    assert_close(H[0], 0.015, 0, 1e-15);
    assert_close(H[2], -0.015, 0, 1e-15);
    assert_close(H[5], 0.03, 0, 1e-14);
    evaluate("{type: subotnik, variant: s}", (double[]){0.0}, H, E);
    assert_close(H[0], -0.015, 0, 0.03 * tiny);
    assert_close(H[3], 0.005, 0, 1e-16);
    assert_close(H[4], 0.005, 0, 1e-16);
    evaluate("{type: subotnik, variant: s}", (double[]){7.0}, H, E);
    assert_close(H[0], 0.0, 0, 0.015 * tiny);
    assert_close(H[1], 0.005, 0, 1e-16);
}

/* The model of two coordinates: at x = 1, y = 0 the argument of the second diabat is 0. The valley of that diabat meanders: after a quarter of a
 * turn of the phase it goes back by w = 2, which a step of 2/b along x makes up for. */
static void test_two_coordinates(void **state)
{
    (void)state;
    double H[3], E[2];
    evaluate("{type: subotnik, variant: 2d}", (double[]){1.0, 0.0}, H, E);
    assert_close(H[0], -0.05 * tanh(0.6), 1e-14, 0);
    assert_close(H[1], 0.015 * exp(-0.3), 1e-14, 0);
    assert_close(H[2], 0.15, 0, 1e-15);
    evaluate("{type: subotnik, variant: 2d}", (double[]){1.0 + 2.0 / 0.6, 0.5 * acos(-1.0) / 0.3}, H, E);
    assert_close(H[2], 0.15, 0, 1e-15);
    evaluate("{type: subotnik, variant: 2d}", (double[]){100.0, 0.0}, H, E);
    assert_close(H[2], 0.35, 0, 1e-15);
}

static void test_superexchange(void **state)
{
    (void)state;
    static const double V[6] = {0.0, 0.001, 0.01, 0.0, 0.01, 0.005};
    double H[6], E[3];
    evaluate("{type: superexchange}", (double[]){2.0}, H, E);
    for (int k = 0; k < 6; k++)
        assert_close(H[k], k == 1 || k == 4 ? V[k] * exp(-2.0) : V[k], 1e-14, 0);
}

/* Couplings of the Morse models are centred where their diabats cross, to the paper's two digits: the diabats differ there
 * by less than a tenth of their energy. Peaks of the couplings; each diabat's minimum and, D above it, dissociation limit. */
static void test_morse(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        double A, R[2], minimum[3], c[3], limit[3];
        int i[2], j[2];
    } models[3] = {
        {"{type: morse, variant: I}",
         0.002,
         {3.40, 4.80},
         {5.0, 4.0, 6.0},
         {0.0, 0.01, 0.006},
         {0.003, 0.014, 0.009},
         {1, 2},
         {0, 1}},
        {"{type: morse, variant: II}",
         0.005,
         {3.66, 3.34},
         {4.5, 4.0, 4.4},
         {0.0, 0.01, 0.02},
         {0.02, 0.02, 0.023},
         {1, 2},
         {0, 0}},
        {"{type: morse, variant: III}",
         0.005,
         {3.40, 4.97},
         {4.0, 4.5, 6.0},
         {0.02, 0.0, 0.02},
         {0.04, 0.02, 0.023},
         {1, 2},
         {0, 0}},
    };
    double H[6], E[3];
    for (int m = 0; m < 3; m++) {
        for (int k = 0; k < 2; k++) {
            evaluate(models[m].yaml, &models[m].R[k], H, E);
            const int i = dia_packed(models[m].i[k], models[m].i[k]), j = dia_packed(models[m].j[k], models[m].j[k]);
            assert_close(H[dia_packed(models[m].i[k], models[m].j[k])], models[m].A, 1e-15, 0);
            assert_close(H[i], H[j], 0.1, 0);
        }
        for (int i = 0; i < 3; i++) {
            evaluate(models[m].yaml, &models[m].minimum[i], H, E);
            assert_close(H[dia_packed(i, i)], models[m].c[i], 1e-15, 0);
        }
        evaluate(models[m].yaml, (double[]){300.0}, H, E);
        for (int i = 0; i < 3; i++)
            assert_close(H[dia_packed(i, i)], models[m].limit[i], 1e-14, 0);
    }
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
    evaluate("{type: retinal}", (double[]){0.0, 1.0}, H, E);
    assert_close(H[0] / DIA_EV, 0.5 * 0.19, 1e-13, 0);
    assert_close(H[1] / DIA_EV, 0.19, 1e-13, 0);
    assert_close((H[2] - H[0]) / DIA_EV, 2.48 + 0.1, 1e-13, 0);
    evaluate("{type: retinal}", (double[]){acos(-1.0), 0.0}, H, E);
    assert_close((H[0] - H[2]) / DIA_EV, 3.6 - 2.48 + 1.09, 1e-13, 0);
    assert_close(E[0] / DIA_EV, 2.48 - 1.09, 1e-13, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conform),
        cmocka_unit_test(test_phenol),
        cmocka_unit_test(test_nai_dipoles),
        cmocka_unit_test(test_without_derivative),
        cmocka_unit_test(test_arches),
        cmocka_unit_test(test_three_states),
        cmocka_unit_test(test_two_coordinates),
        cmocka_unit_test(test_superexchange),
        cmocka_unit_test(test_morse),
        cmocka_unit_test(test_fan),
        cmocka_unit_test(test_nai),
        cmocka_unit_test(test_retinal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
