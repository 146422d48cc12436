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
    dia_initial_read(&a->settings, a->config, dia_config_root(a->config));
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
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
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
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
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
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
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
    assert_ok(dia_initial_make(&few, a.model, &a.settings, NULL, &error), &error);
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
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
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
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    dia_xyz xyz = {.molecule = *dia_model_molecule(a.model), .nframe = 5, .R = x.R, .V = x.V, .weight = x.weight};
    assert_ok(dia_xyz_write(&xyz, path, &error), &error);
    answered(&a);
    ask(&a, water, "{sampling: file, file: unit_initial.xyz, state: 1}");
    assert_ok(dia_initial_make(&y, a.model, &a.settings, NULL, &error), &error);
    assert_int_equal(y.n, 5);
    for (int c = 0; c < 45; c++) {
        assert_close(y.R[c], x.R[c], 0, 1e-11); /* digits of the file */
        assert_close(y.V[c], x.V[c], 0, 1e-15);
    }
    dia_initial_free(&y);
    a.settings.trajectories = 2;
    assert_ok(dia_initial_make(&y, a.model, &a.settings, NULL, &error), &error);
    assert_int_equal(y.n, 2);
    dia_initial_free(&y);
    a.settings.trajectories = 6;
    assert_int_equal(dia_initial_make(&y, a.model, &a.settings, NULL, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "5 frames"));
    dia_error_clear(&error);
    answered(&a);
    ask(&a, tully, "{sampling: file, file: unit_initial.xyz, state: 1}"); /* another molecule */
    assert_int_equal(dia_initial_make(&y, a.model, &a.settings, NULL, &error), DIA_ERROR_INPUT);
    answered(&a);
    remove(path);
    dia_initial_free(&x);
}

/* ---- what frames say ------------------------------------------------------------------------- */

static void expect_mistake(const char *initial, const char *says)
{
    asked a;
    dia_initial x;
    dia_error error = {0};
    ask(&a, water, initial);
    assert_int_equal(dia_initial_make(&x, a.model, &a.settings, NULL, &error), DIA_ERROR_INPUT);
    if (strstr(error.text, says) == NULL || strstr(error.text, "unit_frames.xyz") == NULL)
        fail_msg("'%s' should say '%s' and name the file", error.text, says);
    assert_null(x.R);
    answered(&a);
}

/* Three frames of the reference of `model`. */
static void write_frames(const char *model, const int *states, const double *weights)
{
    asked a;
    dia_error error = {0};
    double R[27];
    ask(&a, model, "{state: 0, trajectories: 1}");
    for (int f = 0; f < 3; f++)
        memcpy(R + 9 * f, dia_model_molecule(a.model)->reference, 9 * sizeof *R);
    dia_xyz xyz = {.molecule = *dia_model_molecule(a.model), .nframe = 3, .R = R, .V = R};
    xyz.state = (int *)states;
    xyz.weight = (double *)weights;
    assert_ok(dia_xyz_write(&xyz, "unit_frames.xyz", &error), &error);
    answered(&a);
}

/* The state of each frame is taken where the input asks for it, and passes nowhere without a word. */
static void test_states(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    write_frames(water, (int[]){1, 0, 1}, NULL);
    ask(&a, water, "{sampling: file, file: unit_frames.xyz, state: file}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    assert_memory_equal(x.state, ((int[]){1, 0, 1}), 3 * sizeof(int));
    dia_initial_free(&x);
    answered(&a);
    ask(&a, water, "{sampling: file, file: unit_frames.xyz, state: 1, trajectories: 1}"); /* the frames used agree */
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    dia_initial_free(&x);
    answered(&a);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1}", "frame 2 says state=0, the input says "
                                                                        "initial.state: 1; write initial.state: file");
    write_frames(water, (int[]){1, -1, 1}, NULL);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: file}", "frame 2 states no `state=`");
    write_frames(water, (int[]){1, 1, 2}, NULL);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: file}",
                   "frame 3 says state=2, the model has the states 0 to 1");
    remove("unit_frames.xyz");
}

static void test_weights(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    write_frames(water, NULL, (double[]){0.0, 0.0, 2.0});
    ask(&a, water, "{sampling: file, file: unit_frames.xyz, state: 1}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    assert_close(x.weight[2], 2.0, 0, 0);
    dia_initial_free(&x);
    answered(&a);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1, trajectories: 2}", "0 in each of its 2 frames");
    write_frames(water, NULL, (double[]){1e308, 1e308, 1.0});
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1}", "more than a number holds");
    remove("unit_frames.xyz");
}

/* ---- isotopes -------------------------------------------------------------------------------- */

/* Four times the mass, half the frequency; the surface is the same. */
static void test_masses(void **state)
{
    (void)state;
    asked light, heavy;
    dia_initial x, y;
    dia_error error = {0};
    ask(&light, water, "{state: 1, trajectories: 1}");
    assert_ok(dia_initial_make(&x, light.model, &light.settings, NULL, &error), &error);
    ask(&heavy, water, "{state: 1, trajectories: 1, masses: [63.97965847828 u, 4.03130012892, 4.03130012892]}");
    assert_ok(dia_initial_make(&y, heavy.model, &heavy.settings, NULL, &error), &error);
    assert_close(y.modes.frequency[2], 0.5 * x.modes.frequency[2], 1e-9, 0); /* rounding of the Hessian */
    assert_close(y.minimum_energy, x.minimum_energy, 0, 1e-12);
    dia_initial_free(&y);
    answered(&heavy);
    /* By name, and what flies, is written and is analysed has these masses. */
    ask(&heavy, water, "{state: 1, trajectories: 1, masses: [O, D, t]}");
    assert_ok(dia_initial_make(&y, heavy.model, &heavy.settings, NULL, &error), &error);
    const double *masses = dia_model_molecule(heavy.model)->masses, *old = dia_model_molecule(light.model)->masses;
    assert_close(masses[0], old[0], 0, 0);
    assert_close(masses[1] / DIA_DALTON, 2.01410177812, 1e-15, 0);
    assert_close(masses[2] / DIA_DALTON, 3.0160492779, 1e-15, 0);
    dia_initial_free(&x);
    dia_initial_free(&y);
    answered(&light);
    answered(&heavy);
}

/* Masses that frames state are flown if the input says so, and refused with the way out if not. */
static void test_masses_of_frames(void **state)
{
    (void)state;
    asked a;
    dia_initial x, y;
    dia_error error = {0};
    const char *path = "unit_frames.xyz";
    ask(&a, water, "{state: 1, trajectories: 3, masses: [O, D, D], temperature: 300 K}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    dia_xyz xyz = {.molecule = *dia_model_molecule(a.model), .nframe = 3, .R = x.R, .V = x.V};
    assert_ok(dia_xyz_write(&xyz, path, &error), &error);
    answered(&a);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1}",
                   "atom 2 weighs 2.014102 u, in the model 1.007825 u; write initial.masses: file");
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1, masses: [O, D, T]}",
                   "atom 3 weighs 2.014102 u, by initial.masses 3.016049 u");
    static const char *const right[] = {"{sampling: file, file: unit_frames.xyz, state: 1, masses: file}",
                                        "{sampling: file, file: unit_frames.xyz, state: 1, masses: [O, D, D]}"};
    for (int i = 0; i < 2; i++) {
        ask(&a, water, right[i]);
        assert_ok(dia_initial_make(&y, a.model, &a.settings, NULL, &error), &error);
        assert_close(dia_model_molecule(a.model)->masses[2] / DIA_DALTON, 2.01410177812, 1e-9, 0); /* digits written */
        assert_close(y.V[5], x.V[5], 0, 1e-15);
        dia_initial_free(&y);
        answered(&a);
    }
    FILE *plain = fopen(path, "w");
    fputs("3\n\nO 0 0 0.12\nH 0 0.76 -0.47\nH 0 -0.76 -0.47\n", plain);
    fclose(plain);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1, masses: file}", "states no masses");
    plain = fopen(path, "w");
    fputs("3\n\nO 0 0 0.12\nD 0 0.76 -0.47\nH 0 -0.76 -0.47\n", plain);
    fclose(plain);
    expect_mistake("{sampling: file, file: unit_frames.xyz, state: 1}", "atom 2 weighs 2.014102 u");
    remove(path);
    dia_initial_free(&x);
}

/* ---- minima and saddle points ---------------------------------------------------------------- */

/* Two states that couple along b: E = w b^2/2 - sqrt(d^2 + (lambda b)^2), d half their distance. By symmetry b = 0 is
 * stationary; it is a saddle point for lambda^2 > w d, with minima at b^2 = (lambda/w)^2 - (d/lambda)^2. The search begins at
 * the saddle, leaves it, and finds one of the two minima; the other, if told to begin on its side. */
static void test_saddle(void **state)
{
    (void)state;
    static const char pseudo[] = "type: vibronic\n"
                                 "epsilon: [0 hartree, 0.02 hartree]\n"
                                 "modes: [{name: a, frequency: 0.01 hartree}, {name: b, frequency: 0.005 hartree}]\n"
                                 "lambda: [{states: [0, 1], modes: [b], value: 0.012 hartree}]\n";
    const double w = 0.005, d = 0.01, lambda = 0.012;
    const double b = sqrt(pow(lambda / w, 2) - pow(d / lambda, 2));
    const double energy = d + 0.5 * w * b * b - sqrt(d * d + pow(lambda * b, 2));
    static const char *const inputs[] = {"{state: 1, trajectories: 1}", "{state: 1, trajectories: 1, position: [0, 1]}",
                                         "{state: 1, trajectories: 1, position: [0, -1]}"};
    for (int i = 0; i < 3; i++) {
        asked a;
        dia_initial x;
        dia_error error = {0};
        ask(&a, pseudo, inputs[i]);
        assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
        assert_close(i == 0 ? fabs(x.minimum[1]) : x.minimum[1], i == 2 ? -b : b, 0, 1e-4); /* gradient 1e-7 */
        assert_close(x.minimum_energy, energy, 0, 1e-10);
        assert_true(x.modes.frequency[0] > 0.0 && !x.saddle);
        const double imaginary = sqrt(w * (lambda * lambda / d - w)) / DIA_WAVENUMBER;
        if (i == 0) {
            char expected[40];
            snprintf(expected, sizeof expected, "(%.4gi cm^-1)", imaginary);
            if (strstr(x.note, expected) == NULL || strstr(x.note, "initial.position") == NULL)
                fail_msg("'%s' should say %s", x.note, expected);
        } else {
            assert_string_equal(x.note, "");
        }
        dia_initial_free(&x);
        answered(&a);
    }
}

/* ---- other distributions --------------------------------------------------------------------- */

/* Diabat 1 has another minimum and other force constants than the states that the coupling makes. */
static void test_diabat(void **state)
{
    (void)state;
    static const char model[] = "type: vibronic\n"
                                "epsilon: [0 hartree, 0.01 hartree]\n"
                                "modes: [{name: a, frequency: 0.01 hartree, kappa: [0 hartree, 0.004 hartree]},"
                                " {name: b, frequency: 0.005 hartree}]\n"
                                "lambda: [{states: [0, 1], modes: [b], value: 0.012 hartree}]\n"
                                "gamma: [{states: [1, 1], modes: [b, b], value: 0.001 hartree}]\n";
    asked a;
    dia_initial x;
    dia_error error = {0};
    ask(&a, model, "{state: {diabatic: 1}, diabat: 1, trajectories: 8000, seed: 3}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    assert_close(x.minimum[0], -0.4, 0, 1e-5); /* as in test_wigner */
    assert_close(x.minimum[1], 0.0, 0, 1e-5);
    assert_close(x.minimum_energy, 0.01 - 0.5 * 0.004 * 0.4, 0, 1e-12);
    assert_close(x.modes.frequency[0], sqrt(0.005 * 0.007), 1e-9, 0);
    assert_close(x.modes.frequency[1], 0.010, 1e-9, 0);
    double variance = 0.0;
    for (int i = 0; i < x.n; i++)
        variance += (x.R[2 * i] + 0.4) * (x.R[2 * i] + 0.4) / x.n;
    assert_close(variance, 0.5, 4 * sqrt(2.0 / x.n), 0); /* four standard errors */
    dia_initial_free(&x);
    answered(&a);
}

/* The well of a diabat that is no oscillator, found from its flank. */
static void test_well_of_diabat(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    ask(&a, "{type: tully, variant: dual_crossing}", "{diabat: 1, position: [0.5], state: 0, trajectories: 1}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    assert_close(x.minimum[0], 0.0, 0, 1e-5);
    assert_close(x.minimum_energy, 0.05 - 0.1, 0, 1e-12);
    assert_close(x.modes.frequency[0], sqrt(2 * 0.1 * 0.28 / 2000), 1e-6, 0);
    dia_initial_free(&x);
    answered(&a);
}

/* Means and variances of a packet of one coordinate: x, p. */
static void moments(const dia_initial *x, double mass, double mean[2], double variance[2])
{
    mean[0] = mean[1] = variance[0] = variance[1] = 0.0;
    for (int i = 0; i < x->n; i++) {
        mean[0] += x->R[i] / x->n;
        mean[1] += x->V[i] * mass / x->n;
    }
    for (int i = 0; i < x->n; i++) {
        variance[0] += (x->R[i] - mean[0]) * (x->R[i] - mean[0]) / x->n;
        variance[1] += (x->V[i] * mass - mean[1]) * (x->V[i] * mass - mean[1]) / x->n;
    }
}

/* Stated oscillators against closed forms, within four standard errors; kT = w/2 where there is a temperature. */
static void test_stated(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double factor; /* <Q^2> = <P^2> of the dimensionless coordinate */
    } cases[] = {
        {"sampling: wigner, frequencies: [0.002 hartree]", 0.5},
        {"sampling: wigner, position_width: [0.353553390593273762]", 0.5}, /* m = 2000: sqrt(1/8) */
        {"sampling: wigner, frequencies: [0.002 hartree], temperature: 0.001 hartree",
         0.65651764274966565}, /* coth(1)/2 */
        {"sampling: husimi, frequencies: [0.002 hartree]", 1.0},
        {"sampling: husimi, frequencies: [0.002 hartree], temperature: 0.001 hartree", 1.15651764274966565},
        {"sampling: boltzmann, frequencies: [0.002 hartree], temperature: 0.001 hartree", 0.5},
    };
    const double mw = 2000 * 0.002;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        asked a;
        dia_initial x;
        dia_error error = {0};
        char text[300];
        double mean[2], variance[2];
        snprintf(text, sizeof text, "{%s, position: [-8], momentum: [10], state: 0, trajectories: 8000, seed: 6}",
                 cases[i].text);
        ask(&a, tully, text);
        assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
        moments(&x, 2000.0, mean, variance);
        const double vx = cases[i].factor / mw, vp = cases[i].factor * mw, root = sqrt(x.n);
        assert_close(mean[0], -8.0, 0, 4 * sqrt(vx) / root);
        assert_close(mean[1], 10.0, 0, 4 * sqrt(vp) / root);
        assert_close(variance[0], vx, 4 * sqrt(2.0) / root, 0);
        assert_close(variance[1], vp, 4 * sqrt(2.0) / root, 0);
        assert_true(x.stated);
        dia_initial_free(&x);
        answered(&a);
    }
}

/* A packet is one packet, whether stated by a frequency, by the width of its ground state, or by both its widths. */
static void test_packet(void **state)
{
    (void)state;
    static const char *const same[] = {
        "{frequencies: [0.002 hartree], position: [-8], momentum: [10], state: 0, trajectories: 20}",
        "{position_width: [0.353553390593273762], position: [-8], momentum: [10], state: 0, trajectories: 20}",
        ("{sampling: fixed, position_width: [0.353553390593273762], momentum_width: [1.41421356237309505], position: "
         "[-8], momentum: [10], state: 0, trajectories: 20}")};
    double R[20], V[20];
    for (int k = 0; k < 3; k++) {
        asked a;
        dia_initial x;
        dia_error error = {0};
        ask(&a, tully, same[k]);
        assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
        for (int i = 0; i < 20; i++) {
            R[i] = k == 0 ? x.R[i] : R[i];
            V[i] = k == 0 ? x.V[i] : V[i];
            assert_close(x.R[i], R[i], 1e-14, 0); /* rounding of three ways to one number */
            assert_close(x.V[i], V[i], 1e-14, 0);
        }
        dia_initial_free(&x);
        answered(&a);
    }
}

/* The oscillators that a vibronic model is written in: without its gamma and kappa, about its reference; of abstract modes they
 * are the dimensionless coordinates, of a molecule its normal modes. */
static void test_of_model(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    ask(&a, abstract, "{frequencies: model, state: 0, trajectories: 8000}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    assert_close(x.modes.frequency[0], 0.010, 0, 0);
    assert_close(x.modes.frequency[1], 0.005, 0, 0);
    for (int c = 0; c < 2; c++) {
        double q = 0.0, p = 0.0;
        for (int i = 0; i < x.n; i++) {
            const double momentum = x.V[2 * i + c] / x.modes.frequency[c]; /* mass 1/w */
            q += x.R[2 * i + c] * x.R[2 * i + c] / x.n;
            p += momentum * momentum / x.n;
        }
        assert_close(q, 0.5, 4 * sqrt(2.0 / x.n), 0);
        assert_close(p, 0.5, 4 * sqrt(2.0 / x.n), 0);
    }
    dia_initial_free(&x);
    answered(&a);
    ask(&a, water, "{frequencies: model, state: 0, trajectories: 2}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    assert_int_equal(x.modes.nmode, 1);
    assert_close(x.modes.frequency[0], 0.46 * DIA_EV, 1e-15, 0);
    assert_memory_equal(x.minimum, dia_model_molecule(a.model)->reference, 9 * sizeof *x.minimum);
    dia_initial_free(&x);
    answered(&a);
}

/* Velocities of a molecule at a temperature: its three vibrations have 3 kT/2 of kinetic energy, whose variance is
 * 3 (kT)^2/2; it neither drifts nor turns. */
static void test_thermal_velocities(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    ask(&a, water, "{sampling: fixed, temperature: 500 K, state: 0, trajectories: 8000}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    const dia_molecule *molecule = dia_model_molecule(a.model);
    const double kT = 500 * DIA_KELVIN;
    double energy = 0.0, drift = 0.0, turn = 0.0;
    for (int i = 0; i < x.n; i++) {
        const double *R = x.R + 9 * i, *V = x.V + 9 * i;
        double P[3] = {0}, L = 0.0;
        for (int c = 0; c < 9; c++) {
            energy += 0.5 * molecule->masses[c / 3] * V[c] * V[c] / x.n;
            P[c % 3] += molecule->masses[c / 3] * V[c];
        }
        for (int k = 0; k < 3; k++)
            L += molecule->masses[k] * (R[3 * k + 1] * V[3 * k + 2] - R[3 * k + 2] * V[3 * k + 1]);
        drift = fmax(drift, fabs(P[0]) + fabs(P[1]) + fabs(P[2]));
        turn = fmax(turn, fabs(L));
    }
    assert_memory_equal(x.R, molecule->reference, 9 * sizeof *x.R);
    assert_close(energy, 1.5 * kT, 0, 4 * sqrt(1.5 * kT * kT / x.n));
    assert_close(drift, 0.0, 0, 1e-11); /* where the momenta are some ten */
    assert_close(turn, 0.0, 0, 1e-11);
    dia_initial_free(&x);
    answered(&a);
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
        {tully, "{sampling: fixed, state: 0, trajectories: 1, temperature: 300 K, momentum_width: [1]}", "keep one"},
        {tully, "{sampling: fixed, state: 0, trajectories: 1, frequencies: [1 eV]}", "initial.frequencies is not used"},
        {tully, "{sampling: fixed, state: 0, trajectories: 1, diabat: 0}", "initial.diabat is not used"},
        {tully, "{state: 0, trajectories: 1, frequencies: [1 eV], diabat: 0}", "the oscillators are stated"},
        {tully, "{state: 0, trajectories: 1, frequencies: [1 eV], position_width: [1]}", "keep one"},
        {tully, "{state: 0, trajectories: 1, frequencies: [1 eV, 1 eV]}", "initial.frequencies: expected 1 number"},
        {tully, "{state: 0, trajectories: 1, frequencies: [0 eV]}", "expected energies above 0, found '0 eV'"},
        {tully, "{state: 0, trajectories: 1, frequencies: [1 fs]}", "initial.frequencies: "},
        {tully, "{state: 0, trajectories: 1, frequencies: model}", "is not written in harmonic oscillators"},
        {tully, "{state: 0, trajectories: 1, position_width: [0]}", "above 0"},
        {tully, "{state: 0, trajectories: 1, diabat: 2}", "initial.diabat: the model has the states 0 to 1, found 2"},
        {tully, "{sampling: boltzmann, state: 0, trajectories: 1, frequencies: [1 eV]}",
         "sampling: boltzmann needs one"},
        {water, "{state: 0, trajectories: 1, frequencies: [1 eV]}", "Cartesian coordinates of a molecule"},
        {water, "{state: 0, trajectories: 1, frequencies: model, masses: [O, D, D]}", "leave initial.masses out"},
        {abstract, "{state: 0, trajectories: 1, momentum: [0]}", "initial.momentum: expected 2"},
        {abstract, "{state: 0, trajectories: 1, momentum_width: [0]}", "sampling: fixed"},
        {abstract, "{state: 0, trajectories: 1, position: [0]}", "expected 2 numbers"},
        {abstract, "{state: 0, trajectories: 1, position: [0, 0], file: a.xyz}", "keep one"},
        {abstract, "{state: file, trajectories: 1}", "give a number"},
        {abstract, "{state: 0, trajectories: 1, masses: file}", "initial.masses: file needs `file`"},
        {abstract, "{state: 0, trajectories: 1, masses: [1, 1, 1]}", "expected 2"},
        {abstract, "{state: 0, trajectories: 1, masses: [1, 0]}", "atom 2: a mass must be positive"},
        {abstract, "{state: 0, trajectories: 1, masses: [1, D]}", "atom 2: 'D' is H, in the model it is X"},
        {abstract, "{state: 0, trajectories: 1, masses: [1, 1e300]}", "atom 2 must lie between"},
        {water, "{state: 0, trajectories: 1, masses: [O, H, C]}", "atom 3: 'C' is C, in the model it is H"},
        {water, "{state: 0, trajectories: 1, masses: [O, H, heavy]}", "'heavy' is no element"},
        {water, "{state: 0, trajectories: 1, masses: [O, H, 1837]}", "electron masses"},
        {tully, "{sampling: fixed, state: 0, trajectories: 1, position_width: [-1]}", "not negative"},
        {water, "{sampling: file, state: 0}", "file"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        asked a;
        dia_initial x;
        dia_error error = {0};
        ask(&a, wrong[i].model, wrong[i].initial);
        assert_int_equal(dia_initial_make(&x, a.model, &a.settings, NULL, &error), DIA_ERROR_INPUT);
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
    assert_int_equal(dia_initial_make(&x, a.model, &a.settings, NULL, &error), DIA_ERROR_NUMERIC);
    assert_non_null(strstr(error.text, "vibronic"));
    answered(&a);
}

/* Asked to stop, before or while the samples are drawn: nothing is left. */
static void test_stops(void **state)
{
    (void)state;
    static const struct {
        const char *model, *initial;
    } cases[] = {{water, "{state: 0, trajectories: 1000}"},
                 {tully, "{sampling: fixed, position: [1], state: 0, trajectories: 1000}"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        asked a;
        dia_initial x;
        dia_error error = {0};
        const int now = 1;
        const dia_control control = {.stop = &now};
        ask(&a, cases[i].model, cases[i].initial);
        assert_int_equal(dia_initial_make(&x, a.model, &a.settings, &control, &error), DIA_ERROR_INTERRUPTED);
        assert_null(x.R);
        answered(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_wigner),
        cmocka_unit_test(test_soft),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_no_minimum),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_masses),
        cmocka_unit_test(test_masses_of_frames),
        cmocka_unit_test(test_saddle),
        cmocka_unit_test(test_diabat),
        cmocka_unit_test(test_well_of_diabat),
        cmocka_unit_test(test_stated),
        cmocka_unit_test(test_packet),
        cmocka_unit_test(test_of_model),
        cmocka_unit_test(test_thermal_velocities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
