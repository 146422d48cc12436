/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eigenproblems of many small matrices: eight at a time, side by side (eigen_kernel.h). */
#include <math.h>
#include <stdalign.h>

#include "math/eigen.h"
#include "math/eigen_kernel.h"
#include "math/lane_isa.h"

enum { L = DIA_EIGEN_LANES, N = DIA_EIGEN_ORDER };

const dia_eigen_kernel *dia_eigen_kernel_best(void)
{
    static const dia_eigen_kernel *const kernels[DIA_ISAS] = {
        [DIA_ISA_GENERIC] = &dia_eigen_kernel_generic,
        [DIA_ISA_AVX2] = &dia_eigen_kernel_avx2,
        [DIA_ISA_AVX512] = &dia_eigen_kernel_avx512,
    };
    return kernels[dia_lane_isa()];
}

/* Matrix -> lane; false: it is not finite, and the lane gets zeros. */
static bool put(int npacked, const double *A, double *lane)
{
    double sum = 0.0; /* 0 * x is NaN for NaN and infinity */
    for (int i = 0; i < npacked; i++)
        sum += 0.0 * A[i];
    for (int i = 0; i < npacked; i++)
        lane[i * L] = sum == 0.0 ? A[i] : 0.0;
    return sum == 0.0;
}

/* Lane -> E and U (n, n, parts), row-major, in ascending order: count the smaller ones; equal ones keep their order. */
static inline void take(const int n, const int parts, const double *e, const double *u, double *E, double *U)
{
    for (int k = 0; k < n; k++) {
        int place = 0;
        for (int l = 0; l < n; l++)
            place += e[l * L] < e[k * L] || (e[l * L] == e[k * L] && l < k);
        E[place] = e[k * L];
        for (int i = 0; i < n; i++)
            for (int p = 0; p < parts; p++)
                U[(i * n + place) * parts + p] = u[((k * n + i) * parts + p) * L];
    }
}

static void take_any(int n, int parts, const double *e, const double *u, double *E, double *U)
{
    switch (2 * n + parts) { /* constants, so that the compiler unrolls */
    case 5:
        take(2, 1, e, u, E, U);
        break;
    case 7:
        take(3, 1, e, u, E, U);
        break;
    case 9:
        take(4, 1, e, u, E, U);
        break;
    default:
        take(n, parts, e, u, E, U);
    }
}

static void solve_one(int n, bool hermitian, const double *A, double *E, double *U, double *work)
{
    if (hermitian)
        (void)dia_eigen_hermitian_lapack(n, A, E, U, work);
    else
        (void)dia_eigen_lapack(n, A, E, U, work);
}

/* Matrices rows[0..count-1], at most eight of them; lanes beyond are zero. */
static void solve_panel(int n, bool hermitian, int count, const int *rows, const double *A, double *E, double *U,
                        double *work)
{
    alignas(64) double memory[(4 * N * N + N * N + 7 * N) * L];
    const int npacked = hermitian ? n * n : n * (n + 1) / 2, parts = hermitian ? 2 : 1;
    double *a = memory, *e = a + npacked * L, *u = e + n * L, *rest = u + parts * n * n * L;
    unsigned good = 0;
    for (int lane = 0; lane < L; lane++) {
        if (lane >= count)
            for (int i = 0; i < npacked; i++)
                a[i * L + lane] = 0.0;
        else if (put(npacked, A + (size_t)rows[lane] * (size_t)npacked, a + lane))
            good |= 1u << lane;
    }
    const dia_eigen_kernel *kernel = dia_eigen_kernel_best();
    for (int i = 0; i < count; i += kernel->width)
        good &= ~(kernel->solve(n, hermitian, a + i, e + i, u + i, rest + i) << i);
    for (int lane = 0; lane < count; lane++) {
        const size_t row = (size_t)rows[lane], order = (size_t)n, size = (size_t)parts * order * order;
        if (good >> lane & 1u)
            take_any(n, parts, e + lane, u + lane, E + row * order, U + row * size);
        else /* not finite, or no convergence: LAPACK says so, or tries */
            solve_one(n, hermitian, A + row * (size_t)npacked, E + row * order, U + row * size, work);
    }
}

void dia_eigen_rows(int n, bool hermitian, int count, const int *rows, const double *A, double *E, double *U,
                    double *work)
{
    const size_t order = (size_t)n, npacked = hermitian ? order * order : order * (order + 1) / 2,
                 size = (hermitian ? 2 : 1) * order * order;
    const bool closed = hermitian ? n == 2 : n <= DIA_EIGEN_ROTATED; /* the single ones are solved in the same way */
    for (int done = 0; done < count;) {
        const int most = count - done < L ? count - done : L;
        int here[L];
        for (int i = 0; i < most; i++)
            here[i] = rows != NULL ? rows[done + i] : done + i;
        if (n > 1 && n <= N && (most > 2 || !closed)) {
            solve_panel(n, hermitian, most, here, A, E, U, work);
            done += most;
            continue;
        }
        const size_t row = (size_t)here[0];
        done++;
        if (hermitian)
            (void)dia_eigen_hermitian(n, A + row * npacked, E + row * order, U + row * size, work);
        else
            (void)dia_eigen_packed(n, A + row * npacked, E + row * order, U + row * size, work);
    }
}
