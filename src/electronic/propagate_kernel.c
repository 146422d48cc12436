/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled once for each instruction set, which DIA_LANES_ISA names. The arithmetic is that of propagate.c. */
#include "electronic/propagate_kernel.h"

#include "electronic/propagate.h"
#include "math/lane_math.h"
#include "math/lane_rows.h"

/* ---- numbers of sub-steps -------------------------------------------------------------------- */

INLINE int packed(int i, int j)
{
    return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
}

/* H_ij without the mean of the diagonal, which is only a common phase. */
INLINE void element(const int parts, int n, double *H, vector mean, int i, int j, vector z[2])
{
    z[0] = load(at(H, packed(i, j)));
    if (i == j)
        z[0] -= mean;
    z[1] = all(0.0);
    if (parts == 2 && i != j) {
        const int high = i > j ? i : j, low = i > j ? j : i;
        z[1] = load(at(H, n * (n + 1) / 2 + high * (high - 1) / 2 + low));
        z[1] = i > j ? z[1] : -z[1];
    }
}

INLINE vector mean_diagonal(int n, double *H)
{
    vector mean = all(0.0);
    for (int i = 0; i < n; i++)
        mean += load(at(H, packed(i, i)));
    return mean / all(n);
}

/* |H1-H0|^2 */
INLINE vector change_of(const int parts, int n, double *const H[2], const vector mean[2])
{
    vector sum = all(0.0);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            vector a[2], b[2], square = all(0.0);
            element(parts, n, H[0], mean[0], i, j, a);
            element(parts, n, H[1], mean[1], i, j, b);
            for (int p = 0; p < parts; p++)
                square += (b[p] - a[p]) * (b[p] - a[p]);
            sum += i == j ? square : square + square;
        }
    return sum;
}

/* |[H1,H0]|^2: of antisymmetric or anti-Hermitian matrices. */
INLINE vector commutator(const int parts, int n, double *const H[2], const vector mean[2], double *work)
{
    double *A = work, *B = at(A, n * n * parts);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int e = 0; e < 2; e++) {
                vector z[2];
                element(parts, n, H[e], mean[e], i, j, z);
                for (int p = 0; p < parts; p++)
                    store(at(e == 0 ? A : B, (i * n + j) * parts + p), z[p]);
            }
    vector sum = all(0.0);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i + parts - 1; j++) {
            vector re = all(0.0), im = all(0.0);
            for (int k = 0; k < n; k++) {
                double *bik = at(B, (i * n + k) * parts), *akj = at(A, (k * n + j) * parts),
                       *aik = at(A, (i * n + k) * parts), *bkj = at(B, (k * n + j) * parts);
                re += load(bik) * load(akj) - load(aik) * load(bkj);
                if (parts == 2) {
                    re += load(at(aik, 1)) * load(at(bkj, 1)) - load(at(bik, 1)) * load(at(akj, 1));
                    im += load(bik) * load(at(akj, 1)) + load(at(bik, 1)) * load(akj) - load(aik) * load(at(bkj, 1)) -
                          load(at(aik, 1)) * load(bkj);
                }
            }
            const vector square = re * re + im * im;
            sum += i == j ? square : square + square;
        }
    return sum;
}

INLINE void count_substeps(const int parts, const int n, const dia_propagator_panel *p, int first, int *m)
{
    double *const H[2] = {p->H[0] + first, p->H[1] + first};
    const vector mean[2] = {mean_diagonal(n, H[0]), mean_diagonal(n, H[1])};
    vector number = root(change_of(parts, n, H, mean)) * all(fabs(p->dt)) / all(4.0 * p->tolerance);
    if (any(number > all(1.0))) {
        const vector leading = root(root(commutator(parts, n, H, mean, p->work + first)) * all(p->dt) * all(p->dt) /
                                    all(24.0 * p->tolerance));
        number = choose(leading < number, leading, number);
    }
    for (int i = 0; i < WIDTH; i++) /* NaN gives 1 */
        m[i] = number[i] > 1.0 ? (int)fmin(ceil(number[i]), DIA_SUBSTEPS_MAX) : 1;
}

/* ---- the propagator -------------------------------------------------------------------------- */

/* phase_k = exp(-i (E_k - mean E) h) */
INLINE void phases(int n, double *E, vector h, double *phase)
{
    vector mean = all(0.0);
    for (int k = 0; k < n; k++)
        mean += load(at(E, k));
    mean /= all(n);
    for (int k = 0; k < n; k++) {
        vector c, s;
        cosine_and_sine((load(at(E, k)) - mean) * h, &c, &s);
        store(at(phase, 2 * k), c);
        store(at(phase, 2 * k + 1), -s);
    }
}

/* z <- phase z */
INLINE void turn(double *phase, vector z[2])
{
    const vector re = load(phase), im = load(at(phase, 1)), x = z[0], y = z[1];
    z[0] = re * x - im * y;
    z[1] = re * y + im * x;
}

typedef struct states { /* eigenvectors: component i of state k is at i row + k column */
    double *U;
    int row, column;
} states;

/* <k of b|l of a> */
INLINE void overlap(const int parts, int n, states b, int k, states a, int l, vector z[2])
{
    z[0] = z[1] = all(0.0);
    for (int i = 0; i < n; i++) {
        double *x = at(b.U, (i * b.row + k * b.column) * parts), *y = at(a.U, (i * a.row + l * a.column) * parts);
        z[0] += load(x) * load(y);
        if (parts == 2) {
            z[0] += load(at(x, 1)) * load(at(y, 1));
            z[1] += load(x) * load(at(y, 1)) - load(at(x, 1)) * load(y);
        }
    }
}

/* T <- diag(phase) Ub^H Ua T, where `on`; S (n, n, parts), product (n, n, 2): work space. */
INLINE void to_frame(const int parts, int n, states b, states a, double *phase, mask on, double *T, double *S,
                     double *product)
{
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            vector z[2];
            overlap(parts, n, b, k, a, l, z);
            for (int p = 0; p < parts; p++)
                store(at(S, (k * n + l) * parts + p), z[p]);
        }
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            vector z[2] = {all(0.0), all(0.0)};
            for (int j = 0; j < n; j++) {
                double *s = at(S, (k * n + j) * parts), *t = at(T, 2 * (j * n + l));
                z[0] += load(s) * load(t);
                z[1] += load(s) * load(at(t, 1));
                if (parts == 2) {
                    z[0] -= load(at(s, 1)) * load(at(t, 1));
                    z[1] += load(at(s, 1)) * load(t);
                }
            }
            turn(at(phase, 2 * k), z);
            store(at(product, 2 * (k * n + l)), z[0] + all(0.0)); /* no zero keeps a sign */
            store(at(product, 2 * (k * n + l) + 1), z[1] + all(0.0));
        }
    for (int i = 0; i < 2 * n * n; i++)
        store(at(T, i), choose(on, load(at(product, i)), load(at(T, i))));
}

/* One sub-step: T = diag(last) Ub^H Ua diag(first). */
INLINE void single(const int parts, int n, states b, states a, double *first, double *last, double *T)
{
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            vector z[2];
            overlap(parts, n, b, k, a, l, z);
            turn(at(first, 2 * l), z);
            turn(at(last, 2 * k), z);
            store(at(T, 2 * (k * n + l)), z[0] + all(0.0));
            store(at(T, 2 * (k * n + l) + 1), z[1] + all(0.0));
        }
}

/* The inner nodes, m[i] - 1 of them in lane i. */
INLINE void steps(const int parts, int n, const dia_propagator_panel *p, int first, const int *m,
                  const dia_eigen_kernel *eigen, double *phase, double *rest)
{
    double *S = rest, *product = at(S, 2 * n * n), *H = at(product, 2 * n * n), *E = at(H, n * n), *Ua = at(E, n),
           *Ub = at(Ua, 2 * n * n), *T = p->T + first;
    const int npacked = parts == 2 ? n * n : n * (n + 1) / 2;
    vector count;
    int most = 1;
    for (int i = 0; i < WIDTH; i++) {
        count[i] = m[i];
        most = m[i] > most ? m[i] : most;
    }
    const vector h = all(p->dt) / count;
    phases(n, p->E[0] + first, all(0.5) * h, phase);
    for (int i = 0; i < n * n; i++)
        for (int part = 0; part < 2; part++)
            store(at(T, 2 * i + part), i % (n + 1) == 0 ? load(at(phase, 2 * (i / n) + part)) : all(0.0));
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n * parts; k++)
            store(at(Ua, ((k / parts) * n + i) * parts + k % parts), load(at(p->U[0] + first, i * n * parts + k)));
    const states a = {Ua, 1, n}, b = {Ub, 1, n}, last = {p->U[1] + first, n, 1};
    for (int j = 1; j < most; j++) { /* two half sub-steps meet, one whole phase */
        const mask on = all((double)j) < count;
        const vector x = choose(on, all((double)j) / count, all(1.0));
        for (int i = 0; i < npacked; i++)
            store(at(H, i), (all(1.0) - x) * load(at(p->H[0] + first, i)) + x * load(at(p->H[1] + first, i)));
        (void)eigen->solve(n, parts == 2, H, E, Ub, at(Ub, 2 * n * n));
        phases(n, E, h, phase);
        to_frame(parts, n, b, a, phase, on, T, S, product);
        for (int i = 0; i < n * n * parts; i++)
            store(at(Ua, i), choose(on, load(at(Ub, i)), load(at(Ua, i))));
    }
    phases(n, p->E[1] + first, all(0.5) * h, phase);
    to_frame(parts, n, last, a, phase, ~(mask)all(0.0), T, S, product);
}

/* c0 = U0^H c, c1 = T c0 scaled to the norm 1. */
INLINE void amplitudes(const int parts, int n, const dia_propagator_panel *p, int first)
{
    double *U = p->U[0] + first, *c = p->c + first, *T = p->T + first, *c0 = p->c0 + first, *c1 = p->c1 + first;
    vector sum = all(0.0);
    for (int k = 0; k < n; k++) {
        vector re = all(0.0), im = all(0.0);
        for (int i = 0; i < n; i++) {
            double *u = at(U, (i * n + k) * parts);
            re += load(u) * load(at(c, 2 * i));
            im += load(u) * load(at(c, 2 * i + 1));
            if (parts == 2) {
                re += load(at(u, 1)) * load(at(c, 2 * i + 1));
                im -= load(at(u, 1)) * load(at(c, 2 * i));
            }
        }
        store(at(c0, 2 * k), re);
        store(at(c0, 2 * k + 1), im);
    }
    for (int k = 0; k < n; k++) {
        vector re = all(0.0), im = all(0.0);
        for (int l = 0; l < n; l++) {
            double *t = at(T, 2 * (k * n + l));
            const vector x = load(at(c0, 2 * l)), y = load(at(c0, 2 * l + 1));
            re += load(t) * x - load(at(t, 1)) * y;
            im += load(t) * y + load(at(t, 1)) * x;
        }
        sum += re * re;
        sum += im * im;
        store(at(c1, 2 * k), re);
        store(at(c1, 2 * k + 1), im);
    }
    const mask some = sum > all(0.0);
    const vector factor = choose(some, all(1.0) / root(choose(some, sum, all(1.0))), all(1.0));
    for (int k = 0; k < 2 * n; k++)
        store(at(c1, k), load(at(c1, k)) * factor);
}

/* ---- all of it ------------------------------------------------------------------------------- */

INLINE void whole(const int parts, const int n, const dia_propagator_panel *p, int first, const int *m,
                  const dia_eigen_kernel *eigen)
{
    double *begin = p->work + first, *end = at(begin, 2 * n);
    bool one = true;
    for (int i = 0; i < WIDTH; i++)
        one = one && m[i] == 1;
    if (one) {
        const states a = {p->U[0] + first, n, 1}, b = {p->U[1] + first, n, 1};
        phases(n, p->E[0] + first, all(0.5 * p->dt), begin);
        phases(n, p->E[1] + first, all(0.5 * p->dt), end);
        single(parts, n, b, a, begin, end, p->T + first);
    } else {
        steps(parts, n, p, first, m, eigen, begin, end);
    }
    amplitudes(parts, n, p, first);
}

/* Constants of n where they are worth while, so that the compiler unrolls. */
#define EACH(call)                                                                                                     \
    if (p->hermitian)                                                                                                  \
        call(2, p->n, ARGUMENTS);                                                                                      \
    else if (p->n == 2)                                                                                                \
        call(1, 2, ARGUMENTS);                                                                                         \
    else if (p->n == 3)                                                                                                \
        call(1, 3, ARGUMENTS);                                                                                         \
    else if (p->n == 4)                                                                                                \
        call(1, 4, ARGUMENTS);                                                                                         \
    else                                                                                                               \
        call(1, p->n, ARGUMENTS)

static void substeps(const dia_propagator_panel *p, int m[LANES])
{
    for (int first = 0; first < LANES; first += WIDTH) {
#define ARGUMENTS p, first, m + first
        EACH(count_substeps);
#undef ARGUMENTS
    }
}

static void propagate(const dia_propagator_panel *p, const int m[LANES], const dia_eigen_kernel *eigen)
{
    for (int first = 0; first < LANES; first += WIDTH) {
#define ARGUMENTS p, first, m + first, eigen
        EACH(whole);
#undef ARGUMENTS
    }
}

/* ---- rows and lanes -------------------------------------------------------------------------- */

INLINE void gather_part(int size, const double *x, const int *row, double *lanes)
{
    const double *from[LANES];
    for (int l = 0; l < LANES; l++)
        from[l] = x + (long)row[l] * size;
    gather_rows((size_t)size, from, lanes);
}

INLINE void scatter_part(int size, int count, const double *lanes, const int *row, double *x)
{
    double *to[LANES];
    for (int l = 0; l < LANES; l++)
        to[l] = x + (long)row[l] * size;
    scatter_rows((size_t)size, count, lanes, to);
}

INLINE void gather_all(const int parts, const int n, const dia_propagator_panel *p, const dia_propagator_rows *x,
                       const int *row)
{
    for (int e = 0; e < 2; e++) {
        gather_part(parts == 2 ? n * n : n * (n + 1) / 2, x->H[e], row, p->H[e]);
        gather_part(n, x->E[e], row, p->E[e]);
        gather_part(n * n * parts, x->U[e], row, p->U[e]);
    }
    gather_part(2 * n, x->c, row, p->c);
}

INLINE void scatter_all(const int parts, const int n, const dia_propagator_panel *p, const dia_propagator_rows *x,
                        int count, const int *row)
{
    (void)parts;
    scatter_part(2 * n * n, count, p->T, row, x->T);
    scatter_part(2 * n, count, p->c0, row, x->c0);
    scatter_part(2 * n, count, p->c1, row, x->c1);
}

static void gather(const dia_propagator_panel *p, const dia_propagator_rows *rows, const int row[LANES])
{
#define ARGUMENTS p, rows, row
    EACH(gather_all);
#undef ARGUMENTS
}

static void scatter(const dia_propagator_panel *p, const dia_propagator_rows *rows, int count, const int row[LANES])
{
#define ARGUMENTS p, rows, count, row
    EACH(scatter_all);
#undef ARGUMENTS
}

#define NAME_(isa) dia_propagator_kernel_##isa
#define NAME(isa) NAME_(isa)
const dia_propagator_kernel NAME(DIA_LANES_ISA) = {substeps, propagate, gather, scatter};
