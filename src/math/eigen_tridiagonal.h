/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eigenproblems of the larger of small matrices, side by side: reduction to tridiagonal form by reflections, then implicit QL steps
 * (Golub, Van Loan, Matrix Computations, sections 8.3.1, 8.3.3; Wilkinson, Reinsch, Handbook for Automatic Computation II,
 * contribution II/4). All lanes go through the same steps; a lane that has nothing to do turns by nothing. Matrices have a
 * norm near 1. */
#ifndef DIA_MATH_EIGEN_TRIDIAGONAL_H
#define DIA_MATH_EIGEN_TRIDIAGONAL_H

#include "math/lane_math.h"

/* Squares below it count as zero: what they are of is less than 1e-140 of the matrix. */
static const double nothing = 1e-280;
enum { QL_STEPS = 40 }; /* for one eigenvalue: two in the mean, three or four at most in practice */

/* ---- to tridiagonal form --------------------------------------------------------------------- */

/* Vectors and matrices of complex numbers have real and imaginary parts in turn (parts = 2), those of real ones have not. */
/* The reflection 1 - tau v v^H that turns x (m) into a multiple of its last element, f its phase: v = x + f |x| e in place of x.
 * x = 0 but for the last element: tau = 0. edge: the multiple. */
INLINE vector reflection(const int parts, int m, double *x, vector edge[2])
{
    vector sum = all(0.0), own = all(0.0);
    for (int i = 0; i < (m - 1) * parts; i++)
        sum += load(at(x, i)) * load(at(x, i));
    double *last = at(x, (m - 1) * parts);
    vector alpha[2] = {load(last), parts == 2 ? load(at(last, 1)) : all(0.0)};
    for (int p = 0; p < parts; p++)
        own += alpha[p] * alpha[p];
    const mask idle = sum < all(nothing), real = own < all(nothing);
    const vector norm = root(sum + own), size = root(own);
    for (int p = 0; p < parts; p++) {
        const vector phase = parts == 1
                                 ? with_sign(all(1.0), alpha[0])
                                 : choose(real, all(p == 0 ? 1.0 : 0.0), alpha[p] / choose(real, all(1.0), size));
        edge[p] = choose(idle, alpha[p], -(phase * norm));
        store(at(last, p), alpha[p] + phase * norm);
    }
    return choose(idle, all(0.0), all(1.0) / choose(idle, all(1.0), norm * (norm + size)));
}

/* y = sum_i A_ki v_i of row k of a Hermitian matrix, of which rows hold what is up to the diagonal; parts = 2: row i of A and v are
 * conjugate: v is a column. */
INLINE void times(const int parts, int n, int m, double *A, double *v, int k, vector y[2])
{
    y[0] = y[1] = all(0.0);
    for (int i = 0; i < m; i++) {
        const bool below = i <= k;
        double *a = at(A, (below ? k * n + i : i * n + k) * parts), *x = at(v, i * parts);
        if (parts == 1) {
            y[0] += load(a) * load(x);
            continue;
        }
        const vector re = load(a), im = below ? load(at(a, 1)) : -load(at(a, 1)), u = load(x), w = load(at(x, 1));
        y[0] += re * u - im * w;
        y[1] += re * w + im * u;
    }
}

/* A <- H A H on its first m rows and columns, H = 1 - tau v v^H; w (m): work space. */
INLINE void reflect_both(const int parts, int n, int m, vector tau, double *v, double *A, double *w)
{
    vector K = all(0.0);
    for (int k = 0; k < m; k++) {
        vector y[2];
        times(parts, n, m, A, v, k, y);
        for (int p = 0; p < parts; p++) {
            y[p] *= tau;
            K += load(at(v, k * parts + p)) * y[p]; /* the imaginary part of v^H A v is zero */
            store(at(w, k * parts + p), y[p]);
        }
    }
    K *= all(0.5) * tau;
    for (int i = 0; i < m * parts; i++)
        store(at(w, i), load(at(w, i)) - K * load(at(v, i)));
    for (int i = 0; i < m; i++)
        for (int j = 0; j <= i; j++) { /* A_ij -= v_i conj(w_j) + w_i conj(v_j) */
            double *a = at(A, (i * n + j) * parts), *vi = at(v, i * parts), *wi = at(w, i * parts),
                   *vj = at(v, j * parts), *wj = at(w, j * parts);
            vector re = load(vi) * load(wj) + load(wi) * load(vj);
            if (parts == 2) {
                re += load(at(vi, 1)) * load(at(wj, 1)) + load(at(wi, 1)) * load(at(vj, 1));
                const vector im = load(at(vi, 1)) * load(wj) - load(vi) * load(at(wj, 1)) + load(at(wi, 1)) * load(vj) -
                                  load(wi) * load(at(vj, 1));
                store(at(a, 1), i == j ? all(0.0) : load(at(a, 1)) - im);
            }
            store(a, load(a) - re);
        }
}

/* Columns 0..m-1 of Q: the first m elements q <- (1 - tau v v^H) q. */
INLINE void reflect_left(const int parts, int n, int m, vector tau, double *v, double *Q)
{
    for (int k = 0; k < m; k++) {
        double *q = at(Q, k * n * parts);
        vector re = all(0.0), im = all(0.0);
        for (int i = 0; i < m; i++) {
            double *x = at(v, i * parts), *y = at(q, i * parts);
            re += load(x) * load(y);
            if (parts == 2) {
                re += load(at(x, 1)) * load(at(y, 1));
                im += load(x) * load(at(y, 1)) - load(at(x, 1)) * load(y);
            }
        }
        re *= tau;
        im *= tau;
        for (int i = 0; i < m; i++) {
            double *x = at(v, i * parts), *y = at(q, i * parts);
            if (parts == 1) {
                store(y, load(y) - re * load(x));
                continue;
            }
            const vector a = load(x), b = load(at(x, 1));
            store(y, load(y) - (re * a - im * b));
            store(at(y, 1), load(at(y, 1)) - (re * b + im * a));
        }
    }
}

/* Column k of Q times the phase f <- f z/|z|, z the edge between k - 1 and k; returns |z|. */
INLINE vector take_phase(int n, int k, double *z, vector f[2], double *Q)
{
    const vector x = load(z), y = load(at(z, 1)), square = x * x + y * y, size = root(square);
    const mask none = square < all(nothing);
    const vector c = choose(none, all(1.0), x / choose(none, all(1.0), size)),
                 s = choose(none, all(0.0), y / choose(none, all(1.0), size)), re = f[0] * c - f[1] * s;
    f[1] = f[0] * s + f[1] * c;
    f[0] = re;
    for (int i = 0; i < n; i++) {
        double *q = at(Q, 2 * (k * n + i));
        const vector a = load(q), b = load(at(q, 1));
        store(q, a * f[0] - b * f[1]);
        store(at(q, 1), a * f[1] + b * f[0]);
    }
    return choose(none, all(0.0), size);
}

/* A (n, n), lower triangle by rows, -> d (n), e (n-1) and Q (n columns) with A = Q T Q^H. Rows of A become the vectors of the
 * reflections. work (5 n): tau (n), edges (n, 2), w (n, 2). */
INLINE void tridiagonal(const int parts, int n, double *A, double *d, double *e, double *Q, double *work)
{
    double *taus = work, *edges = at(work, n), *w = at(edges, 2 * n);
    for (int k = n - 1; k >= 1; k--) {
        double *row = at(A, k * n * parts);
        vector edge[2];
        if (parts == 2) /* the column above the diagonal */
            for (int i = 0; i < k; i++)
                store(at(row, 2 * i + 1), -load(at(row, 2 * i + 1)));
        const vector tau = reflection(parts, k, row, edge);
        store(at(taus, k), tau);
        store(at(edges, 2 * k), edge[0]);
        store(at(edges, 2 * k + 1), parts == 2 ? edge[1] : all(0.0));
        if (any(tau != all(0.0)))
            reflect_both(parts, n, k, tau, row, A, w);
    }
    for (int i = 0; i < n * n * parts; i++)
        store(at(Q, i), all(i % ((n + 1) * parts) == 0 ? 1.0 : 0.0));
    for (int k = 1; k < n; k++)
        if (any(load(at(taus, k)) != all(0.0)))
            reflect_left(parts, n, k, load(at(taus, k)), at(A, k * n * parts), Q);
    for (int k = 0; k < n; k++)
        store(at(d, k), load(at(A, (k * n + k) * parts)));
    vector f[2] = {all(1.0), all(0.0)};
    for (int k = 1; k < n; k++) /* T_{k-1,k} is the edge: T_{k,k-1} its conjugate */
        if (parts == 1) {
            store(at(e, k - 1), load(at(edges, 2 * k)));
        } else {
            store(at(edges, 2 * k + 1), -load(at(edges, 2 * k + 1)));
            store(at(e, k - 1), take_phase(n, k, at(edges, 2 * k), f, Q));
        }
}

/* ---- implicit QL ----------------------------------------------------------------------------- */

/* The columns i and i+1 of Q, of `size` numbers, turned. */
INLINE void turn_columns(int size, double *q, vector c, vector s)
{
    double *next = at(q, size);
    for (int r = 0; r < size; r++) {
        const vector x = load(at(q, r)), y = load(at(next, r));
        store(at(q, r), c * x - s * y);
        store(at(next, r), s * x + c * y);
    }
}

/* Where the block that begins at row l ends, as a number; elements that change no eigenvalue become zero. */
INLINE vector end_of_block(int n, int l, const double *d, double *e)
{
    vector end = all(n - 1.0);
    for (int i = n - 2; i >= l; i--) {
        const vector size = absolute(load(at((double *)d, i))) + absolute(load(at((double *)d, i + 1))),
                     x = absolute(load(at(e, i)));
        const mask small = (size + x == size) | (x < all(1e-140));
        store(at(e, i), choose(small, all(0.0), load(at(e, i))));
        end = choose(small, all((double)i), end);
    }
    return end;
}

/* Groups of lanes that go through the same steps together, `next` numbers apart: a step of one is a chain of operations that wait for each
 * other, and those of two fill each other's gaps. */
enum { GROUPS = 2 };

typedef struct chain { /* of one group through one step */
    mask busy;
    vector g, s, c, p;
} chain;

/* One rotation, of rows i and i+1: e and d change here, columns of Q by the cosine and sine returned, where `on`. */
INLINE void rotate_rows(int n, int i, vector end, double *d, double *e, chain *x, vector *cosine_on, vector *sine_on)
{
    const mask on = x->busy & (end > all((double)i));
    const vector ei = load(at(e, i)), di = load(at(d, i)), next = load(at(d, i + 1));
    const vector f = x->s * ei, b = x->c * ei, square = f * f + x->g * x->g;
    const mask none = square < all(nothing);
    const vector size_of = root(square), inverse = all(1.0) / choose(none, all(1.0), size_of);
    const vector sine = choose(none, all(0.0), f * inverse), cosine = choose(none, all(1.0), x->g * inverse);
    const vector middle = next - x->p, r = (di - middle) * sine + all(2.0) * cosine * b, change = sine * r;
    if (i + 1 < n - 1) /* the last of a block has no element beside it */
        store(at(e, i + 1),
              choose(on & (end > all((double)(i + 1))), choose(none, all(0.0), size_of), load(at(e, i + 1))));
    store(at(d, i + 1), choose(on, middle + change, next));
    x->s = choose(on, sine, x->s);
    x->c = choose(on, cosine, x->c);
    x->p = choose(on, change, x->p);
    x->g = choose(on, cosine * r - b, x->g);
    *cosine_on = choose(on, cosine, all(1.0));
    *sine_on = choose(on, sine, all(0.0));
}

/* Where the block of each lane ends, and the shift; returns the last row of all blocks. */
INLINE int begin_step(int n, int l, vector end, double *d, double *e, chain *x)
{
    x->busy = end > all((double)l);
    const vector dl = load(at(d, l)), el = choose(x->busy, load(at(e, l)), all(1.0));
    vector last = dl; /* d at the end of the block */
    int top = l;
    for (int i = l + 1; i < n; i++) {
        const mask here = end == all((double)i);
        last = choose(here, load(at(d, i)), last);
        if (any(here))
            top = i;
    }
    const vector half = (load(at(d, l + 1)) - dl) / (all(2.0) * el), length = root(half * half + all(1.0));
    x->g = last - dl + el / (half + with_sign(length, half));
    x->s = x->c = all(1.0);
    x->p = all(0.0);
    return top;
}

/* One step on the blocks from row l to row `end` of each lane; those of one row do nothing. */
INLINE void ql_step(const int groups, long next, int n, int l, const vector *end, int size, double *d, double *e,
                    double *Q)
{
    chain x[GROUPS];
    int top = l;
    for (int g = 0; g < groups; g++) {
        const int own = begin_step(n, l, end[g], d + g * next, e + g * next, &x[g]);
        top = own > top ? own : top;
    }
    for (int i = top - 1; i >= l; i--) {
        vector c[GROUPS], s[GROUPS];
        for (int g = 0; g < groups; g++)
            rotate_rows(n, i, end[g], d + g * next, e + g * next, &x[g], &c[g], &s[g]);
        for (int g = 0; g < groups; g++)
            turn_columns(size, at(Q, i * size) + g * next, c[g], s[g]);
    }
    for (int g = 0; g < groups; g++) {
        double *dl = at(d, l) + g * next, *el = at(e, l) + g * next;
        store(dl, choose(x[g].busy, load(dl) - x[g].p, load(dl)));
        store(el, choose(x[g].busy, x[g].g, load(el)));
    }
}

/* d, e -> eigenvalues in d; Q <- Q Z. failed: lanes of each group that did not converge. */
INLINE void ql(const int groups, long next, int n, int size, double *d, double *e, double *Q, mask *failed)
{
    for (int g = 0; g < groups; g++)
        failed[g] = (mask)all(0.0);
    for (int l = 0; l < n - 1; l++)
        for (int step = 0;; step++) {
            vector end[GROUPS];
            bool busy = false;
            for (int g = 0; g < groups; g++) {
                end[g] = end_of_block(n, l, d + g * next, e + g * next);
                busy = any(end[g] > all((double)l)) || busy;
            }
            if (!busy)
                break;
            if (step == QL_STEPS) {
                for (int g = 0; g < groups; g++)
                    failed[g] |= end[g] > all((double)l);
                break;
            }
            ql_step(groups, next, n, l, end, size, d, e, Q);
        }
}

#endif
