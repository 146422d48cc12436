/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Electrons of many trajectories: eight at a time, side by side (propagate_kernel.h). Those that need more than one sub-step are
 * put aside and taken in the order of their numbers, so that neighbours are ready together. */
#include <stdalign.h>

#include "electronic/frames.h"
#include "electronic/propagate.h"
#include "electronic/propagate_kernel.h"
#include "math/eigen.h"
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
    dia_propagator_rows rows;
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

static dia_propagator_rows rows_of(const dia_propagation *p)
{
    return (dia_propagator_rows){.H = {p->before->H, p->after->H},
                                 .E = {p->before->E, p->after->E},
                                 .U = {p->before->U, p->after->U},
                                 .c = p->c,
                                 .T = p->T,
                                 .c0 = p->c0,
                                 .c1 = p->c1};
}

/* Lanes beyond the rows get the first. */
static void gather(const lanes *s, int count, const int *rows, int row[L])
{
    for (int l = 0; l < L; l++)
        row[l] = rows[l < count ? l : 0];
    s->kernel->gather(&s->panel, &s->rows, row);
}

static void solve(const lanes *s, int count, const int row[L], const int m[L])
{
    s->kernel->propagate(&s->panel, m, s->eigen);
    s->kernel->scatter(&s->panel, &s->rows, count, row);
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

static const int once[L] = {1, 1, 1, 1, 1, 1, 1, 1};

/* Those put aside. */
static void finish(const lanes *s, const later *list)
{
    for (int first = 0, here; first < list->n; first += here) {
        int m[L], row[L];
        here = list->n - first < L ? list->n - first : L;
        for (int l = 0; l < L; l++)
            m[l] = list->m[first + (l < here ? l : 0)];
        gather(s, here, list->row + first, row);
        solve(s, here, row, m);
    }
}

/* At most CHUNK rows. */
static void chunk(const lanes *s, int count, const int *rows)
{
    later list = {.n = 0};
    for (int first = 0, here; first < count; first += here) {
        int m[L], row[L], waiting = 0;
        here = count - first < L ? count - first : L;
        gather(s, here, rows + first, row);
        s->kernel->substeps(&s->panel, m);
        for (int l = 0; l < here; l++)
            if (m[l] > 1) {
                put_aside(&list, rows[first + l], m[l]);
                waiting++;
            }
        if (waiting < here) /* what is written of those that wait is written again */
            solve(s, here, row, once);
    }
    finish(s, &list);
}

/* At most CHUNK rows, whose frame after the step is found on the way; adds those of which it was not to the *n of `plain`. */
static void chunk_near(const lanes *s, dia_frame *after, int count, const int *rows, int *n, int *plain)
{
    later list = {.n = 0};
    for (int first = 0, here; first < count; first += here) {
        int m[L], row[L], waiting = 0;
        here = count - first < L ? count - first : L;
        for (int l = 0; l < L; l++)
            row[l] = rows[first + (l < here ? l : 0)];
        s->kernel->gather_known(&s->panel, &s->rows, row);
        const unsigned good = s->kernel->refine(&s->panel, s->eigen);
        s->kernel->scatter_frame(&s->panel, here, row, after->E, after->U);
        s->kernel->substeps_refined(&s->panel, m);
        for (int l = 0; l < here; l++) {
            const bool found = good >> l & 1u;
            if (!found)
                plain[(*n)++] = row[l];
            else if (m[l] > 1)
                put_aside(&list, row[l], m[l]);
            waiting += !found || m[l] > 1;
        }
        if (waiting < here) /* what is written of those that wait is written again */
            solve(s, here, row, once);
    }
    finish(s, &list);
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

/* Numbers of a panel of the largest order. */
enum { MEMORY = (2 * (3 * N * N + N) + 6 * N + 2 * N * N + 18 * N * N + 12 * N) * L };

static lanes lanes_of(const dia_propagation *p, double *memory)
{
    lanes s = {.p = p, .eigen = dia_eigen_kernel_best(), .kernel = best(), .rows = rows_of(p)};
    make_panel(&s, memory);
    return s;
}

void dia_propagate_rows(const dia_propagation *p, int count, const int *rows, double *work)
{
    alignas(64) double memory[MEMORY];
    const int n = p->before->nstate;
    if (n < 2 || n > N) {
        for (int q = 0; q < count; q++)
            propagate_alone(p, rows[q], work);
        return;
    }
    const lanes s = lanes_of(p, memory);
    for (int first = 0; first < count; first += CHUNK)
        chunk(&s, count - first < CHUNK ? count - first : CHUNK, rows + first);
}

void dia_propagate_near(const dia_propagation *p, dia_frame *after, int count, const int *rows, int *plain,
                        double *work)
{
    alignas(64) double memory[MEMORY];
    if (!dia_eigen_near(after->nstate) || after->hermitian) {
        dia_frame_solve_near(after, p->before, count, rows, plain, work);
        dia_propagate_rows(p, count, rows, work);
        return;
    }
    const lanes s = lanes_of(p, memory);
    int left = 0;
    for (int first = 0; first < count; first += CHUNK)
        chunk_near(&s, after, count - first < CHUNK ? count - first : CHUNK, rows + first, &left, plain);
    dia_frame_solve_rows(after, left, plain, work);
    dia_frame_follow_rows(after, p->before, left, plain);
    for (int first = 0; first < left; first += CHUNK)
        chunk(&s, left - first < CHUNK ? left - first : CHUNK, plain + first);
}

void dia_amplitudes_diabatic_rows(const dia_frame *frame, int count, const int *rows, const double *adiabatic,
                                  double *c)
{
    alignas(64) double memory[(2 * N * N + 4 * N) * L];
    const int n = frame->nstate;
    for (int q = 0; q < count && (n < 2 || n > N); q++) {
        double *own = c + (size_t)rows[q] * 2 * (size_t)n;
        dia_frame_diabatic(frame, rows[q], adiabatic + (size_t)rows[q] * 2 * (size_t)n, own);
        dia_amplitudes_normalise(n, own);
    }
    const dia_propagator_panel panel = {.n = n,
                                        .hermitian = frame->hermitian,
                                        .U = {NULL, memory},
                                        .c = memory + 2 * N * N * L,
                                        .c1 = memory + (2 * N * N + 2 * N) * L};
    for (int first = 0; first < count && n >= 2 && n <= N; first += L) {
        int row[L];
        const int here = count - first < L ? count - first : L;
        for (int l = 0; l < L; l++)
            row[l] = rows[first + (l < here ? l : 0)];
        best()->diabatic(&panel, frame->U, adiabatic, here, row, c);
    }
}
