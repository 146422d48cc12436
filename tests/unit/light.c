/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The field of light: what the keys mean, tables, orientations, what is refused. */
#include "check.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diabolo/dynamics.h"
#include "dynamics/light.h"
#include "dynamics/options.h"

static void parse(dia_dynamics *d, const char *light)
{
    char yaml[2000];
    dia_error error = {0};
    snprintf(yaml, sizeof yaml, "{duration: 100 fs, light: %s}", light);
    assert_ok(dia_dynamics_parse(d, yaml, &error), &error);
}

static void refused(const char *light, const char *word)
{
    char yaml[2000];
    dia_error error = {0};
    dia_dynamics d;
    snprintf(yaml, sizeof yaml, "{duration: 100 fs, light: %s}", light);
    if (dia_dynamics_parse(&d, yaml, &error) != DIA_ERROR_INPUT || strstr(error.text, word) == NULL)
        fail_msg("'%s' must be refused with '%s', was: %s", light, word, error.text);
    dia_dynamics_close(&d);
}

static double complex along_z(const dia_dynamics *d, double t)
{
    double E[6];
    dia_light_field(d->light, t, E);
    return E[4] + I * E[5];
}

/* Pulses that trajectories do not see, or not whole, or that no dipole of the model follows. */
static void remarks(void **unused)
{
    (void)unused;
    static const struct {
        const char *pulse, *word;
    } cases[] = {
        {"centre: 50 fs, fwhm: 20 fs, polarisation: [0, 0, 1]", ""},
        {"fwhm: 20 fs, polarisation: [0, 0, 1]",
         "at 1 of its largest field; `centre` counts from their start: at 40 fs"},
        {"centre: 15 fs, fwhm: 20 fs, polarisation: [0, 0, 1]", "on already"},
        {"centre: 300 fs, fwhm: 20 fs, polarisation: [0, 0, 1]", "misses"},
        {"centre: -60 fs, fwhm: 20 fs, polarisation: [0, 0, 1]", "misses"},
        {"centre: 105 fs, fwhm: 20 fs, polarisation: [0, 0, 1]", "after the end of the trajectories at 100 fs"},
        {"shape: constant, polarisation: [0, 0, 1]", ""},
        {"centre: 50 fs, fwhm: 20 fs, polarisation: [0, 1, 0]", "excites nothing"},
        {"centre: 50 fs, fwhm: 20 fs, polarisation: [1, 0, 0]", "excites nothing"}, /* along it all states are alike */
        {"centre: 50 fs, fwhm: 20 fs, polarisation: [1, 1, 1e-3]", ""},
        {"fwhm: 20 fs, polarisation: [0, 1, 0]", "all of the pulse would act; light.pulses[0] excites nothing"},
    };
    dia_model *model = NULL;
    dia_error error = {0};
    assert_ok(
        dia_model_parse(&model,
                        "{type: vibronic, epsilon: [0 eV, 4 eV], modes: [{name: a, frequency: 0.1 eV}], dipoles: ["
                        "{states: [0, 1], vector: [0, 0, 1]}, {states: [0, 0], vector: [1, 0, 0]}, "
                        "{states: [1, 1], vector: [1, 0, 0]}]}",
                        ".", &error),
        &error);
    const double R[2] = {0.0, 0.3};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char light[400], text[800];
        dia_dynamics d;
        snprintf(light, sizeof light, "{pulses: [{energy: 4 eV, field: 0.01 au, %s}]}", cases[i].pulse);
        parse(&d, light);
        assert_ok(dia_light_note(d.light, model, 2, R, 100.0 * DIA_FEMTOSECOND, sizeof text, text, &error), &error);
        if (cases[i].word[0] == '\0' ? text[0] != '\0' : strstr(text, cases[i].word) == NULL)
            fail_msg("'%s': expected '%s', found '%s'", cases[i].pulse, cases[i].word, text);
        dia_dynamics_close(&d);
    }
    for (int late = 0; late < 2; late++) { /* a table, seen and not */
        char path[] = "/tmp/light-XXXXXX", text[800], light[200];
        dia_dynamics d;
        const int file = mkstemp(path);
        assert_true(file >= 0);
        FILE *out = fdopen(file, "w");
        for (int i = 0; i < 3; i++)
            fprintf(out, "%g 0.01 0 0 0 0 0 0.1\n", 120.0 * late + 0.1 * i);
        fclose(out);
        snprintf(light, sizeof light, "{file: %s}", path);
        parse(&d, light);
        assert_ok(dia_light_note(d.light, model, 2, R, 100.0 * DIA_FEMTOSECOND, sizeof text, text, &error), &error);
        assert_true((strstr(text, "light.file misses the trajectories: its times are 120 to 120.2 fs") != NULL) ==
                    (late == 1));
        dia_dynamics_close(&d);
        unlink(path);
    }
    dia_model_free(model);
}

/* Field, intensity and width against what the words mean. */
static void pulses(void **unused)
{
    (void)unused;
    dia_dynamics d;
    const double fs = DIA_FEMTOSECOND, w = 4.0 * DIA_EV;
    parse(&d,
          "{pulses: [{energy: 4 eV, intensity: 1e12 W/cm^2, fwhm: 20 fs, centre: 50 fs, polarisation: [0, 0, 3]}]}");
    const double E0 = cabs(along_z(&d, 50.0 * fs));
    assert_close(E0 * E0 * 3.50944552059e16, 1e12, 1e-11, 0.0);
    /* The intensity is half of its maximum 10 fs from the centre; the phase there is that of 4 eV. */
    const double complex half = along_z(&d, 60.0 * fs);
    assert_close(pow(cabs(half) / E0, 2), 0.5, 1e-12, 0.0);
    assert_close(creal(half) / cabs(half), cos(w * 10.0 * fs), 0.0, 1e-12);
    assert_close(cimag(half) / cabs(half), -sin(w * 10.0 * fs), 0.0, 1e-12);
    assert_true(dia_light_dark(d.light, 0.0, 1.0 * fs) == false && dia_light_dark(d.light, 140.0 * fs, 141.0 * fs));
    assert_close(cabs(along_z(&d, 140.0 * fs)), 0.0, 0.0, 0.0);
    dia_dynamics_close(&d);
    parse(&d, "{pulses: [{energy: 4 eV, field: 0.01 au, shape: cosine, fwhm: 20 fs, centre: 50 fs, phase: 90 deg, "
              "chirp: 0.1 eV/fs, polarisation: [0, 0, -1]}]}");
    assert_close(cabs(along_z(&d, 40.0 * fs)), 0.01 * sqrt(0.5), 1e-12, 0.0);
    assert_close(creal(along_z(&d, 50.0 * fs)), 0.0, 0.0, 1e-15); /* a cosine of 90 degrees */
    assert_close(cimag(along_z(&d, 50.0 * fs)), 0.01, 1e-12, 0.0);
    /* The photon energy is minus the change of the phase: 4.5 eV after 5 fs. */
    const double dt = 1e-3;
    const double rate = -carg(along_z(&d, 55.0 * fs + dt) / along_z(&d, 55.0 * fs - dt)) / (2.0 * dt);
    assert_close(rate, 4.5 * DIA_EV, 1e-8, 0.0);
    dia_dynamics_close(&d);
    /* No frequency in it is above `fastest`, whichever way it is chirped: 20 fs from the centre 2 eV more or less. */
    for (int way = 0; way < 2; way++) {
        char yaml[300];
        snprintf(
            yaml, sizeof yaml,
            "{pulses: [{energy: 4 eV, field: 0.01 au, shape: cosine, fwhm: 20 fs, centre: 50 fs, chirp: %s0.1 eV/fs, "
            "polarisation: [0, 0, 1]}]}",
            way == 0 ? "" : "-");
        parse(&d, yaml);
        assert_true(d.light->fastest >= 6.0 * DIA_EV);
        dia_dynamics_close(&d);
    }
    /* Two pulses add up; circular polarisation is two of them. */
    parse(&d, "{pulses: [{energy: 1 eV, field: 0.01 au, shape: constant, polarisation: [1, 0, 0]}, "
              "{energy: 1 eV, field: 0.01 au, shape: constant, polarisation: [0, 1, 0], phase: 90 deg}]}");
    for (int i = 0; i < 5; i++) {
        double E[6];
        dia_light_field(d.light, 7.3 * i, E);
        assert_close(hypot(E[0], E[2]), 0.01, 1e-12, 0.0);
    }
    dia_dynamics_close(&d);
}

/* SHARC writes fields that turn as exp(+iwt): sign -1 of the imaginary parts. */
static void make_table(const char *path, const dia_dynamics *d, int n, double spacing, double sign)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    for (int i = 0; i < n; i++) {
        double E[6];
        dia_light_field(d->light, i * spacing * DIA_FEMTOSECOND, E);
        fprintf(out, "%.10f", i * spacing);
        for (int k = 0; k < 6; k++)
            fprintf(out, " %.15e", (k % 2 ? sign : 1.0) * E[k]);
        fprintf(out, " 0.147\n");
    }
    fclose(out);
}

/* A table of a pulse is the pulse: between its times up to the error of a cubic spline, (w h)^4 5/384 for points h apart. */
static void table(void **unused)
{
    (void)unused;
    dia_dynamics d, e;
    char path[] = "/tmp/light-XXXXXX", yaml[200];
    assert_true(close(mkstemp(path)) == 0);
    parse(&d, "{pulses: [{energy: 4 eV, field: 0.01 au, fwhm: 10 fs, centre: 30 fs, polarisation: [1, 2, 3]}]}");
    for (int way = 0; way < 2; way++) {
        make_table(path, &d, 3001, 0.02, way == 0 ? -1.0 : 1.0);
        snprintf(yaml, sizeof yaml, "{file: %s, rotating_wave: true}", path);
        parse(&e, yaml);
        assert_close(e.light->fastest, 0.147, 1e-12, 0.0);
        const double h = 0.02 * DIA_FEMTOSECOND, bound = 0.01 * pow(0.2 * h, 4) * 5.0 / 384.0;
        for (double t = 0.0; t < 60.0; t += 0.173) {
            double E[6], F[6];
            dia_light_field(d.light, t * DIA_FEMTOSECOND, E);
            dia_light_field(e.light, t * DIA_FEMTOSECOND, F);
            for (int k = 0; k < 6; k++)
                assert_close(F[k], E[k], 0.0, bound + 1e-12);
        }
        assert_true(dia_light_dark(e.light, 60.1 * DIA_FEMTOSECOND, 61.0 * DIA_FEMTOSECOND));
        assert_true(dia_light_dark(e.light, -1.0 * DIA_FEMTOSECOND, -0.1 * DIA_FEMTOSECOND));
        for (double t = 0.0; t < 60.0; t += 0.7)
            assert_false(dia_light_dark(e.light, t * DIA_FEMTOSECOND, (t + 0.1) * DIA_FEMTOSECOND));
        dia_dynamics_close(&e);
    }
    make_table(path, &d, 61, 1.0, -1.0);
    snprintf(yaml, sizeof yaml, "{file: %s}", path);
    refused(yaml, "eight times a period");
    make_table(path, &d, 3001, 0.02, 0.0);
    snprintf(yaml, sizeof yaml, "{file: %s, rotating_wave: true}", path);
    refused(yaml, "needs a complex one");
    dia_dynamics_close(&d);
    unlink(path);
}

/* Rotations; over 4000 trajectories the mean of the squares of elements is 1/3. The fourth moment of a component of a unit vector is
 * 1/5, so one square has the variance 4/45: 4 sigma are 0.019. */
static void orientations(void **unused)
{
    (void)unused;
    dia_dynamics d;
    const int n = 4000;
    double sum[9] = {0.0};
    parse(&d,
          "{orientation: random, pulses: [{energy: 1 eV, field: 0.01 au, shape: constant, polarisation: [1, 0, 0]}]}");
    for (int b = 0; b < n; b++) {
        double Q[9];
        dia_light_orientation(d.light, 1, b, Q);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                double dot = 0.0;
                for (int k = 0; k < 3; k++)
                    dot += Q[3 * i + k] * Q[3 * j + k];
                assert_close(dot, i == j, 0.0, 1e-14);
                sum[3 * i + j] += Q[3 * i + j] * Q[3 * i + j] / n;
            }
        assert_close(Q[0] * (Q[4] * Q[8] - Q[5] * Q[7]) - Q[1] * (Q[3] * Q[8] - Q[5] * Q[6]) +
                         Q[2] * (Q[3] * Q[7] - Q[4] * Q[6]),
                     1.0, 0.0, 1e-14);
    }
    for (int i = 0; i < 9; i++)
        assert_close(sum[i], 1.0 / 3.0, 0.0, 4.0 * sqrt(4.0 / 45.0 / n));
    dia_dynamics_close(&d);
}

#define PULSE "energy: 4 eV, polarisation: [0, 0, 1]"

static void mistakes(void **unused)
{
    (void)unused;
    refused("{}", "expected `pulses`");
    /* All are said in one go. */
    refused("{pulses: [{energy: 4 eV, field: 0.1, fwhm: 3 fs, polarisation: [1, 0]}, {" PULSE
            ", field: 0.1 au}, {" PULSE ", fwhm: 20 fs}]}",
            "either `intensity` or `field`");
    refused("{pulses: [{" PULSE ", fwhm: 20 fs}]}", "either `intensity` or `field`");
    refused("{pulses: [{" PULSE ", fwhm: 20 fs, intensity: 1e12, field: 0.1}]}", "either `intensity` or `field`");
    refused("{pulses: [{" PULSE ", field: 0.1 au}]}", "fwhm");
    refused("{pulses: [{" PULSE ", field: 0.1 au, shape: constant, fwhm: 3 fs}]}", "fwhm");
    refused("{pulses: [{" PULSE ", field: 0.1 au, shape: constant, chirp: 1 eV/fs}]}", "chirp");
    refused("{pulses: [{" PULSE ", field: 1 eV, fwhm: 3 fs}]}", "field strength");
    refused("{pulses: [{energy: 4 eV, field: 0.1, fwhm: 3 fs, polarisation: [0, 0, 0]}]}", "polarisation");
    refused("{pulses: [{energy: 4 eV, field: 0.1, fwhm: 3 fs, polarisation: [1, 0]}]}", "polarisation");
    refused("{file: /nowhere/laser}", "/nowhere/laser");
    refused("{rotating_wave: true, pulses: [{energy: 0 eV, polarisation: [0, 0, 1], field: 0.1, shape: constant}]}",
            "static field");
    dia_dynamics d;
    dia_error error = {0};
    parse(&d, "none");
    assert_null(d.light);
    dia_dynamics_close(&d);
    assert_int_equal(dia_dynamics_parse(&d,
                                        "{duration: 1 fs, method: landau_zener, light: {pulses: [{" PULSE
                                        ", field: 1, shape: constant}]}}",
                                        &error),
                     DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "landau_zener"));
    dia_dynamics_close(&d);
    dia_error_clear(&error);
    assert_int_equal(dia_dynamics_parse(&d,
                                        "{duration: 1 fs, decoherence: instantaneous, light: {pulses: [{" PULSE
                                        ", field: 1, shape: constant}]}}",
                                        &error),
                     DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "instantaneous"));
    dia_dynamics_close(&d);
}

static void bad_table(const char *text, const char *word)
{
    char path[] = "/tmp/light-XXXXXX", yaml[200];
    const int file = mkstemp(path);
    assert_true(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) && close(file) == 0);
    snprintf(yaml, sizeof yaml, "{file: %s}", path);
    refused(yaml, word);
    unlink(path);
}

static void tables_refused(void **unused)
{
    (void)unused;
    bad_table("0 1 0 0 0 0 0 0.1\n1 1 0 0 0 0 0 0.1\n", "three times");
    bad_table("0 1 0 0 0 0 0 0.1\n1 1 0 0 0 0 0\n2 0 0 0 0 0 0 0.1\n", ":2:");
    bad_table("0 1 0 0 0 0 0 0.1\n1 1 0 0 0 0 0 0.1\n1 0 0 0 0 0 0 0.1\n", ":3:");
    bad_table("0 1 0 0 0 0 0 0.1\n1 1 nan 0 0 0 0 0.1\n2 0 0 0 0 0 0 0.1\n", ":2:");
    bad_table("0 1 0 0 0 0 0 0.1\n1 1 0 0 0 0 0 0.12 1 0 0 0 0 0 0.1\n3 1 0 0 0 0 0 0.1\n4 1 0 0 0 0 0 0.1\n", ":2:");
    bad_table("0 1 0 0 0 0 0 0.1 0.2\n1 1 0 0 0 0 0 0.1\n2 1 0 0 0 0 0 0.1 0.2\n", "expected 9 numbers");
    bad_table("0 1 0 0 0 0 0 0.1\n1 1 0 0 0 5e9 0 0.1\n2 0 0 0 0 0 0 0.1\n", "Re E_z is 5e+09");
    bad_table("0 1 0 0 0 0 0 0.1\n1 1 0 -5e9 0 0 0 0.1\n2 0 0 0 0 0 0 0.1\n", "Re E_y is -5e+09");
}

/* What is written is read as the same. */
static void written(void **unused)
{
    (void)unused;
    dia_dynamics d, e;
    dia_error error = {0};
    char *text = NULL;
    size_t size = 0;
    parse(
        &d,
        "{rotating_wave: true, orientation: random, gradient: false, pulses: [{energy: 4 eV, intensity: 1e12, fwhm: 20 "
        "fs, centre: 50 fs, polarisation: [1, 2, 3], chirp: 3 meV/fs}, {energy: 1 eV, field: 0.01 au, shape: "
        "constant, polarisation: [0, 1, 0]}]}");
    FILE *out = open_memstream(&text, &size);
    dia_dynamics_write(out, 0, &d);
    fclose(out);
    assert_ok(dia_dynamics_parse(&e, text, &error), &error);
    assert_true(e.light->rotating_wave && e.light->orientation == 1 && !e.light->gradient);
    for (int i = 0; i < 20; i++) {
        double E[6], F[6];
        dia_light_field(d.light, 150.0 * i, E);
        dia_light_field(e.light, 150.0 * i, F);
        for (int k = 0; k < 6; k++)
            assert_close(F[k], E[k], 1e-9, 1e-14); /* numbers are written with some twelve digits */
    }
    free(text);
    dia_dynamics_close(&d);
    dia_dynamics_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(remarks),        cmocka_unit_test(pulses),   cmocka_unit_test(table),
        cmocka_unit_test(orientations),   cmocka_unit_test(mistakes), cmocka_unit_test(written),
        cmocka_unit_test(tables_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
