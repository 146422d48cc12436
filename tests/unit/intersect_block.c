/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smooth block of degenerate states: its derivatives against differences of its values, and the split of
 * displacements. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "intersect/block.h"
#include "intersect/tangent.h"

enum { MOST = 18 };

static uint64_t seed;

static dia_model *load(const char *name)
{
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(strchr(name, '{') ? dia_model_parse(&model, name, ".", &error) : dia_model_load(&model, name, &error),
              &error);
    return model;
}

static const char *const four_states =
    "{type: vibronic, epsilon: [0 eV, 0.4 eV, 0.7 eV, 2 eV], modes: ["
    "{name: a, frequency: 0.1 eV, kappa: [0.1 eV, -0.2 eV, 0.15 eV, 0.05 eV]}, {name: b, frequency: 0.2 eV}, {name: c, "
    "frequency: 0.15 eV}], "
    "lambda: [{states: [0, 1], modes: [b], value: 0.2 eV}, {states: [1, 2], modes: [c], value: 0.25 eV}, "
    "{states: [0, 2], modes: [c], value: 0.1 eV}, {states: [1, 3], modes: [b], value: 0.3 eV}, {states: [2, 3], modes: "
    "[a], value: 0.2 eV}], "
    "gamma: [{states: [0, 0], modes: [c, c], value: 0.05 eV}, {states: [1, 2], modes: [a, b], value: -0.04 eV}]}";

static void displaced(int n, const double *from, double spread, int which, double *R)
{
    for (int c = 0; c < n; c++)
        R[c] = from[c] + spread * dia_rng_normal(seed, (uint64_t)which, 0, DIA_PURPOSE_TEST, (uint32_t)c);
}

/* First and second derivatives of mean + sum lambda_k c_k along a direction, from five values: errors of order h^4. */
static void check_derivatives(const char *name, int first, int count, double spread)
{
    dia_error error = {0};
    dia_model *model = load(name);
    dia_surface surface;
    dia_block_view block;
    assert_ok(dia_surface_open(&surface, model, &error), &error);
    assert_ok(dia_block_open(&block, &surface, first, count, &error), &error);
    const int n = surface.ncart;
    const double h = 0.02;
    double R[MOST], v[MOST], x[MOST], zero[MOST] = {0}, hessian[MOST * MOST], lambda[DIA_BLOCK_CONDITIONS], L[5];
    for (int trial = 0; trial < 4; trial++) {
        displaced(n, surface.molecule->reference, spread, 3 * trial, R);
        displaced(n, zero, 1.0 / sqrt(n), 3 * trial + 1, v);
        displaced(DIA_BLOCK_CONDITIONS, zero, 1.0, 3 * trial + 2, lambda);
        assert_true(dia_block_solve(&block, R));
        assert_true(dia_block_hessian(&block, R, lambda, hessian));
        for (int k = 0; k < 5; k++) {
            double c[DIA_BLOCK_CONDITIONS], gap;
            for (int i = 0; i < n; i++)
                x[i] = R[i] + (k - 2) * h * v[i];
            assert_true(dia_block_conditions(&block, x, c, &L[k], &gap));
            for (int i = 0; i < block.ncondition; i++)
                L[k] += lambda[i] * c[i];
        }
        double slope = 0.0, curvature = 0.0;
        for (int i = 0; i < n; i++) {
            double g = block.gradient[i];
            for (int k = 0; k < block.ncondition; k++)
                g += lambda[k] * block.jacobian[k * n + i];
            slope += g * v[i];
            for (int j = 0; j < n; j++)
                curvature += v[i] * hessian[i * n + j] * v[j];
        }
        /* h^4 = 1.6e-7 times a fifth (sixth) derivative over 30 (90): derivatives of order 1 and 10 hartree at most in
         * these models */
        assert_close((L[0] - 8.0 * L[1] + 8.0 * L[3] - L[4]) / (12.0 * h), slope, 1e-5, 1e-7);
        assert_close((-L[0] + 16.0 * L[1] - 30.0 * L[2] + 16.0 * L[3] - L[4]) / (12.0 * h * h), curvature, 1e-4, 1e-5);
    }
    dia_block_close(&block);
    dia_surface_close(&surface);
    dia_model_free(model);
}

static void test_network(void **state)
{
    (void)state;
    for (int count = 1; count <= 3; count++)
        for (int first = 0; first + count <= 3; first++)
            check_derivatives(SOURCE_DIR "/models/ethylene/ethylene.h5", first, count, 0.1);
}

static void test_vibronic(void **state)
{
    (void)state;
    for (int count = 1; count <= 3; count++)
        for (int first = 0; first + count <= 4; first++)
            check_derivatives(four_states, first, count, 0.5);
}

/* |c| is the length of the traceless part, whatever the basis: for two states gap/sqrt(2). */
static void test_length(void **state)
{
    (void)state;
    for (int m = 1; m <= DIA_DEGENERATE_MAX; m++)
        for (int k = 0; k < dia_block_count(m, true); k++)
            for (int l = 0; l <= k; l++) {
                double complex A[DIA_DEGENERATE_MAX * DIA_DEGENERATE_MAX], B[DIA_DEGENERATE_MAX * DIA_DEGENERATE_MAX],
                    trace = 0.0, inner = 0.0;
                dia_block_matrix(m, k, A);
                dia_block_matrix(m, l, B);
                for (int i = 0; i < m * m; i++) {
                    inner += conj(A[i]) * B[i];
                    assert_true(A[i] == conj(A[i % m * m + i / m]));
                    assert_true(k >= dia_block_count(m, false) || cimag(A[i]) == 0.0);
                }
                for (int i = 0; i < m; i++)
                    trace += A[i * m + i];
                assert_close(creal(inner), k == l, 0.0, 1e-15);
                assert_close(cabs(trace), 0.0, 0.0, 1e-15);
            }
}

/* The shortest solution of J d = x, and an orthonormal basis, also if a row is zero or repeats another, and with rigid
 * motions. */
static void test_tangent(void **state)
{
    (void)state;
    enum { ROWS = 4 };
    dia_error error = {0};
    dia_model *model = load(SOURCE_DIR "/models/ethylene/ethylene.h5");
    dia_surface surface;
    dia_tangent t;
    double R[MOST], rigid[6 * MOST], J[ROWS * MOST], zero[MOST] = {0};
    assert_ok(dia_surface_open(&surface, model, &error), &error);
    const int n = surface.ncart;
    assert_ok(dia_tangent_open(&t, n, ROWS, &error), &error);
    displaced(n, surface.molecule->reference, 0.1, 50, R);
    assert_true(dia_surface_solve(&surface, R));
    int nrigid = dia_tangent_rigid(&surface, R, false, rigid);
    assert_int_equal(nrigid, 6); /* the network is invariant: all of them */
    displaced(n, zero, 0.1, 51, J);
    displaced(n, zero, 1.0, 52, J + n);
    memset(J + 2 * n, 0, (size_t)n * sizeof *J);
    for (int c = 0; c < n; c++)
        J[3 * n + c] = -2.0 * J[c];
    dia_tangent_make(&t, nrigid, rigid, ROWS, J);
    assert_int_equal(t.nnormal, 2);
    assert_int_equal(t.ntangent, n - 8);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double inner = 0.0;
            for (int c = 0; c < n; c++)
                inner += t.basis[i * n + c] * t.basis[j * n + c];
            assert_close(inner, i == j, 0.0, 1e-13);
        }
    const double x[ROWS] = {0.3, -0.2, 0.0, -0.6}; /* consistent */
    for (int i = 0; i < ROWS; i++) {
        double left = 0.0; /* row i of J, without its rigid part, times d */
        for (int k = 0; k < ROWS; k++)
            for (int c = 0; c < n; c++)
                left += J[i * n + c] * t.inverse[k * n + c] * x[k];
        assert_close(left, x[i], 1e-12, 1e-13);
    }
    for (int i = 0; i < nrigid; i++)
        for (int k = 0; k < ROWS; k++) {
            double inner = 0.0;
            for (int c = 0; c < n; c++)
                inner += rigid[i * n + c] * t.inverse[k * n + c];
            assert_close(inner, 0.0, 0.0, 1e-13);
        }
    dia_tangent_close(&t);
    dia_surface_close(&surface);
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_vibronic),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_tangent),
    };
    seed = check_seed(5);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
