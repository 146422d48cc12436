/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled once for each instruction set, which DIA_LANES_ISA names. */
#include "math/eigen_kernel.h"

#include "math/eigen_refine.h"
#include "math/eigen_tridiagonal.h"
#include "math/lane_math.h"
#include "math/lane_rows.h"

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

/* Of groups of lanes that are `next` numbers apart. */
INLINE void solve_by_ql(const int parts, const int groups, long next, int n, double *A, double *E, double *U,
                        double *work, mask *failed)
{
    double *M = work, *e = at(M, n * n * parts), *rest = at(e, n);
    vector mean[GROUPS], factor[GROUPS];
    for (int g = 0; g < groups; g++) {
        const long to = g * next;
        square(parts, n, A + to, M + to, &mean[g], &factor[g]);
        tridiagonal(parts, n, M + to, E + to, e + to, U + to, rest + to);
    }
    ql(groups, next, n, n * parts, E, e, U, failed);
    for (int g = 0; g < groups; g++) {
        const long to = g * next;
        for (int k = 0; k < n; k++) /* + 0: no zero keeps a sign */
            store(at(E, k) + to, (load(at(E, k) + to) + mean[g]) / factor[g] + all(0.0));
        for (int i = 0; i < n * n * parts; i++)
            store(at(U, i) + to, load(at(U, i) + to) + all(0.0));
    }
}

/* ---- all of them ----------------------------------------------------------------------------- */

static bool by_ql(int n, bool hermitian)
{
    return n > (hermitian ? 2 : DIA_EIGEN_ROTATED);
}

static void by_rotations(int n, bool hermitian, double *A, double *E, double *U, double *work)
{
    if (hermitian)
        hermitian_of_two(A, E, U, work);
    else
        rotations(n, A, E, U);
}

static unsigned solve(int n, bool hermitian, double *A, double *E, double *U, double *work)
{
    mask failed[GROUPS] = {(mask)all(0.0)};
    if (!by_ql(n, hermitian))
        by_rotations(n, hermitian, A, E, U, work);
    else if (hermitian)
        solve_by_ql(2, 1, 0, n, A, E, U, work, failed);
    else
        solve_by_ql(1, 1, 0, n, A, E, U, work, failed);
    return bits_of(failed[0]);
}

/* Two groups of lanes. */
static void solve_pair(int n, bool hermitian, long next, double *A, double *E, double *U, double *work,
                       unsigned failed[GROUPS])
{
    mask masks[GROUPS] = {(mask)all(0.0), (mask)all(0.0)};
    if (hermitian)
        solve_by_ql(2, GROUPS, next, n, A, E, U, work, masks);
    else
        solve_by_ql(1, GROUPS, next, n, A, E, U, work, masks);
    for (int g = 0; g < GROUPS; g++)
        failed[g] = bits_of(masks[g]);
}

static unsigned solve_panels(int n, bool hermitian, int panels, long next, double *A, double *E, double *U,
                             double *work)
{
    unsigned bits = 0, failed[GROUPS];
    if (by_ql(n, hermitian) && panels == 2 && (int)WIDTH == (int)LANES) {
        solve_pair(n, hermitian, next, A, E, U, work, failed);
        return failed[0] | failed[1] << LANES;
    }
    for (int p = 0; p < panels; p++) {
        const long to = p * next;
        if (by_ql(n, hermitian) && (int)WIDTH < (int)LANES) {
            solve_pair(n, hermitian, WIDTH, A + to, E + to, U + to, work + to, failed);
            bits |= (failed[0] | failed[1] << WIDTH) << (p * LANES);
            continue;
        }
        for (long l = to; l < to + LANES; l += WIDTH)
            bits |= solve(n, hermitian, A + l, E + l, U + l, work + l) << (p * LANES + l - to);
    }
    return bits;
}

/* ---- beginning with vectors close by --------------------------------------------------------- */

/* In ascending order, U by rows: neighbours change places where the second is smaller, so that equal ones keep their order. */
INLINE void sort_few(const int n, const double *E, const double *U, double *e, double *u)
{
    vector x[DIA_EIGEN_ROTATED], y[DIA_EIGEN_ROTATED][DIA_EIGEN_ROTATED];
    for (int k = 0; k < n; k++) {
        x[k] = get(E, k);
        for (int i = 0; i < n; i++)
            y[k][i] = get(U, k * n + i);
    }
    for (int last = n - 1; last > 0; last--)
        for (int k = 0; k < last; k++) {
            const mask swap = x[k + 1] < x[k];
            const vector z = x[k];
            x[k] = choose(swap, x[k + 1], z);
            x[k + 1] = choose(swap, z, x[k + 1]);
            for (int i = 0; i < n; i++) {
                const vector v = y[k][i];
                y[k][i] = choose(swap, y[k + 1][i], v);
                y[k + 1][i] = choose(swap, v, y[k + 1][i]);
            }
        }
    for (int k = 0; k < n; k++) {
        put(e, k, x[k]);
        for (int i = 0; i < n; i++)
            put(u, i * n + k, y[k][i]);
    }
}

/* Signs of U as those of U0. */
INLINE void follow(const int n, const double *U0, double *U)
{
    for (int k = 0; k < n; k++) {
        vector sum = all(0.0);
        for (int i = 0; i < n; i++)
            sum += get(U0, i * n + k) * get(U, i * n + k);
        const vector sign = choose(sum < all(0.0), all(-1.0), all(1.0));
        for (int i = 0; i < n; i++)
            put(U, i * n + k, get(U, i * n + k) * sign);
    }
}

/* Rotations are as fast where nothing is known; returns the lanes with finite numbers. */
INLINE mask rotated_anew(const int n, const double *A, double *E, const double *U0, double *U, double *work)
{
    const int npacked = n * (n + 1) / 2;
    double *own = work, *e = at(own, npacked), *columns = at(e, n);
    vector sum = all(0.0); /* 0 x is NaN for NaN and infinity */
    for (int i = 0; i < npacked; i++)
        sum += all(0.0) * get(A, i);
    const mask good = sum == all(0.0);
    for (int i = 0; i < npacked; i++)
        put(own, i, choose(good, get(A, i), all(0.0)));
    jacobi(n, own, e, columns);
    sort_few(n, e, columns, E, U);
    follow(n, U0, U);
    return good;
}

static unsigned refine(int n, const double *A, const double *A0, const double *E0, const double *U0, double *E,
                       double *U, double *work)
{
    switch (n) { /* constants, so that the compiler unrolls */
    case 2:
        return bits_of(rotated_anew(2, A, E, U0, U, work));
    case 3:
        return bits_of(rotated_anew(3, A, E, U0, U, work));
    case 4:
        return bits_of(rotated_anew(4, A, E, U0, U, work));
    case 5:
        return bits_of(rotated_anew(5, A, E, U0, U, work));
    default:
        return bits_of(refine_vectors(n, A, A0, E0, U0, E, U, work));
    }
}

/* ---- rows and lanes -------------------------------------------------------------------------- */

static void gather(int size, const double *const from[LANES], double *lanes)
{
    gather_rows((size_t)size, from, lanes);
}

static void scatter(int size, int count, const double *lanes, double *const to[LANES])
{
    scatter_rows((size_t)size, count, lanes, to);
}

static unsigned put_rows(int size, const double *const from[LANES], double *A)
{
    unsigned finite = 0;
    gather_rows((size_t)size, from, A);
    for (int l = 0; l < LANES; l += WIDTH) {
        vector sum = all(0.0); /* 0 x is NaN for NaN and infinity */
        for (int i = 0; i < size; i++)
            sum += all(0.0) * get(A + l, i);
        const mask good = sum == all(0.0);
        finite |= bits_of(good) << l;
        for (int i = 0; i < size && any(~good); i++)
            put(A + l, i, choose(good, get(A + l, i), all(0.0)));
    }
    return finite;
}

INLINE void take_few(const int n, const double *E, const double *U, double *work, double *const e[LANES],
                     double *const u[LANES])
{
    double *sorted = at(work, n);
    for (int l = 0; l < LANES; l += WIDTH)
        sort_few(n, E + l, U + l, work + l, sorted + l);
    scatter_rows((size_t)n, LANES, work, e);
    scatter_rows((size_t)n * (size_t)n, LANES, sorted, u);
}

/* The same of any order: the place of each is the number of those before it. */
static void take_many(int n, int parts, unsigned lanes, const double *E, const double *U, double *const e[LANES],
                      double *const u[LANES])
{
    long long place[DIA_EIGEN_ORDER][LANES];
    for (int l = 0; l < LANES; l += WIDTH)
        for (int k = 0; k < n; k++) {
            mask before = (mask)all(0.0);
            const vector own = get(E + l, k);
            for (int j = 0; j < n; j++)
                before -= j < k ? get(E + l, j) <= own : get(E + l, j) < own; /* a mask that is set is -1 */
            for (int i = 0; i < WIDTH; i++)
                place[k][l + i] = before[i];
        }
    for (int l = 0; l < LANES; l++)
        for (int k = 0; k < n && (lanes >> l & 1u) != 0; k++) {
            const double *from = U + (long)(k * n * parts) * LANES + l;
            double *to = u[l] + place[k][l] * parts;
            e[l][place[k][l]] = E[k * LANES + l];
            for (int i = 0; i < n; i++)
                for (int p = 0; p < parts; p++)
                    to[i * n * parts + p] = from[(i * parts + p) * LANES];
        }
}

static void take_rows(int n, bool hermitian, unsigned lanes, const double *E, const double *U, double *work,
                      double *const e[LANES], double *const u[LANES])
{
    const int whole = !hermitian && lanes == (1u << LANES) - 1 ? n : 0;
    if (whole == 2) /* constants, so that the compiler unrolls */
        take_few(2, E, U, work, e, u);
    else if (whole == 3)
        take_few(3, E, U, work, e, u);
    else if (whole == 4)
        take_few(4, E, U, work, e, u);
    else if (hermitian)
        take_many(n, 2, lanes, E, U, e, u);
    else
        take_many(n, 1, lanes, E, U, e, u);
}

#define NAME_(isa) dia_eigen_kernel_##isa
#define NAME(isa) NAME_(isa)
#define TEXT_(isa) #isa
#define TEXT(isa) TEXT_(isa)
const dia_eigen_kernel NAME(DIA_LANES_ISA) = {
    TEXT(DIA_LANES_ISA), WIDTH, solve, solve_panels, refine, gather, scatter, put_rows, take_rows};
