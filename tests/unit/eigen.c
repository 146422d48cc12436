/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/eigen.h"
#include "math/eigen_kernel.h"
#include "parallel/team.h"

enum { NMAX = 18, PMAX = NMAX * (NMAX + 1) / 2 };

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
    for (int n = 1; n <= NMAX; n++)
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
    for (int n = 1; n <= 8; n++)
        for (int bad = 0; bad < n * (n + 1) / 2; bad++)
            for (int kind = 0; kind < 2; kind++) {
                double A[36] = {0}, E[8], U[64];
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

/* ---- side by side ---------------------------------------------------------------------------- */

enum { ROWS = 19, KINDS = 10 };

/* Matrices of all kinds: random, graded, nearly degenerate, diagonal, zero, huge, tiny, of blocks, a large mean, not finite. */
static void fill(uint64_t *seed, int n, bool hermitian, int kind, double *A)
{
    const int size = hermitian ? n * n : n * (n + 1) / 2;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            for (int part = 0; part < (hermitian && i != j ? 2 : 1); part++) {
                double *a = A + (part == 0 ? packed(i, j) : n * (n + 1) / 2 + i * (i - 1) / 2 + j);
                const double x = uniform(seed);
                *a = kind == 1   ? x * pow(10.0, -1.5 * (i + j))
                     : kind == 2 ? (i == j ? 1.0 : 0.0) + 1e-15 * x
                     : kind == 3 ? (i == j ? x : 0.0)
                     : kind == 4 ? 0.0
                     : kind == 5 ? 1e300 * x
                     : kind == 6 ? 1e-300 * x
                     : kind == 7 ? ((i - j) % 2 == 0 ? x : 0.0)
                     : kind == 8 ? (i == j ? 1e6 : 0.0) + x
                                 : x;
            }
    if (kind == 9)
        A[(*seed >> 33) % (uint64_t)size] = *seed >> 63 ? (double)NAN : (double)INFINITY;
}

/* A result against that of LAPACK: eigenvalues, residuals, orthonormality to some eps of the largest element. */
static void check_any(int n, bool hermitian, const double *A, const double *E, const double *U, double *work)
{
    double e[NMAX], u[2 * NMAX * NMAX], scaled[NMAX * NMAX], values[NMAX], norm = 0.0;
    const int size = hermitian ? n * n : n * (n + 1) / 2;
    for (int i = 0; i < size; i++)
        norm = fmax(norm, fabs(A[i]));
    for (int i = 0; i < size; i++) /* products of the check would overflow or vanish */
        scaled[i] = norm > 0.0 ? A[i] / norm : 0.0;
    for (int k = 0; k < n; k++)
        values[k] = norm > 0.0 ? E[k] / norm : E[k];
    (hermitian ? check_hermitian : check_solution)(n, scaled, values, U);
    assert_true((hermitian ? dia_eigen_hermitian_lapack : dia_eigen_lapack)(n, scaled, e, u, work));
    for (int k = 0; k < n; k++)
        assert_close(values[k], e[k], 0.0,
                     8.0 * n * n * DBL_EPSILON); /* |A| < n: two algorithms, of some roundings a row */
}

/* A matrix has the same bits alone and in any company, and these are right. */
static void rows_alone_and_together(void **unused)
{
    (void)unused;
    static double A[ROWS * NMAX * NMAX], E[2][ROWS * NMAX], U[2][ROWS * 2 * NMAX * NMAX];
    uint64_t seed = check_seed(14);
    double *work = malloc((dia_eigen_work(NMAX) + dia_eigen_hermitian_work(NMAX)) * sizeof *work);
    assert_non_null(work);
    for (int n = 1; n <= NMAX; n++)
        for (int trial = 0; trial < 12; trial++) {
            const bool hermitian = trial % 2 == 1;
            const size_t np = (size_t)(hermitian ? n * n : n * (n + 1) / 2), nu = (size_t)((hermitian ? 2 : 1) * n * n);
            int rows[ROWS];
            for (int r = 0; r < ROWS; r++) {
                fill(&seed, n, hermitian, (r + trial) % KINDS, A + (size_t)r * np);
                rows[r] = (7 * r + trial) % ROWS; /* in another order */
            }
            dia_eigen_rows(n, hermitian, ROWS, rows, A, E[0], U[0], work);
            for (int first = 0, count; first < ROWS; first += count) {
                count = first + trial % 4 < ROWS ? 1 + trial % 4 : 1;
                dia_eigen_rows(n, hermitian, count, rows + first, A, E[1], U[1], work);
            }
            assert_memory_equal(E[0], E[1], (size_t)(ROWS * n) * sizeof(double));
            assert_memory_equal(U[0], U[1], ROWS * nu * sizeof(double));
            for (size_t r = 0; r < ROWS; r++) {
                const double *e = E[0] + r * (size_t)n, *u = U[0] + r * nu;
                if (((int)r + trial) % KINDS != KINDS - 1)
                    check_any(n, hermitian, A + r * np, e, u, work);
                else
                    assert_true(isnan(e[0]) && isnan(e[n - 1]) && u[0] == 1.0 && u[nu - 1] == (hermitian ? 0.0 : 1.0));
                if (!hermitian && n > DIA_EIGEN_ROTATED)
                    continue;
                if (hermitian) /* and through the function for one */
                    (void)dia_eigen_hermitian(n, A + r * np, E[1], U[1], work);
                else
                    (void)dia_eigen_packed(n, A + r * np, E[1], U[1], work);
                assert_memory_equal(e, E[1], (size_t)n * sizeof(double));
                assert_memory_equal(u, U[1], nu * sizeof(double));
            }
        }
    free(work);
}

enum { LANES = DIA_EIGEN_LANES, PANEL = (5 * DIA_EIGEN_ORDER * DIA_EIGEN_ORDER + 7 * DIA_EIGEN_ORDER) * LANES };

/* Eight matrices (rows of M) in two panels, in the second from the last to the first -> E, U of both, by rows. Matrix 6 is not finite. */
static void by_panels(const dia_eigen_kernel *kernel, int n, bool hermitian, const double *M, double *E, double *U)
{
    static _Alignas(64) double memory[2 * PANEL];
    const int np = hermitian ? n * n : n * (n + 1) / 2, nu = (hermitian ? 2 : 1) * n * n;
    double *a = memory, *e = a + np * LANES, *u = e + n * LANES, *rest = u + nu * LANES;
    for (int p = 0; p < 2; p++) {
        const double *row[LANES];
        for (int l = 0; l < LANES; l++)
            row[l] = M + (p == 0 ? l : LANES - 1 - l) * np;
        assert_int_equal(kernel->put_rows(np, row, a + p * PANEL), p == 0 ? 0xbf : 0xfd);
    }
    assert_int_equal(kernel->solve_panels(n, hermitian, 2, PANEL, a, e, u, rest), 0);
    for (int p = 0; p < 2; p++) {
        double *to_E[LANES], *to_U[LANES];
        for (int l = 0; l < LANES; l++) {
            to_E[l] = E + (p * LANES + (p == 0 ? l : LANES - 1 - l)) * n;
            to_U[l] = U + (p * LANES + (p == 0 ? l : LANES - 1 - l)) * nu;
        }
        kernel->take_rows(n, hermitian, 0xff, e + p * PANEL, u + p * PANEL, rest + p * PANEL, to_E, to_U);
    }
    assert_memory_equal(E, E + LANES * n, (size_t)(LANES * n) * sizeof(double));
    assert_memory_equal(U, U + LANES * nu, (size_t)(LANES * nu) * sizeof(double));
}

/* The same bits of two panels by every instruction set as of each matrix alone. */
static void check_panels(int nkernel, const dia_eigen_kernel *const *kernels, int n, bool hermitian, uint64_t *seed,
                         int kind)
{
    static double M[LANES * DIA_EIGEN_ORDER * DIA_EIGEN_ORDER], E[2 * LANES * DIA_EIGEN_ORDER],
        U[4 * LANES * DIA_EIGEN_ORDER * DIA_EIGEN_ORDER], e[DIA_EIGEN_ORDER], u[2 * DIA_EIGEN_ORDER * DIA_EIGEN_ORDER],
        work[2000];
    const int np = hermitian ? n * n : n * (n + 1) / 2, nu = (hermitian ? 2 : 1) * n * n;
    for (int l = 0; l < LANES; l++)
        fill(seed, n, hermitian, (l + kind) % (KINDS - 1), M + l * np);
    M[6 * np + np / 2] = NAN;
    for (int k = 0; k < nkernel; k++) {
        by_panels(kernels[k], n, hermitian, M, E, U);
        for (int l = 0; l < LANES; l++) {
            if (l == 6)
                continue;
            dia_eigen_rows(n, hermitian, 1, &l, M, E, U, work); /* into its own place: nothing may change */
            memcpy(e, E + l * n, (size_t)n * sizeof *e);
            memcpy(u, U + l * nu, (size_t)nu * sizeof *u);
            assert_memory_equal(e, E + (LANES + l) * n, (size_t)n * sizeof *e);
            assert_memory_equal(u, U + (LANES + l) * nu, (size_t)nu * sizeof *u);
        }
    }
}

/* Every instruction set gives the same bits. */
static void same_on_all_processors(void **unused)
{
    (void)unused;
    enum { N = DIA_EIGEN_ORDER, L = DIA_EIGEN_LANES };
    static _Alignas(64) double A[3][N * N * L], E[3][N * L], U[3][2 * N * N * L], work[(2 * N * N + 6 * N) * L];
    const dia_eigen_kernel *kernels[3] = {&dia_eigen_kernel_generic, &dia_eigen_kernel_avx2, &dia_eigen_kernel_avx512};
    const int nkernel = check_instruction_sets();
    uint64_t seed = check_seed(15);
    for (int n = 2; n <= N; n++)
        for (int trial = 0; trial < 20; trial++) {
            const bool hermitian = trial % 2 == 1;
            const int np = hermitian ? n * n : n * (n + 1) / 2, nu = (hermitian ? 2 : 1) * n * n;
            for (int lane = 0; lane < L; lane++) {
                double one[N * N];
                fill(&seed, n, hermitian, (lane + trial) % (KINDS - 1), one);
                for (int i = 0; i < np; i++)
                    A[0][i * L + lane] = one[i];
            }
            for (int k = 1; k < nkernel; k++)
                memcpy(A[k], A[0], sizeof A[0]);
            for (int k = 0; k < nkernel; k++) {
                for (int i = 0; i < L; i += kernels[k]->width)
                    assert_int_equal(kernels[k]->solve(n, hermitian, A[k] + i, E[k] + i, U[k] + i, work + i), 0);
                assert_memory_equal(E[k], E[0], (size_t)(n * L) * sizeof(double));
                assert_memory_equal(U[k], U[0], (size_t)(nu * L) * sizeof(double));
            }
            check_panels(nkernel, kernels, n, hermitian, &seed, trial);
        }
}

/* ---- beginning with vectors close by --------------------------------------------------------- */

enum { PAIRS = 75 };

/* Matrices A0 and A, the second different by up to 1e-9 to 0.3; every fifth pair with two levels that nearly cross, one of no number. */
static void make_pairs(uint64_t *seed, int n, double *A0, double *A)
{
    const int np = n * (n + 1) / 2;
    for (int r = 0; r < PAIRS; r++) {
        const double change = pow(10.0, -9.0 + 8.5 * (r % 18) / 17.0);
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++) {
                const int ij = r * np + packed(i, j);
                A0[ij] = (i == j ? 0.3 * i : 0.0) + 0.1 * uniform(seed);
                A[ij] = A0[ij] + change * uniform(seed);
            }
        for (int j = 0; j < n && r % 5 == 4; j++)
            if (j != 1) { /* no coupling to any other state: where its level crosses another one, it goes through */
                A0[r * np + packed(1, j)] = A[r * np + packed(1, j)] = 0.0;
                A[r * np + packed(1, 1)] = A0[r * np + packed(1, 1)] + 0.3;
            }
    }
    A[7 * np + np / 2] = NAN;
}

/* What is refined is as good as what is not, whatever the change; it keeps the signs, and the bits in any company. */
static void near_others(void **unused)
{
    (void)unused;
    static double A0[PAIRS * PMAX], A[PAIRS * PMAX], E0[PAIRS * NMAX], U0[PAIRS * NMAX * NMAX], E[2][PAIRS * NMAX],
        U[2][PAIRS * NMAX * NMAX];
    uint64_t seed = check_seed(16);
    double *work = malloc(dia_eigen_work(NMAX) * sizeof *work);
    assert_non_null(work);
    for (int n = 2; n <= NMAX; n++) {
        int rows[PAIRS], plain[PAIRS], some[PAIRS];
        bool alone[PAIRS] = {false};
        make_pairs(&seed, n, A0, A);
        for (int r = 0; r < PAIRS; r++)
            rows[r] = (7 * r + 3) % PAIRS;
        dia_eigen_rows(n, false, PAIRS, NULL, A0, E0, U0, work);
        memset(U0 + 9 * n * n, 0, sizeof *U0 * (size_t)(n * n)); /* no vectors */
        const int count = dia_eigen_rows_near(n, PAIRS, rows, A, A0, E0, U0, E[0], U[0], plain, work);
        assert_true(n < 6 ? count == 1 : n <= 16 ? count > 2 && count < PAIRS / 2 : count == PAIRS);
        for (int q = 0; q < count; q++)
            alone[plain[q]] = true;
        assert_true(alone[7] && (n < 6 || alone[9]));
        for (int first = 0, here, found = 0; first < PAIRS; first += here) {
            here = first % 4 == 0 ? 1 : 1 + first % 11;
            here = first + here > PAIRS ? PAIRS - first : here;
            found += dia_eigen_rows_near(n, here, rows + first, A, A0, E0, U0, E[1], U[1], some, work);
            assert_true(first + here < PAIRS || found == count);
        }
        for (int r = 0; r < PAIRS; r++) {
            const size_t nn = (size_t)(n * n), row = (size_t)r;
            const double *e = E[0] + r * n, *u = U[0] + row * nn;
            if (r == 7) {
                assert_true(isnan(e[0]));
                continue;
            }
            assert_memory_equal(e, E[1] + r * n, (size_t)n * sizeof *e);
            assert_memory_equal(u, U[1] + row * nn, nn * sizeof *u);
            check_any(n, false, A + r * (n * (n + 1) / 2), e, u, work);
            for (int k = 0; k < n && !alone[r]; k++) {
                double overlap = 0.0;
                for (int i = 0; i < n; i++)
                    overlap += U0[row * nn + (size_t)(i * n + k)] * u[i * n + k];
                assert_true(n < 6 ? overlap >= 0.0 : overlap > 0.5);
            }
        }
    }
    free(work);
}

/* A thousand refinements one after the other: errors do not add up. */
static void refined_again_and_again(void **unused)
{
    (void)unused;
    enum { N = 10, P = N * (N + 1) / 2, STEPS = 1000 };
    double H[2][P], A[2][P], E[2][N], U[2][N * N], work[2000];
    const int row = 0;
    int plain, refined = 0;
    uint64_t seed = check_seed(17);
    for (int ij = 0; ij < P; ij++) {
        A[0][ij] = H[0][ij] = uniform(&seed);
        H[1][ij] = uniform(&seed);
    }
    (void)dia_eigen_packed(N, A[0], E[0], U[0], work);
    for (int step = 1; step <= STEPS; step++) {
        const int now = step % 2, before = 1 - now;
        for (int ij = 0; ij < P; ij++)
            A[now][ij] = cos(0.001 * step) * H[0][ij] + sin(0.001 * step) * H[1][ij];
        refined +=
            dia_eigen_rows_near(N, 1, &row, A[now], A[before], E[before], U[before], E[now], U[now], &plain, work) == 0;
        if (step % 50 == 0)
            check_any(N, false, A[now], E[now], U[now], work);
    }
    assert_true(refined > STEPS / 2);
}

/* The same bits by every instruction set. */
static void refined_on_all_processors(void **unused)
{
    (void)unused;
    enum { N = DIA_EIGEN_ORDER, L = DIA_EIGEN_LANES };
    static _Alignas(64) double a[N * N * L], a0[N * N * L], e0[N * L], u0[N * N * L], E[3][N * L], U[3][N * N * L],
        own[(6 * N * N + 2 * N) * L];
    static double A0[PAIRS * PMAX], A[PAIRS * PMAX], E0[PAIRS * N], U0[PAIRS * N * N], work[2000];
    const dia_eigen_kernel *kernels[3] = {&dia_eigen_kernel_generic, &dia_eigen_kernel_avx2, &dia_eigen_kernel_avx512};
    const int nkernel = check_instruction_sets();
    uint64_t seed = check_seed(18);
    for (int n = 6; n <= N; n++) {
        unsigned good[3] = {0}, any = 0;
        make_pairs(&seed, n, A0, A);
        dia_eigen_rows(n, false, PAIRS, NULL, A0, E0, U0, work);
        for (int first = 8; first + L <= PAIRS; first += L) {
            const double *from[L], *near[L], *other[L], *levels[L];
            for (int l = 0; l < L; l++) {
                from[l] = A + (first + l) * (n * (n + 1) / 2);
                other[l] = A0 + (first + l) * (n * (n + 1) / 2);
                levels[l] = E0 + (first + l) * n;
                near[l] = U0 + (first + l) * n * n;
            }
            for (int k = 0; k < nkernel; k++) {
                kernels[k]->gather(n * (n + 1) / 2, from, a);
                kernels[k]->gather(n * (n + 1) / 2, other, a0);
                kernels[k]->gather(n, levels, e0);
                kernels[k]->gather(n * n, near, u0);
                good[k] = 0;
                for (int l = 0; l < L; l += kernels[k]->width)
                    good[k] |= kernels[k]->refine(n, a + l, a0 + l, e0 + l, u0 + l, E[k] + l, U[k] + l, own + l) << l;
                assert_int_equal(good[k], good[0]);
                for (int i = 0; i < n * n * L; i++)
                    if (good[0] >> (i % L) & 1u)
                        assert_true(U[k][i] == U[0][i] && (i >= n * L || E[k][i] == E[0][i]));
            }
            any |= good[0];
        }
        assert_true(any != 0);
    }
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
        cmocka_unit_test(rows_alone_and_together),
        cmocka_unit_test(same_on_all_processors),
        cmocka_unit_test(near_others),
        cmocka_unit_test(refined_again_and_again),
        cmocka_unit_test(refined_on_all_processors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
