/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/frame.h"
#include "diabolo/model.h"
#include "electronic/propagate.h"
#include "parallel/team.h"

enum { NMAX = 6, PMAX = NMAX * NMAX };

typedef struct end {
    double H[PMAX], E[NMAX], U[2 * NMAX * NMAX];
    dia_frame frame;
} end;

static double work[5000];
static bool hermitian; /* the tests below are for complex H */

static void solve(int n, end *e)
{
    assert_true(dia_frame_work(n) <= 5000 && dia_propagator_work(n) <= 5000);
    e->frame = (dia_frame){1, n, e->H, e->E, e->U, hermitian};
    assert_ok(dia_frame_solve(&e->frame, work), NULL);
}

/* A pair of ends: H0 of the given size, H1 - H0 of another; traceless, so that no common phase is left out. */
static void make_ends(int n, double size, double change, end ends[2])
{
    for (int i = 0; i < (hermitian ? n * n : n * (n + 1) / 2); i++) {
        ends[0].H[i] = size * sin(1.0 + 2.7 * i * i);
        ends[1].H[i] = ends[0].H[i] + change * cos(0.3 + 1.9 * i * i);
    }
    for (int e = 0; e < 2; e++) {
        double mean = 0.0;
        for (int i = 0; i < n; i++)
            mean += ends[e].H[dia_packed(i, i)] / n;
        for (int i = 0; i < n; i++)
            ends[e].H[dia_packed(i, i)] -= mean;
        solve(n, &ends[e]);
    }
}

/* max |(P - Q)_ij| */
static double distance(int n, const double *P, const double *Q)
{
    double worst = 0.0;
    for (int i = 0; i < n * n; i++)
        worst = fmax(worst, hypot(P[2 * i] - Q[2 * i], P[2 * i + 1] - Q[2 * i + 1]));
    return worst;
}

static void check_unitary(int n, const double *T, double tolerance)
{
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            double re = 0.0, im = 0.0;
            for (int j = 0; j < n; j++) {
                const double *a = T + 2 * (j * n + k), *b = T + 2 * (j * n + l);
                re += a[0] * b[0] + a[1] * b[1];
                im += a[0] * b[1] - a[1] * b[0];
            }
            assert_close(re, k == l ? 1.0 : 0.0, 0.0, tolerance);
            assert_close(im, 0.0, 0.0, tolerance);
        }
}

/* T^H T = 1 with many sub-steps: each adds a rounding error of some n eps. */
static void unitary(void **unused)
{
    (void)unused;
    double T[2 * NMAX * NMAX];
    end ends[2];
    for (int n = 1; n <= NMAX; n++)
        for (double tolerance = 1e-1; tolerance > 1e-6; tolerance *= 0.1) {
            make_ends(n, 0.3, 0.05, ends);
            const int m = dia_propagator(20.0, tolerance, &ends[0].frame, &ends[1].frame, 0, T, work);
            check_unitary(n, T, 8.0 * n * (m + 1) * DBL_EPSILON);
        }
}

/* Constant H: diag(exp(-i E dt)) however large H dt is, in one sub-step. */
static void exact_for_constant_hamiltonian(void **unused)
{
    (void)unused;
    const int n = 4;
    double T[2 * NMAX * NMAX];
    end ends[2];
    for (double size = 0.01; size < 20.0; size *= 10.0) {
        make_ends(n, size, 0.0, ends);
        const double dt = 40.0;
        assert_int_equal(dia_propagator(dt, 1e-10, &ends[0].frame, &ends[1].frame, 0, T, work), 1);
        for (int k = 0; k < n; k++)
            for (int l = 0; l < n; l++) {
                const double angle = -ends[0].E[k] * dt,
                             atol = 16.0 * DBL_EPSILON * (1.0 + size * dt); /* rounding of E dt */
                assert_close(T[2 * (k * n + l)], k == l ? cos(angle) : 0.0, 0.0, atol);
                assert_close(T[2 * (k * n + l) + 1], k == l ? sin(angle) : 0.0, 0.0, atol);
            }
    }
}

/* A common shift of the energies, however large, changes nothing. */
static void blind_to_the_mean(void **unused)
{
    (void)unused;
    const int n = 3;
    double T[2][2 * NMAX * NMAX];
    end ends[2];
    make_ends(n, 0.3, 0.02, ends);
    const int m = dia_propagator(10.0, 1e-4, &ends[0].frame, &ends[1].frame, 0, T[0], work);
    for (int e = 0; e < 2; e++) {
        dia_frame old = {1, n, ends[e].H, ends[e].E, (double[18]){0}, hermitian};
        memcpy(old.U, ends[e].U, sizeof(double) * dia_frame_matrix(&old));
        for (int i = 0; i < n; i++)
            ends[e].H[dia_packed(i, i)] += -80.0 + 0.5 * e;
        solve(n, &ends[e]);
        dia_frame_follow(&ends[e].frame, &old);
    }
    assert_int_equal(dia_propagator(10.0, 1e-4, &ends[0].frame, &ends[1].frame, 0, T[1], work), m);
    assert_true(distance(n, T[0], T[1]) <
                80.0 * 10.0 * 16.0 * DBL_EPSILON); /* rounding of an energy of 80 hartree, times dt */
}

/* Two diabats that cross without coupling: however big the step, the electrons stay on their diabat, in one sub-step,
 * with the phase of the mean energy; in the adiabatic basis the two amplitudes change places. */
static void trivial_crossing(void **unused)
{
    (void)unused;
    double T[8];
    end ends[2] = {{.H = {-0.1, 0.0, 0.2}}, {.H = {0.3, 0.0, -0.05}}};
    solve(2, &ends[0]);
    solve(2, &ends[1]);
    const double dt = 50.0;
    assert_int_equal(dia_propagator(dt, 1e-12, &ends[0].frame, &ends[1].frame, 0, T, work), 1);
    const double before[] = {1.0, 0.0, 0.0, 0.0}; /* lower state = diabat 0 */
    double after[4], diabatic[4], start[4];
    dia_amplitudes_apply(2, T, before, after);
    assert_close(hypot(after[2], after[3]), 1.0, 0.0, 1e-15);
    assert_close(hypot(after[0], after[1]), 0.0, 0.0, 1e-15);
    dia_frame_diabatic(&ends[0].frame, 0, before, start);
    dia_frame_diabatic(&ends[1].frame, 0, after, diabatic);
    const double energy = 0.5 * ((-0.1 - 0.05) + (0.3 - 0.125)); /* mean of H00 over the step, less half the trace */
    assert_close(diabatic[0], start[0] * cos(energy * dt), 0.0, 1e-14);
    assert_close(diabatic[1], -start[0] * sin(energy * dt), 0.0, 1e-14);
}

/* Amplitudes: U^H then U is the identity, and keeps the norm. */
static void amplitudes(void **unused)
{
    (void)unused;
    const int n = 5;
    double c[10], a[10], back[10], norm = 0.0, norm_a = 0.0;
    end ends[2];
    make_ends(n, 0.3, 0.0, ends);
    for (int i = 0; i < 2 * n; i++)
        c[i] = cos(1.0 + i * i);
    dia_frame_adiabatic(&ends[0].frame, 0, c, a);
    dia_frame_diabatic(&ends[0].frame, 0, a, back);
    for (int i = 0; i < 2 * n; i++) {
        assert_close(back[i], c[i], 0.0, 1e-14);
        norm += c[i] * c[i];
        norm_a += a[i] * a[i];
    }
    assert_close(norm_a, norm, 1e-14, 0.0);
}

typedef struct interpolation {
    int n;
    double dt;
    const double *H0, *H1;
} interpolation;

/* d/dt (x + iy) = -i H (x + iy) */
static int right_side(double t, const double c[], double dcdt[], void *parameters)
{
    const interpolation *p = parameters;
    const double x = t / p->dt;
    for (int i = 0; i < p->n; i++) {
        double re = 0.0, im = 0.0;
        for (int j = 0; j < p->n; j++) {
            const double H = (1.0 - x) * p->H0[dia_packed(i, j)] + x * p->H1[dia_packed(i, j)];
            double K = 0.0; /* imaginary part */
            if (hermitian && i != j) {
                const int ij = dia_packed_imaginary(p->n, i > j ? i : j, i > j ? j : i);
                K = (i > j ? 1.0 : -1.0) * ((1.0 - x) * p->H0[ij] + x * p->H1[ij]);
            }
            re += H * c[2 * j] - K * c[2 * j + 1];
            im += H * c[2 * j + 1] + K * c[2 * j];
        }
        dcdt[2 * i] = im;
        dcdt[2 * i + 1] = -re;
    }
    return GSL_SUCCESS;
}

/* T from an integrator that knows nothing of eigenvectors, at 1e-13 a step. */
static void integrate(int n, double dt, const end ends[2], double *T)
{
    interpolation p = {n, dt, ends[0].H, ends[1].H};
    gsl_odeiv2_system system = {right_side, NULL, (size_t)(2 * n), &p};
    for (int l = 0; l < n; l++) {
        gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(&system, gsl_odeiv2_step_rk8pd, 1e-3, 1e-14, 1e-13);
        double c[2 * NMAX], a[2 * NMAX] = {0}, t = 0.0;
        a[2 * l] = 1.0;
        dia_frame_diabatic(&ends[0].frame, 0, a, c);
        assert_int_equal(gsl_odeiv2_driver_apply(driver, &t, dt, c), GSL_SUCCESS);
        dia_frame_adiabatic(&ends[1].frame, 0, c, a);
        for (int k = 0; k < n; k++)
            memcpy(T + 2 * (k * n + l), a + 2 * k, 2 * sizeof(double));
        gsl_odeiv2_driver_free(driver);
    }
}

/* The error against the integrator is below the tolerance, near it when there are many sub-steps (else we waste
 * eigenproblems), and falls with the square of the sub-step. */
static void against_integrator(void **unused)
{
    (void)unused;
    const double sizes[] = {0.02, 0.1, 0.5}, changes[] = {0.002, 0.02, 0.1};
    double exact[2 * NMAX * NMAX], T[2 * NMAX * NMAX];
    end ends[2];
    for (int n = 2; n <= NMAX; n += 2)
        for (int i = 0; i < 9; i++) {
            const double dt = 20.0;
            make_ends(n, sizes[i / 3], changes[i % 3], ends);
            integrate(n, dt, ends, exact);
            for (double tolerance = 1e-1; tolerance > 1e-7; tolerance *= 0.1) {
                const int m = dia_propagator(dt, tolerance, &ends[0].frame, &ends[1].frame, 0, T, work);
                const double error = distance(n, T, exact);
                /* 10 %: terms beyond the leading one; 1e-11: the integrator */
                assert_true(error <= 1.1 * tolerance + 1e-11);
                if (m > 20 &&
                    sizes[i / 3] * dt < 1.0) /* larger H: errors of the sub-steps turn their phase and partly cancel */
                    assert_true(error >=
                                0.13 * tolerance); /* of the largest element; the tolerance is for all together */
            }
        }
}

/* The error falls with the square of the sub-step. */
static void second_order(void **unused)
{
    (void)unused;
    const int n = 3;
    const double dt = 10.0;
    double exact[18], T[18], previous = 0.0;
    int previous_m = 0;
    end ends[2];
    make_ends(n, 0.1, 0.05, ends);
    integrate(n, dt, ends, exact);
    for (double tolerance = 1e-4; tolerance > 1e-7; tolerance *= 0.25) {
        const int m = dia_propagator(dt, tolerance, &ends[0].frame, &ends[1].frame, 0, T, work);
        const double error = distance(n, T, exact);
        if (previous > 0.0) {
            const double order = log(previous / error) / log((double)m / previous_m);
            assert_close(order, 2.0, 0.0, 0.05); /* next term is of fourth order: (sub-step)^2 ~ 1e-2 and less */
        }
        previous = error;
        previous_m = m;
    }
}

/* From the end to the start by a negative step it is the inverse, in as many sub-steps: each is symmetric in time. */
static void backwards(void **unused)
{
    (void)unused;
    double T[2 * NMAX * NMAX], back[2 * NMAX * NMAX];
    end ends[2];
    for (int n = 2; n <= NMAX; n++) {
        make_ends(n, 0.3, 0.05, ends);
        const int m = dia_propagator(20.0, 1e-5, &ends[0].frame, &ends[1].frame, 0, T, work);
        assert_true(m > 20);
        assert_int_equal(dia_propagator(-20.0, 1e-5, &ends[1].frame, &ends[0].frame, 0, back, work), m);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                double re = 0.0, im = 0.0;
                for (int k = 0; k < n; k++) {
                    const double *a = back + 2 * (i * n + k), *b = T + 2 * (k * n + j);
                    re += a[0] * b[0] - a[1] * b[1];
                    im += a[0] * b[1] + a[1] * b[0];
                }
                assert_close(re, i == j, 0.0, 16.0 * n * (m + 1) * DBL_EPSILON); /* rounding there and back */
                assert_close(im, 0.0, 0.0, 16.0 * n * (m + 1) * DBL_EPSILON);
            }
    }
}

static int be_hermitian(void **unused)
{
    (void)unused;
    hermitian = true;
    return 0;
}

int main(void)
{
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread: else its team costs more than these matrices */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unitary),           cmocka_unit_test(exact_for_constant_hamiltonian),
        cmocka_unit_test(blind_to_the_mean), cmocka_unit_test(trivial_crossing),
        cmocka_unit_test(amplitudes),        cmocka_unit_test(against_integrator),
        cmocka_unit_test(second_order),      cmocka_unit_test(backwards),
    };
    const int failed = cmocka_run_group_tests_name("real", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("complex", tests, be_hermitian, NULL);
}
