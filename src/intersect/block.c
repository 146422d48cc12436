/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/block.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/vector.h"
#include "math/eigen.h"

enum { MOST = DIA_DEGENERATE_MAX };

void dia_block_matrix(int m, int k, double *T)
{
    memset(T, 0, (size_t)(m * m) * sizeof *T);
    if (k < m - 1) { /* (1, .., 1, -(k+1), 0, ..) / sqrt((k+1)(k+2)) */
        double norm = sqrt((k + 1.0) * (k + 2.0));
        for (int i = 0; i <= k; i++)
            T[i * m + i] = -1.0 / norm;
        T[(k + 1) * m + k + 1] = (k + 1) / norm;
        return;
    }
    for (int i = 1, left = k - (m - 1); i < m; left -= i, i++)
        if (left >= 0 && left < i)
            T[i * m + left] = T[left * m + i] = sqrt(0.5);
}

static void list_pairs(dia_block_view *b)
{
    for (int a = 0; a < b->count; a++)
        for (int c = 0; c <= a; c++, b->npair++) {
            b->pair[b->npair][0] = b->first + a;
            b->pair[b->npair][1] = b->first + c;
        }
    for (int a = 0; a < b->count; a++)
        for (int k = 0; k < b->nstate; k++)
            if (k < b->first || k >= b->first + b->count) {
                b->pair[b->npair][0] = b->first + a;
                b->pair[b->npair++][1] = k;
            }
}

dia_status dia_block_open(dia_block_view *block, dia_surface *surface, int first, int count, dia_error *error)
{
    size_t n = (size_t)surface->ncart, N = (size_t)surface->nstate, P = (size_t)surface->npacked;
    int ncondition = count * (count + 1) / 2 - 1;
    *block = (dia_block_view){.surface = surface,
                              .first = first,
                              .count = count,
                              .ncondition = ncondition,
                              .ncart = surface->ncart,
                              .nstate = surface->nstate};
    block->pair = calloc(P, sizeof *block->pair);
    if (!DIA_PARTS({&block->gradient, n}, {&block->jacobian, (size_t)ncondition * n}, {&block->coupling, P * n},
                   {&block->E, N}, {&block->U, N * N}) ||
        block->pair == NULL) {
        dia_block_close(block);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for gradients of %d states", count);
    }
    list_pairs(block);
    return DIA_OK;
}

void dia_block_close(dia_block_view *block)
{
    free(block->gradient);
    free(block->pair);
    *block = (dia_block_view){0};
}

/* c_k = <T_k, h> */
static void conditions(int m, const double *h, double *c)
{
    double T[MOST * MOST];
    for (int k = 0; k < m * (m + 1) / 2 - 1; k++) {
        dia_block_matrix(m, k, T);
        c[k] = dia_dot(m * m, T, h);
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
    double h[MOST * MOST] = {0}, T[MOST * MOST];
    if (!dia_surface_solve(b->surface, R) ||
        !dia_surface_couplings(b->surface, b->npair, (const int(*)[2])b->pair, b->coupling))
        return false;
    memcpy(b->E, b->surface->E, (size_t)b->nstate * sizeof *b->E);
    memcpy(b->U, b->surface->U, (size_t)(b->nstate * b->nstate) * sizeof *b->U);
    const double *E = b->E + b->first;
    b->mean = mean_energy(m, E);
    b->gap = E[m - 1] - E[0];
    for (int a = 0; a < m; a++)
        h[a * m + a] = E[a] - E[0];
    conditions(m, h, b->condition);
    memset(b->gradient, 0, (size_t)n * sizeof *b->gradient);
    for (int a = 0; a < m; a++)
        dia_add(n, 1.0 / m, b->coupling + dia_packed(a, a) * n, b->gradient);
    memset(b->jacobian, 0, (size_t)(b->ncondition * n) * sizeof *b->jacobian);
    for (int k = 0; k < b->ncondition; k++) {
        dia_block_matrix(m, k, T);
        for (int i = 0; i < m * m; i++)
            dia_add(n, T[i], b->coupling + dia_packed(i / m, i % m) * n, b->jacobian + k * n);
    }
    return true;
}

/* Q (m, m): orthogonal polar factor of O (m, m), O (O^T O)^(-1/2). False if O is singular: the spaces have nothing in
 * common. */
static bool polar(int m, const double *O, double *Q)
{
    double packed[MOST * (MOST + 1) / 2], e[MOST], u[MOST * MOST], work[MOST * MOST + 34 * MOST], root[MOST * MOST];
    for (int i = 0; i < m; i++)
        for (int j = 0; j <= i; j++) {
            packed[dia_packed(i, j)] = 0.0;
            for (int l = 0; l < m; l++)
                packed[dia_packed(i, j)] += O[l * m + i] * O[l * m + j];
        }
    if (!dia_eigen_packed(m, packed, e, u, work) || !(e[0] > 1e-12))
        return false;
    for (int i = 0; i < m * m; i++) {
        root[i] = 0.0;
        for (int l = 0; l < m; l++)
            root[i] += u[i / m * m + l] * u[i % m * m + l] / sqrt(e[l]);
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
    double O[MOST * MOST], Q[MOST * MOST], h[MOST * MOST];
    if (!dia_surface_solve(b->surface, R))
        return false;
    const double *E = b->surface->E + b->first, *U = b->surface->U;
    for (int i = 0; i < m * m; i++) {
        O[i] = 0.0;
        for (int d = 0; d < N; d++)
            O[i] += U[d * N + b->first + i / m] * b->U[d * N + b->first + i % m];
    }
    *mean = mean_energy(m, E);
    *gap = E[m - 1] - E[0];
    if (!polar(m, O, Q))
        return false;
    for (int i = 0; i < m * m; i++) {
        h[i] = 0.0;
        for (int a = 0; a < m; a++)
            h[i] += Q[a * m + i / m] * (E[a] - E[0]) * Q[a * m + i % m];
    }
    conditions(m, h, condition);
    return true;
}

/* hessian += sum_ab L_ab sum_k <a|dH|k><k|dH|b> [1/(E_a - E_k) + 1/(E_b - E_k)] */
static void add_outside(const dia_block_view *b, const double *L, double *hessian)
{
    const int m = b->count, n = b->ncart, outside = b->nstate - m;
    const double *coupling = b->coupling + m * (m + 1) / 2 * n; /* (m, outside, n) */
    for (int i = 0; i < m * m; i++)
        for (int k = 0; k < outside; k++) {
            int a = i / m, c = i % m, other = k < b->first ? k : k + m;
            double da = b->E[b->first + a] - b->E[other], dc = b->E[b->first + c] - b->E[other];
            /* 1/d, but finite where a state outside meets the block: no Hessian exists there */
            double factor = L[i] * (da / (da * da + 1e-16) + dc / (dc * dc + 1e-16));
            const double *x = coupling + (a * outside + k) * n, *y = coupling + (c * outside + k) * n;
            for (int p = 0; p < n; p++)
                for (int q = 0; q < n; q++)
                    hessian[p * n + q] += 0.5 * factor * (x[p] * y[q] + y[p] * x[q]);
        }
}

bool dia_block_hessian(const dia_block_view *b, const double *R, const double *multiplier, double *hessian)
{
    const int m = b->count, N = b->nstate;
    double L[MOST * MOST] = {0}, T[MOST * MOST];
    for (int a = 0; a < m; a++)
        L[a * m + a] = 1.0 / m;
    for (int k = 0; k < b->ncondition; k++) {
        dia_block_matrix(m, k, T);
        dia_add(m * m, multiplier[k], T, L);
    }
    double *W = b->surface->W; /* sum_ab L_ab u_a u_b^T */
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++) {
            double sum = 0.0;
            for (int l = 0; l < m * m; l++)
                sum += L[l] * b->U[i * N + b->first + l / m] * b->U[j * N + b->first + l % m];
            W[dia_packed(i, j)] = sum;
        }
    if (!dia_surface_curvature(b->surface, R, W, hessian))
        return false;
    add_outside(b, L, hessian);
    return true;
}
