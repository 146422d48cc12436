/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Electrons at a fixed geometry, of real and of complex H. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "diabolo/model.h"
#include "electronic/still.h"

enum { N = 4, P = N * N, ROWS = 3 };

typedef struct fixture {
    double H[ROWS * P], E[ROWS * N], U[2 * ROWS * N * N], c[2 * N], work[400];
    dia_frame frame;
} fixture;

static void make(fixture *f, bool hermitian)
{
    *f = (fixture){.frame = {.batch = ROWS, .nstate = N, .hermitian = hermitian}};
    f->frame.H = f->H;
    f->frame.E = f->E;
    f->frame.U = f->U;
    static double work[2000];
    assert_true(dia_frame_work(N) <= 2000);
    for (int i = 0; i < ROWS * P; i++)
        f->H[i] = sin(1.7 * i + 0.3);
    assert_ok(dia_frame_solve(&f->frame, work), NULL);
    double norm = 0.0;
    for (int i = 0; i < 2 * N; i++) {
        f->c[i] = cos(2.3 * i);
        norm += f->c[i] * f->c[i];
    }
    for (int i = 0; i < 2 * N; i++)
        f->c[i] /= sqrt(norm);
}

/* dc/dt = -i (H - mean) c, by the classical Runge-Kutta method with 4000 steps: its error is some 1e-13. */
static void derivative(const fixture *f, int b, const double *c, double *dc)
{
    const double *H = f->H + (size_t)b * dia_frame_packed(&f->frame);
    double mean = 0.0;
    for (int i = 0; i < N; i++)
        mean += H[dia_packed(i, i)] / N;
    for (int i = 0; i < N; i++) {
        double re = -mean * c[2 * i], im = -mean * c[2 * i + 1];
        for (int j = 0; j < N; j++) {
            const double x = H[dia_packed(i, j)], y = !f->frame.hermitian || i == j ? 0.0
                                                      : i > j                       ? H[dia_packed_imaginary(N, i, j)]
                                                                                    : -H[dia_packed_imaginary(N, j, i)];
            re += x * c[2 * j] - y * c[2 * j + 1];
            im += x * c[2 * j + 1] + y * c[2 * j];
        }
        dc[2 * i] = im;
        dc[2 * i + 1] = -re;
    }
}

static void runge_kutta(const fixture *f, int b, double time, double *c)
{
    enum { STEPS = 4000 };
    const double h = time / STEPS, place[4] = {0.0, 0.5 * h, 0.5 * h, h}, share[4] = {1, 2, 2, 1};
    for (int s = 0; s < STEPS; s++) {
        double k[2 * N] = {0}, x[2 * N], sum[2 * N] = {0};
        for (int j = 0; j < 4; j++) {
            for (int i = 0; i < 2 * N; i++)
                x[i] = c[i] + place[j] * k[i];
            derivative(f, b, x, k);
            for (int i = 0; i < 2 * N; i++)
                sum[i] += share[j] * k[i];
        }
        for (int i = 0; i < 2 * N; i++)
            c[i] += h / 6.0 * sum[i];
    }
}

static void turns(void **unused)
{
    (void)unused;
    for (int hermitian = 0; hermitian < 2; hermitian++) {
        static fixture f;
        make(&f, hermitian);
        double c[2 * N], other[2 * N];
        memcpy(c, f.c, sizeof c);
        memcpy(other, f.c, sizeof other);
        dia_still_turn(&f.frame, 1, 3.0, c, f.work);
        runge_kutta(&f, 1, 3.0, other);
        for (int i = 0; i < 2 * N; i++)
            assert_close(c[i], other[i], 0.0, 1e-11);
        dia_still_turn(&f.frame, 1, -3.0, c, f.work);
        for (int i = 0; i < 2 * N; i++)
            assert_close(c[i], f.c[i], 0.0, 1e-14);
    }
}

/* The mean of the densities of amplitudes that turn, by Simpson's rule; and what a matrix has as its mean, by them. */
static void densities(void **unused)
{
    (void)unused;
    enum { POINTS = 400 };
    const double times[] = {1.5, -2.0, 1e-5, 0.0};
    for (int hermitian = 0; hermitian < 2; hermitian++)
        for (int t = 0; t < 4; t++) {
            static fixture f;
            make(&f, hermitian);
            double W[P], one[P], sum[P] = {0}, trace = 0.0;
            const size_t size = dia_frame_packed(&f.frame);
            for (int i = 0; i <= POINTS; i++) {
                double c[2 * N], a[2 * N];
                memcpy(c, f.c, sizeof c);
                dia_still_turn(&f.frame, 2, times[t] * (i / (double)POINTS - 0.5), c, f.work);
                dia_frame_adiabatic(&f.frame, 2, c, a);
                dia_weight_density(&f.frame, 2, a, one);
                const double share = (i == 0 || i == POINTS ? 1.0 : i % 2 ? 4.0 : 2.0) / (3.0 * POINTS);
                for (size_t p = 0; p < size; p++)
                    sum[p] += share * one[p];
            }
            dia_still_density(&f.frame, 2, times[t], f.c, W, f.work);
            for (size_t p = 0; p < size; p++)
                assert_close(W[p], sum[p], 0.0,
                             1e-10); /* Simpson's rule: (2/400)^4/180 of a fourth derivative of some 50 */
            for (int i = 0; i < N; i++)
                trace += W[dia_packed(i, i)];
            assert_close(trace, 1.0, 0.0, 1e-14);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(turns), cmocka_unit_test(densities)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
