/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "dynamics/initial.h"
#include "molecule/xyz.h"

static const char tully[] = "{type: tully, variant: single_crossing}";
/* One state: the force constants w + 2 gamma and the minimum -kappa/(w + 2 gamma) are known. */
static const char abstract[] = "type: vibronic\n"
                               "epsilon: [0.2 hartree]\n"
                               "modes:\n"
                               "  - {name: a, frequency: 0.010 hartree, kappa: [0.004 hartree]}\n"
                               "  - {name: b, frequency: 0.005 hartree}\n"
                               "gamma: [{states: [0, 0], modes: [b, b], value: 0.001 hartree}]\n";
static const char water[] =
    "type: vibronic\n"
    "molecule: {symbols: [O, H, H], geometry: [0, 0, 0.12, 0, 0.76, -0.47, 0, -0.76, -0.47]}\n"
    "epsilon: [0 eV, 7 eV]\n"
    "modes:\n"
    "  - {name: s, frequency: 0.46 eV, vector: [0, 0, 0.2008, 0, 0.5655, -0.4, 0, -0.5655, -0.4],"
    " kappa: [0 eV, 0.2 eV]}\n";

typedef struct asked { /* a model and the settings an input gives */
    dia_model *model;
    dia_config *config;
    dia_initial_settings settings;
} asked;

static void ask(asked *a, const char *model, const char *initial)
{
    dia_error error = {0};
    memset(a, 0, sizeof *a);
    assert_ok(dia_model_parse(&a->model, model, ".", &error), &error);
    assert_ok(dia_config_parse(&a->config, initial, "initial", ".", &error), &error);
    dia_config_read(a->config, dia_config_root(a->config), "initial", 1,
                    (const dia_option *const[]){dia_initial_options}, (void *const[]){&a->settings});
    assert_ok(dia_config_finish(a->config, &error), &error);
}

static void answered(asked *a)
{
    dia_model_free(a->model);
    dia_config_free(a->config);
}

static void test_fixed(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    ask(&a, tully, "{sampling: fixed, position: [-10], momentum: [15], state: 1, trajectories: 3}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, &error), &error);
    assert_int_equal(x.n, 3);
    for (int i = 0; i < 3; i++) {
        assert_close(x.R[i], -10.0, 0, 0);
        assert_close(x.V[i], 15.0 / 2000.0, 1e-16, 0);
        assert_int_equal(x.state[i], 1);
        assert_close(x.weight[i], 1.0, 0, 0);
    }
    assert_string_equal(x.note, "");
    dia_initial_free(&x);
    answered(&a);
}

static void test_widths(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    ask(&a, tully,
        "{sampling: fixed, position: [-8], momentum: [10], position_width: [1], momentum_width: [0.5], state: 0, "
        "trajectories: 10000, seed: 5}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, &error), &error);
    double mean[2] = {0}, square[2] = {0};
    for (int i = 0; i < x.n; i++) {
        double p = x.V[i] * 2000.0;
        mean[0] += x.R[i] / x.n;
        mean[1] += p / x.n;
        square[0] += (x.R[i] + 8) * (x.R[i] + 8) / x.n;
        square[1] += (p - 10) * (p - 10) / x.n;
    }
    assert_close(mean[0], -8.0, 0, 4 * 1.0 / 100); /* four standard errors */
    assert_close(mean[1], 10.0, 0, 4 * 0.5 / 100);
    assert_close(square[0], 1.0, 0, 4 * 1.0 * sqrt(2.0) / 100);
    assert_close(square[1], 0.25, 0, 4 * 0.25 * sqrt(2.0) / 100);
    dia_initial_free(&x);
    answered(&a);
}

static void test_wigner(void **state)
{
    (void)state;
    asked a;
    dia_initial x, few;
    dia_error error = {0};
    ask(&a, abstract, "{state: 0, trajectories: 8000, seed: 3}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, &error), &error);
    assert_int_equal(x.modes.nmode, 2);
    /* gradient below 1e-7, force constants of 0.01 */
    assert_close(x.minimum[0], -0.4, 0, 1e-5);
    assert_close(x.minimum_energy, 0.2 - 0.5 * 0.004 * 0.4, 0, 1e-12);
    assert_close(x.modes.frequency[0], sqrt(0.005 * 0.007), 1e-9, 0);
    assert_close(x.modes.frequency[1], 0.010, 1e-9, 0);
    double variance[2] = {0}, energy = 0.0;
    for (int i = 0; i < x.n; i++)
        for (int c = 0; c < 2; c++) {
            double mass = dia_model_molecule(a.model)->masses[c], q = x.R[2 * i + c] - x.minimum[c];
            variance[c] += q * q / x.n;
            energy += 0.5 * mass * x.V[2 * i + c] * x.V[2 * i + c] / x.n + 0.5 * (c == 0 ? 0.01 : 0.007) * q * q / x.n;
        }
    double bound = 4 * sqrt(2.0 / x.n); /* four standard errors */
    assert_close(variance[0], 0.5, bound, 0);
    assert_close(variance[1], 0.5 * 0.005 / sqrt(0.005 * 0.007), bound, 0);
    assert_close(energy, dia_modes_zero_point(&x.modes, 0.0), bound, 0);
    /* a trajectory is the same in a swarm of any size */
    a.settings.trajectories = 18;
    assert_ok(dia_initial_make(&few, a.model, &a.settings, &error), &error);
    assert_memory_equal(few.R, x.R, 36 * sizeof *x.R);
    assert_memory_equal(few.V, x.V, 36 * sizeof *x.V);
    dia_initial_free(&few);
    dia_initial_free(&x);
    answered(&a);
}

/* One vibration is known to this model; the other two have no force at all and rest, said in a note. */
static void test_soft(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    ask(&a, water, "{state: 1, trajectories: 10, temperature: 300 K}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, &error), &error);
    assert_int_equal(x.modes.nmode, 3);
    assert_non_null(strstr(x.note, "lowest_frequency"));
    assert_close(x.modes.frequency[2], 0.46 * DIA_EV, 1e-2, 0); /* the vector has three digits */
    dia_initial_free(&x);
    answered(&a);
}

static void test_file(void **state)
{
    (void)state;
    asked a;
    dia_initial x, y;
    dia_error error = {0};
    const char *path = "unit_initial.xyz";
    ask(&a, water, "{state: 1, trajectories: 5, seed: 9}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, &error), &error);
    dia_xyz xyz = {.molecule = *dia_model_molecule(a.model), .nframe = 5, .R = x.R, .V = x.V, .weight = x.weight};
    assert_ok(dia_xyz_write(&xyz, path, &error), &error);
    answered(&a);
    ask(&a, water, "{sampling: file, file: unit_initial.xyz, state: 1}");
    assert_ok(dia_initial_make(&y, a.model, &a.settings, &error), &error);
    assert_int_equal(y.n, 5);
    for (int c = 0; c < 45; c++) {
        assert_close(y.R[c], x.R[c], 0, 1e-11); /* digits of the file */
        assert_close(y.V[c], x.V[c], 0, 1e-15);
    }
    dia_initial_free(&y);
    a.settings.trajectories = 2;
    assert_ok(dia_initial_make(&y, a.model, &a.settings, &error), &error);
    assert_int_equal(y.n, 2);
    dia_initial_free(&y);
    a.settings.trajectories = 6;
    assert_int_equal(dia_initial_make(&y, a.model, &a.settings, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "5 frames"));
    dia_error_clear(&error);
    answered(&a);
    ask(&a, tully, "{sampling: file, file: unit_initial.xyz, state: 1}"); /* another molecule */
    assert_int_equal(dia_initial_make(&y, a.model, &a.settings, &error), DIA_ERROR_INPUT);
    answered(&a);
    remove(path);
    dia_initial_free(&x);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *model, *initial, *says;
    } wrong[] = {
        {tully, "{sampling: fixed, state: 2, trajectories: 1}", "0 to 1"},
        {tully, "{sampling: fixed, state: 0}", "trajectories"},
        {tully, "{sampling: fixed, state: 0, trajectories: 1, position: [1, 2]}", "expected 1 number"},
        {tully, "{sampling: fixed, state: 0, trajectories: 1, momentum: [1, 2]}", "initial.momentum"},
        {tully, "{sampling: fixed, state: 0, trajectories: 1, file: a.xyz}", "sampling: file"},
        {tully, "{sampling: fixed, state: 0, trajectories: 1, temperature: 300 K}", "sampling: wigner"},
        {abstract, "{state: 0, trajectories: 1, position: [0, 0]}", "sampling: fixed"},
        {water, "{sampling: file, state: 0}", "file"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        asked a;
        dia_initial x;
        dia_error error = {0};
        ask(&a, wrong[i].model, wrong[i].initial);
        assert_int_equal(dia_initial_make(&x, a.model, &a.settings, &error), DIA_ERROR_INPUT);
        if (strstr(error.text, wrong[i].says) == NULL)
            fail_msg("case %zu: '%s' should say '%s'", i, error.text, wrong[i].says);
        assert_null(x.R);
        answered(&a);
    }
}

/* A surface without a minimum: said, with the model's name. */
static void test_no_minimum(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    ask(&a,
        "{type: vibronic, epsilon: [0 eV], modes: [{name: a, frequency: 0.1 eV, kappa: [0.01 eV]}], gamma: [{states: "
        "[0, 0],"
        " modes: [a, a], value: -0.06 eV}]}",
        "{state: 0, trajectories: 1}");
    assert_int_equal(dia_initial_make(&x, a.model, &a.settings, &error), DIA_ERROR_NUMERIC);
    assert_non_null(strstr(error.text, "vibronic"));
    answered(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed),      cmocka_unit_test(test_widths), cmocka_unit_test(test_wigner),
        cmocka_unit_test(test_soft),       cmocka_unit_test(test_file),   cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_no_minimum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
