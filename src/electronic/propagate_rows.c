/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Electrons of many trajectories: eight at a time, side by side (propagate_kernel.h). Those that need more than one sub-step are
 * put aside and taken in the order of their numbers, so that neighbours are ready together. */
#include <stdalign.h>

#include "electronic/propagate.h"
#include "electronic/propagate_kernel.h"
#include "math/lane_isa.h"

enum { L = DIA_EIGEN_LANES, N = DIA_EIGEN_ORDER, CHUNK = 64 };

static const dia_propagator_kernel *best(void)
{
    static const dia_propagator_kernel *const kernels[DIA_ISAS] = {
        [DIA_ISA_GENERIC] = &dia_propagator_kernel_generic,
        [DIA_ISA_AVX2] = &dia_propagator_kernel_avx2,
        [DIA_ISA_AVX512] = &dia_propagator_kernel_avx512,
    };
    return kernels[dia_lane_isa()];
}

typedef struct lanes {
    const dia_propagation *p;
    const dia_eigen_kernel *eigen;
    const dia_propagator_kernel *kernel;
    dia_propagator_panel panel;
} lanes;

/* Numbers of a row: of the two frames, amplitudes, results. */
static double *part(double **next, int size)
{
    double *x = *next;
    *next += size * L;
    return x;
}

static void make_panel(lanes *s, double *memory)
{
    const dia_propagation *p = s->p;
    const int n = p->before->nstate, npacked = (int)dia_frame_packed(p->before),
              size = (int)dia_frame_matrix(p->before);
    dia_propagator_panel *x = &s->panel;
    *x = (dia_propagator_panel){.n = n, .hermitian = p->before->hermitian, .dt = p->dt, .tolerance = p->tolerance};
    for (int e = 0; e < 2; e++) {
        x->H[e] = part(&memory, npacked);
        x->E[e] = part(&memory, n);
        x->U[e] = part(&memory, size);
    }
    x->c = part(&memory, 2 * n);
    x->c0 = part(&memory, 2 * n);
    x->c1 = part(&memory, 2 * n);
    x->T = part(&memory, 2 * n * n);
    x->work = memory;
}

/* Rows rows[0..count-1] of an array (., size) -> lanes; those beyond get the first. */
static void gather(const lanes *s, int count, const int *rows, const double *x, size_t size, double *to)
{
    const double *row[L];
    for (int l = 0; l < L; l++)
        row[l] = x + (size_t)rows[l < count ? l : 0] * size;
    s->kernel->gather(size, row, to);
}

static void scatter(const lanes *s, int count, const int *rows, const double *from, size_t size, double *x)
{
    double *row[L];
    for (int l = 0; l < count; l++)
        row[l] = x + (size_t)rows[l] * size;
    s->kernel->scatter(size, count, from, row);
}

static void gather_all(const lanes *s, int count, const int *rows)
{
    const dia_propagation *p = s->p;
    const dia_propagator_panel *x = &s->panel;
    const dia_frame *ends[2] = {p->before, p->after};
    for (int e = 0; e < 2; e++) {
        gather(s, count, rows, ends[e]->H, dia_frame_packed(ends[e]), x->H[e]);
        gather(s, count, rows, ends[e]->E, (size_t)x->n, x->E[e]);
        gather(s, count, rows, ends[e]->U, dia_frame_matrix(ends[e]), x->U[e]);
    }
    gather(s, count, rows, p->c, 2 * (size_t)x->n, x->c);
}

static void solve(const lanes *s, int count, const int *rows, const int m[L])
{
    const dia_propagation *p = s->p;
    const dia_propagator_panel *x = &s->panel;
    const size_t n = (size_t)x->n;
    s->kernel->propagate(x, m, s->eigen);
    scatter(s, count, rows, x->T, 2 * n * n, p->T);
    scatter(s, count, rows, x->c0, 2 * n, p->c0);
    scatter(s, count, rows, x->c1, 2 * n, p->c1);
}

/* Rows that need more than one sub-step, in the order of their numbers. */
typedef struct later {
    int n, row[CHUNK], m[CHUNK];
} later;

static void put_aside(later *list, int row, int m)
{
    int i = list->n++;
    for (; i > 0 && list->m[i - 1] > m; i--) {
        list->row[i] = list->row[i - 1];
        list->m[i] = list->m[i - 1];
    }
    list->row[i] = row;
    list->m[i] = m;
}

/* At most CHUNK rows. */
static void chunk(const lanes *s, int count, const int *rows)
{
    static const int once[L] = {1, 1, 1, 1, 1, 1, 1, 1};
    later list = {.n = 0};
    for (int first = 0, here; first < count; first += here) {
        int m[L], waiting = 0;
        here = count - first < L ? count - first : L;
        gather_all(s, here, rows + first);
        s->kernel->substeps(&s->panel, m);
        for (int l = 0; l < here; l++)
            if (m[l] > 1) {
                put_aside(&list, rows[first + l], m[l]);
                waiting++;
            }
        if (waiting < here) /* what is written of those that wait is written again */
            solve(s, here, rows + first, once);
    }
    for (int first = 0, here; first < list.n; first += here) {
        int m[L];
        here = list.n - first < L ? list.n - first : L;
        for (int l = 0; l < L; l++)
            m[l] = list.m[first + (l < here ? l : 0)];
        gather_all(s, here, list.row + first);
        solve(s, here, list.row + first, m);
    }
}

static void propagate_alone(const dia_propagation *p, int b, double *work)
{
    const size_t n = (size_t)p->before->nstate, row = (size_t)b;
    double *T = p->T + 2 * n * n * row, *c0 = p->c0 + 2 * n * row, *c1 = p->c1 + 2 * n * row;
    (void)dia_propagator(p->dt, p->tolerance, p->before, p->after, b, T, work);
    dia_frame_adiabatic(p->before, b, p->c + 2 * n * row, c0);
    dia_amplitudes_apply((int)n, T, c0, c1);
    dia_amplitudes_normalise((int)n, c1);
}

void dia_propagate_rows(const dia_propagation *p, int count, const int *rows, double *work)
{
    alignas(64) double memory[(2 * (3 * N * N + N) + 6 * N + 2 * N * N + 9 * N * N + 5 * N + 2 * N * N + 6 * N) * L];
    const int n = p->before->nstate;
    lanes s = {.p = p, .eigen = dia_eigen_kernel_best()};
    s.kernel = best();
    if (n < 2 || n > N) {
        for (int q = 0; q < count; q++)
            propagate_alone(p, rows[q], work);
        return;
    }
    make_panel(&s, memory);
    for (int first = 0; first < count; first += CHUNK)
        chunk(&s, count - first < CHUNK ? count - first : CHUNK, rows + first);
}
