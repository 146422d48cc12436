/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameter sets that are part of the library, through the harness; and what is known of them. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "conform.h"
#include "model/front.h"
#include "model/registry.h"
#include "model/vibronic.h"

static dia_model *open_set(const char *name)
{
    char yaml[100];
    snprintf(yaml, sizeof yaml, "{type: %s}", name);
    return conform_open(yaml);
}

static void test_conform(void **state)
{
    (void)state;
    int n = 0;
    for (; dia_model_sets[n].name != NULL; n++) {
        print_message("%s\n", dia_model_sets[n].name);
        assert_true(strlen(dia_model_sets[n].summary) > 20 && strlen(dia_model_sets[n].reference) > 20);
        dia_model *model = open_set(dia_model_sets[n].name);
        conform_model(model, &(conform){.spread = 1.0});
        dia_model_free(model);
    }
    assert_true(n >= 8);
}

/* A set has no keys; a name that is nearly one is recognised. */
static void test_mistakes(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = NULL;
    assert_int_equal(dia_model_parse(&model, "{type: pyrazine24, epsilon: [1 eV]}", ".", &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "unknown key 'epsilon'"));
    error = (dia_error){0};
    assert_int_equal(dia_model_parse(&model, "{type: butatrene}", ".", &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "did you mean 'butatriene'?"));
}

/* The lowest point of the seam, Q1 = 1.9483, Q6a = -1.8788 at 4.43494 eV (digits as published). */
static void test_pyrazine3(void **state)
{
    (void)state;
    dia_model *model = open_set("pyrazine3");
    double H[3], E[2];
    conform_point(model, (double[]){1.948291494749, -1.878821833226, 0.0}, H, E);
    assert_close(E[0] / DIA_EV, 4.43494, 0, 5e-6);
    assert_close(E[1] - E[0], 0.0, 0, 1e-12);
    dia_model_free(model);
}

/* The quadratic terms of pyrazine in the paper's form: sums over both orders of two modes, squares once. */
static void test_pyrazine4(void **state)
{
    (void)state;
    dia_model *model = open_set("pyrazine4");
    const double Q[4] = {0.7, -1.1, 0.4, 0.9}, w[4] = {0.0739, 0.1258, 0.1525, 0.1139};
    double H[3], E[2], h = 0.0;
    conform_point(model, Q, H, E);
    for (int m = 0; m < 4; m++)
        h += 0.5 * w[m] * Q[m] * Q[m];
    const double a = -0.01159 * Q[3] * Q[3];
    const double v00 = -0.423 + h - 0.09806 * Q[0] - 0.05033 * Q[1] + 0.14521 * Q[2] + a +
                       2.0 * (0.00108 * Q[0] * Q[1] - 0.00204 * Q[0] * Q[2] + 0.00474 * Q[1] * Q[2]);
    const double v11 = 0.423 + h + 0.13545 * Q[0] - 0.17100 * Q[1] + 0.03746 * Q[2] + a +
                       2.0 * (-0.00298 * Q[0] * Q[1] - 0.00189 * Q[0] * Q[2] + 0.00155 * Q[1] * Q[2]);
    const double v01 = 0.20804 * Q[3] + 2.0 * (-0.01 * Q[0] - 0.00553 * Q[1] + 0.00126 * Q[2]) * Q[3];
    assert_close(H[0] / DIA_EV, v00, 0, 1e-13);
    assert_close(H[1] / DIA_EV, v01, 0, 1e-13);
    assert_close(H[2] / DIA_EV, v11, 0, 1e-13);
    dia_model_free(model);
}

/* Mass-weighted form of the paper at x, y. */
static void two_modes(const char *name, double w1, double w2, double a, double c, double D)
{
    dia_model *model = open_set(name);
    const double x = 3.1, y = -2.3, Q[2] = {sqrt(w1) * x, sqrt(w2) * y};
    double H[3], E[2];
    conform_point(model, Q, H, E);
    const double y2 = 0.5 * w2 * w2 * y * y;
    /* The set has 12 digits. */
    assert_close(H[0], 0.5 * w1 * w1 * (x + 0.5 * a) * (x + 0.5 * a) + y2 + 0.5 * D, 0, 1e-12);
    assert_close(H[2], 0.5 * w1 * w1 * (x - 0.5 * a) * (x - 0.5 * a) + y2 - 0.5 * D, 0, 1e-12);
    assert_close(H[1], c * y, 0, 1e-12);
    dia_model_free(model);
}

static void test_two_modes(void **state)
{
    (void)state;
    two_modes("butatriene", 9.557e-3, 3.3515e-3, 20.07, 6.127e-4, 0.01984);
    two_modes("bma", 7.743e-3, 6.680e-3, 31.05, 8.092e-5, 0.0);
}

/* One Morse mode and one quartic mode of the uracil cation in the paper's form. */
static void test_uracil(void **state)
{
    (void)state;
    dia_model *model = open_set("uracil");
    const double Q[8] = {1.3, 0, 0, 0, 0, 0.8, 0, 0};
    double H[10], E[4], at0 = 0.0;
    conform_point(model, Q, H, E);
    const double D[3] = {41.897035283, 4.80270, 22.928019957}, a[3] = {-0.047189863, 0.13675, -0.074375821};
    const double q[3] = {0.814403626, 0.02883, -0.320687399}, e0[3] = {-0.064313807, -0.00007, -0.012736671};
    for (int m = 0; m < 3; m++) {
        const double e = exp(a[m] * ((m == 0 ? 0.8 : 0.0) - q[m])) - 1.0;
        at0 += D[m] * e * e + e0[m];
    }
    const double quartic = 0.03317 * 1.3 * 1.3 * 1.3 * 1.3 / 24.0, harmonic = 0.5 * 0.0033451889 / DIA_EV * 1.3 * 1.3;
    assert_close(H[0] / DIA_EV, 9.42350 + harmonic + quartic + at0, 0, 1e-11);
    dia_model_free(model);
}

/* Sum of c^2/(2 w^2) over the modes of a bath: with Q the slope kappa = c/sqrt(w) this is kappa^2/(2 w). For Debye it is
 * exact at any number of modes, for Ohmic N/(N + 1) of the stated. The energies of the minima differ by 2 eps. */
static void test_baths(void **state)
{
    (void)state;
    for (int ohmic = 0; ohmic < 2; ohmic++) {
        enum { N = 50 };
        const double lam = ohmic ? 2.0 * 0.3 * 2.5 * N / (N + 1.0) : 0.7, eps = 0.6;
        dia_model *model =
            conform_open(ohmic ? "{type: spin_boson, density: ohmic, xi: 0.3, wc: 2.5, eps: 0.6, modes: 50}"
                               : "{type: spin_boson, lam: 0.7, wc: 0.4, eps: 0.6, modes: 50}");
        double H[3], E[2], Q[N] = {0}, sum = 0.0;
        const double *mass = dia_model_molecule(model)->masses;
        for (int m = 0; m < N; m++) { /* slopes from the linear part of H along each mode */
            double plus[3], minus[3];
            Q[m] = 1.0;
            conform_point(model, Q, plus, E);
            Q[m] = -1.0;
            conform_point(model, Q, minus, E);
            Q[m] = 0.0;
            const double kappa = 0.5 * (plus[0] - minus[0]);
            assert_close(0.5 * (plus[2] - minus[2]), -kappa, 1e-12, 0);
            sum += kappa * kappa * mass[m] / 2.0;
        }
        assert_close(4.0 * sum, lam, 1e-10, 0);
        conform_point(model, Q, H, E);
        assert_close(H[0], eps, 1e-14, 0);
        assert_close(H[2], -eps, 1e-14, 0);
        assert_close(H[1], 1.0, 1e-14, 0);
        int n;
        const dia_vibronic_bath *bath = dia_vibronic_baths(model, &n);
        assert_int_equal(n, 1);
        assert_int_equal(bath->nmode, N);
        assert_close(bath->cutoff, ohmic ? 2.5 : 0.4, 1e-14, 0);
        dia_model_free(model);
    }
    dia_model *model = open_set("fmo");
    int n;
    assert_non_null(dia_vibronic_baths(model, &n));
    assert_int_equal(n, 3);
    dia_model_free(model);
    model = open_set("pyrazine3");
    assert_null(dia_vibronic_baths(model, &n));
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conform),   cmocka_unit_test(test_mistakes),  cmocka_unit_test(test_pyrazine3),
        cmocka_unit_test(test_pyrazine4), cmocka_unit_test(test_two_modes), cmocka_unit_test(test_uracil),
        cmocka_unit_test(test_baths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
