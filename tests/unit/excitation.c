/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts chosen by excitation energy and oscillator strength. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "diabolo/frame.h"
#include "dynamics/initial.h"

/* Three states of two modes, coupled, with dipoles that depend on Q: all transitions differ from sample to sample. */
static const char bright[] =
    "type: vibronic\nepsilon: [0 eV, 4 eV, 4.6 eV]\n"
    "modes: [{name: a, frequency: 0.2 eV, kappa: [0 eV, 0.3 eV, -0.2 eV]}, {name: b, frequency: 0.1 eV}]\n"
    "lambda: [{states: [1, 2], modes: [b], value: 0.2 eV}]\n"
    "dipoles: [{states: [0, 1], vector: [0, 0, 0.4]}, {states: [0, 2], vector: [1, 0, 0]},"
    " {states: [0, 1], vector: [0, 0.5, 0], mode: a}]\n";
static const char dark[] =
    "{type: vibronic, epsilon: [0 eV, 4 eV], modes: [{name: a, frequency: 0.2 eV, kappa: [0 eV, 0.3 eV]}]}";
static const char ensemble[] = "sampling: wigner, frequencies: model, seed: 7";

/* The initial conditions of a block; model and config are the caller's. */
static dia_status make(dia_initial *x, dia_model **model, dia_config **config, dia_initial_settings *settings,
                       const char *yaml, const char *rest, dia_error *error)
{
    char text[400];
    snprintf(text, sizeof text, "{%s, %s}", ensemble, rest);
    *x = (dia_initial){0};
    *settings = (dia_initial_settings){0};
    dia_error_clear(error);
    assert_ok(dia_model_parse(model, yaml, ".", error), error);
    assert_ok(dia_config_parse(config, text, "initial", ".", error), error);
    dia_initial_read(settings, *config, dia_config_root(*config));
    dia_status status = dia_config_finish(*config, error);
    return status == DIA_OK ? dia_initial_make(x, *model, settings, NULL, error) : status;
}

/* f/E^2 of both transitions at R, by the definition; 0 outside the window 3.3 to 5.4 eV. */
static void weights(const dia_model *model, dia_tape *tape, const double *R, double *w, double *e, double *f)
{
    double H[6], E[3], U[9], work[256], mu[18];
    dia_frame frame = {.batch = 1, .nstate = 3, .H = H, .E = E, .U = U};
    assert_true(dia_frame_work(3) <= 256);
    assert_ok(dia_model_hamiltonian(model, tape, 1, R, H), NULL);
    assert_ok(dia_frame_solve(&frame, work), NULL);
    assert_ok(dia_model_dipole(model, tape, 1, (int[]){0}, mu), NULL);
    for (int k = 1; k < 3; k++) {
        double square = 0.0;
        for (int x = 0; x < 3; x++) {
            double m = 0.0;
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++)
                    m += U[3 * i] * mu[6 * x + dia_packed(i, j)] * U[3 * j + k];
            square += m * m;
        }
        e[k] = E[k] - E[0];
        f[k] = 2.0 / 3.0 * e[k] * square;
        w[k] = e[k] >= 3.3 * DIA_EV && e[k] <= 5.4 * DIA_EV ? f[k] / (e[k] * e[k]) : 0.0;
    }
}

/* Candidate i is trajectory i of the ensemble without a choice, bit for bit. The accepted ones, in ten bins of probability W/W_max,
 * and the states they start in agree with these probabilities: chi^2 of 10 + 1 numbers below 31.3 (99.9 %). */
static void test_selection(void **state)
{
    (void)state;
    enum { N = 20000 };
    dia_error error = {0};
    dia_initial all, x;
    dia_model *model, *other;
    dia_config *config, *config2;
    dia_initial_settings settings;
    dia_tape *tape;
    assert_ok(make(&all, &model, &config, &settings, bright, "state: 0, trajectories: 20000", &error), &error);
    assert_null(all.candidate);
    assert_ok(make(&x, &other, &config2, &settings, bright,
                   "state: excited, trajectories: 1000, excitation: {window: [3.3 eV, 5.4 eV], candidates: 20000}",
                   &error),
              &error);
    assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
    assert_int_equal(x.n, 1000);
    assert_non_null(strstr(x.chosen, "20000 candidates in S0"));
    double *sum = calloc(N, sizeof *sum), *first = calloc(N, sizeof *first), largest = 0.0;
    for (int i = 0; i < N; i++) {
        double w[3], e[3], f[3];
        weights(model, tape, all.R + 2 * i, w, e, f);
        sum[i] = w[1] + w[2];
        first[i] = w[1];
        largest = fmax(largest, sum[i]);
    }
    for (int j = 0; j < x.n; j++) {
        double w[3], e[3], f[3];
        const int64_t i = x.candidate[j];
        const int k = x.state[j];
        assert_true(i >= 0 && i < N && (j == 0 || i > x.candidate[j - 1]));
        assert_memory_equal(x.R + 2 * j, all.R + 2 * i, 2 * sizeof *x.R);
        assert_memory_equal(x.V + 2 * j, all.V + 2 * i, 2 * sizeof *x.V);
        weights(model, tape, x.R + 2 * j, w, e, f);
        assert_true(w[k] > 0.0);
        assert_close(x.excitation[j], e[k], 1e-14, 0);
        assert_close(x.strength[j], f[k], 1e-12, 0);
    }
    double seen[10] = {0}, mean[10] = {0}, spread[10] = {0}, chi = 0.0, lower = 0.0, share = 0.0, noise = 0.0;
    const int64_t last = x.candidate[x.n - 1];
    for (int64_t i = 0, j = 0; i <= last; i++) {
        const double p = sum[i] / largest;
        const int bin = p < 1.0 ? (int)(10.0 * p) : 9;
        mean[bin] += p;
        spread[bin] += p * (1.0 - p);
        if (j < x.n && x.candidate[j] == i) {
            const double q = first[i] / sum[i];
            seen[bin] += 1.0;
            lower += x.state[j++] == 1;
            share += q;
            noise += q * (1.0 - q);
        }
    }
    for (int b = 0; b < 10; b++)
        chi += spread[b] > 0.0 ? (seen[b] - mean[b]) * (seen[b] - mean[b]) / spread[b] : 0.0;
    assert_true(share > 50.0 && share < x.n - 50.0); /* both states are drawn */
    chi += (lower - share) * (lower - share) / noise;
    if (!(chi < 31.3))
        fail_msg("chi^2 %g", chi);
    free(sum);
    free(first);
    dia_tape_free(tape);
    dia_initial_free(&all);
    dia_initial_free(&x);
    dia_model_free(model);
    dia_model_free(other);
    dia_config_free(config);
    dia_config_free(config2);
}

/* A pulse: gaps of a displaced oscillator are Gaussian, and so is the spectrum of a Gaussian pulse, whose variance is 2 ln 2/fwhm^2
 * (1 + c^2), c = chirp fwhm^2/(4 ln 2): so are the gaps that are chosen. Mean and variance within 4 sigma; in the second case the
 * polarisation leaves a tenth of the dipole, which changes nothing but the yield. */
static void test_pulse(void **state)
{
    (void)state;
    const char *const extra[] = {"polarisation: [0, 0, 1]", "polarisation: [0, 1, 0.1], chirp: 30 meV/fs"};
    for (int i = 0; i < 2; i++) {
        dia_error error = {0};
        dia_initial x;
        dia_model *model;
        dia_config *config;
        dia_initial_settings settings;
        char rest[500];
        snprintf(
            rest, sizeof rest,
            "state: excited, trajectories: 2000, excitation: {light: {pulses: [{energy: 4.1 eV, field: 1 au, fwhm: 15 "
            "fs, %s}]}}",
            extra[i]);
        assert_ok(make(&x, &model, &config, &settings,
                       "{type: vibronic, epsilon: [0 eV, 4 eV], modes: [{name: a, frequency: 0.2 eV, kappa: [0 eV, 0.3 "
                       "eV]}], dipoles: [{states: [0, 1], vector: [0, 0, 0.4]}]}",
                       rest, &error),
                  &error);
        const double gap = 4.0 * DIA_EV, spread = 0.5 * pow(0.3 * DIA_EV, 2), fwhm = 15.0 * DIA_FEMTOSECOND,
                     chirp = i == 1 ? 0.03 * DIA_EV / DIA_FEMTOSECOND : 0.0, c = chirp * fwhm * fwhm / (4.0 * log(2.0)),
                     width = 2.0 * log(2.0) / (fwhm * fwhm) * (1.0 + c * c);
        const double variance = 1.0 / (1.0 / spread + 1.0 / width),
                     mean = variance * (gap / spread + 4.1 * DIA_EV / width);
        double sum = 0.0, squares = 0.0;
        for (int b = 0; b < x.n; b++) {
            sum += x.excitation[b] / x.n;
            squares += pow(x.excitation[b] - mean, 2) / x.n;
            assert_int_equal(x.state[b], 1);
        }
        assert_int_equal(x.n, 2000);
        assert_close(sum, mean, 0.0, 4.0 * sqrt(variance / x.n));
        assert_close(squares, variance, 4.0 * sqrt(2.0 / x.n), 0.0);
        dia_initial_free(&x);
        dia_initial_settings_clear(&settings);
        dia_model_free(model);
        dia_config_free(config);
    }
}

/* The first trajectories are the same for any number; a lone state; equal probabilities need no dipoles. */
static void test_choices(void **state)
{
    (void)state;
    static const struct {
        const char *model, *rest;
        int n, lone;
    } cases[] = {
        {bright, "state: excited, trajectories: 200, excitation: {window: [3 eV, 6 eV], candidates: 4000}", 200, 0},
        {bright, "state: excited, trajectories: 50, excitation: {window: [3 eV, 6 eV], candidates: 4000}", 50, 0},
        {bright, "state: excited, trajectories: 50, excitation: {window: [3 eV, 6 eV], states: [2]}", 50, 2},
        {bright, "state: excited, trajectories: 50, excitation: {window: [3 eV, 6 eV], probability: f}", 50, 0},
        {dark, "state: excited, trajectories: 50, excitation: {window: [3 eV, 6 eV], probability: equal}", 50, 1},
    };
    int64_t kept[50];
    for (int c = 0; c < 5; c++) {
        dia_error error = {0};
        dia_initial x;
        dia_model *model;
        dia_config *config;
        dia_initial_settings settings;
        assert_ok(make(&x, &model, &config, &settings, cases[c].model, cases[c].rest, &error), &error);
        assert_int_equal(x.n, cases[c].n);
        for (int j = 0; j < x.n; j++)
            assert_true(x.state[j] > 0 && (cases[c].lone == 0 || x.state[j] == cases[c].lone));
        if (c == 0)
            memcpy(kept, x.candidate, sizeof kept);
        if (c == 1)
            assert_memory_equal(kept, x.candidate, sizeof kept);
        assert_true(isnan(x.strength[0]) == (cases[c].model == dark));
        /* What is written reads back as the same choice. */
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        dia_initial_write(out, 0, &settings);
        fclose(out);
        dia_config *again = NULL;
        dia_initial_settings back = {0};
        assert_ok(dia_config_parse(&again, text, "initial", ".", &error), &error);
        dia_initial_read(&back, again, dia_config_root(again));
        assert_ok(dia_config_finish(again, &error), &error);
        assert_int_equal(back.state, DIA_STATE_EXCITED);
        assert_int_equal(back.excitation.candidates, c < 2 ? 4000 : 1000);
        assert_int_equal(back.excitation.probability, settings.excitation.probability);
        dia_config_free(again);
        free(text);
        dia_initial_free(&x);
        dia_model_free(model);
        dia_config_free(config);
    }
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *model, *rest, *says;
    } cases[] = {
        {bright, "state: excited, trajectories: 9, excitation: {window: [7 eV, 8 eV]}", "found: S1 3."},
        {bright, "state: excited, trajectories: 9, excitation: {window: [4 eV, 4.02 eV]}",
         "are wanted; write candidates: "},
        {dark, "state: excited, trajectories: 9, excitation: {window: [3 eV, 5 eV]}", "has no dipoles"},
        {bright, "state: 1, trajectories: 9, excitation: {window: [3 eV, 5 eV]}", "write state: excited"},
        {bright, "state: excited, trajectories: 9", "needs the block `excitation`"},
        {bright, "state: excited, trajectories: 9, excitation: {window: [5 eV, 3 eV]}", "the lower first"},
        {bright, "state: excited, trajectories: 9, excitation: {window: [3 eV, 5 eV], states: [0]}",
         "states above `from`"},
        {bright, "state: excited, trajectories: 9, excitation: {window: [3 eV, 5 eV], states: [3]}",
         "the states 0 to 2"},
        {bright, "state: excited, trajectories: 9, excitation: {window: [3 eV, 5 eV], from: 2}",
         "no state lies above S2"},
        {bright, "state: excited, trajectories: 9, excitation: {probability: f}", "window"},
        {bright,
         "state: excited, trajectories: 9, excitation: {window: [3 eV, 5 eV], light: {pulses: [{energy: 4 eV, field: "
         "1, fwhm: "
         "9, polarisation: [0, 0, 1]}]}}",
         "leave one of them out"},
        {bright,
         "state: excited, trajectories: 9, excitation: {light: {pulses: [{energy: 4 eV, field: 1, shape: constant, "
         "polarisation: [0, 0, 1]}]}}",
         "never ends"},
        {bright,
         "state: excited, trajectories: 9, excitation: {light: {gradient: false, pulses: [{energy: 4 eV, field: 1, "
         "fwhm: 9, "
         "polarisation: [0, 0, 1]}]}}",
         "in the dynamics only"},
        {bright,
         "state: excited, trajectories: 9, excitation: {light: {pulses: [{energy: 30 eV, field: 1, fwhm: 20, "
         "polarisation: "
         "[0, 0, 1]}]}}",
         "none of 180 candidates"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        dia_error error = {0};
        dia_initial x;
        dia_model *model;
        dia_config *config;
        dia_initial_settings settings;
        assert_int_equal(make(&x, &model, &config, &settings, cases[c].model, cases[c].rest, &error), DIA_ERROR_INPUT);
        if (strstr(error.text, cases[c].says) == NULL)
            fail_msg("'%s' should say '%s'", error.text, cases[c].says);
        assert_null(x.R);
        dia_initial_settings_clear(&settings);
        dia_model_free(model);
        dia_config_free(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pulse),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
