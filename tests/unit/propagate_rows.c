/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Electrons of many rows, side by side, against those of each row alone by the plain functions. */
#include "check.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/frame.h"
#include "electronic/frames.h"
#include "electronic/propagate.h"
#include "electronic/propagate_kernel.h"
#include "parallel/team.h"

enum { B = 75, NMAX = 17, SIZE = B * 2 * NMAX * NMAX, L = DIA_EIGEN_LANES };

static double uniform(uint64_t *state) /* in (-1, 1); splitmix64 */
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)(int64_t)(z ^ (z >> 31)) / 9.3e18;
}

static double H[2][SIZE], E[2][B * NMAX], U[2][SIZE], c[B * 2 * NMAX], *work;
static dia_frame ends[2];

typedef struct results {
    double T[SIZE], c0[B * 2 * NMAX], c1[B * 2 * NMAX];
} results;

static results all, again;

/* Rows whose H changes from not at all to so much that some hundred sub-steps are needed; row 5 is not finite. seldom: only
 * row 0 and some far from it change so much. */
static void make(uint64_t *seed, int n, bool hermitian, bool seldom)
{
    for (int e = 0; e < 2; e++) {
        ends[e] = (dia_frame){B, n, H[e], E[e], U[e], hermitian};
        const size_t np = dia_frame_packed(&ends[e]);
        for (size_t i = 0; i < B * np; i++) {
            const size_t b = i / np;
            const double share = seldom ? b % 9 == 0 : (double)(b % 11) / 10.0, change = pow(10.0, -6.0 + 5.5 * share);
            H[e][i] = e == 0 ? 0.1 * uniform(seed) : H[0][i] + (b == 3 ? 0.0 : change * uniform(seed));
        }
        if (e == 1)
            H[1][5 * np + np / 2] = NAN;
        assert_ok(dia_frame_solve(&ends[e], work), NULL);
    }
    for (int i = 0; i < B * 2 * n; i++)
        c[i] = uniform(seed);
}

static dia_propagation into(results *r, double dt, double tolerance)
{
    return (dia_propagation){.dt = dt,
                             .tolerance = tolerance,
                             .before = &ends[0],
                             .after = &ends[1],
                             .c = c,
                             .T = r->T,
                             .c0 = r->c0,
                             .c1 = r->c1};
}

static void check_row(int n, int b, double dt, double tolerance, int *least, int *most)
{
    double T[2 * NMAX * NMAX], c0[2 * NMAX], c1[2 * NMAX];
    const int m = dia_propagator(dt, tolerance, &ends[0], &ends[1], b, T, work);
    *least = m < *least ? m : *least;
    *most = m > *most ? m : *most;
    dia_frame_adiabatic(&ends[0], b, c + 2 * b * n, c0);
    dia_amplitudes_apply(n, T, c0, c1);
    dia_amplitudes_normalise(n, c1);
    /* Each sub-step has two products of n terms, and phases rounded at E h < 100; errors of sub-steps add up as their root. */
    const double near = 16.0 * n * sqrt(m) * DBL_EPSILON;
    for (int i = 0; i < 2 * n * n; i++)
        assert_close(all.T[b * 2 * n * n + i], T[i], 0.0, near);
    for (int i = 0; i < 2 * n; i++) {
        assert_close(all.c0[b * 2 * n + i], c0[i], 0.0, 8.0 * n * DBL_EPSILON);
        assert_close(all.c1[b * 2 * n + i], c1[i], 0.0, 8.0 * near);
    }
}

static void plain_and_side_by_side(void **unused)
{
    (void)unused;
    uint64_t seed = check_seed(21);
    for (int n = 1; n <= NMAX; n += n < 6 ? 1 : 5)
        for (int hermitian = 0; hermitian < 2; hermitian++) {
            const double tolerance = n > 6 ? 1e-2 : 1e-4;
            const double dt = n % 2 == hermitian ? 20.0 : -20.0; /* backwards too */
            int rows[B], least = 1000000, most = 0;
            make(&seed, n, hermitian == 1, false);
            for (int b = 0; b < B; b++)
                rows[b] = (7 * b + 3) % B; /* in another order */
            const dia_propagation together = into(&all, dt, tolerance), parts = into(&again, dt, tolerance);
            dia_propagate_rows(&together, B, rows, work);
            for (int b = 0; b < B; b++)
                if (b != 5)
                    check_row(n, b, dt, tolerance, &least, &most);
            assert_true(least == 1 && (n == 1 || most > 20));
            assert_true(n == 1 || isnan(all.T[5 * 2 * n * n])); /* of order 1 there is only the phase: none */
            /* The same bits in any company. */
            for (int first = 0, count; first < B; first += count) {
                count = first % 3 == 0 ? 1 : 1 + first % 11;
                count = first + count > B ? B - first : count;
                dia_propagate_rows(&parts, count, rows + first, work);
            }
            for (int b = 0; b < B; b++)
                if (b != 5) {
                    const size_t row = (size_t)(b * 2 * n), size = (size_t)(2 * n);
                    assert_memory_equal(all.T + row * (size_t)n, again.T + row * (size_t)n,
                                        size * (size_t)n * sizeof(double));
                    assert_memory_equal(all.c0 + row, again.c0 + row, size * sizeof(double));
                    assert_memory_equal(all.c1 + row, again.c1 + row, size * sizeof(double));
                }
        }
}

/* Frames and propagators in one go, and one after the other. (In the number of sub-steps they may differ where it is within rounding of
 * another one; that is not so with this seed.) */
static void frames_on_the_way(void **unused)
{
    (void)unused;
    static double near_E[B * NMAX], near_U[SIZE];
    uint64_t seed = 24;
    for (int n = 2; n <= NMAX; n += n < 9 ? 1 : 3)
        for (int hermitian = 0; hermitian < 2; hermitian++) {
            int rows[B], plain[B];
            make(&seed, n, hermitian == 1, false);
            for (int b = 0; b < B; b++)
                rows[b] = (7 * b + 3) % B;
            dia_frame now = {B, n, H[1], near_E, near_U, hermitian == 1};
            const dia_propagation after = into(&all, 20.0, 1e-4);
            dia_propagation on_the_way = into(&again, 20.0, 1e-4);
            dia_frame_solve_near(&ends[1], &ends[0], B, rows, plain, work);
            dia_propagate_rows(&after, B, rows, work);
            on_the_way.after = &now;
            for (int first = 0, here; first < B; first += here) { /* in any company */
                here = 1 + first % 13;
                here = first + here > B ? B - first : here;
                dia_propagate_near(&on_the_way, &now, here, rows + first, plain, work);
            }
            for (int b = 0; b < B; b++) {
                const size_t row = (size_t)b, states = (size_t)n, size = dia_frame_matrix(&now);
                if (b == 5) {
                    assert_true(isnan(near_E[5 * n]));
                    continue;
                }
                assert_memory_equal(near_E + row * states, E[1] + row * states, states * sizeof(double));
                assert_memory_equal(near_U + row * size, U[1] + row * size, size * sizeof(double));
                assert_memory_equal(again.T + row * 2 * states * states, all.T + row * 2 * states * states,
                                    2 * states * states * sizeof(double));
                assert_memory_equal(again.c0 + row * 2 * states, all.c0 + row * 2 * states,
                                    2 * states * sizeof(double));
                assert_memory_equal(again.c1 + row * 2 * states, all.c1 + row * 2 * states,
                                    2 * states * sizeof(double));
            }
        }
}

/* Amplitudes back, of all rows and of each. */
static void amplitudes_back(void **unused)
{
    (void)unused;
    uint64_t seed = check_seed(25);
    for (int n = 1; n <= NMAX; n++)
        for (int hermitian = 0; hermitian < 2; hermitian++) {
            int rows[B];
            make(&seed, n, hermitian == 1, false);
            for (int b = 0; b < B; b++)
                rows[b] = (7 * b + 3) % B;
            dia_amplitudes_diabatic_rows(&ends[0], B - 2, rows, c, all.c1);
            for (int q = 0; q < B - 2; q++) {
                double one[2 * NMAX];
                const int b = rows[q];
                dia_frame_diabatic(&ends[0], b, c + 2 * b * n, one);
                dia_amplitudes_normalise(n, one);
                for (int i = 0; i < 2 * n; i++)
                    assert_close(all.c1[2 * b * n + i], one[i], 0.0, 4.0 * n * DBL_EPSILON); /* sums of n terms */
            }
        }
}

/* Sines and cosines: of a constant diagonal H the phases alone, to some eps, also of large angles. */
static void phases(void **unused)
{
    (void)unused;
    uint64_t seed = check_seed(22);
    results *r = &all;
    for (int trial = 0; trial < 200; trial++) {
        for (int e = 0; e < 2; e++) {
            ends[e] = (dia_frame){B, 2, H[e], E[e], U[e], false};
            for (int b = 0; b < B; b++) {
                const double size = e == 0 ? pow(10.0, 6.0 * uniform(&seed)) : H[0][3 * b + 2];
                H[e][3 * b] = -size;
                H[e][3 * b + 1] = 0.0;
                H[e][3 * b + 2] = size;
            }
            assert_ok(dia_frame_solve(&ends[e], work), NULL);
        }
        const dia_propagation p = into(r, 20.0, 1e-4);
        int rows[B];
        for (int b = 0; b < B; b++)
            rows[b] = b;
        dia_propagate_rows(&p, B, rows, work);
        for (int b = 0; b < B; b++) {
            const long double half = (long double)(0.5 * 20.0 * H[0][3 * b + 2]); /* what is rounded: not the phase */
            const double *T = r->T + 8 * b;
            assert_close(T[0], (double)cosl(2.0L * half), 0.0, 4.0 * DBL_EPSILON); /* two phases and their product */
            assert_close(T[1], (double)sinl(2.0L * half), 0.0, 4.0 * DBL_EPSILON);
            assert_close(T[6], (double)cosl(2.0L * half), 0.0, 4.0 * DBL_EPSILON);
            assert_close(T[7], -(double)sinl(2.0L * half), 0.0, 4.0 * DBL_EPSILON);
        }
    }
}

/* ---- all instruction sets -------------------------------------------------------------------- */

enum { N = DIA_EIGEN_ORDER, ROOM = (8 * N * N + 10 * N + 18 * N * N + 12 * N) * L };

typedef struct kernels {
    const dia_eigen_kernel *eigen;
    const dia_propagator_kernel *propagator;
} kernels;

/* The first rows by these kernels, row 0 in the lane `turned`; results: lanes. */
static size_t by(const kernels *k, int turned, double *memory, double **lanes)
{
    const int n = ends[0].nstate;
    const size_t np = dia_frame_packed(&ends[0]), size = dia_frame_matrix(&ends[0]);
    dia_propagator_panel p = {.n = n, .hermitian = ends[0].hermitian, .dt = 20.0, .tolerance = 1e-2};
    const struct {
        double **lanes;
        size_t size;
    } parts[] = {{&p.H[0], np},   {&p.H[1], np},   {&p.E[0], (size_t)n}, {&p.E[1], (size_t)n},
                 {&p.U[0], size}, {&p.U[1], size}, {&p.c, 2 * (size_t)n}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        *parts[i].lanes = memory;
        memory += parts[i].size * L;
    }
    *lanes = p.T = memory;
    p.c0 = p.T + 2 * n * n * L;
    p.c1 = p.c0 + 2 * n * L;
    p.work = p.c1 + 2 * n * L;
    const dia_propagator_rows rows = {
        .H = {H[0], H[1]}, .E = {E[0], E[1]}, .U = {U[0], U[1]}, .c = c, .T = again.T, .c0 = again.c0, .c1 = again.c1};
    static const int some[L] = {0, 1, 2, 3, 4, 6, 7, 8}; /* row 5 is not finite */
    int m[L], row[L];
    for (int l = 0; l < L; l++)
        row[(l + turned) % L] = some[l];
    k->propagator->gather(&p, &rows, row);
    k->propagator->substeps(&p, m);
    k->propagator->propagate(&p, m, k->eigen);
    k->propagator->scatter(&p, &rows, L, row);
    for (int l = 0; l < L; l++)
        for (int i = 0; i < 2 * n; i++) {
            assert_memory_equal(&again.c1[row[l] * 2 * n + i], &p.c1[i * L + l], sizeof(double));
            assert_memory_equal(&again.T[(row[l] * n + n - 1) * 2 * n + i], &p.T[((n - 1) * 2 * n + i) * L + l],
                                sizeof(double));
        }
    return (size_t)(2 * n * n + 4 * n) * L;
}

static _Alignas(64) double memory[3][ROOM];

static int all_kernels(kernels some[3])
{
    some[0] = (kernels){&dia_eigen_kernel_generic, &dia_propagator_kernel_generic};
    some[1] = (kernels){&dia_eigen_kernel_avx2, &dia_propagator_kernel_avx2};
    some[2] = (kernels){&dia_eigen_kernel_avx512, &dia_propagator_kernel_avx512};
    return check_instruction_sets();
}

/* Each lane has its own number of sub-steps, also if it is the only one that needs more than one. */
static void lanes_have_their_own_substeps(void **unused)
{
    (void)unused;
    kernels some[3];
    const int count = all_kernels(some);
    uint64_t seed = check_seed(24);
    for (int n = 2; n < 6; n++)
        for (int k = 0; k < count; k++)
            for (int turned = 0; turned < L; turned++) {
                double T[2 * NMAX * NMAX], *out;
                make(&seed, n, turned % 2 == 1, true);
                by(&some[k], turned, memory[0], &out);
                for (int b = 0; b < L; b++) {
                    const int m = b == 5 ? 0 : dia_propagator(20.0, 1e-2, &ends[0], &ends[1], b, T, work);
                    assert_true(b == 5 || (m > 1) == (b == 0));
                    for (int i = 0; b != 5 && i < 2 * n * n; i++)
                        assert_close(again.T[b * 2 * n * n + i], T[i], 0.0, 16.0 * n * sqrt(m) * DBL_EPSILON);
                }
            }
}

static void same_on_all_processors(void **unused)
{
    (void)unused;
    kernels some[3];
    const int count = all_kernels(some);
    uint64_t seed = check_seed(23);
    for (int n = 2; n <= N; n++)
        for (int hermitian = 0; hermitian < 2; hermitian++) {
            double *out[3];
            make(&seed, n, hermitian == 1, false);
            for (int k = 0; k < count; k++) {
                const size_t size = by(&some[k], 0, memory[k], &out[k]);
                assert_memory_equal(out[k], out[0], size * sizeof(double));
            }
        }
}

static int begin(void **unused)
{
    (void)unused;
    work = malloc(dia_propagator_work(NMAX) * sizeof *work);
    return work == NULL;
}

static int end(void **unused)
{
    (void)unused;
    free(work);
    return 0;
}

int main(void)
{
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_and_side_by_side),
        cmocka_unit_test(frames_on_the_way),
        cmocka_unit_test(amplitudes_back),
        cmocka_unit_test(phases),
        cmocka_unit_test(lanes_have_their_own_substeps),
        cmocka_unit_test(same_on_all_processors),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
