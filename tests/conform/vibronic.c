/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vibronic coupling through the harness: abstract modes and baths; planar, linear and asymmetric molecules; SHARC's files. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "conform.h"

/* Pyrazine, three modes: R. Schneider, W. Domcke, Chem. Phys. Lett. 150, 235 (1988); with made-up terms of all other kinds. */
static void test_abstract(void **state)
{
    (void)state;
    conform_block(
        "type: vibronic\n"
        "epsilon: [3.94 eV, 4.84 eV]\n"
        "modes:\n"
        "  - {name: 1, frequency: 0.126 eV, kappa: [-0.037 eV, -0.254 eV]}\n"
        "  - {name: 6a, frequency: 0.074 eV, kappa: [-0.105 eV, 0.149 eV]}\n"
        "  - {name: 10a, frequency: 0.118 eV}\n"
        "eta: [{states: [0, 1], value: 0.001 eV}]\n"
        "lambda: [{states: [0, 1], modes: [10a], value: 0.262 eV}]\n"
        "gamma:\n"
        "  - {states: [0, 0], modes: [6a, 1], value: 0.011 eV}\n"
        "  - {states: [1, 1], modes: [10a, 10a], value: -0.0116 eV}\n"
        "  - {states: [1, 0], modes: [6a, 10a], value: -0.01 eV}\n"
        "powers:\n"
        "  - {states: [0, 1], mode: 10a, power: 3, value: 0.003 eV}\n"
        "  - {states: [1, 1], mode: 6a, power: 4, value: 0.002 eV}\n"
        "dipoles: [{states: [1, 0], vector: [0, 0, 0.8]}, {states: [1, 1], vector: [1, 0, 0], mode: 6a}]\n"
        "morse: [{state: 0, mode: 1, depth: 5 eV, exponent: -0.1, centre: 0.3, offset: 0.02 eV}]\n"
        "baths: [{density: ohmic, reorganisation: 0.02 eV, cutoff: 0.05 eV, modes: 4, coupling: [0.5, -1]}]\n",
        2.0);
}

static void test_spin_boson(void **state)
{
    (void)state;
    conform_block("{type: spin_boson, modes: 3}", 1.0);
    conform_block("{type: spin_boson, density: ohmic, modes: 20, unit: 208.5 cm^-1}", 1.0);
}

/* A wrong entry is refused, by its key and by what was expected. */
static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *said;
    } cases[] = {
        {"powers: [{states: [0], mode: a, power: 3, value: 1 eV}]", "powers.states: expected 2 numbers"},
        {"powers: [{states: [0, 5], mode: a, power: 3, value: 1 eV}]", "powers: there is no state 5"},
        {"powers: [{states: [0, 1], mode: b, power: 3, value: 1 eV}]", "powers: there is no mode called 'b'"},
        {"powers: [{states: [0, 1], mode: a, power: 13, value: 1 eV}]", "power: 13 is out of range"},
        {"morse: [{state: 2, mode: a, depth: 1 eV, exponent: 1}]", "morse: there is no state 2"},
        {"morse: [{state: 0, mode: b, depth: 1 eV, exponent: 1}]", "morse: there is no mode called 'b'"},
        {"morse: [{state: 0, mode: a, depth: 1 eV, exponent: 1}, {state: 0, mode: a, depth: 2 eV, exponent: 1}]",
         "morse: state 0 has two of mode 'a'"},
        {"dipoles: [{states: [0, 2], vector: [0, 0, 1]}]", "dipoles: there is no state 2"},
        {"dipoles: [{states: [0, 1], vector: [0, 1]}]", "dipoles.vector: expected 3 numbers"},
        {"dipoles: [{states: [0, 1], vector: [0, 0, 1], mode: b}]", "dipoles: there is no mode called 'b'"},
        {"baths: [{reorganisation: 1 eV, cutoff: 1 eV, coupling: [1]}]", "baths.coupling: expected 2 numbers"},
        {"molecule: {symbols: [H], geometry: [0, 0, 0]}\n"
         "baths: [{reorganisation: 1 eV, cutoff: 1 eV, coupling: [1, 0]}]",
         "baths: a model of a molecule has no others"},
        {"lambda: [{states: [1, 1], modes: [a], value: 1 eV}]", "use kappa of the mode"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char yaml[400];
        dia_error error = {0};
        dia_model *model = NULL;
        snprintf(yaml, sizeof yaml,
                 "type: vibronic\nepsilon: [0 eV, 1 eV]\nmodes: [{name: a, frequency: 0.1 eV}]\n%s\n", cases[i].entry);
        assert_int_equal(dia_model_parse(&model, yaml, ".", &error), DIA_ERROR_INPUT);
        if (strstr(error.text, cases[i].said) == NULL)
            fail_msg("'%s' was expected, said was '%s'", cases[i].said, error.text);
    }
}

/* YAML of a molecule with nmode random orthonormal vectors and every kind of term between three states. Random modes
 * are not orthogonal to rotations, so that the turning of the alignment matters as much as it can. */
static char *random_model(int natom, const char *symbols, const double *geometry, int nmode, uint64_t seed)
{
    enum { SIZE = 20000 };
    char *yaml = malloc(SIZE);
    int ncart = 3 * natom, used;
    uint32_t index = 0;
    double vectors[12][12];
    assert_non_null(yaml);
    used = snprintf(yaml, SIZE, "type: vibronic\nmolecule:\n  symbols: %s\n  geometry: [", symbols);
    for (int c = 0; c < ncart; c++)
        used += snprintf(yaml + used, (size_t)(SIZE - used), "%s%.10g bohr", c > 0 ? ", " : "", geometry[c]);
    used += snprintf(yaml + used, (size_t)(SIZE - used), "]\nepsilon: [0 eV, 1 eV, 1.5 eV]\nmodes:\n");
    for (int m = 0; m < nmode; m++) {
        for (int c = 0; c < ncart; c++)
            vectors[m][c] = dia_rng_normal(seed, 0, 0, DIA_PURPOSE_TEST, index++);
        for (int twice = 0; twice < 2; twice++)
            for (int k = 0; k <= m; k++) {
                double product = 0.0;
                for (int c = 0; c < ncart; c++)
                    product += vectors[m][c] * vectors[k][c];
                for (int c = 0; c < ncart; c++)
                    vectors[m][c] = k < m ? vectors[m][c] - product * vectors[k][c] : vectors[m][c] / sqrt(product);
            }
        used += snprintf(yaml + used, (size_t)(SIZE - used),
                         "  - {name: m%d, frequency: %g eV, kappa: [0.1 eV, -0.2 eV, %g eV], vector: [", m,
                         0.1 + 0.05 * m, 0.1 * m);
        for (int c = 0; c < ncart; c++)
            used += snprintf(yaml + used, (size_t)(SIZE - used), "%s%.15g", c > 0 ? ", " : "", vectors[m][c]);
        used += snprintf(yaml + used, (size_t)(SIZE - used), "]}\n");
    }
    snprintf(
        yaml + used, (size_t)(SIZE - used),
        "eta: [{states: [0, 2], value: 0.05 eV}]\n"
        "lambda: [{states: [0, 1], modes: [m0], value: 0.2 eV}, {states: [2, 1], modes: [m1], value: -0.3 eV}]\n"
        "gamma: [{states: [0, 0], modes: [m0, m1], value: 0.02 eV}, {states: [0, 0], modes: [m1, m0], value: 0.01 eV},"
        " {states: [1, 1], modes: [m1, m1], value: 0.03 eV}, {states: [1, 2], modes: [m0, m0], value: -0.04 eV}]\n"
        "dipoles: [{states: [0, 1], vector: [0.3, -0.2, 0.7]}, {states: [2, 1], vector: [1, 2, 3], mode: m1},"
        " {states: [0, 0], vector: [0, 0.5, 0.1]}]\n");
    return yaml;
}

static void test_planar(void **state)
{
    (void)state;
    const double so2[] = {0, 0, 0, 0, -2.38, 1.36, 0, 2.38, 1.36};
    char *yaml = random_model(3, "[S, O, O]", so2, 3, 1);
    conform_block(yaml, 0.15);
    free(yaml);
}

static void test_asymmetric(void **state)
{
    (void)state;
    const double h2o2[] = {1.5, 0.9, 0.4, 1.3, -0.1, 0, -1.3, 0.1, 0, -1.5, -0.9, 0.4};
    char *yaml = random_model(4, "[H, O, O, H]", h2o2, 6, 2);
    conform_block(yaml, 0.15);
    free(yaml);
}

/* A linear molecule bends in two directions that a rotation mixes: H must treat them alike, or it cannot be invariant.
 */
static void test_linear(void **state)
{
    (void)state;
    const double o = 15.99491461957, c = 12.0; /* masses fix the antisymmetric modes: no motion of the centre of mass */
    double a = sqrt(c / (2.0 * (2.0 * o + c))), b = -sqrt(2.0 * o / (2.0 * o + c));
    a = sqrt((1.0 - b * b) / 2.0);
    char yaml[4000];
    snprintf(
        yaml, sizeof yaml,
        "type: vibronic\n"
        "molecule: {symbols: [O, C, O], geometry: [0, 0, -1.16, 0, 0, 0, 0, 0, 1.16]}\n"
        "epsilon: [0 eV, 2 eV]\n"
        "modes:\n"
        "  - {name: s, frequency: 0.17 eV, kappa: [0.1 eV, 0.3 eV], vector: [0, 0, %.15g, 0, 0, 0, 0, 0, %.15g]}\n"
        "  - {name: a, frequency: 0.29 eV, vector: [0, 0, %.15g, 0, 0, %.15g, 0, 0, %.15g]}\n"
        "  - {name: x, frequency: 0.08 eV, vector: [%.15g, 0, 0, %.15g, 0, 0, %.15g, 0, 0]}\n"
        "  - {name: y, frequency: 0.08 eV, vector: [0, %.15g, 0, 0, %.15g, 0, 0, %.15g, 0]}\n"
        "lambda: [{states: [0, 1], modes: [a], value: 0.1 eV}]\n"
        "gamma: [{states: [1, 1], modes: [x, x], value: 0.02 eV}, {states: [1, 1], modes: [y, y], value: 0.02 eV}]\n"
        "dipoles: [{states: [0, 1], vector: [0, 0, 0.4]}, {states: [1, 1], vector: [0, 0, 1], mode: a}]\n",
        -sqrt(0.5), sqrt(0.5), a, b, a, a, b, a, a, b, a);
    conform_block(yaml, 0.15);
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* SHARC's two files with every block; H2O-like numbers made up here. */
static void test_template(void **state)
{
    (void)state;
    write_text(
        "conform_vibronic_V0.txt",
        "Geometry\n O 8. 0. 0. 0.1230 15.99491462\n H 1. 0. 1.43 -0.97 1.00782503\n H 1. 0. -1.43 -0.97 1.00782503\n"
        "Frequencies\n 0 0 0 0 0 0 0.0075 0.0172 0.0180\n"
        "Mass-weighted normal modes\n"
        "0 0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0 0 0.270\n0 0 0 0 0 0 0.2725 0.19367 0\n"
        "0 0 0 0 0 0 0 0 0\n0 0 0 0 0 0 -0.4110 0.57534 -0.538\n0 0 0 0 0 0 -0.5420 -0.38759 0.4175\n"
        "0 0 0 0 0 0 0 0 0\n0 0 0 0 0 0 0.4110 -0.57534 -0.538\n0 0 0 0 0 0 -0.5420 -0.38759 -0.4175\n");
    write_text("conform_vibronic_LVC.template",
               "conform_vibronic_V0.txt\n2 0 1\nepsilon\n3\n1 1 0.0\n1 2 0.25\n3 1 0.2\n"
               "kappa\n2\n1 1 7 0.003\n1 2 8 -0.01\nlambda\n1\n1 1 2 9 0.02\n"
               "lambda_soc\n3\n1 3 7 R 0.002\n2 4 8 I 0.003\n1 5 9 I -0.002\n"
               "gamma\n2\n1 1 1 7 8 0.004\n1 1 2 9 9 0.003\n"
               "SOC I\n0 0 0 1e-3 0\n0 0 2e-3 0 0\n0 -2e-3 0 0 0\n-1e-3 0 0 0 0\n0 0 0 0 0\n"
               "DMX R\n0.1 0.2 0 0 0\n0.2 0 0 0 0\n0 0 0.4 0 0\n0 0 0 0.4 0\n0 0 0 0 0.4\n"
               "DMY I\n0 0.3 0 0 0\n-0.3 0 0 0 0\n0 0 0 0 0\n0 0 0 0 0\n0 0 0 0 0\n");
    conform_block("{type: vibronic, template: conform_vibronic_LVC.template}", 0.1);
    conform_block("{type: vibronic, template: conform_vibronic_LVC.template, multiplicity: 3}", 0.1);
    conform_block("{type: vibronic, template: conform_vibronic_LVC.template, multiplicity: all}", 0.1);
    conform_block("{type: vibronic, template: conform_vibronic_LVC.template, multiplicity: spin_free}", 0.1);
    remove("conform_vibronic_V0.txt");
    remove("conform_vibronic_LVC.template");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_abstract), cmocka_unit_test(test_spin_boson), cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_planar),   cmocka_unit_test(test_asymmetric), cmocka_unit_test(test_linear),
        cmocka_unit_test(test_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
