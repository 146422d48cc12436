/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/block.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diabolo/frame.h"
#include "math/vector.h"

enum { MOST = DIA_DEGENERATE_MAX };

int dia_block_count(int m, bool hermitian)
{
    return hermitian ? m * m - 1 : m * (m + 1) / 2 - 1;
}

/* First the diagonal ones, then the real and the imaginary ones of each pair of states. */
void dia_block_matrix(int m, int k, double complex *T)
{
    const int pairs = m * (m - 1) / 2;
    for (int i = 0; i < m * m; i++)
        T[i] = 0.0;
    if (k < m - 1) { /* (1, .., 1, -(k+1), 0, ..) / sqrt((k+1)(k+2)) */
        double norm = sqrt((k + 1.0) * (k + 2.0));
        for (int i = 0; i <= k; i++)
            T[i * m + i] = -1.0 / norm;
        T[(k + 1) * m + k + 1] = (k + 1) / norm;
        return;
    }
    const double complex factor = k - (m - 1) < pairs ? sqrt(0.5) : sqrt(0.5) * I;
    for (int i = 1, left = (k - (m - 1)) % pairs; i < m; left -= i, i++)
        if (left >= 0 && left < i) {
            T[i * m + left] = factor;
            T[left * m + i] = conj(factor);
        }
}

static void list_part(dia_block_view *b, int imaginary)
{
    for (int a = 0; a < b->count; a++)
        for (int c = 0; c <= a - imaginary; c++, b->nelement++) {
            b->element[b->nelement][0] = b->first + a;
            b->element[b->nelement][1] = b->first + c;
            b->element[b->nelement][2] = imaginary;
        }
    for (int a = 0; a < b->count; a++)
        for (int k = 0; k < b->nstate; k++)
            if (k < b->first || k >= b->first + b->count) {
                b->element[b->nelement][0] = b->first + a;
                b->element[b->nelement][1] = k;
                b->element[b->nelement++][2] = imaginary;
            }
}

dia_status dia_block_open(dia_block_view *block, dia_surface *surface, int first, int count, dia_error *error)
{
    size_t n = (size_t)surface->ncart, N = (size_t)surface->nstate, P = (size_t)surface->npacked;
    int ncondition = dia_block_count(count, surface->hermitian);
    *block = (dia_block_view){.surface = surface,
                              .first = first,
                              .count = count,
                              .ncondition = ncondition,
                              .ncart = surface->ncart,
                              .nstate = surface->nstate};
    block->element = calloc(P, sizeof *block->element);
    if (!DIA_PARTS({&block->gradient, n}, {&block->jacobian, (size_t)ncondition * n}, {&block->coupling, P * n},
                   {&block->E, N}, {&block->U, (surface->hermitian ? 2 : 1) * N * N}) ||
        block->element == NULL) {
        dia_block_close(block);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for gradients of %d states", count);
    }
    list_part(block, 0);
    if (surface->hermitian)
        list_part(block, 1);
    return DIA_OK;
}

void dia_block_close(dia_block_view *block)
{
    free(block->gradient);
    free(block->element);
    *block = (dia_block_view){0};
}

/* Component d of state k. */
static double complex component(const dia_block_view *b, const double *U, int d, int k)
{
    const double *u = U + (b->surface->hermitian ? 2 : 1) * (d * b->nstate + k);
    return b->surface->hermitian ? u[0] + u[1] * I : u[0];
}

/* v += Re(z^* <a|dH|c>), a and c of the block. */
static void add_inside(const dia_block_view *b, double complex z, int a, int c, double *v)
{
    const int m = b->count;
    dia_add(b->ncart, creal(z), b->coupling + dia_packed(a, c) * b->ncart, v);
    if (!b->surface->hermitian || a == c)
        return;
    const int high = a > c ? a : c, low = a > c ? c : a, first = m * (m + 1) / 2 + m * (b->nstate - m);
    dia_add(b->ncart, a > c ? cimag(z) : -cimag(z), b->coupling + (first + high * (high - 1) / 2 + low) * b->ncart, v);
}

/* c_k = <T_k, h> */
static void conditions(const dia_block_view *b, const double complex *h, double *c)
{
    const int m = b->count;
    double complex T[MOST * MOST];
    for (int k = 0; k < b->ncondition; k++) {
        dia_block_matrix(m, k, T);
        c[k] = 0.0;
        for (int i = 0; i < m * m; i++)
            c[k] += creal(conj(T[i]) * h[i]);
    }
}

/* Differences to the first energy are taken before anything is summed: a gap of 1e-10 on an energy of -78 keeps its
 * digits. */
static double mean_energy(int m, const double *E)
{
    double sum = 0.0;
    for (int a = 1; a < m; a++)
        sum += E[a] - E[0];
    return E[0] + sum / m;
}

bool dia_block_solve(dia_block_view *b, const double *R)
{
    const int m = b->count, n = b->ncart;
    const dia_frame frame = {.nstate = b->nstate, .hermitian = b->surface->hermitian};
    double complex h[MOST * MOST] = {0}, T[MOST * MOST];
    if (!dia_surface_solve(b->surface, R) ||
        !dia_surface_couplings(b->surface, b->nelement, (const int(*)[3])b->element, b->coupling))
        return false;
    memcpy(b->E, b->surface->E, (size_t)b->nstate * sizeof *b->E);
    memcpy(b->U, b->surface->U, dia_frame_matrix(&frame) * sizeof *b->U);
    const double *E = b->E + b->first;
    b->mean = mean_energy(m, E);
    b->gap = E[m - 1] - E[0];
    for (int a = 0; a < m; a++)
        h[a * m + a] = E[a] - E[0];
    conditions(b, h, b->condition);
    memset(b->gradient, 0, (size_t)n * sizeof *b->gradient);
    for (int a = 0; a < m; a++)
        add_inside(b, 1.0 / m, a, a, b->gradient);
    memset(b->jacobian, 0, (size_t)(b->ncondition * n) * sizeof *b->jacobian);
    for (int k = 0; k < b->ncondition; k++) {
        dia_block_matrix(m, k, T);
        for (int i = 0; i < m * m; i++)
            add_inside(b, T[i], i / m, i % m, b->jacobian + k * n);
    }
    return true;
}

/* Q (m, m): unitary polar factor of O (m, m), O (O^H O)^(-1/2). False if O is singular: a vector of either space is orthogonal to
 * the other space. */
static bool polar(const dia_block_view *b, const double complex *O, double complex *Q)
{
    const int m = b->count;
    const bool hermitian = b->surface->hermitian;
    double packed[MOST * MOST], e[MOST], u[2 * MOST * MOST];
    double complex root[MOST * MOST];
    dia_frame square = {.batch = 1, .nstate = m, .H = packed, .E = e, .U = u, .hermitian = hermitian};
    for (int i = 0; i < m; i++)
        for (int j = 0; j <= i; j++) {
            double complex sum = 0.0;
            for (int l = 0; l < m; l++)
                sum += conj(O[l * m + i]) * O[l * m + j];
            packed[dia_packed(i, j)] = creal(sum);
            if (hermitian && i > j)
                packed[dia_packed_imaginary(m, i, j)] = cimag(sum);
        }
    if (dia_frame_solve(&square, b->surface->work) != DIA_OK || !(e[0] > 1e-12))
        return false;
    for (int i = 0; i < m * m; i++) {
        root[i] = 0.0;
        for (int l = 0; l < m; l++) {
            const double *x = u + (hermitian ? 2 : 1) * (i / m * m + l), *y = u + (hermitian ? 2 : 1) * (i % m * m + l);
            root[i] += (hermitian ? (x[0] + x[1] * I) * (y[0] - y[1] * I) : x[0] * y[0]) / sqrt(e[l]);
        }
    }
    for (int i = 0; i < m * m; i++) {
        Q[i] = 0.0;
        for (int l = 0; l < m; l++)
            Q[i] += O[i / m * m + l] * root[l * m + i % m];
    }
    return true;
}

bool dia_block_conditions(const dia_block_view *b, const double *R, double *condition, double *mean, double *gap)
{
    const int m = b->count, N = b->nstate;
    double complex O[MOST * MOST], Q[MOST * MOST], h[MOST * MOST];
    if (!dia_surface_solve(b->surface, R))
        return false;
    const double *E = b->surface->E + b->first, *U = b->surface->U;
    for (int i = 0; i < m * m; i++) {
        O[i] = 0.0;
        for (int d = 0; d < N; d++)
            O[i] += conj(component(b, U, d, b->first + i / m)) * component(b, b->U, d, b->first + i % m);
    }
    *mean = mean_energy(m, E);
    *gap = E[m - 1] - E[0];
    /* Between the geometries a state of the block has crossed one outside to which it is not coupled, as one of another spin: then
     * no basis is the closest, and that of the states is as good as any. */
    if (!polar(b, O, Q))
        for (int i = 0; i < m * m; i++)
            Q[i] = i / m == i % m ? 1.0 : 0.0;
    for (int i = 0; i < m * m; i++) {
        h[i] = 0.0;
        for (int a = 0; a < m; a++)
            h[i] += conj(Q[a * m + i / m]) * (E[a] - E[0]) * Q[a * m + i % m];
    }
    conditions(b, h, condition);
    return true;
}

/* hessian += factor Re(z x y^H), symmetric; x and y are vectors of <a|dH|k> and <c|dH|k>, the imaginary parts NULL of a real H. */
static void add_product(int n, double complex z, const double *x, const double *xi, const double *y, const double *yi,
                        double *hessian)
{
    for (int p = 0; p < n; p++)
        for (int q = 0; q < n; q++) {
            double re = x[p] * y[q] + y[p] * x[q];
            if (xi != NULL) {
                re += xi[p] * yi[q] + yi[p] * xi[q];
                re = creal(z) * re - cimag(z) * (xi[p] * y[q] - x[p] * yi[q] + xi[q] * y[p] - x[q] * yi[p]);
                hessian[p * n + q] += 0.5 * re;
            } else {
                hessian[p * n + q] += 0.5 * creal(z) * re;
            }
        }
}

/* hessian += Re sum_ac L_ac^* sum_k <a|dH|k><k|dH|c> [1/(E_a - E_k) + 1/(E_c - E_k)] */
static void add_outside(const dia_block_view *b, const double complex *L, double *hessian)
{
    const int m = b->count, n = b->ncart, outside = b->nstate - m;
    const double *coupling = b->coupling + m * (m + 1) / 2 * n; /* (m, outside, n) */
    const double *imaginary =
        b->surface->hermitian ? coupling + (m * outside + m * (m - 1) / 2) * n : NULL; /* the same */
    for (int i = 0; i < m * m; i++)
        for (int k = 0; k < outside; k++) {
            int a = i / m, c = i % m, other = k < b->first ? k : k + m;
            double da = b->E[b->first + a] - b->E[other], dc = b->E[b->first + c] - b->E[other];
            /* 1/d, but finite where a state outside meets the block: no Hessian exists there */
            double complex factor = conj(L[i]) * (da / (da * da + 1e-16) + dc / (dc * dc + 1e-16));
            const int x = (a * outside + k) * n, y = (c * outside + k) * n;
            add_product(n, factor, coupling + x, imaginary != NULL ? imaginary + x : NULL, coupling + y,
                        imaginary != NULL ? imaginary + y : NULL, hessian);
        }
}

bool dia_block_hessian(const dia_block_view *b, const double *R, const double *multiplier, double *hessian)
{
    const int m = b->count, N = b->nstate;
    double complex L[MOST * MOST] = {0}, T[MOST * MOST];
    for (int a = 0; a < m; a++)
        L[a * m + a] = 1.0 / m;
    for (int k = 0; k < b->ncondition; k++) {
        dia_block_matrix(m, k, T);
        for (int i = 0; i < m * m; i++)
            L[i] += multiplier[k] * T[i];
    }
    double *W = b->surface->W; /* sum_ac L_ac u_a u_c^H */
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++) {
            double complex sum = 0.0;
            for (int l = 0; l < m * m; l++)
                sum += L[l] * component(b, b->U, i, b->first + l / m) * conj(component(b, b->U, j, b->first + l % m));
            W[dia_packed(i, j)] = creal(sum);
            if (b->surface->hermitian && i > j)
                W[dia_packed_imaginary(N, i, j)] = cimag(sum);
        }
    if (!dia_surface_curvature(b->surface, R, W, hessian))
        return false;
    add_outside(b, L, hessian);
    return true;
}
