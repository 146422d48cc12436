/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _DEFAULT_SOURCE /* j0, j1 */
/* Chebyshev propagation of a small dense matrix against its eigenvectors. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/chebyshev.h"
#include "math/eigen.h"
#include "parallel/team.h"

enum { N = 60, PACKED = N * (N + 1) / 2 };

static double A[PACKED], E[N], U[N * N];
static int products;

static void multiply(void *context, const double *x, double factor, double shift, const double *y0, double *y)
{
    (void)context;
    products++;
    for (int i = 0; i < N; i++)
        for (int part = 0; part < 2; part++) {
            double sum = -shift * x[2 * i + part];
            for (int j = 0; j < N; j++)
                sum += A[i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i] * x[2 * j + part];
            y[2 * i + part] = factor * sum - (y0 == NULL ? 0.0 : y0[2 * i + part]);
        }
}

static int setup(void **unused)
{
    (void)unused;
    static double work[N * N + 34 * N];
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread */
    for (int i = 0; i < PACKED; i++)
        A[i] = sin(1.0 + 2.7 * i + 0.01 * i * i);
    for (int i = 0; i < N; i++)
        A[i * (i + 3) / 2] += 40.0 + 0.3 * i; /* far from zero: the centre matters */
    return dia_eigen_packed(N, A, E, U, work) ? 0 : 1;
}

static void start(double *psi)
{
    double norm = 0.0;
    for (int i = 0; i < 2 * N; i++) {
        psi[i] = cos(0.3 + i * i);
        norm += psi[i] * psi[i];
    }
    for (int i = 0; i < 2 * N; i++)
        psi[i] /= sqrt(norm);
}

static void exact(double t, const double *psi, double *out)
{
    memset(out, 0, 2 * N * sizeof *out);
    for (int k = 0; k < N; k++) {
        double re = 0.0, im = 0.0;
        for (int i = 0; i < N; i++) {
            re += U[i * N + k] * psi[2 * i];
            im += U[i * N + k] * psi[2 * i + 1];
        }
        const double c = cos(E[k] * t), s = -sin(E[k] * t);
        for (int i = 0; i < N; i++) {
            out[2 * i] += U[i * N + k] * (c * re - s * im);
            out[2 * i + 1] += U[i * N + k] * (c * im + s * re);
        }
    }
}

static dia_bounds bounds_of(int steps)
{
    double work[6 * N];
    dia_bounds bounds;
    dia_error error = {0};
    assert_ok(dia_chebyshev_bounds(N, multiply, NULL, steps, work, NULL, &bounds, &error), &error);
    return bounds;
}

static void bounds(void **unused)
{
    (void)unused;
    for (int steps = 8; steps <= N; steps += 4) {
        const dia_bounds b = bounds_of(steps);
        assert_true(b.low <= E[0] && b.high >= E[N - 1]);
        if (steps >= 20)
            assert_true(b.high - b.low < 1.2 * (E[N - 1] - E[0]));
    }
}

/* Any times, forwards and back, together and alone; the number of products grows as half the width times t. */
static void propagation(void **unused)
{
    (void)unused;
    const dia_bounds b = bounds_of(30);
    dia_chebyshev none;
    dia_error much = {0};
    const double long_time = 1e10; /* more terms than an int counts */
    assert_int_equal(dia_chebyshev_create(&none, b, 1, &long_time, 1e-15, &much), DIA_ERROR_INPUT);
    dia_chebyshev_free(&none);
    static double psi[2 * N], out[3 * 2 * N], alone[2 * N], expected[2 * N], work[4 * N], moments[2 * 20000];
    start(psi);
    for (double t = 1e-3; t < 200.0; t *= 7.0) {
        const double times[] = {0.3 * t, -t, t};
        dia_chebyshev c, one;
        dia_error error = {0};
        assert_ok(dia_chebyshev_create(&c, b, 3, times, 1e-15, &error), &error);
        assert_ok(dia_chebyshev_create(&one, b, 1, times, 1e-15, &error), &error);
        assert_true(c.nterm <= 20000 && c.nterm < 0.5 * t * (b.high - b.low) * 1.5 + 30.0);
        products = 0;
        dia_chebyshev_propagate(&c, N, multiply, NULL, psi, out, psi, moments, work, NULL);
        assert_int_equal(products, c.nterm - 1);
        dia_chebyshev_propagate(&one, N, multiply, NULL, psi, alone, NULL, NULL, work, NULL);
        const double tolerance = 2e-14 * (10.0 + 60.0 * t); /* rounding of E t */
        for (int k = 0; k < 3; k++) {
            double re = 0.0, im = 0.0, overlap[2];
            exact(times[k], psi, expected);
            for (int i = 0; i < 2 * N; i++)
                assert_close(out[2 * N * k + i], expected[i], 0.0, tolerance);
            for (int i = 0; i < 2 * N; i += 2) {
                re += psi[i] * expected[i] + psi[i + 1] * expected[i + 1];
                im += psi[i] * expected[i + 1] - psi[i + 1] * expected[i];
            }
            dia_chebyshev_overlap(&c, k, moments, overlap);
            assert_close(overlap[0], re, 0.0, tolerance);
            assert_close(overlap[1], im, 0.0, tolerance);
        }
        for (int i = 0; i < 2 * N; i++)
            assert_close(alone[i], out[i], 0.0, tolerance);
        dia_chebyshev_free(&c);
        dia_chebyshev_free(&one);
    }
}

/* Long times, of which the orders of the Bessel functions go beyond the root of what an int holds. Phases E t carry the rounding of E; the
 * recurrence over k adds less. */
static void long_times(void **unused)
{
    (void)unused;
    static double psi[2 * N], out[2 * N], expected[2 * N], work[4 * N];
    const dia_bounds b = bounds_of(30);
    start(psi);
    for (double reach = 3e4; reach < 3e5; reach *= 1.7) {
        const double t = 2.0 * reach / (b.high - b.low);
        dia_chebyshev c;
        dia_error error = {0};
        assert_ok(dia_chebyshev_create(&c, b, 1, &t, 1e-15, &error), &error);
        assert_true(dia_chebyshev_propagate(&c, N, multiply, NULL, psi, out, NULL, NULL, work, NULL));
        exact(t, psi, expected);
        for (int i = 0; i < 2 * N; i++)
            assert_close(out[i], expected[i], 0.0, 2e-14 * (10.0 + 60.0 * t));
        dia_chebyshev_free(&c);
    }
}

/* The factors are (2 -) J_k: against the C library's for the first two, of which it has other formulas. */
static void bessel_functions(void **unused)
{
    (void)unused;
    dia_error error = {0};
    for (double x = 1e-160; x < 9e6; x = x < 1e-6 ? x * 1e40 : x * 3.7) {
        dia_chebyshev c;
        assert_ok(dia_chebyshev_create(&c, (dia_bounds){-1.0, 1.0}, 1, &x, 1e-15, &error), &error);
        const double rounding = 1e-15 * (10.0 + sqrt(x)); /* of x steps of a recurrence, one by one */
        assert_close(c.factor[0], j0(x), 0.0, rounding);
        assert_close(c.factor[1], 2.0 * j1(x), 1e-14, rounding);
        dia_chebyshev_free(&c);
    }
}

static int stop; /* set by the seventh product */

static void multiply_seven_times(void *context, const double *x, double factor, double shift, const double *y0,
                                 double *y)
{
    multiply(context, x, factor, shift, y0, y);
    stop = products == 7;
}

static void a_caller_can_stop_it(void **unused)
{
    (void)unused;
    static double psi[2 * N], out[2 * N], work[4 * N];
    const double time = 10.0;
    dia_chebyshev c;
    dia_error error = {0};
    start(psi);
    assert_ok(dia_chebyshev_create(&c, bounds_of(30), 1, &time, 1e-15, &error), &error);
    assert_true(c.nterm > 9);
    products = 0;
    assert_false(dia_chebyshev_propagate(&c, N, multiply_seven_times, NULL, psi, out, NULL, NULL, work,
                                         &(dia_control){.stop = &stop}));
    assert_int_equal(products, 7);
    dia_chebyshev_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bounds), cmocka_unit_test(propagation),
                                       cmocka_unit_test(long_times), cmocka_unit_test(bessel_functions),
                                       cmocka_unit_test(a_caller_can_stop_it)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
