/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real eigenproblems side by side whose vectors are nearly known: those of a matrix A0 a short time before. What is left is small, and products
 * of matrices remove it: no chain of rotations that wait for each other.
 *
 * In the basis of the known vectors U0 the matrix is D + O = E0 + U0^T (A - A0) U0, D its diagonal. First U = U0 (1 + G + G1^2/2), G the
 * antisymmetric generator of the rotation that makes it diagonal (exp(-G) (D + O) exp(G)), in orders of O:
 *
 *   G1_ij = O_ij/(d_j - d_i),   G2_ij = P_ij/(2 (d_j - d_i)),   G3_ij = (P_ii - P_jj) G1_ij/(3 (d_j - d_i)) + ...,   P = O G1 - G1 O
 *
 * (of the third order the part that is there with two states, the only one of the cube of one element). This is a change of U0, and
 * needs no more than the digits of a float. Then, until it changes nothing, with all digits, the iteration of Ogita and Aishima (Japan J.
 * Indust. Appl. Math. 35, 1007 (2018), DOI 10.1007/s13160-018-0310-3, Algorithm 1), which converges quadratically and restores
 * orthogonality as well:
 *
 *   R = 1 - U^T U,   S = U^T A U,   l_i = S_ii/(1 - R_ii),   U <- U (1 + E),   E_ij = (S_ij + l_j R_ij)/(l_j - l_i),   E_ii = R_ii/2 */
#ifndef DIA_MATH_EIGEN_REFINE_H
#define DIA_MATH_EIGEN_REFINE_H

#include "math/lane_product.h"

enum { REFINEMENTS = 6 };
/* Norms: of G1 in a row below the diagonal, at most: the orders left out are then some 1e-4, which two iterations square to rounding; of
 * E in the last iteration, which leaves its square, rounding. */
static const double near_enough = 0.1, settled = 2e-8;

/* ---- the first change, in floats ------------------------------------------------------------- */

typedef struct generator {
    int n;
    float *A, *U, *W, *O, *G, *square, *inverse,
        *level; /* (n, n) all but level (n); inverse: of differences of levels */
} generator;

INLINE long place(int n, int i, int j)
{
    return (long)i * n + j;
}

/* A, and as floats A - A0, as square matrices without the means of their diagonals. Returns that of A. */
INLINE vector unpack(const generator *g, const double *A, const double *A0, double *whole)
{
    const int n = g->n;
    vector mean = all(0.0), change = all(0.0);
    for (int i = 0; i < n; i++) {
        mean += get(A, i * (i + 3) / 2);
        change += get(A, i * (i + 3) / 2) - get(A0, i * (i + 3) / 2);
    }
    mean *= all(1.0 / n);
    change *= all(1.0 / n);
    for (int i = 0, ij = 0; i < n; i++)
        for (int j = 0; j <= i; j++, ij++) {
            const vector a = get(A, ij), difference = a - get(A0, ij);
            const vector x = i == j ? a - mean : a;
            const narrow y = narrow_of(i == j ? difference - change : difference);
            put(whole, i * n + j, x);
            put(whole, j * n + i, x);
            put_narrow(g->A, place(n, i, j), y);
            put_narrow(g->A, place(n, j, i), y);
        }
    return mean;
}

/* O from the change and the vectors, lower triangle, and its diagonal. */
static void change_of_basis(const generator *g)
{
    const int n = g->n;
    const matrix_narrow A = matrix_of_narrow(g->A, n), U = matrix_of_narrow(g->U, n), W = matrix_of_narrow(g->W, n);
    multiply_narrow(n, n, n, false, A, U, W);
    multiply_narrow(n, n, n, true, transposed_narrow(U), W, matrix_of_narrow(g->O, n));
}

/* Levels and G1; O becomes square, its diagonal zero. Returns the lanes in which G1 is small (not where it is no number). */
static mask begin_generator(const generator *g, const double *E0, double *O, double *D)
{
    const int n = g->n;
    vector mean = all(0.0);
    for (int k = 0; k < n; k++)
        mean += get(E0, k);
    mean *= all(1.0 / n);
    mask near = ~(mask)all(0.0);
    for (int i = 0; i < n; i++) {
        const vector change = wide_of(get_narrow(g->O, place(n, i, i)));
        put(D, i, change);
        const narrow own = narrow_of(get(E0, i) - mean + change);
        put_narrow(g->level, i, own);
        put_narrow(g->O, place(n, i, i), (narrow){0});
        put_narrow(g->G, place(n, i, i), (narrow){0});
        narrow row = {0};
        for (int j = 0; j < i; j++) {
            const narrow o = get_narrow(g->O, place(n, i, j)), inverse = 1.0f / (get_narrow(g->level, j) - own),
                         x = o * inverse;
            put(O, (int)place(n, i, j), wide_of(o));
            put_narrow(g->O, place(n, j, i), o);
            put_narrow(g->inverse, place(n, i, j), inverse);
            put_narrow(g->G, place(n, i, j), x);
            put_narrow(g->G, place(n, j, i), -x);
            row += x * x;
        }
        near &= wide_of(row) <= all(near_enough * near_enough);
    }
    return near;
}

/* G1 -> G + G1^2/2 */
static void finish_generator(const generator *g)
{
    const int n = g->n;
    float *M = g->W; /* and -G1^2 */
    const matrix_narrow G = matrix_of_narrow(g->G, n);
    multiply_narrow(n, n, n, false, matrix_of_narrow(g->O, n), G, matrix_of_narrow(M, n));
    multiply_narrow(n, n, n, true, transposed_narrow(G), G, matrix_of_narrow(g->square, n));
    for (int i = 0; i < n; i++) {
        const narrow own = get_narrow(M, place(n, i, i));
        put_narrow(g->G, place(n, i, i), -0.5f * get_narrow(g->square, place(n, i, i)));
        for (int j = 0; j < i; j++) {
            const long ij = place(n, i, j), ji = place(n, j, i);
            const narrow g1 = get_narrow(g->G, ij), between = get_narrow(M, ij) + get_narrow(M, ji),
                         shift = own - get_narrow(M, place(n, j, j)), /* half of P_ii - P_jj */
                odd = g1 + (0.5f * between + (float)(2.0 / 3.0) * shift * g1) * get_narrow(g->inverse, ij),
                         even = 0.5f * get_narrow(g->square, ij);
            put_narrow(g->G, ij, odd - even);
            put_narrow(g->G, ji, -odd - even);
        }
    }
}

/* ---- all digits ------------------------------------------------------------------------------ */

typedef struct refinement {
    int n;
    double *A, *W, *S, *G, *level; /* (n, n) all but level (n) */
} refinement;

INLINE double *of(double *x, int n, int i, int j)
{
    return at(x, i * n + j);
}

/* S = U^T A U, lower triangle; a few columns of A U at a time, which stay in the nearest cache. */
static void into_basis(const refinement *r, const double *vectors)
{
    const int n = r->n;
    const matrix A = matrix_of(r->A, n), U = matrix_of(vectors, n), W = matrix_of(r->W, BROAD), S = matrix_of(r->S, n);
    for (int j = 0; j < n; j += BROAD) {
        const int columns = n - j < BROAD ? n - j : BROAD;
        multiply(n, columns, n, false, A, part_of(U, 0, j), W);
        multiply(n - j, columns, n, false, transposed(part_of(U, 0, j)), W, part_of(S, j, j));
    }
}

/* E -> G, and the levels; returns the lanes in which it is so small that it is the last. */
static mask correction(const refinement *r, const double *vectors)
{
    const int n = r->n;
    double *R = r->G; /* U^T U, lower triangle */
    vector size = all(0.0);
    const matrix U = matrix_of(vectors, n);
    multiply(n, n, n, true, transposed(U), U, matrix_of(R, n));
    for (int i = 0; i < n; i++) {
        const vector rest = all(1.0) - load(of(R, n, i, i)), own = load(of(r->S, n, i, i)),
                     level = own + own * (rest + rest * rest);
        put(r->level, i, level);
        store(of(r->G, n, i, i), all(0.5) * rest);
        size += rest * rest;
        for (int j = 0; j < i; j++) {
            const vector s = load(of(r->S, n, i, j)), rest_ij = -load(of(R, n, i, j)), other = get(r->level, j),
                         inverse = all(1.0) / (other - level), e = (s + other * rest_ij) * inverse,
                         f = (s + level * rest_ij) * -inverse;
            store(of(r->G, n, i, j), e);
            store(of(r->G, n, j, i), f);
            size += e * e + f * f;
        }
    }
    return size <= all(settled * settled);
}

static mask in_order(int n, const double *E)
{
    mask good = ~(mask)all(0.0);
    for (int k = 1; k < n; k++)
        good &= get(E, k - 1) <= get(E, k);
    return good;
}

/* In floats of WIDTH lanes: 6 n^2 + n rows, less than 3 n^2 + n of doubles. */
static generator generator_in(int n, double *memory)
{
    const long size = (long)n * n * WIDTH;
    generator g = {.n = n, .A = (float *)(void *)memory};
    g.square = g.A; /* in its time */
    g.U = g.A + size;
    g.W = g.U + size;
    g.O = g.W + size;
    g.G = g.O + size;
    g.inverse = g.G + size;
    g.level = g.inverse + size;
    return g;
}

/* -> E, ascending, and U (n, n), by rows as U0; returns the lanes in which that was done. work: 6 n^2 + 2 n rows, the first of which become
 * O (n, n) and D (n): U0^T (A - A0) U0, the mean of D being zero. */
static mask refine_vectors(int n, const double *A, const double *A0, const double *E0, const double *U0, double *E,
                           double *U, double *work)
{
    double *O = work, *D = at(O, n * n), *now = at(D, n), *next = U;
    refinement r = {.n = n, .A = at(now, n * n)};
    r.W = at(r.A, n * n);
    r.S = at(r.W, BROAD * n);
    r.G = at(r.S, n * n);
    r.level = at(r.G, n * n);
    const generator g = generator_in(n, r.W);
    for (int i = 0; i < n * n; i++)
        put_narrow(g.U, i, narrow_of(get(U0, i)));
    const vector mean = unpack(&g, A, A0, r.A);
    change_of_basis(&g);
    const mask near = begin_generator(&g, E0, O, D);
    finish_generator(&g);
    multiply_add_narrow(n, n, n, matrix_of_narrow(g.U, n), matrix_of_narrow(g.G, n),
                        &(addition){matrix_of(U0, n), matrix_of(now, n), near});
    mask busy = near;
    for (int k = 0; k < n; k++)
        put(E, k, all(0.0));
    for (int i = 0; i < REFINEMENTS && any(busy); i++) {
        into_basis(&r, now);
        const mask last = correction(&r, now);
        for (int k = 0; k < n; k++)
            put(E, k, choose(busy, get(r.level, k) + mean + all(0.0), get(E, k)));
        multiply_add(n, n, n, matrix_of(now, n), matrix_of(r.G, n),
                     &(addition){matrix_of(now, n), matrix_of(next, n), busy});
        double *swap = now;
        now = next;
        next = swap;
        busy &= ~last;
    }
    for (int i = 0; i < n * n && now != U; i++)
        put(U, i, get(now, i));
    return near & ~busy & in_order(n, E);
}

#endif
