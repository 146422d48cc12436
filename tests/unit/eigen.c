/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/eigen.h"
#include "parallel/team.h"

enum { NMAX = 12, PMAX = NMAX * (NMAX + 1) / 2 };

static double uniform(uint64_t *state) /* in (-1, 1); splitmix64 */
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)(int64_t)(z ^ (z >> 31)) / 9.3e18;
}

static int packed(int i, int j)
{
    return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
}

/* A U = U E and U^T U = 1, both to rounding of the norm of A; E ascending. */
static void check_solution(int n, const double *A, const double *E, const double *U)
{
    double norm = 0.0;
    for (int i = 0; i < n * (n + 1) / 2; i++)
        norm = fmax(norm, fabs(A[i]));
    const double eps = 8.0 * n * DBL_EPSILON; /* rounding of n-term sums, with room for the sweeps of the algorithm */
    for (int k = 0; k < n; k++) {
        if (k > 0)
            assert_true(E[k] >= E[k - 1]);
        for (int i = 0; i < n; i++) {
            double AU = 0.0, UU = 0.0;
            for (int j = 0; j < n; j++) {
                AU += A[packed(i, j)] * U[j * n + k];
                UU += U[j * n + i] * U[j * n + k];
            }
            assert_close(AU, E[k] * U[i * n + k], 0.0, eps * n * norm + DBL_MIN);
            assert_close(UU, i == k ? 1.0 : 0.0, 0.0, eps);
        }
    }
}

/* The same of complex Hermitian matrices. */
static double complex element(int n, const double *A, int i, int j)
{
    const double *imaginary = A + n * (n + 1) / 2;
    if (i == j)
        return A[packed(i, i)];
    return A[packed(i, j)] + I * (i > j ? imaginary[i * (i - 1) / 2 + j] : -imaginary[j * (j - 1) / 2 + i]);
}

static void check_hermitian(int n, const double *A, const double *E, const double *U)
{
    double norm = 0.0;
    for (int i = 0; i < n * n; i++)
        norm = fmax(norm, fabs(A[i]));
    const double eps = 16.0 * n * DBL_EPSILON;
    for (int k = 0; k < n; k++) {
        assert_true(k == 0 || E[k] >= E[k - 1]);
        for (int i = 0; i < n; i++) {
            double complex AU = 0.0, UU = 0.0;
            for (int j = 0; j < n; j++) {
                const double *a = U + 2 * (j * n + k), *b = U + 2 * (j * n + i);
                AU += element(n, A, i, j) * (a[0] + I * a[1]);
                UU += (b[0] - I * b[1]) * (a[0] + I * a[1]);
            }
            const double *u = U + 2 * (i * n + k);
            assert_close(cabs(AU - E[k] * (u[0] + I * u[1])), 0.0, 0.0, eps * n * norm + DBL_MIN);
            assert_close(cabs(UU - (i == k)), 0.0, 0.0, eps);
        }
    }
}

static void hermitian_matrices(void **unused)
{
    (void)unused;
    uint64_t seed = check_seed(12);
    double A[NMAX * NMAX], E[NMAX], U[2 * NMAX * NMAX], real[NMAX], V[NMAX * NMAX],
        *work = malloc(dia_eigen_hermitian_work(NMAX) * sizeof *work);
    assert_non_null(work);
    for (int n = 1; n <= NMAX; n++)
        for (int trial = 0; trial < 200; trial++) {
            const double scale = pow(10.0, 10.0 * uniform(&seed));
            for (int i = 0; i < n * n; i++)
                A[i] = i >= n * (n + 1) / 2 && trial % 4 == 3 ? 0.0 : scale * uniform(&seed);
            assert_true(dia_eigen_hermitian(n, A, E, U, work));
            check_hermitian(n, A, E, U);
            assert_true(dia_eigen_packed(n, A, real, V, work));
            for (int k = 0; k < n && trial % 4 == 3; k++) /* without imaginary parts it is the real matrix */
                assert_close(E[k], real[k], 0.0, 32.0 * n * n * DBL_EPSILON * scale);
            for (int i = 0; i < n * n && n == 2 && trial % 4 == 3; i++)
                assert_true(U[2 * i] == V[i] && U[2 * i + 1] == 0.0); /* to the last bit */
        }
    memset(A, 0, sizeof A);
    for (int n = 1; n < 4; n++) { /* all states degenerate; then not finite, in an imaginary part if there is one */
        assert_true(dia_eigen_hermitian(n, A, E, U, work));
        check_hermitian(n, A, E, U);
        A[n * n - 1] = NAN;
        assert_false(dia_eigen_hermitian(n, A, E, U, work));
        assert_true(isnan(E[0]) && U[0] == 1.0 && U[1] == 0.0);
        A[n * n - 1] = 0.0;
    }
    free(work);
}

static void random_matrices(void **unused)
{
    (void)unused;
    uint64_t seed = check_seed(11);
    double A[PMAX], E[NMAX], U[NMAX * NMAX], *work = malloc(dia_eigen_work(NMAX) * sizeof *work);
    assert_non_null(work);
    for (int n = 1; n <= NMAX; n++)
        for (int trial = 0; trial < 300; trial++) {
            const double scale = pow(10.0, 10.0 * uniform(&seed)); /* 1e-10 .. 1e10 */
            for (int i = 0; i < n * (n + 1) / 2; i++)
                A[i] = scale * uniform(&seed) * (trial % 3 == 2 ? pow(10.0, -8.0 * fabs(uniform(&seed))) : 1.0);
            assert_true(dia_eigen_packed(n, A, E, U, work));
            check_solution(n, A, E, U);
        }
    free(work);
}

/* The rotations for n = 2 to 5 give LAPACK's eigenvalues, and its vectors up to sign where eigenvalues are apart. */
static void rotations_against_lapack(void **unused)
{
    (void)unused;
    uint64_t seed = check_seed(13);
    double A[15], E[2][5], U[2][25], work[200];
    assert_true(dia_eigen_work(5) <= 200);
    for (int n = 2; n <= 5; n++)
        for (int trial = 0; trial < 20000; trial++) {
            for (int i = 0; i < n * (n + 1) / 2; i++)
                A[i] = uniform(&seed) * (trial % 2 ? pow(10.0, -6.0 * fabs(uniform(&seed))) : 1.0);
            assert_true(dia_eigen_packed(n, A, E[0], U[0], work));
            assert_true(dia_eigen_lapack(n, A, E[1], U[1], work));
            for (int k = 0; k < n; k++) {
                assert_close(E[0][k], E[1][k], 0.0,
                             32 * DBL_EPSILON); /* |A| < 4, two algorithms of some roundings each */
                double gap = 1.0, overlap = 0.0;
                for (int l = 0; l < n; l++) {
                    gap = l == k ? gap : fmin(gap, fabs(E[1][k] - E[1][l]));
                    overlap += U[0][l * n + k] * U[1][l * n + k];
                }
                assert_close(fabs(overlap), 1.0, 0.0,
                             1e-14 + pow(64 * DBL_EPSILON / gap, 2)); /* angle ~ eps |A| / gap */
            }
        }
}

/* Large energies with small splittings: vectors as good as the splittings. */
static void large_mean(void **unused)
{
    (void)unused;
    double small[] = {1e-4, 2e-5, -3e-4, 5e-5, -1e-5, 2e-4}, large[6], E[2][3], U[2][9], work[200];
    const double shift =
        -78.125; /* adding it to `small` rounds those at 1e-14: so large to small, not small to large */
    for (int i = 0; i < 6; i++)
        large[i] = small[i] + (i == 0 || i == 2 || i == 5 ? shift : 0.0);
    for (int i = 0; i < 6; i++)
        small[i] = large[i] - (i == 0 || i == 2 || i == 5 ? shift : 0.0); /* exact */
    assert_true(dia_eigen_packed(3, small, E[0], U[0], work));
    assert_true(dia_eigen_packed(3, large, E[1], U[1], work));
    for (int k = 0; k < 3; k++) {
        assert_close(E[1][k], E[0][k] + shift, 0.0, 2e-14);
        double overlap = 0.0;
        for (int i = 0; i < 3; i++)
            overlap += U[0][i * 3 + k] * U[1][i * 3 + k];
        assert_close(fabs(overlap), 1.0, 0.0, 1e-15);
    }
}

/* Degenerate, diagonal, zero, and nearly degenerate matrices. */
static void special_matrices(void **unused)
{
    (void)unused;
    double A[PMAX], E[NMAX], U[NMAX * NMAX], *work = malloc(dia_eigen_work(NMAX) * sizeof *work);
    assert_non_null(work);
    for (int n = 1; n <= 5; n++)
        for (int kind = 0; kind < 7; kind++) {
            for (int i = 0; i < n; i++)
                for (int j = 0; j <= i; j++) {
                    const double diagonal[] = {0.0, 1.0, -i, 1.0, i, 1.0 + i * 1e-15, 1e-320};
                    const double other[] = {0.0, 0.0, 0.0, 1.0, 1e-17, 1e-16, 1e-320};
                    A[packed(i, j)] = i == j ? diagonal[kind] : other[kind];
                }
            assert_true(dia_eigen_packed(n, A, E, U, work));
            check_solution(n, A, E, U);
        }
    free(work);
}

static void not_finite(void **unused)
{
    (void)unused;
    double work[1000];
    for (int n = 1; n <= 5; n++)
        for (int bad = 0; bad < n * (n + 1) / 2; bad++)
            for (int kind = 0; kind < 2; kind++) {
                double A[15] = {0}, E[5], U[25];
                A[bad] = kind == 0 ? NAN : INFINITY;
                assert_false(dia_eigen_packed(n, A, E, U, work));
                for (int i = 0; i < n; i++) {
                    assert_true(isnan(E[i]));
                    for (int k = 0; k < n; k++)
                        assert_close(U[i * n + k], i == k ? 1.0 : 0.0, 0.0, 0.0);
                }
            }
}

/* The same matrix gives the same bits wherever its arrays begin. */
static void same_bits(void **unused)
{
    (void)unused;
    uint64_t seed = check_seed(12);
    double A[PMAX + 8], E[2][NMAX + 8], U[2][NMAX * NMAX + 8],
        *work = malloc((dia_eigen_work(NMAX) + 8) * sizeof *work);
    assert_non_null(work);
    for (int n = 2; n <= NMAX; n++)
        for (int shift = 1; shift < 8; shift++) {
            for (int i = 0; i < n * (n + 1) / 2; i++)
                A[i] = uniform(&seed);
            assert_true(dia_eigen_packed(n, A, E[0], U[0], work));
            memmove(A + shift, A, (size_t)(n * (n + 1) / 2) * sizeof *A);
            assert_true(dia_eigen_packed(n, A + shift, E[1] + shift, U[1] + shift, work + shift));
            assert_memory_equal(E[0], E[1] + shift, (size_t)n * sizeof(double));
            assert_memory_equal(U[0], U[1] + shift, (size_t)(n * n) * sizeof(double));
        }
    free(work);
}

int main(void)
{
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread: else its team costs more than these matrices */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_matrices),
        cmocka_unit_test(hermitian_matrices),
        cmocka_unit_test(rotations_against_lapack),
        cmocka_unit_test(large_mean),
        cmocka_unit_test(special_matrices),
        cmocka_unit_test(not_finite),
        cmocka_unit_test(same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
