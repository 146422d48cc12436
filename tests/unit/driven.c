/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Electrons in a field against Runge and Kutta on the equation itself, and the accounts of what it does against the populations. */
#include "check.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "electronic/driven.h"

enum { N = 3, P = N * (N + 1) / 2, WORK = 20000, STEPS = 4000 };

static const double dt = 12.0, tolerance = 1e-10;

typedef struct scene {
    bool hermitian, rotating, still; /* a complex H; rotating wave; H and mu do not change */
    double H[2][2 * P], mu[2][6 * P], E[2][N], U[2][2 * N * N], c[2 * N];
} scene;

static void field(const void *context, double t, double E[6])
{
    const scene *s = context;
    for (int x = 0; x < 3; x++) {
        E[2 * x] = 0.02 * (x + 1) * cos(0.25 * t + x);
        E[2 * x + 1] = s->rotating ? -0.02 * (x + 1) * sin(0.25 * t + x) : 0.0;
    }
}

static dia_frame frame_of(scene *s, int end)
{
    return (dia_frame){1, N, s->H[end], s->E[end], s->U[end], s->hermitian};
}

/* Elements below the diagonal of a matrix that is real have imaginary parts 0. */
static int packed(const scene *s)
{
    return s->hermitian ? N * N : P;
}

static void fill(scene *s)
{
    double work[500], norm = 0.0;
    const int np = packed(s);
    for (int end = 0; end < 2; end++) {
        const double x = s->still ? 0.0 : end;
        for (int i = 0; i < np; i++)
            s->H[end][i] = 0.1 * sin(1.1 * i * i + 0.3) + 0.02 * x * cos(2.0 * i);
        for (int i = 0; i < N; i++)
            s->H[end][i * (i + 1) / 2 + i] += 0.25 * i; /* gaps near the photon */
        for (int i = 0; i < 3 * np; i++)
            s->mu[end][i] = sin(0.7 * i * i + 1.0) + 0.1 * x * cos(3.0 * i);
        dia_frame frame = frame_of(s, end);
        assert_true(dia_frame_work(N) <= 500);
        assert_int_equal(dia_frame_solve(&frame, work), DIA_OK);
    }
    for (int i = 0; i < 2 * N; i++)
        norm += pow(s->c[i] = sin(1.0 + 2.0 * i), 2);
    for (int i = 0; i < 2 * N; i++)
        s->c[i] /= sqrt(norm);
}

static int drive(scene *s, int active, double *T, dia_driven *driven)
{
    static double work[WORK];
    const dia_frame before = frame_of(s, 0), after = frame_of(s, 1);
    const dia_drive d = {field, s, 0.25, s->rotating};
    assert_true(dia_driven_work(N) <= WORK);
    memset(driven->flux, 0, N * sizeof(double));
    memset(driven->turned, 0, N * sizeof(double));
    return dia_driven_propagator(&d, 3.0, dt, tolerance, &before, &after, 0, s->mu[0], s->mu[1], s->c, active, T,
                                 driven, work);
}

/* -i (H - mu.E) psi at the share x of the step. */
static void slope(const scene *s, double x, const double complex *psi, double complex *out)
{
    double E[6];
    field(s, 3.0 + x * dt, E);
    for (int i = 0; i < N; i++) {
        out[i] = 0.0;
        for (int j = 0; j < N; j++) {
            const int hi = i > j ? i : j, lo = i > j ? j : i, k = hi * (hi + 1) / 2 + lo,
                      m = P + hi * (hi - 1) / 2 + lo;
            double re = 0.0, im = 0.0;
            for (int f = 0; f < 4; f++) { /* H, then the three components */
                const double *a = f == 0 ? s->H[0] : s->mu[0] + (f - 1) * packed(s),
                             *b = f == 0 ? s->H[1] : s->mu[1] + (f - 1) * packed(s),
                             weight = f == 0 ? 1.0 : -E[2 * (f - 1)];
                re += weight * ((1.0 - x) * a[k] + x * b[k]);
                if (s->hermitian && i != j)
                    im += weight * (i > j ? 1.0 : -1.0) * ((1.0 - x) * a[m] + x * b[m]);
            }
            out[i] -= I * (re + I * im) * psi[j];
        }
    }
}

static void runge_kutta(const scene *s, double complex *psi)
{
    const double h = 1.0 / STEPS;
    for (int step = 0; step < STEPS; step++) {
        double complex k[4][N], at[N];
        for (int stage = 0; stage < 4; stage++) {
            const double share = stage == 0 ? 0.0 : stage == 3 ? 1.0 : 0.5;
            for (int i = 0; i < N; i++)
                at[i] = psi[i] + (stage > 0 ? share * h * dt * k[stage - 1][i] : 0.0);
            slope(s, (step + share) * h, at, k[stage]);
        }
        for (int i = 0; i < N; i++)
            psi[i] += h * dt / 6.0 * (k[0][i] + 2.0 * k[1][i] + 2.0 * k[2][i] + k[3][i]);
    }
}

static void propagated(const double *T, const double *c, double *out)
{
    for (int i = 0; i < N; i++) {
        double complex sum = 0.0;
        for (int j = 0; j < N; j++)
            sum += (T[2 * (i * N + j)] + I * T[2 * (i * N + j) + 1]) * (c[2 * j] + I * c[2 * j + 1]);
        out[2 * i] = creal(sum);
        out[2 * i + 1] = cimag(sum);
    }
}

static double population(const double *c, int k)
{
    return c[2 * k] * c[2 * k] + c[2 * k + 1] * c[2 * k + 1];
}

/* The diabatic amplitudes are those of the equation up to a common phase, which the propagator leaves out. The tolerance is 1e-10 of
 * an element, Runge and Kutta's error below it. */
static void amplitudes_are_those_of_the_equation(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        scene s = {.hermitian = kind == 1};
        double T[2 * N * N], flux[N], turned[N], end[2 * N], d[2 * N];
        dia_driven driven = {.flux = flux, .turned = turned};
        fill(&s);
        assert_true(drive(&s, 0, T, &driven) > 1);
        double complex psi[N];
        const dia_frame before = frame_of(&s, 0), after = frame_of(&s, 1);
        dia_frame_diabatic(&before, 0, s.c, d);
        for (int i = 0; i < N; i++)
            psi[i] = d[2 * i] + I * d[2 * i + 1];
        runge_kutta(&s, psi);
        propagated(T, s.c, end);
        dia_frame_diabatic(&after, 0, end, d);
        double complex overlap = 0.0;
        for (int i = 0; i < N; i++)
            overlap += conj(psi[i]) * (d[2 * i] + I * d[2 * i + 1]);
        for (int i = 0; i < N; i++)
            assert_close(cabs(d[2 * i] + I * d[2 * i + 1] - overlap * psi[i]), 0.0, 0.0, 1e-8);
    }
}

/* What leaves a state by the field and by the turning of the states is what its population loses; and where nothing else changes,
 * the work of the field is the change of <H>. */
static void accounts_balance(void **state)
{
    (void)state;
    for (int kind = 0; kind < 8; kind++) {
        scene s = {.hermitian = kind & 1, .rotating = kind & 2, .still = kind & 4};
        fill(&s);
        for (int a = 0; a < N; a++) {
            double T[2 * N * N], flux[N], turned[N], end[2 * N], sum = 0.0, rise = 0.0, turning = 0.0;
            dia_driven driven = {.flux = flux, .turned = turned};
            drive(&s, a, T, &driven);
            propagated(T, s.c, end);
            for (int j = 0; j < N; j++) {
                sum += j == a ? 0.0 : flux[j] + turned[j];
                rise += s.E[1][j] * population(end, j) - s.E[0][j] * population(s.c, j);
                turning += fabs(turned[j]);
            }
            assert_true(s.still ? turning < 1e-12 : turning > 1e-4);
            /* Sums over sub-steps, of second order in their length where the states turn (found: 4e-7) and of fourth in the field
             * alone (2e-9). */
            assert_close(sum, population(s.c, a) - population(end, a), 0.0, s.still ? 1e-8 : 2e-6);
            if (s.still)
                assert_close(driven.work, rise, 0.0, 1e-8);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(amplitudes_are_those_of_the_equation),
                                       cmocka_unit_test(accounts_balance)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
