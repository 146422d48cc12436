/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Panel kernels: each build that this processor runs against plain loops and against each other, activations against libm in
 * extended precision and finite differences; exp on lanes. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "math/lanes.h"
#include "math/panel.h"

#define L DIA_PANEL_LANES

static const dia_panel_kernel *kernels[3];
static int nkernel;

static int setup(void **state)
{
    (void)state;
    const dia_panel_kernel *all[] = {&dia_panel_kernel_generic, &dia_panel_kernel_avx2, &dia_panel_kernel_avx512};
    for (int k = 0; k < 3; k++)
        if (dia_panel_kernel_runs(all[k]))
            kernels[nkernel++] = all[k];
    print_message("kernels:");
    for (int k = 0; k < nkernel; k++)
        print_message(" %s", kernels[k]->isa);
    print_message("\n");
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

/* A layer, and the way back through it, are what their parts are, bit for bit: a sum does not know what is done with it. */
static void layers_are_their_parts(void **state)
{
    (void)state;
    enum { ROWS = 24, COLS = 7 };
    for (int k = 0; k < nkernel; k++)
        for (int nrow = 1; nrow <= ROWS; nrow++)
            for (int activation = DIA_ACTIVATION_TANH; activation <= DIA_ACTIVATION_SILU; activation++) {
                const dia_panel_kernel *kernel = kernels[k];
                const int n = dia_panel_padded(nrow) * L;
                double *W = random_new(ROWS * COLS, 1), *X = random_new(COLS * L, 2), *bias = random_new(ROWS, 3);
                double *z = random_new(ROWS * L, 4), *a = random_new(ROWS * L, 5), *d = random_new(ROWS * L, 6);
                double *layer = random_new(ROWS * L, 7), *slope = random_new(ROWS * L, 8);
                kernel->affine(nrow, COLS, W, bias, X, z); /* any numbers are packed weights */
                kernel->activate((dia_activation)activation, n, z, a, d);
                kernel->layer((dia_activation)activation, nrow, COLS, W, bias, X, layer, slope);
                assert_memory_equal(layer, a, sizeof(double) * (size_t)n);
                assert_memory_equal(slope, d, sizeof(double) * (size_t)n);
                kernel->affine(nrow, COLS, W, NULL, X, z);
                kernel->multiply(n, d, z, z);
                kernel->chain(nrow, COLS, W, X, d, a);
                assert_memory_equal(a, z, sizeof(double) * (size_t)n);
                double *bar = random_new(ROWS * L, 9), *sum = random_new(ROWS * L, 10), *e = random_new(ROWS * L, 11);
                double *before = random_new(ROWS * L, 10);
                kernel->chain_both(nrow, COLS, W, X, d, bar, a);
                assert_memory_equal(a, z, sizeof(double) * (size_t)n);
                kernel->affine(nrow, COLS, W, NULL, X, layer);
                assert_memory_equal(bar, layer, sizeof(double) * (size_t)n);
                kernel->bend(nrow, COLS, W, X, d, e, slope, a, sum);
                assert_memory_equal(a, z, sizeof(double) * (size_t)n);
                for (int i = 0; i < n; i++) /* three roundings of numbers of order 1 */
                    assert_close(sum[i], before[i] + e[i] * slope[i] * bar[i], 0.0, 1e-13);
                free(bar), free(sum), free(e), free(before);
                free(W), free(X), free(bias), free(z), free(a), free(d), free(layer), free(slope);
            }
}

/* Pooling, and the way back, are activations, products and sums of one image after the other, bit for bit. */
static void pooling_is_its_parts(void **state)
{
    (void)state;
    enum { IMAGES = 5, N = 3 * L, APART = N + L, D_APART = N + 2 * L };
    for (int k = 0; k < nkernel; k++)
        for (int s = DIA_ACTIVATION_TANH; s <= DIA_ACTIVATION_SILU; s++) {
            double *z = random_new(IMAGES * APART, 1), *d = random_new(IMAGES * D_APART, 2), *sum = random_new(N, 3);
            double *factor = random_new(IMAGES, 4), *parts = random_new(N, 3), *from = random_new(N, 5);
            _Alignas(64) double a[N], slope[N], back[N];
            kernels[k]->pool((dia_activation)s, N, IMAGES, factor, APART, z, D_APART, d, sum);
            for (int g = 0; g < IMAGES; g++) {
                kernels[k]->activate((dia_activation)s, N, z + g * APART, a, slope);
                assert_memory_equal(slope, d + g * D_APART, sizeof slope);
                kernels[k]->unpool(N, factor[g], slope, from, back);
                for (int i = 0; i < N; i++) {
                    parts[i] += factor[g] * a[i];
                    assert_true(back[i] == slope[i] * (factor[g] * from[i]));
                }
            }
            assert_memory_equal(sum, parts, sizeof(double) * N);
            free(z), free(d), free(sum), free(factor), free(parts), free(from);
        }
}

/* A trajectory must not depend on which of the kernels that fuse the processor has. */
static void fused_kernels_agree_bitwise(void **state)
{
    (void)state;
    enum { ROWS = 30, COLS = 41, N = ROWS * L, M = 576, RESULTS = 8 };
    static _Alignas(64) double first[2][RESULTS][M], now[RESULTS][M];
    const dia_panel_kernel *reference = NULL;
    double *W = random_new(ROWS * COLS, 1), *X = random_new(COLS * L, 2), *bias = random_new(ROWS, 3);
    for (int k = 0; k < nkernel; k++)
        for (int s = DIA_ACTIVATION_TANH; s <= DIA_ACTIVATION_SILU && kernels[k]->fused; s++) {
            memset(now, 0, sizeof now); /* z, a, s', s'', and a way back */
            kernels[k]->affine(ROWS, COLS, W, bias, X, now[0]);
            kernels[k]->layer((dia_activation)s, ROWS, COLS, W, bias, X, now[1], now[2]);
            kernels[k]->curvature((dia_activation)s, N, now[0], now[1], now[2], now[3]);
            kernels[k]->chain_both(ROWS, COLS, W, X, now[2], now[0], now[5]);
            kernels[k]->bend(ROWS, COLS, W, X, now[2], now[3], now[0], now[6], now[4]);
            kernels[k]->straighten(N, now[2], now[4], now[0]);
            double *turned = now[5]; /* of some rows that fill no vector */
            kernels[k]->transpose(ROWS - 1, now[1], turned);
            kernels[k]->outer(19, ROWS - 1, 1, &(const double *){now[0]}, &(const double *){turned}, now[6]);
            kernels[k]->outer_each(1, ROWS - 1, 1, &(const double *){now[0]}, &(const double *){turned}, L, ROWS,
                                   now[7]);
            if (reference == NULL || reference == kernels[k]) {
                reference = kernels[k];
                memcpy(first[s], now, sizeof now);
            }
            assert_memory_equal(first[s], now, sizeof now);
        }
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
            for (int ncol = 1; ncol <= 41;
                 ncol += ncol < 8 ? 1 : 3) { /* up to five vectors of AVX-512, and a part of one */
                double *A[PAIRS], *B[PAIRS], *T[PAIRS], *M = random_new((size_t)(nrow * ncol), 9),
                                                        *before = random_new((size_t)(nrow * ncol), 9);
                for (int p = 0; p < PAIRS; p++) {
                    A[p] = random_new((size_t)(dia_panel_padded(nrow) * L), (uint32_t)(10 + p));
                    B[p] = random_new((size_t)(dia_panel_padded(ncol) * L), (uint32_t)(20 + p));
                    T[p] = random_new((size_t)(dia_panel_columns(ncol) * L), 40);
                    kernels[k]->transpose(ncol, B[p], T[p]);
                }
                kernels[k]->outer(nrow, ncol, PAIRS, (const double *const *)A, (const double *const *)T, M);
                for (int i = 0; i < nrow; i++)
                    for (int j = 0; j < ncol; j++) {
                        double sum = before[i * ncol + j];
                        for (int p = 0; p < PAIRS; p++)
                            for (int l = 0; l < L; l++)
                                sum += A[p][i * L + l] * B[p][j * L + l];
                        assert_close(M[i * ncol + j], sum, 0.0, 1e-13); /* 40 products of order 1 */
                    }
                enum { ROOM = 8 * 41, SOME = 3 }; /* lanes that are wanted */
                double *each = random_new(L * ROOM, 30), *whole = random_new(L * ROOM, 30);
                kernels[k]->outer_each(nrow, ncol, PAIRS, (const double *const *)A, (const double *const *)T, SOME,
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
                    free(A[p]), free(B[p]), free(T[p]);
                free(M), free(before);
            }
}

/* Units in the last place of `exact` (as a double, or the smallest normal one) between x and it. */
static double off_by(double x, long double exact)
{
    const double size = fmax(fabs((double)exact), 0x1p-1022);
    return (double)fabsl(x - exact) / (nextafter(size, INFINITY) - size);
}

/* Random numbers of all sizes up to the argument where the function has become constant. */
static double any_size(double most, uint32_t i)
{
    const double size = most * exp2(-60.0 * dia_rng_uniform(5, 0, 0, DIA_PURPOSE_TEST, i));
    return dia_rng_uniform(5, 1, 0, DIA_PURPOSE_TEST, i) < 0.5 ? size : -size;
}

/* Against libm in extended precision. What panel_vector.h promises for tanh; for SiLU, two roundings more, 3; its exponential
 * is that of the lanes. */
static void activations_are_accurate(void **state)
{
    (void)state;
    enum { N = 40000 };
    double *z = dia_allocate(N, sizeof *z), *a = dia_allocate(N, sizeof *a), *d = dia_allocate(N, sizeof *d);
    for (int k = 0; k < nkernel; k++)
        for (int activation = DIA_ACTIVATION_TANH; activation <= DIA_ACTIVATION_SILU; activation++) {
            double most = 0.0;
            for (uint32_t i = 0; i < N; i++)
                z[i] = any_size(activation == DIA_ACTIVATION_TANH ? 25.0 : 700.0, i);
            kernels[k]->activate((dia_activation)activation, N, z, a, d);
            for (int i = 0; i < N; i++) {
                const long double x = z[i];
                most = fmax(most, off_by(a[i], activation == DIA_ACTIVATION_TANH ? tanhl(x) : x / (1.0L + expl(-x))));
            }
            print_message("%s, %s: %.2f units in the last place\n", kernels[k]->isa,
                          activation == DIA_ACTIVATION_TANH ? "tanh" : "silu", most);
            assert_true(most < (activation == DIA_ACTIVATION_TANH ? 2.5 : 3.0));
        }
    free(z), free(a), free(d);
}

/* s' and s'' against differences of s and s'; extreme arguments stay finite, and what is no number stays none. */
static void derivatives_of_activations(void **state)
{
    (void)state;
    enum { N = 4000 };
    double *z = dia_allocate(N, sizeof *z), *a = dia_allocate(N, sizeof *a), *d = dia_allocate(N, sizeof *d),
           *e = dia_allocate(N, sizeof *e);
    for (int k = 0; k < nkernel; k++)
        for (int activation = DIA_ACTIVATION_TANH; activation <= DIA_ACTIVATION_SILU; activation++) {
            for (int i = 0; i < N; i++)
                z[i] = -10.0 + 20.0 * i / (N - 1);
            kernels[k]->activate((dia_activation)activation, N, z, a, d);
            kernels[k]->curvature((dia_activation)activation, N, z, a, d, e);
            const double h = z[1] - z[0];
            for (int i = 2; i < N - 2; i++) {
                /* five points, h = 0.005: h^4/30 times a fifth derivative of at most 16, and rounding 1e-16/h */
                assert_close((a[i - 2] - 8 * a[i - 1] + 8 * a[i + 1] - a[i + 2]) / (12 * h), d[i], 0.0, 4e-10);
                assert_close((d[i - 2] - 8 * d[i - 1] + 8 * d[i + 1] - d[i + 2]) / (12 * h), e[i], 0.0, 4e-9);
            }
            const double far[8] = {-1e308, -800, -40, -1e-300, 0, 40, 800, 1e308};
            memcpy(z, far, sizeof far);
            kernels[k]->activate((dia_activation)activation, 8, z, a, d);
            for (int i = 0; i < 8; i++) {
                assert_true(isfinite(a[i]) && isfinite(d[i]));
                const double limit = activation == DIA_ACTIVATION_TANH ? tanh(far[i]) : far[i] > 0 ? far[i] : 0.0;
                assert_close(a[i], limit, 1e-15, 2e-16);
            }
            z[3] = NAN;
            kernels[k]->activate((dia_activation)activation, 8, z, a, d);
            assert_true(isnan(a[3]) && isnan(d[3]) && !isnan(a[2]) && !isnan(a[4]));
        }
    free(z), free(a), free(d), free(e);
}

static void exponential_on_lanes(void **state)
{
    (void)state;
    double most = 0.0;
    for (uint32_t i = 0; i < 20000; i++) {
        double x[8], y[8];
        for (uint32_t l = 0; l < 8; l++)
            x[l] = any_size(708.0, 8 * i + l);
        dia_v8_store(y, dia_v8_exp(dia_v8_load(x)));
        for (int l = 0; l < 8; l++)
            most = fmax(most, off_by(y[l], expl(x[l])));
    }
    print_message("exp: %.2f units in the last place\n", most);
    assert_true(most < 1.5); /* as lanes.h says */
    const double far[8] = {-1e308, -INFINITY, -708, 0, 708, INFINITY, 1e308, NAN};
    double y[8];
    dia_v8_store(y, dia_v8_exp(dia_v8_load(far)));
    assert_true(y[0] == y[2] && y[1] == y[2] && y[3] == 1.0 && y[5] == y[4] && y[6] == y[4] && isnan(y[7]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(affine_is_a_matrix_product), cmocka_unit_test(lanes_are_independent),
        cmocka_unit_test(layers_are_their_parts),     cmocka_unit_test(fused_kernels_agree_bitwise),
        cmocka_unit_test(outer_is_a_sum_of_products), cmocka_unit_test(activations_are_accurate),
        cmocka_unit_test(derivatives_of_activations), cmocka_unit_test(exponential_on_lanes),
        cmocka_unit_test(pooling_is_its_parts)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
