/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>

#include "diabolo/frame.h"
#include "diabolo/model.h"

enum { N = 4, P = N * (N + 1) / 2 };

/* <W, A> over all i, j: the convention of model.h. */
static double inner(const double *W, const double *A)
{
    double sum = 0.0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            sum += W[dia_packed(i, j)] * A[dia_packed(i, j)];
    return sum;
}

static void solve(double *H, double *E, double *U)
{
    double work[1000];
    assert_true(dia_frame_work(N) <= 1000);
    dia_frame frame = {1, N, H, E, U};
    assert_ok(dia_frame_solve(&frame, work), NULL);
}

/* <sym(u_k u_l^T), H> = u_k^T H u_l = E_k delta_kl. */
static void pairs_diagonalise(void **unused)
{
    (void)unused;
    double H[P], E[N], U[N * N], W[P];
    for (int i = 0; i < P; i++)
        H[i] = cos(1.0 + 2.3 * i * i);
    solve(H, E, U);
    for (int k = 0; k < N; k++)
        for (int l = 0; l < N; l++) {
            dia_weight_pair(N, U, k, l, W);
            assert_close(inner(W, H), k == l ? E[k] : 0.0, 0.0, 1e-14); /* rounding at |H| ~ 1 */
        }
}

/* d E_k / ds = <u_k u_k^T, dH/ds>, and d_kl = <u_k| d u_l/ds> = h_kl / (E_l - E_k), by central differences. */
static void derivatives(void **unused)
{
    (void)unused;
    const double s = 1e-5; /* error of a central difference ~ s^2 + eps/s: 1e-10 */
    double H[3][P], dH[P], E[3][N], U[3][N * N], W[P];
    for (int i = 0; i < P; i++) {
        dH[i] = sin(0.4 + 1.1 * i);
        for (int m = 0; m < 3; m++)
            H[m][i] = cos(1.0 + 2.3 * i * i) + (m - 1) * s * dH[i];
    }
    for (int m = 0; m < 3; m++)
        solve(H[m], E[m], U[m]);
    for (int m = 0; m < 3; m += 2)
        dia_frame_follow(&(dia_frame){1, N, H[m], E[m], U[m]}, &(dia_frame){1, N, H[1], E[1], U[1]});
    for (int k = 0; k < N; k++)
        for (int l = 0; l < N; l++) {
            dia_weight_pair(N, U[1], k, l, W);
            double d = 0.0;
            for (int i = 0; i < N; i++)
                d += U[1][i * N + k] * (U[2][i * N + l] - U[0][i * N + l]) / (2.0 * s);
            if (k == l)
                assert_close(inner(W, dH), (E[2][k] - E[0][k]) / (2.0 * s), 0.0, 2e-9);
            else
                assert_close(inner(W, dH) / (E[1][l] - E[1][k]), d, 0.0, 2e-8);
        }
}

/* Equal weights of all states sum to the trace whatever U; unequal ones are the sum of the pairs. */
static void averages(void **unused)
{
    (void)unused;
    double H[P], E[N], U[N * N], W[P], pair[P], sum[P] = {0}, w[N] = {0.5, -0.25, 2.0, 0.125}, one[N] = {1, 1, 1, 1};
    for (int i = 0; i < P; i++)
        H[i] = sin(3.3 * i * i);
    solve(H, E, U);
    dia_weight_average(N, U, one, W);
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++)
            assert_close(W[dia_packed(i, j)], i == j ? 1.0 : 0.0, 0.0, 1e-14);
    dia_weight_average(N, U, w, W);
    for (int k = 0; k < N; k++) {
        dia_weight_pair(N, U, k, k, pair);
        for (int i = 0; i < P; i++)
            sum[i] += w[k] * pair[i];
    }
    for (int i = 0; i < P; i++)
        assert_close(W[i], sum[i], 0.0, 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_diagonalise),
        cmocka_unit_test(derivatives),
        cmocka_unit_test(averages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
