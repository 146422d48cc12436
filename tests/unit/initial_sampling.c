/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Positions and velocities that are drawn, against closed forms: points with widths, oscillators about minima and as they are
 * stated. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "electronic/minimum.h"
#include "model/front.h"
#include "model/pointwise.h"
#include "start.h"

/* ---- points ------------------------------------------------------------------------------------ */

static void test_fixed(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    ask(&a, start_tully, "{sampling: fixed, position: [-10], momentum: [15], state: 1, trajectories: 3}");
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
    ask(&a, start_tully,
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

/* Velocities of a molecule at a temperature: its three vibrations have 3 kT/2 of kinetic energy, whose variance is
 * 3 (kT)^2/2; it neither drifts nor turns. */
static void test_thermal_velocities(void **state)
{
    (void)state;
    asked a;
    dia_initial x;
    dia_error error = {0};
    ask(&a, start_water, "{sampling: fixed, temperature: 500 K, state: 0, trajectories: 8000}");
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

/* ---- oscillators about a minimum --------------------------------------------------------------- */

static void test_wigner(void **state)
{
    (void)state;
    asked a;
    dia_initial x, few;
    dia_error error = {0};
    ask(&a, start_abstract, "{state: 0, trajectories: 8000, seed: 3}");
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
    ask(&a, start_water, "{state: 1, trajectories: 10, temperature: 300 K}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    assert_int_equal(x.modes.nmode, 3);
    assert_non_null(strstr(x.note, "lowest_frequency"));
    assert_false(x.saddle);                                     /* a flat direction leads nowhere */
    assert_close(x.modes.frequency[2], 0.46 * DIA_EV, 1e-2, 0); /* the vector has three digits */
    dia_initial_free(&x);
    answered(&a);
}

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

/* The search begins at the geometry of a file as at the same one given as `position`; what no force holds stays there. */
static void test_start_of_a_file(void **state)
{
    (void)state;
    static const double at[9] = {0, 0, 0.2, 0, 1.6, -0.9, 0.1, -1.3, -0.8}; /* bohr */
    const char *path = "start_of_a_search.xyz";
    char input[400], *end = input + sprintf(input, "{state: 1, trajectories: 1, position: [");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "3\n\n");
    for (int i = 0; i < 9; i++) {
        end += sprintf(end, "%s%.17g", i > 0 ? ", " : "", at[i]);
        fprintf(file, "%s %.17g%s", i % 3 == 0 ? i == 0 ? "O" : "H" : "", at[i] / DIA_ANGSTROM, i % 3 == 2 ? "\n" : "");
    }
    fclose(file);
    sprintf(end, "]}");
    double minimum[2][9], energy[2];
    for (int k = 0; k < 2; k++) {
        asked a;
        dia_initial x;
        dia_error error = {0};
        ask(&a, start_water, k == 0 ? input : "{state: 1, trajectories: 1, file: start_of_a_search.xyz}");
        assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
        memcpy(minimum[k], x.minimum, sizeof minimum[k]);
        energy[k] = x.minimum_energy;
        dia_initial_free(&x);
        answered(&a);
    }
    assert_close(energy[1], energy[0], 0, 1e-12);
    for (int i = 0; i < 9; i++) /* lengths through Angstrom: some roundings */
        assert_close(minimum[1][i], minimum[0][i], 0, 1e-9);
    assert_close(minimum[0][6], at[6], 0, 1e-3); /* out of the plane of the vibration */
    remove(path);
}

/* H = 1 - w x^2/2 + q x^4, and none beyond a wall 0.05 bohr from the saddle point at 0. */
static double wall;

static void walled(const void *self, const double *R, double *H, double *D)
{
    (void)self;
    const double x = R[0], w = 0.01, q = 0.02;
    H[0] = x * wall > 0.05 ? NAN : 1.0 - 0.5 * w * x * x + q * x * x * x * x;
    D[0] = -w * x + 4.0 * q * x * x * x;
}

/* Where the model is not finite on one side of a saddle point, the search leaves it on the other. */
static void test_saddle_by_a_wall(void **state)
{
    (void)state;
    static const dia_model_type type = {.version = DIA_EXTEND_VERSION, .name = "walled", DIA_POINTWISE};
    for (wall = -1.0; wall < 2.0; wall += 2.0) {
        dia_error error = {0};
        dia_model *model = NULL;
        dia_shape shape;
        dia_molecule molecule;
        dia_ground_minimum found;
        dia_pointwise *self = calloc(1, sizeof *self);
        assert_non_null(self);
        assert_ok(dia_pointwise_open(self, 1, 1, (const double[]){2000.0}, walled, &shape, &molecule, &error), &error);
        assert_ok(dia_model_adopt(&model, &type, self, shape, &molecule, &error), &error);
        assert_ok(dia_ground_minimum_find(&found, model, DIA_LOWEST_STATE, NULL, NULL, &error), &error);
        assert_false(found.saddle);
        assert_int_equal(found.left, 1);
        assert_close(found.R[0], -0.5 * wall * sqrt(0.01 / 0.02), 0, 1e-4); /* gradient 1e-7 over a curvature of 0.02 */
        dia_ground_minimum_free(&found);
        dia_model_free(model);
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

/* ---- stated oscillators ------------------------------------------------------------------------ */

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
        ask(&a, start_tully, text);
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
        ask(&a, start_tully, same[k]);
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
    ask(&a, start_abstract, "{frequencies: model, state: 0, trajectories: 8000}");
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
    ask(&a, start_water, "{frequencies: model, state: 0, trajectories: 2}");
    assert_ok(dia_initial_make(&x, a.model, &a.settings, NULL, &error), &error);
    assert_int_equal(x.modes.nmode, 1);
    assert_close(x.modes.frequency[0], 0.46 * DIA_EV, 1e-15, 0);
    assert_memory_equal(x.minimum, dia_model_molecule(a.model)->reference, 9 * sizeof *x.minimum);
    dia_initial_free(&x);
    answered(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_thermal_velocities),
        cmocka_unit_test(test_wigner),
        cmocka_unit_test(test_soft),
        cmocka_unit_test(test_saddle),
        cmocka_unit_test(test_saddle_by_a_wall),
        cmocka_unit_test(test_start_of_a_file),
        cmocka_unit_test(test_no_minimum),
        cmocka_unit_test(test_diabat),
        cmocka_unit_test(test_well_of_diabat),
        cmocka_unit_test(test_stated),
        cmocka_unit_test(test_packet),
        cmocka_unit_test(test_of_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
