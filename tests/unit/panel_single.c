/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels on panels of floats, each build that this processor runs: against plain loops, activations against libm, lanes
 * independent, the same bits of all that fuse. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "math/panel.h"

#define L DIA_PANEL_SINGLE_LANES
enum { ROWS = 30, COLS = 41, KERNELS = 3 };

static const dia_panel_kernel *kernels[KERNELS];
static int nkernel;

static int setup(void **state)
{
    (void)state;
    const dia_panel_kernel *all[] = {&dia_panel_kernel_generic, &dia_panel_kernel_avx2, &dia_panel_kernel_avx512};
    for (int k = 0; k < KERNELS; k++)
        if (dia_panel_kernel_runs(all[k]))
            kernels[nkernel++] = all[k];
    return 0;
}

static float *random_new(size_t n, uint32_t stream)
{
    float *x = dia_allocate(n, sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)dia_rng_normal(3, stream, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    return x;
}

typedef struct problem {
    double *W;
    float *packed, *bias, *X, *D, *Y, *Z;
} problem;

static problem problem_new(int nrow)
{
    const size_t padded = (size_t)dia_panel_padded(nrow), size = (size_t)nrow * COLS;
    problem p = {.bias = random_new(padded, 2), .X = random_new(COLS * L, 3), .D = random_new(padded * L, 4)};
    p.Y = random_new(padded * L, 5), p.Z = random_new(padded * L, 6);
    p.W = dia_allocate(size, sizeof *p.W);
    for (size_t i = 0; i < size; i++)
        p.W[i] = dia_rng_normal(3, 1, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    double *wide = dia_allocate(padded * COLS, sizeof *wide);
    p.packed = dia_allocate(padded * COLS, sizeof *p.packed);
    dia_panel_pack(nrow, COLS, p.W, 0, wide);
    dia_panel_narrow(padded * COLS, wide, p.packed);
    free(wide);
    return p;
}

static void problem_free(problem *p)
{
    free(p->W), free(p->packed), free(p->bias), free(p->X), free(p->D), free(p->Y), free(p->Z);
}

static double sum_of(const problem *p, bool bias, int i, int l)
{
    double sum = bias ? (double)p->bias[i] : 0.0;
    for (int j = 0; j < COLS; j++)
        sum += p->W[i * COLS + j] * (double)p->X[j * L + l];
    return sum;
}

/* Sums of 42 products of order 1, each rounded by 2^-24 three times: some 1e-6. */
static void layers_are_near_plain_sums(void **state)
{
    (void)state;
    for (int k = 0; k < nkernel; k++)
        for (int nrow = 1; nrow <= ROWS; nrow++) {
            const dia_panel_single *single = dia_panel_single_of(kernels[k]);
            problem p = problem_new(nrow);
            single->affine(nrow, COLS, p.packed, p.bias, p.X, p.Y);
            single->chain(nrow, COLS, p.packed, p.X, p.D, p.Z);
            for (int i = 0; i < nrow; i++)
                for (int l = 0; l < L; l++) {
                    assert_close((double)p.Y[i * L + l], sum_of(&p, true, i, l), 0.0, 1e-5);
                    assert_close((double)p.Z[i * L + l], (double)p.D[i * L + l] * sum_of(&p, false, i, l), 0.0, 4e-5);
                }
            for (int s = DIA_ACTIVATION_TANH; s <= DIA_ACTIVATION_SILU; s++) {
                single->layer((dia_activation)s, nrow, COLS, p.packed, p.bias, p.X, p.Y, p.Z);
                for (int i = 0; i < nrow; i++)
                    for (int l = 0; l < L; l++) {
                        const double z = sum_of(&p, true, i, l), sigma = 1.0 / (1.0 + exp(-z));
                        const double a = s == DIA_ACTIVATION_TANH ? tanh(z) : z * sigma;
                        const double d = s == DIA_ACTIVATION_TANH ? 1.0 - a * a : sigma * (1.0 + z * (1.0 - sigma));
                        assert_close((double)p.Y[i * L + l], a, 0.0, 2e-5);
                        assert_close((double)p.Z[i * L + l], d, 0.0, 2e-5);
                    }
            }
            problem_free(&p);
        }
}

/* 4 units in the last place of a float, from 1e-30 to where the function is constant; what is no number stays none. */
static void activations_are_accurate(void **state)
{
    (void)state;
    enum { N = 40000 };
    float *z = dia_allocate(N, sizeof *z), *a = dia_allocate(N, sizeof *a), *d = dia_allocate(N, sizeof *d);
    for (int k = 0; k < nkernel; k++)
        for (int s = DIA_ACTIVATION_TANH; s <= DIA_ACTIVATION_SILU; s++) {
            const dia_panel_single *single = dia_panel_single_of(kernels[k]);
            double most = 0.0;
            for (uint32_t i = 0; i < N; i++) {
                const double size = 70.0 * exp2(-100.0 * dia_rng_uniform(5, 0, 0, DIA_PURPOSE_TEST, i));
                z[i] = (float)(i % 2 == 0 ? size : -size);
            }
            single->activate((dia_activation)s, N, z, a, d);
            for (int i = 0; i < N; i++) {
                const double x = (double)z[i], exact = s == DIA_ACTIVATION_TANH ? tanh(x) : x / (1.0 + exp(-x));
                most = fmax(most, fabs((double)a[i] - exact) / (fabs(exact) * 0x1p-23));
            }
            print_message("%s, %s: %.2f units in the last place\n", kernels[k]->isa,
                          s == DIA_ACTIVATION_TANH ? "tanh" : "silu", most);
            assert_true(most < 4.0);
            const float far[] = {-1e30f, -800, -100, 0, 100, 800, 1e30f, NAN};
            memset(z, 0, L * sizeof *z);
            memcpy(z, far, sizeof far);
            single->activate((dia_activation)s, L, z, a, d);
            for (int i = 0; i < 7; i++) {
                const double x = (double)far[i], limit = s == DIA_ACTIVATION_TANH ? tanh(x) : x > 0 ? x : 0.0;
                assert_close((double)a[i], limit, 1e-6, 1e-30);
                assert_true(isfinite(d[i]));
            }
            assert_true(isnan(a[7]) && isnan(d[7]));
        }
    free(z), free(a), free(d);
}

/* Other numbers beside a lane change none of its bits; and all builds that fuse give the same. */
static void bits_depend_on_the_lane_alone(void **state)
{
    (void)state;
    problem p = problem_new(ROWS);
    float *first = NULL;
    for (int k = 0; k < nkernel; k++) {
        const dia_panel_single *single = dia_panel_single_of(kernels[k]);
        float *a = random_new(ROWS * L, 7), *d = random_new(ROWS * L, 8), *X = random_new(COLS * L, 9);
        single->layer(DIA_ACTIVATION_SILU, ROWS, COLS, p.packed, p.bias, p.X, a, d);
        for (int j = 0; j < COLS; j++)
            X[j * L + 5] = p.X[j * L + 5];
        single->layer(DIA_ACTIVATION_SILU, ROWS, COLS, p.packed, p.bias, X, p.Y, p.Z);
        for (int i = 0; i < ROWS; i++)
            assert_true(p.Y[i * L + 5] == a[i * L + 5] && p.Z[i * L + 5] == d[i * L + 5]);
        if (kernels[k]->fused && first != NULL)
            assert_memory_equal(first, a, sizeof *a * ROWS * L);
        if (kernels[k]->fused && first == NULL)
            first = a;
        else
            free(a);
        free(d), free(X);
    }
    free(first);
    problem_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(layers_are_near_plain_sums),
                                       cmocka_unit_test(activations_are_accurate),
                                       cmocka_unit_test(bits_depend_on_the_lane_alone)};
    return cmocka_run_group_tests(tests, setup, NULL);
}
