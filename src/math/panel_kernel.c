/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled once for each instruction set, which DIA_PANEL_ISA names, and for each precision: with DIA_SINGLE for panels of floats. */
#include "math/panel.h"

#include <stdbool.h>
#include <string.h>

#if defined(DIA_SINGLE)
#include "math/panel_vector_single.h"
#else
#include "math/panel_vector.h"
#endif
#include "math/real.h"

#define L DIA_REAL_LANES
#define ROWS DIA_PANEL_ROWS

/* s(z), d = s'(z) */
INLINE vector activated(dia_activation activation, vector z, real *d)
{
    const vector one = all(1);
    if (activation == DIA_ACTIVATION_TANH) {
        const vector t = tanh_of(z);
        store(d, fused(-t, t, one));
        return t;
    } /* z sigma(z) */
    const vector x = bounded_of(z), sigma = sigmoid_of(x);
    store(d, sigma * fused(x, one - sigma, one));
    return x * sigma;
}

INLINE void activate_one(dia_activation activation, vector z, real *a, real *d)
{
    const vector s = activated(activation, z, d);
    store(a, s);
}

static void activate(dia_activation activation, int n, const real *z, real *a, real *d)
{
    if (activation == DIA_ACTIVATION_TANH)
        for (int i = 0; i < n; i += WIDTH)
            activate_one(DIA_ACTIVATION_TANH, load(z + i), a + i, d + i);
    else
        for (int i = 0; i < n; i += WIDTH)
            activate_one(DIA_ACTIVATION_SILU, load(z + i), a + i, d + i);
}

#if defined(__AVX512F__)
enum {
    BLOCK = 2
}; /* panels of rows at a time: more sums under way than the latency of a multiplication and addition */
#else
enum { BLOCK = 1 }; /* six rows of two or more registers: as many as there are */
#endif

/* What is done with rows of W X at the end, and with what: panels of these rows. */
enum { TIMES = 1, KEEP = 2, BEND = 4 };
typedef struct ends {
    const real *d;       /* TIMES: they are multiplied by d                              */
    real *plain;         /* KEEP: and stored here as they were before                    */
    const real *e, *bar; /* BEND: e bar times what they were before, added to curvature  */
    real *curvature;
} ends;

/* The ends of rows that begin `rows` rows further on. */
INLINE ends ends_at(int what, ends x, int rows)
{
    const size_t at = (size_t)rows * L;
    return (ends){.d = what & TIMES ? x.d + at : NULL,
                  .plain = what & KEEP ? x.plain + at : NULL,
                  .e = what & BEND ? x.e + at : NULL,
                  .bar = what & BEND ? x.bar + at : NULL,
                  .curvature = what & BEND ? x.curvature + at : NULL};
}

INLINE void finish(int what, ends to, int at, vector s, real *Y)
{
    if (what & KEEP)
        store(to.plain + at, s);
    if (what & BEND)
        store(to.curvature + at, fused(load(to.e + at) * load(to.bar + at), s, load(to.curvature + at)));
    store(Y + at, what & TIMES ? load(to.d + at) * s : s);
}

/* npanel panels of rows of Y = bias + W X. Sums stay in registers, each weight is read once. Returns where the next rows begin. */
INLINE const real *affine_rows(int what, int npanel, int ncol, const real *packed, const real *bias, const real *X,
                               ends to, real *Y)
{
    enum { PARTS = L / WIDTH };
    vector s[BLOCK * ROWS][PARTS];
    const size_t next = (size_t)ncol * ROWS;
    for (int r = 0; r < npanel * ROWS; r++)
        for (int i = 0; i < PARTS; i++)
            s[r][i] = all(bias != NULL ? bias[r] : 0);
    for (int k = 0; k < ncol; k++, packed += ROWS, X += L) {
        vector x[PARTS];
        for (int i = 0; i < PARTS; i++)
            x[i] = load(X + i * WIDTH);
        for (int r = 0; r < npanel * ROWS; r++) {
            const vector w = all(packed[(size_t)(r / ROWS) * next + (size_t)(r % ROWS)]);
            for (int i = 0; i < PARTS; i++)
                s[r][i] = fused(w, x[i], s[r][i]);
        }
    }
    for (int r = 0; r < npanel * ROWS; r++)
        for (int i = 0; i < PARTS; i++)
            finish(what, to, r * L + i * WIDTH, s[r][i], Y);
    return packed + (size_t)(npanel - 1) * next;
}

/* All rows. */
INLINE void affine_to(int what, int nrow, int ncol, const real *packed, const real *bias, const real *X, ends to,
                      real *Y)
{
    for (int first = 0; first < nrow;) {
        const real *b = bias != NULL ? bias + first : NULL;
        real *y = Y + (size_t)first * L;
        if (first + ROWS < nrow) {
            packed = affine_rows(what, BLOCK, ncol, packed, b, X, ends_at(what, to, first), y);
            first += BLOCK * ROWS;
        } else {
            packed = affine_rows(what, 1, ncol, packed, b, X, ends_at(what, to, first), y);
            first += ROWS;
        }
    }
}

static void affine(int nrow, int ncol, const real *packed, const real *bias, const real *X, real *Y)
{
    affine_to(0, nrow, ncol, packed, bias, X, (ends){0}, Y);
}

static void chain(int nrow, int ncol, const real *packed, const real *X, const real *D, real *Y)
{
    affine_to(TIMES, nrow, ncol, packed, NULL, X, (ends){.d = D}, Y);
}

INLINE void layer_of(dia_activation activation, int nrow, int ncol, const real *packed, const real *bias, const real *X,
                     real *a, real *d)
{
    for (int first = 0; first < nrow;) {
        const bool many = first + ROWS < nrow;
        const int rows = many ? BLOCK * ROWS : ROWS;
        packed = many ? affine_rows(0, BLOCK, ncol, packed, bias + first, X, (ends){0}, a)
                      : affine_rows(0, 1, ncol, packed, bias + first, X, (ends){0}, a);
        for (int i = 0; i < rows * L; i += WIDTH)
            activate_one(activation, load(a + i), a + i, d + i);
        first += rows;
        a += rows * L;
        d += rows * L;
    }
}

static void layer(dia_activation activation, int nrow, int ncol, const real *packed, const real *bias, const real *X,
                  real *a, real *d)
{
    if (activation == DIA_ACTIVATION_TANH)
        layer_of(DIA_ACTIVATION_TANH, nrow, ncol, packed, bias, X, a, d);
    else
        layer_of(DIA_ACTIVATION_SILU, nrow, ncol, packed, bias, X, a, d);
}

#if !defined(DIA_SINGLE)
static void curvature(dia_activation activation, int n, const double *z, const double *a, const double *d, double *e)
{
    const vector one = all(1.0), two = all(2.0);
    for (int i = 0; i < n; i += WIDTH) {
        if (activation == DIA_ACTIVATION_TANH) {
            store(e + i, -two * load(a + i) * load(d + i));
        } else {
            const vector x = bounded_of(load(z + i)), sigma = sigmoid_of(x);
            store(e + i, sigma * (one - sigma) * fused(x, fused(-two, sigma, one), two));
        }
    }
}
#endif

static void multiply(int n, const real *d, const real *from, real *to)
{
    for (int i = 0; i < n; i += WIDTH)
        store(to + i, load(d + i) * load(from + i));
}

/* Products and sums are not fused, as where an average is taken of numbers that are stored. */
INLINE void pool_of(dia_activation activation, int n, int count, const real *factor, size_t apart, const real *z,
                    size_t d_apart, real *d, real *sum)
{
    for (int i = 0; i < n; i += WIDTH) {
        vector s = load(sum + i);
        for (int g = 0; g < count; g++)
            s += all(factor[g]) * activated(activation, load(z + (size_t)g * apart + i), d + (size_t)g * d_apart + i);
        store(sum + i, s);
    }
}

static void pool(dia_activation activation, int n, int count, const real *factor, size_t apart, const real *z,
                 size_t d_apart, real *d, real *sum)
{
    if (activation == DIA_ACTIVATION_TANH)
        pool_of(DIA_ACTIVATION_TANH, n, count, factor, apart, z, d_apart, d, sum);
    else
        pool_of(DIA_ACTIVATION_SILU, n, count, factor, apart, z, d_apart, d, sum);
}

static void unpool(int n, real factor, const real *d, const real *from, real *to)
{
    for (int i = 0; i < n; i += WIDTH)
        store(to + i, load(d + i) * (all(factor) * load(from + i)));
}

#if !defined(DIA_SINGLE)

static void chain_both(int nrow, int ncol, const double *packed, const double *X, const double *d, double *bar,
                       double *zbar)
{
    affine_to(TIMES | KEEP, nrow, ncol, packed, NULL, X, (ends){.d = d, .plain = bar}, zbar);
}

static void bend(int nrow, int ncol, const double *packed, const double *X, const double *d, const double *e,
                 const double *bar, double *rate, double *curvature)
{
    affine_to(TIMES | BEND, nrow, ncol, packed, NULL, X, (ends){.d = d, .e = e, .bar = bar, .curvature = curvature},
              rate);
}

static void straighten(int n, const double *d, const double *curvature, double *bar)
{
    for (int i = 0; i < n; i += WIDTH)
        store(bar + i, fused(load(d + i), load(bar + i), load(curvature + i)));
}

#include "math/panel_outer.h"

#define NAME_(isa) dia_panel_kernel_##isa
#define NAME(isa) NAME_(isa)
#define TEXT_(isa) #isa
#define TEXT(isa) TEXT_(isa)
const dia_panel_kernel NAME(DIA_PANEL_ISA) = {.isa = TEXT(DIA_PANEL_ISA),
                                              .fused = FUSED,
                                              .affine = affine,
                                              .chain = chain,
                                              .layer = layer,
                                              .activate = activate,
                                              .curvature = curvature,
                                              .multiply = multiply,
                                              .pool = pool,
                                              .unpool = unpool,
                                              .chain_both = chain_both,
                                              .bend = bend,
                                              .straighten = straighten,
                                              .transpose = transpose,
                                              .outer = outer,
                                              .outer_each = outer_each};

#else

#define NAME_(isa) dia_panel_single_##isa
#define NAME(isa) NAME_(isa)
const dia_panel_single NAME(DIA_PANEL_ISA) = {affine, chain, layer, activate, multiply, pool, unpool};

#endif
