/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/frame.h"
#include "electronic/frames.h"
#include "electronic/sign.h"

/* Two states have a closed form: E = (a+b)/2 -+ sqrt((a-b)^2/4 + c^2). */
static void two_states(void **unused)
{
    (void)unused;
    double H[] = {0.3, 0.1, -0.2, 1.0, 0.0, 2.0}, E[4], U[8], work[200];
    assert_true(dia_frame_work(2) <= 200);
    dia_frame frame = {.batch = 2, .nstate = 2, .H = H, .E = E, .U = U};
    assert_ok(dia_frame_solve(&frame, work), NULL);
    const double half_gap = sqrt(0.25 * 0.5 * 0.5 + 0.1 * 0.1);
    assert_close(E[0], 0.05 - half_gap, 1e-14, 0.0); /* rounding */
    assert_close(E[1], 0.05 + half_gap, 1e-14, 0.0);
    const double angle = 0.5 * atan2(2.0 * 0.1, 0.3 + 0.2); /* of the upper state */
    assert_close(fabs(U[1]), fabs(cos(angle)), 1e-14, 0.0);
    assert_close(fabs(U[3]), fabs(sin(angle)), 1e-14, 0.0);
    assert_close(E[2], 1.0, 0.0, 0.0);
    assert_close(E[3], 2.0, 0.0, 0.0);
}

/* A row is the same bits alone and in a batch, and a row with NaN spoils nobody else. */
static void rows_are_independent(void **unused)
{
    (void)unused;
    enum { B = 5, N = 4, P = N * (N + 1) / 2 };
    double H[B * P], E[B * N], U[B * N * N], e[N], u[N * N], *work = malloc(dia_frame_work(N) * sizeof *work);
    assert_non_null(work);
    for (int i = 0; i < B * P; i++)
        H[i] = sin(1.7 * i * i);
    H[2 * P + 3] = NAN;
    dia_frame frame = {.batch = B, .nstate = N, .H = H, .E = E, .U = U};
    assert_ok(dia_frame_solve(&frame, work), NULL);
    for (int b = 0; b < B; b++) {
        dia_frame one = {.batch = 1, .nstate = N, .H = H + b * P, .E = e, .U = u};
        assert_ok(dia_frame_solve(&one, work), NULL);
        assert_memory_equal(e, E + b * N, sizeof e);
        assert_memory_equal(u, U + b * N * N, sizeof u);
        assert_int_equal(isnan(e[0]), b == 2);
    }
    free(work);
}

static void signs_follow(void **unused)
{
    (void)unused;
    enum { N = 3 };
    double H[2][6] = {{0.1, 0.2, 0.3, -0.1, 0.15, 0.9}, {0.11, 0.19, 0.3, -0.1, 0.16, 0.9}}, E[2][3], U[2][9],
           flipped[9];
    double work[300];
    dia_frame before = {.batch = 1, .nstate = N, .H = H[0], .E = E[0], .U = U[0]},
              now = {.batch = 1, .nstate = N, .H = H[1], .E = E[1], .U = U[1]};
    assert_ok(dia_frame_solve(&before, work), NULL);
    assert_ok(dia_frame_solve(&now, work), NULL);
    dia_frame_follow(&now, &before);
    memcpy(flipped, U[1], sizeof flipped);
    for (int i = 0; i < N; i++)
        U[1][i * N + 1] = -U[1][i * N + 1];
    dia_frame_follow(&now, &before); /* turns the column back */
    assert_memory_equal(U[1], flipped, sizeof flipped);
    for (int k = 0; k < N; k++) {
        double overlap = 0.0;
        for (int i = 0; i < N; i++)
            overlap += U[0][i * N + k] * U[1][i * N + k];
        assert_true(overlap > 0.9);
    }
}

/* Every row of a batch follows its own, whatever the number of states; of a list of rows the others stay as they are. */
static void rows_follow(void **unused)
{
    (void)unused;
    enum { B = 5, MOST = 18 };
    static double U0[B * 2 * MOST * MOST], U1[B * 2 * MOST * MOST], right[B * 2 * MOST * MOST];
    for (int n = 2; n <= MOST; n++)
        for (int parts = 1; parts <= 2; parts++) {
            const int row = n * n * parts;
            dia_frame before = {.batch = B, .nstate = n, .U = U0, .hermitian = parts == 2},
                      now = {.batch = B, .nstate = n, .U = U1, .hermitian = parts == 2};
            for (int i = 0; i < B * row; i++)
                U0[i] = right[i] = sin(1.3 * i * i);
            for (int b = 0; b < B; b++)
                for (int i = 0; i < n; i++)
                    for (int j = 0; j < n * parts; j++) /* another pattern of signs in each row */
                        U1[b * row + i * n * parts + j] =
                            right[b * row + i * n * parts + j] * ((b + j / parts) % 2 == 0 ? -1.0 : 1.0);
            dia_frame_follow_rows(&now, &before, 2, (int[]){3, 1});
            for (int b = 0; b < B; b++) {
                bool same = true;
                for (int i = b * row; i < (b + 1) * row; i++)
                    same = same && fabs(U1[i] - right[i]) <= 1e-15; /* a phase is a quotient, a sign is exact */
                assert_int_equal(same, b == 3 || b == 1);
            }
            dia_frame_follow(&now, &before);
            for (int i = 0; i < B * row; i++)
                assert_close(U1[i], right[i], 0.0, 1e-15);
        }
}

/* Of a complex H the phases follow, and the convention of phases does not depend on them. */
static void phases_follow(void **unused)
{
    (void)unused;
    enum { N = 3 };
    double H[2][9] = {{0.1, 0.2, 0.3, -0.1, 0.15, 0.9, 0.2, -0.1, 0.05},
                      {0.11, 0.19, 0.3, -0.1, 0.16, 0.9, 0.2, -0.12, 0.05}},
           E[2][3], U[2][18], settled[18], turned[18], z[2], work[300];
    assert_true(dia_frame_work(N) <= 300);
    dia_frame before = {1, N, H[0], E[0], U[0], true}, now = {1, N, H[1], E[1], U[1], true};
    assert_ok(dia_frame_solve(&before, work), NULL);
    assert_ok(dia_frame_solve(&now, work), NULL);
    memcpy(settled, U[1], sizeof settled);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) {
            double *u = U[1] + 2 * (i * N + k), x = u[0], y = u[1];
            u[0] = cos(1.0 + k) * x - sin(1.0 + k) * y;
            u[1] = cos(1.0 + k) * y + sin(1.0 + k) * x;
        }
    memcpy(turned, U[1], sizeof turned);
    dia_frame_follow(&now, &before);
    for (int k = 0; k < N; k++) {
        dia_frame_overlap(&before, &now, 0, k, k, z);
        assert_true(z[0] > 0.9);
        assert_close(z[1], 0.0, 0.0, 1e-15); /* rounding of numbers below 1 */
    }
    dia_frame one = {1, N, H[1], E[1], settled, true}, other = {1, N, H[1], E[1], turned, true};
    dia_frame_settle(&one);
    dia_frame_settle(&other);
    for (int i = 0; i < 18; i++)
        assert_close(turned[i], settled[i], 0.0, 1e-15);
    int elsewhere = 0;
    for (int k = 0; k < N; k++) { /* the largest component is real and positive, wherever it stands */
        int most = 0;
        for (int i = 1; i < N; i++)
            if (hypot(settled[2 * (i * N + k)], settled[2 * (i * N + k) + 1]) >
                hypot(settled[2 * (most * N + k)], settled[2 * (most * N + k) + 1]))
                most = i;
        assert_true(settled[2 * (most * N + k)] > 0.0);
        assert_close(settled[2 * (most * N + k) + 1], 0.0, 0.0, 1e-15);
        elsewhere += most > 0 && most < N - 1;
    }
    assert_true(elsewhere > 0);
    double c[6] = {0.1, -0.2, 0.4, 0.3, -0.5, 0.2}, a[6], d[6], e[6]; /* the wave function is the same */
    memcpy(a, c, sizeof c);
    dia_amplitudes_settle(&now, 0, a);
    dia_frame_diabatic(&now, 0, c, d);
    dia_frame_diabatic(&one, 0, a, e);
    for (int i = 0; i < 6; i++)
        assert_close(d[i], e[i], 0.0, 1e-15);
}

/* Of a real H the largest component of each state is positive; the wave function stays what it was. */
static void signs_settle(void **unused)
{
    (void)unused;
    enum { B = 3, N = 3 };
    double U[B * N * N], settled[B * N * N];
    for (int i = 0; i < B * N * N; i++)
        U[i] = sin(2.9 * i * i);
    memcpy(settled, U, sizeof U);
    const dia_frame before = {.batch = B, .nstate = N, .U = U};
    dia_frame after = {.batch = B, .nstate = N, .U = settled};
    dia_frame_settle(&after);
    int turned = 0;
    for (int b = 0; b < B; b++) {
        double c[2 * N] = {0.1, -0.2, 0.4, 0.3, -0.5, 0.2}, a[2 * N], d[2 * N], e[2 * N];
        for (int k = 0; k < N; k++) {
            double largest = 0.0;
            for (int i = 0; i < N; i++) {
                const double u = settled[(b * N + i) * N + k];
                assert_close(fabs(u), fabs(U[(b * N + i) * N + k]), 0.0, 0.0);
                largest = fabs(u) > fabs(largest) ? u : largest;
            }
            assert_true(largest > 0.0);
            turned += settled[b * N * N + k] != U[b * N * N + k];
        }
        memcpy(a, c, sizeof c);
        dia_amplitudes_settle(&before, b, a);
        dia_frame_diabatic(&before, b, c, d);
        dia_frame_diabatic(&after, b, a, e);
        for (int i = 0; i < 2 * N; i++)
            assert_close(d[i], e[i], 0.0, 1e-15); /* sums of three */
    }
    assert_in_range(turned, 1, B * N - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_states),  cmocka_unit_test(rows_are_independent), cmocka_unit_test(signs_follow),
        cmocka_unit_test(rows_follow), cmocka_unit_test(phases_follow),        cmocka_unit_test(signs_settle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
