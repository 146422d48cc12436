/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Part of panel_kernel.c: products of panels summed over geometries, of which gradients of weights are made.
 *
 * With one of the two panels transposed this is a product of matrices in which a vector holds columns of the result, so nothing has to be
 * summed within a vector. */
#ifndef DIA_MATH_PANEL_OUTER_H
#define DIA_MATH_PANEL_OUTER_H

#include "math/panel.h"
#include "math/panel_vector.h"

typedef double vector_anywhere __attribute__((vector_size(sizeof(vector)), aligned(8), may_alias));

INLINE vector load_anywhere(const double *p)
{
    return *(const vector_anywhere *)(const void *)p;
}

INLINE void store_anywhere(double *p, vector v)
{
    *(vector_anywhere *)(void *)p = v;
}

/* WIDTH rows of as many lanes. */
INLINE void transpose_square(const double *X, double *T, int ld)
{
    enum { W = WIDTH };
    vector x[W], y[W];
    for (int i = 0; i < W; i++)
        x[i] = load(X + i * LANES);
#if defined(__AVX512F__)
    for (int i = 0; i < W; i += 2) {
        y[i] = __builtin_shufflevector(x[i], x[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        y[i + 1] = __builtin_shufflevector(x[i], x[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    for (int i = 0; i < W; i++) {
        const int j = i & ~2;
        x[i] = i & 2 ? __builtin_shufflevector(y[j], y[j + 2], 2, 3, 10, 11, 6, 7, 14, 15)
                     : __builtin_shufflevector(y[j], y[j + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    }
    for (int i = 0; i < W; i++) {
        const int j = i & ~4;
        y[i] = i & 4 ? __builtin_shufflevector(x[j], x[j + 4], 4, 5, 6, 7, 12, 13, 14, 15)
                     : __builtin_shufflevector(x[j], x[j + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    }
#else
    for (int i = 0; i < W; i += 2) {
        y[i] = __builtin_shufflevector(x[i], x[i + 1], 0, 4, 2, 6);
        y[i + 1] = __builtin_shufflevector(x[i], x[i + 1], 1, 5, 3, 7);
    }
    for (int i = 0; i < W; i++)
        x[i] = i & 2 ? __builtin_shufflevector(y[i & 1], y[(i & 1) + 2], 2, 3, 6, 7)
                     : __builtin_shufflevector(y[i & 1], y[(i & 1) + 2], 0, 1, 4, 5);
    for (int i = 0; i < W; i++)
        y[i] = x[i];
#endif
    for (int i = 0; i < W; i++)
        store(T + i * ld, y[i]);
}

static void transpose(int nrow, const double *X, double *T)
{
    const int ld = dia_panel_columns(nrow);
    int row = 0;
    for (; row + WIDTH <= nrow; row += WIDTH)
        for (int lane = 0; lane < LANES; lane += WIDTH)
            transpose_square(X + row * LANES + lane, T + lane * ld + row, ld);
    for (; row < ld; row++)
        for (int lane = 0; lane < LANES; lane++)
            T[lane * ld + row] = row < nrow ? X[row * LANES + lane] : 0.0;
}

INLINE void add_all(vector s, double *to)
{
    store_anywhere(to, load_anywhere(to) + s);
}

/* to[0 .. n-1] += s, n <= WIDTH */
INLINE void add_some(int n, vector s, double *to)
{
#if defined(__AVX512F__)
    const __mmask8 some = (__mmask8)((1 << n) - 1);
    _mm512_mask_storeu_pd(to, some, _mm512_add_pd(_mm512_maskz_loadu_pd(some, to), (__m512d)s));
#else
    for (int k = 0; k < n; k++)
        to[k] += s[k];
#endif
}

/* Tiles of TILE_ROWS rows and TILE_VECTORS vectors of columns: as many sums as there are registers for. */
#if defined(__AVX512F__)
enum { TILE_ROWS = 6, TILE_VECTORS = 4 };
#elif defined(__AVX2__) || defined(__ARM_NEON)
enum { TILE_ROWS = 6, TILE_VECTORS = 2 };
#else
enum { TILE_ROWS = 3, TILE_VECTORS = 1 };
#endif

#define AT_MOST(n, most) ((n) < (most) ? (n) : (most)) /* of numbers that the compiler knows */

/* nrow rows (at most TILE_ROWS) of nvector vectors of columns, the last one perhaps not `full`: M += sum over pairs and lanes. M comes from
 * the second cache while the sums are made. */
INLINE void outer_tile(int nrow, int nvector, bool full, int row, int col, int ncol, int npair, const double *const *A,
                       const double *const *B, double *M)
{
    const int ld = dia_panel_columns(ncol);
    double *to = M + (size_t)row * (size_t)ncol + (size_t)col;
    vector s[TILE_ROWS][TILE_VECTORS];
    for (int i = 0; i < nrow; i++)
        for (int j = 0; j < nvector; j++) {
            s[i][j] = all(0.0);
            __builtin_prefetch(to + (size_t)i * (size_t)ncol + (size_t)(j * WIDTH), 1);
        }
    for (int p = 0; p < npair; p++) {
        const double *a = A[p] + row * LANES, *b = B[p] + col;
        for (int lane = 0; lane < LANES; lane++, b += ld) {
            vector v[TILE_VECTORS];
            for (int j = 0; j < nvector; j++)
                v[j] = load(b + j * WIDTH);
            for (int i = 0; i < nrow; i++) {
                const vector u = all(a[i * LANES + lane]);
                for (int j = 0; j < nvector; j++)
                    s[i][j] = fused(u, v[j], s[i][j]);
            }
        }
    }
    for (int i = 0; i < nrow; i++, to += ncol) {
        for (int j = 0; j < nvector - 1; j++)
            add_all(s[i][j], to + j * WIDTH);
        if (full)
            add_all(s[i][nvector - 1], to + (nvector - 1) * WIDTH);
        else
            add_some(ncol - col - (nvector - 1) * WIDTH, s[i][nvector - 1], to + (nvector - 1) * WIDTH);
    }
}

/* The columns from col, all rows; numbers of rows and vectors are known to the compiler. */
INLINE void outer_columns(int nvector, bool full, int nrow, int ncol, int npair, const double *const *A,
                          const double *const *B, int col, double *M)
{
    int row = 0;
    for (; row + TILE_ROWS <= nrow; row += TILE_ROWS)
        outer_tile(TILE_ROWS, nvector, full, row, col, ncol, npair, A, B, M);
    for (; row + 2 <= nrow; row += 2)
        outer_tile(2, nvector, full, row, col, ncol, npair, A, B, M);
    if (row < nrow)
        outer_tile(1, nvector, full, row, col, ncol, npair, A, B, M);
}

static void outer(int nrow, int ncol, int npair, const double *const *A, const double *const *B, double *M)
{
    int col = 0;
    for (; col + TILE_VECTORS * WIDTH <= ncol; col += TILE_VECTORS * WIDTH)
        outer_columns(TILE_VECTORS, true, nrow, ncol, npair, A, B, col, M);
    switch ((ncol - col + WIDTH - 1) / WIDTH) {
    case 4:
        outer_columns(AT_MOST(4, TILE_VECTORS), false, nrow, ncol, npair, A, B, col, M);
        break;
    case 3:
        outer_columns(AT_MOST(3, TILE_VECTORS), false, nrow, ncol, npair, A, B, col, M);
        break;
    case 2:
        outer_columns(AT_MOST(2, TILE_VECTORS), false, nrow, ncol, npair, A, B, col, M);
        break;
    case 1:
        outer_columns(1, false, nrow, ncol, npair, A, B, col, M);
        break;
    default:
        break;
    }
}

static void outer_each(int nrow, int ncol, int npair, const double *const *A, const double *const *B, int nlane,
                       size_t stride, double *M)
{
    const int ld = dia_panel_columns(ncol);
    for (int lane = 0; lane < nlane; lane++)
        for (int row = 0; row < nrow; row++) {
            double *to = M + (size_t)lane * stride + (size_t)row * (size_t)ncol;
            for (int col = 0; col < ncol; col += WIDTH) {
                vector s = all(0.0);
                for (int p = 0; p < npair; p++)
                    s = fused(all(A[p][row * LANES + lane]), load(B[p] + lane * ld + col), s);
                if (ncol - col >= WIDTH)
                    add_all(s, to + col);
                else
                    add_some(ncol - col, s, to + col);
            }
        }
}

#endif
