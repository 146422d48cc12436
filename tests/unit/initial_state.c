/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts that are not one adiabatic state: the electronic part of initial conditions. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "diabolo/dynamics.h"
#include "dynamics/initial.h"
#include "electronic/sign.h"
#include "molecule/xyz.h"

/* A conical intersection at the origin, where the mixing of the diabats changes from sample to sample. */
static const char cone[] = "{type: jahn_teller}";
static const char anywhere[] =
    "sampling: fixed, position: [0.1, 0.2], position_width: [0.5], momentum_width: [1], seed: 4";
static const char water[] =
    "type: vibronic\n"
    "molecule: {symbols: [O, H, H], geometry: [0, 0, 0.12, 0, 0.76, -0.47, 0, -0.76, -0.47]}\n"
    "epsilon: [0 eV, 0.1 eV]\n"
    "modes:\n"
    "  - {name: s, frequency: 0.46 eV, vector: [0, 0, 0.2008, 0, 0.5655, -0.4, 0, -0.5655, -0.4],"
    " kappa: [0 eV, 0.2 eV]}\n"
    "lambda: [{states: [0, 1], modes: [s], value: 0.2 eV}]\n";

/* Initial conditions for `trajectories` with this `state`; the model is the caller's. */
static dia_status make(dia_initial *x, dia_model **model, const char *yaml, const char *start, const char *state,
                       int trajectories, dia_error *error)
{
    dia_config *config = NULL;
    dia_initial_settings settings = {0};
    char text[400];
    snprintf(text, sizeof text, "{%s, state: %s%s%.0d}", start, state, trajectories > 0 ? ", trajectories: " : "",
             trajectories);
    *x = (dia_initial){0};
    assert_ok(dia_model_parse(model, yaml, ".", error), error);
    assert_ok(dia_config_parse(&config, text, "initial", ".", error), error);
    dia_initial_read(&settings, config, dia_config_root(config));
    dia_status status = dia_config_finish(config, error);
    if (status == DIA_OK)
        status = dia_initial_make(x, *model, &settings, NULL, error);
    dia_config_free(config);
    return status;
}

/* The block in which they start; 0 steps have been done. */
static dia_block *start(const dia_initial *x, const dia_model *model, dia_dynamics *d)
{
    dia_error error = {0};
    dia_block *block = NULL;
    int64_t *number = calloc((size_t)x->n, sizeof *number);
    for (int i = 0; i < x->n; i++)
        number[i] = i;
    assert_ok(dia_dynamics_parse(d, "{duration: 1 fs}", &error), &error);
    assert_ok(dia_block_create(&block, model, d, x->n, &error), &error);
    assert_ok(dia_block_start_amplitudes(block, x->n, number, x->R, x->V, x->state, x->c, &error), &error);
    free(number);
    return block;
}

static double square(const double *c, int k)
{
    return c[2 * k] * c[2 * k] + c[2 * k + 1] * c[2 * k + 1];
}

/* Every trajectory is in the diabatic state; the active states are drawn from U^T e_d, so their share agrees with the mean
 * of the squares within four standard errors; and half of them are in the other state, so the draw matters. */
static void test_diabatic_wave_function(void **state)
{
    (void)state;
    enum { N = 4000 };
    dia_error error = {0};
    dia_initial x;
    dia_model *model;
    dia_dynamics d;
    assert_ok(make(&x, &model, cone, anywhere, "{diabatic: 1}", N, &error), &error);
    dia_block *block = start(&x, model, &d);
    double mean = 0.0, variance = 0.0, active = 0.0;
    for (int b = 0; b < N; b++) {
        double a[4];
        dia_block_amplitudes(block, b, a);
        const double u = block->frame.U[4 * b + 3]; /* diabat 1 in adiabatic state 1 */
        assert_close(square(a, 1), u * u, 0, 1e-14);
        assert_close(square(block->c + 4 * b, 1), 1.0, 0, 1e-14);
        mean += u * u / N;
        variance += u * u * (1.0 - u * u);
        active += (double)block->active[b] / N;
    }
    assert_close(active, mean, 0, 4.0 * sqrt(variance) / N);
    assert_true(mean > 0.3 && mean < 0.7);
    dia_block_free(block);
    dia_dynamics_close(&d);
    dia_initial_free(&x);
    dia_model_free(model);
}

/* The mixture draws the same states, and each trajectory is then one that starts in that state. */
static void test_density(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_initial x, y;
    dia_model *one, *two;
    dia_dynamics d;
    assert_ok(make(&x, &one, cone, anywhere, "{diabatic: 1}", 100, &error), &error);
    assert_ok(make(&y, &two, cone, anywhere, "{diabatic: 1, as: density}", 60, &error), &error);
    assert_null(y.c);
    assert_memory_equal(x.state, y.state, 60 * sizeof *x.state);
    assert_memory_equal(x.R, y.R, 120 * sizeof *x.R);
    dia_block *block = start(&y, two, &d);
    for (int b = 0; b < 60; b++) {
        double a[4];
        dia_block_amplitudes(block, b, a);
        assert_close(square(a, y.state[b]), 1.0, 0, 1e-14);
    }
    dia_block_free(block);
    dia_dynamics_close(&d);
    dia_initial_free(&x);
    dia_initial_free(&y);
    dia_model_free(one);
    dia_model_free(two);
}

/* Populations and the relative phase are those asked for, in either basis. */
static void test_superposition(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_initial x;
    dia_model *model;
    dia_dynamics d;
    assert_ok(make(&x, &model, cone, anywhere, "{adiabatic: [0.6, 0.8i]}", 50, &error), &error);
    dia_block *block = start(&x, model, &d);
    int upper = 0;
    for (int b = 0; b < 50; b++) {
        double a[4];
        dia_block_amplitudes(block, b, a);
        dia_amplitudes_settle(&block->frame, b, a);
        assert_close(a[0], 0.6, 0, 1e-14);
        assert_close(a[3], 0.8, 0, 1e-14);
        upper += block->active[b];
    }
    assert_close(upper, 50 * 0.64, 0, 4.0 * sqrt(50 * 0.36 * 0.64)); /* four standard errors */
    dia_block_free(block);
    dia_dynamics_close(&d);
    dia_initial_free(&x);
    dia_model_free(model);
    assert_ok(make(&x, &model, cone, anywhere, "{diabatic: [0.5-0.5i, -0.7071]}", 5, &error), &error);
    for (int b = 0; b < 5; b++) {
        assert_close(x.c[4 * b], 0.5, 1e-4, 0); /* the norm of what was given is 1 up to 1e-5 */
        assert_close(x.c[4 * b + 1], -0.5, 1e-4, 0);
        assert_close(x.c[4 * b + 2], -sqrt(0.5), 1e-4, 0);
        assert_close(square(x.c + 4 * b, 0) + square(x.c + 4 * b, 1), 1.0, 0, 1e-15);
    }
    dia_initial_free(&x);
    dia_model_free(model);
}

/* ---- frames ---------------------------------------------------------------------------------- */

static const char path[] = "unit_initial_state.xyz", frames[] = "sampling: file, file: unit_initial_state.xyz";

static void write(const dia_initial *x, const dia_model *model, const int *states, const double *c)
{
    dia_error error = {0};
    dia_xyz xyz = {.molecule = *dia_model_molecule(model), .nframe = x->n, .R = x->R, .V = x->V, .namplitude = 4};
    xyz.state = (int *)states;
    xyz.amplitudes = (double *)c;
    assert_ok(dia_xyz_write(&xyz, path, &error), &error);
}

/* Samples written and read again start with the same amplitudes and active states; without the latter these are drawn. */
static void test_frames(void **state)
{
    (void)state;
    enum { N = 30 };
    dia_error error = {0};
    dia_initial x, y;
    dia_model *one, *two;
    assert_ok(make(&x, &one, water, "seed: 2", "{diabatic: 1}", N, &error), &error);
    write(&x, one, x.state, x.c);
    assert_ok(make(&y, &two, water, frames, "file", 0, &error), &error);
    assert_int_equal(y.n, N);
    assert_memory_equal(x.state, y.state, N * sizeof *x.state);
    assert_memory_equal(x.c, y.c, 4 * N * sizeof *x.c);
    dia_initial_free(&y);
    dia_model_free(two);
    write(&x, one, NULL, x.c);
    assert_ok(make(&y, &two, water, frames, "file", 0, &error), &error);
    int upper = 0;
    for (int i = 0; i < N; i++)
        upper += y.state[i];
    assert_true(upper > 0 && upper < N);
    dia_initial_free(&y);
    dia_model_free(two);
    int own[N]; /* diabatic states of the frames */
    for (int i = 0; i < N; i++)
        own[i] = i % 2;
    write(&x, one, own, NULL);
    assert_ok(make(&y, &two, water, frames, "{diabatic: file}", 0, &error), &error);
    for (int i = 0; i < N; i++)
        assert_close(square(y.c + 4 * i, i % 2), 1.0, 0, 0);
    dia_initial_free(&y);
    dia_model_free(two);
    dia_initial_free(&x);
    dia_model_free(one);
    remove(path);
}

/* ---- mistakes -------------------------------------------------------------------------------- */

static void test_mistakes(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_initial x, own;
    dia_model *model, *other;
    assert_ok(make(&own, &model, water, "seed: 2", "{diabatic: 1}", 2, &error), &error);
    static const struct {
        const char *start, *state, *says;
        int frames; /* 1: with states, 2: with amplitudes, 3, 4: with amplitudes of a larger, a smaller norm */
    } wrong[] = {
        {anywhere, "{diabatic: 2}", "the model has the states 0 to 1, found 2", 0},
        {anywhere, "{diabatic: [1, 0, 0]}", "expected 2 coefficients, one for each state of the model, found 3", 0},
        {anywhere, "{diabatic: [1, 1]}", "add up to 2, expected 1; divide each by 1.4142136", 0},
        {anywhere, "{diabatic: [0.6, 0.8j]}", "expected a number such as 0.6, 0.8i or 0.5-0.5i, found '0.8j'", 0},
        {anywhere, "{diabatic: [0.6, 0.5 0.8i]}", "found '0.5 0.8i'", 0},
        {anywhere, "{diabatic: [0.6, i0.8]}", "found 'i0.8'", 0},
        {anywhere, "{diabatic: 0, adiabatic: 1}", "expected one of `adiabatic`, `diabatic` and `spin_free`", 0},
        {anywhere, "{diabatic: 0, as: mixture}", "must be one of wave_function, density", 0},
        {anywhere, "{diabatic: -1}", "-1 is out of range, expected 0 to 10000", 0},
        {anywhere, "[0.6, 0.8]", "expected a state (an integer) or file, found a list", 0},
        {frames, "{diabatic: 1}", "frame 1 says state=0, the input gives a diabatic state", 1},
        {frames, "{diabatic: 1}", "its frames state `amplitudes=`, which the input does not use", 2},
        {frames, "0", "its frames state `amplitudes=`, which the input does not use", 2},
        {frames, "file", "the squares of its `amplitudes=` do not add up to 1", 3},
        {frames, "file", "the squares of its `amplitudes=` do not add up to 1", 4},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const double c[8] = {wrong[i].frames == 4 ? 0.9 : 1.0, 0, wrong[i].frames == 3 ? 0.1 : 0.0, 0, 0, 1, 0, 0};
        if (wrong[i].frames > 0)
            write(&own, model, wrong[i].frames == 1 ? (const int[]){0, 0} : NULL, wrong[i].frames > 1 ? c : NULL);
        assert_int_equal(make(&x, &other, wrong[i].frames > 0 ? water : cone, wrong[i].start, wrong[i].state,
                              wrong[i].frames > 0 ? 0 : 3, &error),
                         DIA_ERROR_INPUT);
        if (strstr(error.text, wrong[i].says) == NULL)
            fail_msg("case %zu: '%s' should say '%s'", i, error.text, wrong[i].says);
        assert_null(x.R);
        dia_error_clear(&error);
        dia_model_free(other);
    }
    dia_initial_free(&own);
    dia_model_free(model);
    remove(path);
}

/* The library refuses amplitudes of another norm. */
static void test_norm(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_initial x;
    dia_model *model;
    dia_dynamics d;
    assert_ok(make(&x, &model, cone, anywhere, "{diabatic: 1}", 1, &error), &error);
    dia_block *block = start(&x, model, &d);
    assert_int_equal(
        dia_block_start_amplitudes(block, 1, (int64_t[]){7}, x.R, x.V, x.state, (double[]){1, 0, 0, 0.01}, &error),
        DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "trajectory 7 cannot start with amplitudes of norm 1.0001"));
    dia_block_free(block);
    dia_dynamics_close(&d);
    dia_initial_free(&x);
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diabatic_wave_function),
        cmocka_unit_test(test_density),
        cmocka_unit_test(test_superposition),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_norm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
