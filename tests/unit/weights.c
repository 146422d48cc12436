/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <complex.h>
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
    dia_frame frame = {.batch = 1, .nstate = N, .H = H, .E = E, .U = U};
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
            dia_weight_pair(&(dia_frame){.nstate = N, .U = U}, 0, k, l, W);
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
        dia_frame_follow(&(dia_frame){.batch = 1, .nstate = N, .U = U[m]},
                         &(dia_frame){.batch = 1, .nstate = N, .U = U[1]});
    for (int k = 0; k < N; k++)
        for (int l = 0; l < N; l++) {
            dia_weight_pair(&(dia_frame){.nstate = N, .U = U[1]}, 0, k, l, W);
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
    dia_weight_average(&(dia_frame){.nstate = N, .U = U}, 0, one, W);
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++)
            assert_close(W[dia_packed(i, j)], i == j ? 1.0 : 0.0, 0.0, 1e-14);
    dia_weight_average(&(dia_frame){.nstate = N, .U = U}, 0, w, W);
    for (int k = 0; k < N; k++) {
        dia_weight_pair(&(dia_frame){.nstate = N, .U = U}, 0, k, k, pair);
        for (int i = 0; i < P; i++)
            sum[i] += w[k] * pair[i];
    }
    for (int i = 0; i < P; i++)
        assert_close(W[i], sum[i], 0.0, 1e-14);
}

/* Of a complex H: the weights give the elements that the matrices give, written out. A (P2): Hermitian, packed. */
enum { P2 = N * N };

static double complex element(const double *A, int i, int j)
{
    if (i == j)
        return A[dia_packed(i, i)];
    return i > j ? A[dia_packed(i, j)] + I * A[dia_packed_imaginary(N, i, j)]
                 : A[dia_packed(i, j)] - I * A[dia_packed_imaginary(N, j, i)];
}

static double complex between(const double complex *x, const double *A, const double complex *y)
{
    double complex sum = 0.0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            sum += conj(x[i]) * element(A, i, j) * y[j];
    return sum;
}

static void complex_weights(void **unused)
{
    (void)unused;
    double H[P2], A[P2], E[N], U[2 * N * N], W[P2], work[1000], z[2];
    double complex u[N][N], psi[N] = {0}, sum = 0.0;
    const double c[2 * N] = {0.3, -0.2, 0.1, 0.7, -0.4, 0.2, 0.5, 0.1}, w[N] = {0.5, -0.25, 2.0, 0.125};
    for (int i = 0; i < P2; i++) {
        H[i] = cos(1.0 + 2.3 * i * i);
        A[i] = sin(0.4 + 1.1 * i);
    }
    dia_frame frame = {1, N, H, E, U, true};
    assert_true(dia_frame_work(N) <= 1000);
    assert_ok(dia_frame_solve(&frame, work), NULL);
    for (int k = 0; k < N; k++)
        for (int i = 0; i < N; i++) {
            u[k][i] = U[2 * (i * N + k)] + I * U[2 * (i * N + k) + 1];
            psi[i] += (c[2 * k] + I * c[2 * k + 1]) * u[k][i];
        }
    const double atol = 1e-14; /* rounding of sums of numbers of 1 */
    for (int k = 0; k < N; k++)
        for (int l = 0; l < N; l++) {
            const double complex h = between(u[k], H, u[l]), a = between(u[k], A, u[l]);
            assert_close(creal(h), k == l ? E[k] : 0.0, 0.0, atol);
            assert_close(cimag(h), 0.0, 0.0, atol);
            dia_weight_pair(&frame, 0, k, l, W);
            assert_close(dia_weight_product(&frame, W, A), creal(a), 0.0, atol);
            dia_weight_pair_imaginary(&frame, 0, k, l, W);
            assert_close(dia_weight_product(&frame, W, A), cimag(a), 0.0, atol);
            dia_frame_element(&frame, 0, A, k, l, z);
            assert_close(z[0], creal(a), 0.0, atol);
            assert_close(z[1], cimag(a), 0.0, atol);
            sum += k == l ? w[k] * a : 0.0;
        }
    dia_weight_average(&frame, 0, w, W);
    assert_close(dia_weight_product(&frame, W, A), creal(sum), 0.0, atol);
    dia_weight_density(&frame, 0, c, W);
    assert_close(dia_weight_product(&frame, W, A), creal(between(psi, A, psi)), 0.0, atol);
}

/* A mean field of a real H: the same as the sum over pairs. */
static void density(void **unused)
{
    (void)unused;
    double H[P], E[N], U[N * N], W[P], pair[P], sum[P] = {0};
    const double c[2 * N] = {0.3, -0.2, 0.1, 0.7, -0.4, 0.2, 0.5, 0.1};
    for (int i = 0; i < P; i++)
        H[i] = sin(3.3 * i * i);
    solve(H, E, U);
    const dia_frame frame = {.batch = 1, .nstate = N, .U = U};
    dia_weight_density(&frame, 0, c, W);
    for (int k = 0; k < N; k++)
        for (int l = 0; l < N; l++) {
            dia_weight_pair(&frame, 0, k, l, pair);
            for (int i = 0; i < P; i++)
                sum[i] += (c[2 * k] * c[2 * l] + c[2 * k + 1] * c[2 * l + 1]) * pair[i];
        }
    for (int i = 0; i < P; i++)
        assert_close(W[i], sum[i], 0.0, 1e-14);
    dia_weight_pair_imaginary(&frame, 0, 0, 1, W);
    for (int i = 0; i < P; i++)
        assert_true(W[i] == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_diagonalise), cmocka_unit_test(derivatives), cmocka_unit_test(averages),
        cmocka_unit_test(complex_weights),   cmocka_unit_test(density),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
