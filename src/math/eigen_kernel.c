/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled once for each instruction set, which DIA_LANES_ISA names. */
#include "math/eigen_kernel.h"

#include "math/eigen_tridiagonal.h"
#include "math/lane_math.h"

static int packed(int i, int j) /* i >= j */
{
    return i * (i + 1) / 2 + j;
}

/* ---- rotations ------------------------------------------------------------------------------- */

/* As in eigen.c, to the last bit; `done` where nothing is to be turned: A + 0 B is A. */
INLINE void rotate(const int n, vector A[DIA_EIGEN_ROTATED][DIA_EIGEN_ROTATED],
                   vector U[DIA_EIGEN_ROTATED][DIA_EIGEN_ROTATED], int p, int q, mask done)
{
    const vector zero = all(0.0), one = all(1.0);
    const vector off = choose(done, one, A[p][q]), tau = (A[q][q] - A[p][p]) / (all(2.0) * off);
    const vector angle = with_sign(one, tau) / (absolute(tau) + root(one + tau * tau));
    const vector t = choose(done, zero, angle);
    const vector c = one / root(one + t * t), s = t * c;
    A[p][p] -= t * A[p][q];
    A[q][q] += t * A[p][q];
    A[p][q] = A[q][p] = choose(done, A[p][q], zero);
    for (int i = 0; i < n; i++) {
        if (i != p && i != q) {
            const vector x = A[p][i], y = A[q][i];
            A[p][i] = A[i][p] = c * x - s * y;
            A[q][i] = A[i][q] = s * x + c * y;
        }
        const vector x = U[i][p], y = U[i][q];
        U[i][p] = c * x - s * y;
        U[i][q] = s * x + c * y;
    }
}

INLINE void jacobi(const int n, const double *packed_A, double *E, double *columns)
{
    vector A[DIA_EIGEN_ROTATED][DIA_EIGEN_ROTATED], U[DIA_EIGEN_ROTATED][DIA_EIGEN_ROTATED], mean = all(0.0);
    for (int i = 0; i < n; i++)
        mean += load(at((double *)packed_A, packed(i, i))) / all(n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            const vector a = load(at((double *)packed_A, packed(i, j)));
            A[i][j] = A[j][i] = i == j ? a - mean : a;
            U[i][j] = U[j][i] = all(i == j ? 1.0 : 0.0);
        }
    bool rotated = true;
    for (int sweep = 0; rotated && sweep < 30; sweep++) {
        rotated = false;
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++) {
                const vector a = absolute(A[p][p]), b = absolute(A[q][q]), x = all(0.01) * absolute(A[p][q]);
                const mask done = (a + x == a) & (b + x == b);
                if (!any(~done))
                    continue;
                rotate(n, A, U, p, q, done);
                rotated = true;
            }
    }
    for (int k = 0; k < n; k++) { /* + 0: no zero keeps a sign */
        store(at(E, k), mean + A[k][k] + all(0.0));
        for (int i = 0; i < n; i++)
            store(at(columns, k * n + i), U[i][k] + all(0.0));
    }
}

INLINE void rotations(int n, const double *A, double *E, double *U)
{
    switch (n) { /* constants, so that the compiler unrolls */
    case 2:
        jacobi(2, A, E, U);
        break;
    case 3:
        jacobi(3, A, E, U);
        break;
    case 4:
        jacobi(4, A, E, U);
        break;
    default:
        jacobi(5, A, E, U);
    }
}

/* ---- complex, of order 2 --------------------------------------------------------------------- */

/* As in eigen.c, to the last bit. */
INLINE void hermitian_of_two(double *A, double *E, double *U, double *work)
{
    const vector re = load(at(A, 1)), im = load(at(A, 3)), x = absolute(re), y = absolute(im);
    const vector high = larger_of(x, y), ratio = choose(x > y, y, x) / high;
    const vector turned = choose(im == all(0.0), re, high * root(all(1.0) + ratio * ratio));
    const mask none = turned == all(0.0);
    const vector size = choose(none, all(1.0), turned),
                 f[2] = {choose(none, all(1.0), re / size), choose(none, all(0.0), im / size)};
    store(at(A, 1), turned);
    jacobi(2, A, E, work);
    for (int k = 0; k < 2; k++) {
        double *u = at(U, 4 * k);
        store(u, load(at(work, 2 * k)));
        store(at(u, 1), all(0.0));
        for (int p = 0; p < 2; p++)
            store(at(u, 2 + p), load(at(work, 2 * k + 1)) * f[p] + all(0.0));
    }
}

/* ---- by tridiagonal form --------------------------------------------------------------------- */

/* The power of two that brings x to between 1 and 2, or close to it where there is none. */
INLINE vector to_one(vector x)
{
    vector factor;
    for (int i = 0; i < WIDTH; i++) {
        const int exponent = x[i] > 0.0 ? ilogb(x[i]) : 0;
        factor[i] = ldexp(1.0, exponent < -1000 ? 1000 : -exponent);
    }
    return factor;
}

/* A -> M, scaled and without the mean of its diagonal, as a square matrix. */
INLINE void square(const int parts, int n, double *A, double *M, vector *mean, vector *factor)
{
    const int npacked = n * (n + 1) / 2;
    vector largest = all(0.0);
    for (int i = 0; i < (parts == 2 ? n * n : npacked); i++)
        largest = larger_of(absolute(load(at(A, i))), largest);
    *factor = to_one(largest);
    *mean = all(0.0);
    for (int i = 0; i < n; i++)
        *mean += load(at(A, packed(i, i))) * *factor / all(n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double *m = at(M, (i * n + j) * parts);
            const vector re = load(at(A, packed(i, j))) * *factor;
            store(m, i == j ? re - *mean : re);
            if (parts == 2)
                store(at(m, 1), i == j ? all(0.0) : load(at(A, npacked + i * (i - 1) / 2 + j)) * *factor);
        }
}

INLINE mask solve_by_ql(const int parts, int n, double *A, double *E, double *U, double *work)
{
    double *M = work, *e = at(M, n * n * parts), *rest = at(e, n);
    vector mean, factor;
    square(parts, n, A, M, &mean, &factor);
    tridiagonal(parts, n, M, E, e, U, rest);
    const mask failed = ql(n, n * parts, E, e, U);
    for (int k = 0; k < n; k++) /* + 0: no zero keeps a sign */
        store(at(E, k), (load(at(E, k)) + mean) / factor + all(0.0));
    for (int i = 0; i < n * n * parts; i++)
        store(at(U, i), load(at(U, i)) + all(0.0));
    return failed;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static unsigned solve(int n, bool hermitian, double *A, double *E, double *U, double *work)
{
    if (hermitian && n > 2)
        return bits_of(solve_by_ql(2, n, A, E, U, work));
    if (n > DIA_EIGEN_ROTATED)
        return bits_of(solve_by_ql(1, n, A, E, U, work));
    if (hermitian)
        hermitian_of_two(A, E, U, work);
    else
        rotations(n, A, E, U);
    return 0;
}

#define NAME_(isa) dia_eigen_kernel_##isa
#define NAME(isa) NAME_(isa)
#define TEXT_(isa) #isa
#define TEXT(isa) TEXT_(isa)
const dia_eigen_kernel NAME(DIA_LANES_ISA) = {TEXT(DIA_LANES_ISA), WIDTH, solve};
