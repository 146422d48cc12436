/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled once for each instruction set, which DIA_PANEL_ISA names. */
#include "math/panel.h"

#include <stdbool.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <sleef.h>

#include "math/lanes.h"

#define L DIA_PANEL_LANES
#define ROWS DIA_PANEL_ROWS

#if defined(__AVX512F__)
typedef dia_v8 vector;
#define all dia_v8_all
#else
typedef dia_v4 vector;
#define all dia_v4_all
#endif
enum { WIDTH = sizeof(vector) / sizeof(double) };

static vector load(const double *p)
{
    return *(const vector *)(const void *)p;
}

static void store(double *p, vector v)
{
    *(vector *)(void *)p = v;
}

#if defined(__AVX512F__)
/* Eight lanes in one register: two panels of rows at a time, so that there are more sums under way than the latency of
 * a multiplication and addition. Each sum is the same as below. */
static inline __attribute__((always_inline)) const double *affine_rows(int npanel, int ncol, const double *packed,
                                                                       const double *bias, const double *X, double *Y)
{
    vector s[2 * ROWS];
    const size_t next = (size_t)ncol * ROWS;
    for (int r = 0; r < npanel * ROWS; r++)
        s[r] = all(bias != NULL ? bias[r] : 0.0);
    for (int k = 0; k < ncol; k++, packed += ROWS) {
        const vector x = load(X + (size_t)k * L);
        for (int r = 0; r < npanel * ROWS; r++)
            s[r] += all(packed[(size_t)(r / ROWS) * next + (size_t)(r % ROWS)]) * x;
    }
    for (int r = 0; r < npanel * ROWS; r++)
        store(Y + (size_t)r * L, s[r]);
    return packed + (size_t)(npanel - 1) * next;
}

static void affine(int nrow, int ncol, const double *packed, const double *bias, const double *X, double *Y)
{
    for (int first = 0; first < nrow;) {
        const double *b = bias != NULL ? bias + first : NULL;
        const bool two = first + ROWS < nrow;
        packed = two ? affine_rows(2, ncol, packed, b, X, Y + (size_t)first * L)
                     : affine_rows(1, ncol, packed, b, X, Y + (size_t)first * L);
        first += (two ? 2 : 1) * ROWS;
    }
}
#else
/* Six rows by eight lanes: twelve accumulators stay in registers, each weight is read once. */
static void affine(int nrow, int ncol, const double *packed, const double *bias, const double *X, double *Y)
{
    for (int first = 0; first < nrow; first += ROWS) {
        dia_v4 s0[ROWS], s1[ROWS];
        for (int r = 0; r < ROWS; r++)
            s0[r] = s1[r] = dia_v4_all(bias != NULL ? bias[first + r] : 0.0);
        for (int k = 0; k < ncol; k++, packed += ROWS) {
            const dia_v4 x0 = load(X + (size_t)k * L), x1 = load(X + (size_t)k * L + 4);
            for (int r = 0; r < ROWS; r++) {
                const dia_v4 w = dia_v4_all(packed[r]);
                s0[r] += w * x0;
                s1[r] += w * x1;
            }
        }
        for (int r = 0; r < ROWS; r++) {
            store(Y + (size_t)(first + r) * L, s0[r]);
            store(Y + (size_t)(first + r) * L + 4, s1[r]);
        }
    }
}
#endif

/* tanh of a vector, error below 3.5 units in the last place (SLEEF). */
static vector tanh_of(vector x)
{
#if defined(__AVX512F__)
    return (vector)Sleef_tanhd8_u35avx512f((__m512d)x);
#elif defined(__AVX2__)
    return (vector)Sleef_tanhd4_u35avx2((__m256d)x);
#elif defined(__SSE2__)
    __m128d half[2];
    memcpy(half, &x, sizeof x);
    half[0] = Sleef_tanhd2_u35sse2(half[0]);
    half[1] = Sleef_tanhd2_u35sse2(half[1]);
    memcpy(&x, half, sizeof x);
    return x;
#else
    for (int i = 0; i < 4; i++)
        x[i] = Sleef_tanhd1_u35purec(x[i]);
    return x;
#endif
}

/* 1/(1 + exp(-x)). exp overflows to infinity below x = -709, which gives the right 0. */
static vector sigmoid_of(vector x)
{
    const vector one = all(1.0);
#if defined(__AVX512F__)
    return one / (one + (vector)Sleef_expd8_u10avx512f((__m512d)-x));
#elif defined(__AVX2__)
    return one / (one + (vector)Sleef_expd4_u10avx2((__m256d)-x));
#elif defined(__SSE2__)
    __m128d half[2];
    x = -x;
    memcpy(half, &x, sizeof x);
    half[0] = Sleef_expd2_u10sse2(half[0]);
    half[1] = Sleef_expd2_u10sse2(half[1]);
    memcpy(&x, half, sizeof x);
    return one / (one + x);
#else
    for (int i = 0; i < 4; i++)
        x[i] = Sleef_expd1_u10purec(-x[i]);
    return one / (one + x);
#endif
}

static void activate(dia_activation activation, int n, const double *z, double *a, double *d)
{
    const vector one = all(1.0);
    for (int i = 0; i < n; i += WIDTH) {
        const vector x = load(z + i);
        if (activation == DIA_ACTIVATION_TANH) {
            const vector t = tanh_of(x);
            store(a + i, t);
            store(d + i, one - t * t);
        } else { /* z sigma(z) */
            const vector sigma = sigmoid_of(x);
            store(a + i, x * sigma);
            store(d + i, sigma * (one + x * (one - sigma)));
        }
    }
}

static void curvature(dia_activation activation, int n, const double *z, const double *a, const double *d, double *e)
{
    const vector one = all(1.0), two = all(2.0);
    for (int i = 0; i < n; i += WIDTH) {
        if (activation == DIA_ACTIVATION_TANH) {
            store(e + i, -two * load(a + i) * load(d + i));
        } else {
            const vector x = load(z + i), sigma = sigmoid_of(x);
            store(e + i, sigma * (one - sigma) * (two + x * (one - two * sigma)));
        }
    }
}

static void multiply(int n, const double *d, const double *from, double *to)
{
    for (int i = 0; i < n; i += WIDTH)
        store(to + i, load(d + i) * load(from + i));
}

static void bend(int n, const double *d, const double *e, const double *rate, double *bar, double *curvature)
{
    for (int i = 0; i < n; i += WIDTH) {
        const vector b = load(bar + i);
        store(curvature + i, load(curvature + i) + load(e + i) * b * load(rate + i));
        store(bar + i, load(d + i) * b);
    }
}

/* Tiles of TM x TN products, as many as there are registers for; both fit into the padding of DIA_PANEL_ROWS. */
#if defined(__AVX512F__)
#define TM 6
#define TN 3
static void outer_tile(int m, int n, int npair, const double *const *A, const double *const *B, int row, int col,
                       int ncol, double *M)
{
    vector s[TM][TN];
    memset(s, 0, sizeof s);
    for (int p = 0; p < npair; p++) {
        const double *a = A[p] + (size_t)row * L, *b = B[p] + (size_t)col * L;
        vector v[TN];
        for (int j = 0; j < TN; j++)
            v[j] = load(b + j * L);
        for (int i = 0; i < TM; i++) {
            const vector u = load(a + i * L);
            for (int j = 0; j < TN; j++)
                s[i][j] += u * v[j];
        }
    }
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) {
            const vector t = s[i][j];
            M[(size_t)(row + i) * (size_t)ncol + (size_t)(col + j)] +=
                ((t[0] + t[4]) + (t[1] + t[5])) + ((t[2] + t[6]) + (t[3] + t[7]));
        }
}
#else
#define TM 3
#define TN 3
static void outer_tile(int m, int n, int npair, const double *const *A, const double *const *B, int row, int col,
                       int ncol, double *M)
{
    dia_v4 s[TM][TN];
    memset(s, 0, sizeof s);
    for (int p = 0; p < npair; p++) {
        const double *a = A[p] + (size_t)row * L, *b = B[p] + (size_t)col * L;
        for (int half = 0; half < L; half += 4) {
            dia_v4 u[TM], v[TN];
            for (int i = 0; i < TM; i++)
                u[i] = load(a + i * L + half);
            for (int j = 0; j < TN; j++)
                v[j] = load(b + j * L + half);
            for (int i = 0; i < TM; i++)
                for (int j = 0; j < TN; j++)
                    s[i][j] += u[i] * v[j];
        }
    }
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++)
            M[(size_t)(row + i) * (size_t)ncol + (size_t)(col + j)] +=
                (s[i][j][0] + s[i][j][1]) + (s[i][j][2] + s[i][j][3]);
}
#endif

static void outer(int nrow, int ncol, int npair, const double *const *A, const double *const *B, double *M)
{
    for (int row = 0; row < nrow; row += TM)
        for (int col = 0; col < ncol; col += TN)
            outer_tile(nrow - row < TM ? nrow - row : TM, ncol - col < TN ? ncol - col : TN, npair, A, B, row, col,
                       ncol, M);
}

static void outer_each(int nrow, int ncol, int npair, const double *const *A, const double *const *B, int nlane,
                       size_t stride, double *M)
{
    for (int row = 0; row < nrow; row++)
        for (int col = 0; col < ncol; col++) {
            vector s[L / WIDTH];
            memset(s, 0, sizeof s);
            for (int p = 0; p < npair; p++)
                for (int i = 0; i < L; i += WIDTH)
                    s[i / WIDTH] += load(A[p] + (size_t)row * L + i) * load(B[p] + (size_t)col * L + i);
            for (int l = 0; l < nlane; l++)
                M[(size_t)l * stride + (size_t)row * (size_t)ncol + (size_t)col] += s[l / WIDTH][l % WIDTH];
        }
}

#define NAME_(isa) dia_panel_kernel_##isa
#define NAME(isa) NAME_(isa)
#define TEXT_(isa) #isa
#define TEXT(isa) TEXT_(isa)
const dia_panel_kernel NAME(DIA_PANEL_ISA) = {TEXT(DIA_PANEL_ISA), affine, activate, curvature, multiply, bend, outer,
                                              outer_each};
