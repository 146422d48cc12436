/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Panel kernels: each build against plain loops, the fast one against the plain one, activations against libm and
 * finite differences. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "math/panel.h"

#define L DIA_PANEL_LANES

static const dia_panel_kernel *kernels[3];
static int nkernel;

static int setup(void **state)
{
    (void)state;
    kernels[nkernel++] = &dia_panel_kernel_generic;
    if (dia_panel_kernel_best() == &dia_panel_kernel_avx512)
        kernels[nkernel++] = &dia_panel_kernel_avx2; /* such a processor has both */
    if (dia_panel_kernel_best() != &dia_panel_kernel_generic)
        kernels[nkernel++] = dia_panel_kernel_best();
    else
        print_message("only the plain kernel runs on this processor\n");
    return 0;
}

static double *random_new(size_t n, uint32_t stream)
{
    double *x = dia_allocate(n, sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = dia_rng_normal(3, stream, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    return x;
}

/* Every shape around the panel size, W and its transposed. Sums of at most 40 numbers of order 1: rounding below 1e-13.
 */
static void affine_is_a_matrix_product(void **state)
{
    (void)state;
    for (int k = 0; k < nkernel; k++)
        for (int nrow = 1; nrow <= 13; nrow++)
            for (int ncol = 1; ncol <= 40; ncol += 13)
                for (int transposed = 0; transposed < 2; transposed++) {
                    const int padded = dia_panel_padded(nrow);
                    double *W = random_new((size_t)(nrow * ncol), 1), *X = random_new((size_t)(ncol * L), 2);
                    double *bias = random_new((size_t)padded, 3), *Y = random_new((size_t)(padded * L), 4);
                    double *packed = dia_allocate((size_t)(padded * ncol), sizeof *packed);
                    dia_panel_pack(nrow, ncol, W, transposed, packed);
                    kernels[k]->affine(nrow, ncol, packed, bias, X, Y);
                    for (int i = 0; i < nrow; i++)
                        for (int l = 0; l < L; l++) {
                            double sum = bias[i];
                            for (int j = 0; j < ncol; j++)
                                sum += (transposed ? W[j * nrow + i] : W[i * ncol + j]) * X[j * L + l];
                            assert_close(Y[i * L + l], sum, 0.0, 1e-13);
                        }
                    free(W), free(X), free(bias), free(Y), free(packed);
                }
}

/* A trajectory must not depend on which of the two fast kernels the processor has. */
static void fast_kernels_agree_bitwise(void **state)
{
    (void)state;
    enum { ROWS = 30, COLS = 41 };
    if (nkernel < 3)
        return;
    double *W = random_new(ROWS * COLS, 1), *X = random_new(COLS * L, 2), *bias = random_new(ROWS, 3);
    double *Y[2], *a[2], *d[2];
    for (int k = 0; k < 2; k++) {
        Y[k] = random_new(ROWS * L, 4), a[k] = random_new(ROWS * L, 5), d[k] = random_new(ROWS * L, 6);
        kernels[1 + k]->affine(ROWS, COLS, W, bias, X, Y[k]);
    }
    assert_memory_equal(Y[0], Y[1], ROWS * L * sizeof(double));
    for (int activation = DIA_ACTIVATION_TANH; activation <= DIA_ACTIVATION_SILU; activation++) {
        for (int k = 0; k < 2; k++) {
            kernels[1 + k]->activate((dia_activation)activation, ROWS * L, Y[k], a[k], d[k]);
            kernels[1 + k]->multiply(ROWS * L, d[k], a[k], a[k]);
        }
        assert_memory_equal(d[0], d[1], ROWS * L * sizeof(double));
        assert_memory_equal(a[0], a[1], ROWS * L * sizeof(double));
    }
    for (int k = 0; k < 2; k++)
        free(Y[k]), free(a[k]), free(d[k]);
    free(W), free(X), free(bias);
}

/* A lane does not see its neighbours: other numbers beside it change no bit. */
static void lanes_are_independent(void **state)
{
    (void)state;
    enum { ROWS = 12, COLS = 17 };
    for (int k = 0; k < nkernel; k++) {
        double *W = random_new(ROWS * COLS, 1), *X = random_new(COLS * L, 2), *Y = random_new(ROWS * L, 3),
               *Z = random_new(ROWS * L, 4);
        kernels[k]->affine(ROWS, COLS, W, NULL, X, Y);
        for (int j = 0; j < COLS; j++)
            for (int l = 0; l < L; l++)
                if (l != 5)
                    X[j * L + l] = 1e3 * (j + l);
        kernels[k]->affine(ROWS, COLS, W, NULL, X, Z);
        for (int i = 0; i < ROWS; i++)
            assert_memory_equal(&Y[i * L + 5], &Z[i * L + 5], sizeof(double));
        free(W), free(X), free(Y), free(Z);
    }
}

static void outer_is_a_sum_of_products(void **state)
{
    (void)state;
    enum { PAIRS = 5 };
    for (int k = 0; k < nkernel; k++)
        for (int nrow = 1; nrow <= 8; nrow++)
            for (int ncol = 1; ncol <= 8; ncol++) {
                double *A[PAIRS], *B[PAIRS], *M = random_new((size_t)(nrow * ncol), 9),
                                             *before = random_new((size_t)(nrow * ncol), 9);
                for (int p = 0; p < PAIRS; p++) {
                    A[p] = random_new((size_t)(dia_panel_padded(nrow) * L), (uint32_t)(10 + p));
                    B[p] = random_new((size_t)(dia_panel_padded(ncol) * L), (uint32_t)(20 + p));
                }
                kernels[k]->outer(nrow, ncol, PAIRS, (const double *const *)A, (const double *const *)B, M);
                for (int i = 0; i < nrow; i++)
                    for (int j = 0; j < ncol; j++) {
                        double sum = before[i * ncol + j];
                        for (int p = 0; p < PAIRS; p++)
                            for (int l = 0; l < L; l++)
                                sum += A[p][i * L + l] * B[p][j * L + l];
                        assert_close(M[i * ncol + j], sum, 0.0, 1e-13); /* 40 products of order 1 */
                    }
                enum { ROOM = 64, SOME = 3 }; /* lanes that are wanted */
                double *each = random_new(L * ROOM, 30), *whole = random_new(L * ROOM, 30);
                kernels[k]->outer_each(nrow, ncol, PAIRS, (const double *const *)A, (const double *const *)B, SOME,
                                       ROOM, each);
                for (int l = 0; l < L; l++)
                    for (int i = 0; i < ROOM; i++) {
                        double sum = whole[l * ROOM + i];
                        for (int p = 0; p < PAIRS && l < SOME && i < nrow * ncol; p++)
                            sum += A[p][i / ncol * L + l] * B[p][i % ncol * L + l];
                        assert_close(each[l * ROOM + i], sum, 0.0, 1e-13);
                    }
                free(each), free(whole);
                for (int p = 0; p < PAIRS; p++)
                    free(A[p]), free(B[p]);
                free(M), free(before);
            }
}

/* Values against libm (SLEEF promises 3.5 and 1 units in the last place), s' and s'' against differences of s and s';
 * extreme arguments stay finite. */
static void activations_and_their_derivatives(void **state)
{
    (void)state;
    enum { N = 4000 };
    double *z = dia_allocate(N, sizeof *z), *a = dia_allocate(N, sizeof *a), *d = dia_allocate(N, sizeof *d),
           *e = dia_allocate(N, sizeof *e);
    for (int i = 0; i < N; i++)
        z[i] = -10.0 + 20.0 * i / (N - 1);
    for (int k = 0; k < nkernel; k++)
        for (int activation = DIA_ACTIVATION_TANH; activation <= DIA_ACTIVATION_SILU; activation++) {
            kernels[k]->activate((dia_activation)activation, N, z, a, d);
            kernels[k]->curvature((dia_activation)activation, N, z, a, d, e);
            const double h = z[1] - z[0];
            for (int i = 2; i < N - 2; i++) {
                const double exact = activation == DIA_ACTIVATION_TANH ? tanh(z[i]) : z[i] / (1.0 + exp(-z[i]));
                assert_close(a[i], exact, 2e-15, 1e-16);
                /* five points, h = 0.005: h^4/30 times a fifth derivative of at most 16, and rounding 1e-16/h */
                assert_close((a[i - 2] - 8 * a[i - 1] + 8 * a[i + 1] - a[i + 2]) / (12 * h), d[i], 0.0, 4e-10);
                assert_close((d[i - 2] - 8 * d[i - 1] + 8 * d[i + 1] - d[i + 2]) / (12 * h), e[i], 0.0, 4e-9);
            }
            const double far[8] = {-1e308, -800, -40, -1e-300, 0, 40, 800, 1e308};
            memcpy(z, far, sizeof far);
            kernels[k]->activate((dia_activation)activation, 8, z, a, d);
            for (int i = 0; i < 8; i++)
                assert_true(isfinite(a[i]) && isfinite(d[i]));
            for (int i = 0; i < 8; i++)
                z[i] = -10.0 + 20.0 * i / (N - 1);
        }
    free(z), free(a), free(d), free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(affine_is_a_matrix_product), cmocka_unit_test(lanes_are_independent),
        cmocka_unit_test(fast_kernels_agree_bitwise), cmocka_unit_test(outer_is_a_sum_of_products),
        cmocka_unit_test(activations_and_their_derivatives)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
