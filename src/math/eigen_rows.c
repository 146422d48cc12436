/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eigenproblems of many small matrices: eight at a time, side by side (eigen_kernel.h). */
#include <math.h>
#include <stdalign.h>

#include "math/eigen.h"
#include "math/eigen_kernel.h"
#include "math/lane_isa.h"

enum { L = DIA_EIGEN_LANES, N = DIA_EIGEN_ORDER };

const dia_eigen_kernel *dia_eigen_kernel_best(void)
{
    static const dia_eigen_kernel *const kernels[DIA_ISAS] = {
        [DIA_ISA_GENERIC] = &dia_eigen_kernel_generic,
        [DIA_ISA_AVX2] = &dia_eigen_kernel_avx2,
        [DIA_ISA_AVX512] = &dia_eigen_kernel_avx512,
    };
    return kernels[dia_lane_isa()];
}

static void solve_one(int n, bool hermitian, const double *A, double *E, double *U, double *work)
{
    if (hermitian)
        (void)dia_eigen_hermitian_lapack(n, A, E, U, work);
    else
        (void)dia_eigen_lapack(n, A, E, U, work);
}

typedef struct panel { /* of a set of memory for two */
    double *a, *e, *u, *work;
} panel;

/* Of matrices of order n, numbers of one panel. */
static long lay_out(int n, bool hermitian, double *memory, panel *p)
{
    const long npacked = hermitian ? n * n : n * (n + 1) / 2, size = (hermitian ? 2 : 1) * n * n;
    p->a = memory;
    p->e = p->a + npacked * L;
    p->u = p->e + (long)n * L;
    p->work = p->u + size * L;
    return (npacked + n + size + dia_eigen_kernel_work(n)) * L;
}

/* Matrices rows[0..count-1] (NULL: first, first + 1, ...), at most sixteen of them. */
static void solve_some(int n, bool hermitian, int count, int first, const int *rows, const double *A, double *E,
                       double *U, double *work)
{
    alignas(64) double memory[2 * (5 * N * N + 7 * N) * L];
    const size_t order = (size_t)n, npacked = hermitian ? order * order : order * (order + 1) / 2,
                 size = (hermitian ? 2 : 1) * order * order;
    const dia_eigen_kernel *kernel = dia_eigen_kernel_best();
    panel p;
    const long next = lay_out(n, hermitian, memory, &p);
    size_t row[2 * L];
    unsigned good = 0;
    for (int i = 0; i < 2 * L; i++) { /* lanes without a matrix get the first */
        const int q = i < count ? i : 0;
        row[i] = (size_t)(rows != NULL ? rows[q] : first + q);
    }
    const int panels = count > L ? 2 : 1;
    for (int i = 0; i < panels; i++) {
        const double *from[L];
        for (int l = 0; l < L; l++)
            from[l] = A + row[i * L + l] * npacked;
        good |= kernel->put_rows((int)npacked, from, p.a + i * next) << (i * L);
    }
    good &= ~kernel->solve_panels(n, hermitian, panels, next, p.a, p.e, p.u, p.work);
    for (int i = 0; i < panels; i++) {
        const int here = count - i * L < L ? count - i * L : L;
        double *e[L], *u[L];
        for (int l = 0; l < L; l++) {
            e[l] = E + row[i * L + l] * order;
            u[l] = U + row[i * L + l] * size;
        }
        kernel->take_rows(n, hermitian, (good >> (i * L)) & ((1u << here) - 1), p.e + i * next, p.u + i * next,
                          p.work + i * next, e, u);
    }
    for (int i = 0; i < count; i++)
        if (!(good >> i & 1u)) /* not finite, or no convergence: LAPACK says so, or tries */
            solve_one(n, hermitian, A + row[i] * npacked, E + row[i] * order, U + row[i] * size, work);
}

void dia_eigen_rows(int n, bool hermitian, int count, const int *rows, const double *A, double *E, double *U,
                    double *work)
{
    const size_t order = (size_t)n, npacked = hermitian ? order * order : order * (order + 1) / 2,
                 size = (hermitian ? 2 : 1) * order * order;
    const bool closed = hermitian ? n == 2 : n <= DIA_EIGEN_ROTATED; /* the single ones are solved in the same way */
    for (int done = 0; done < count;) {
        const int most = count - done < 2 * L ? count - done : 2 * L;
        if (n > 1 && n <= N && (most > 2 || !closed)) {
            solve_some(n, hermitian, most, done, rows != NULL ? rows + done : NULL, A, E, U, work);
            done += most;
            continue;
        }
        const size_t row = (size_t)(rows != NULL ? rows[done] : done);
        done++;
        if (hermitian)
            (void)dia_eigen_hermitian(n, A + row * npacked, E + row * order, U + row * size, work);
        else
            (void)dia_eigen_packed(n, A + row * npacked, E + row * order, U + row * size, work);
    }
}

typedef struct near_rows { /* of all rows: matrices, what is known of others, results */
    const double *A, *A0, *E0, *U0;
    double *E, *U;
} near_rows;

/* At most eight matrices; adds those that were not refined to the *n of `plain`. */
static void refine_some(int order, int count, const int *rows, const near_rows *x, int *n, int *plain)
{
    alignas(64) double memory[(N * (N + 1) + 2 * N + 8 * N * N + 2 * N) * L];
    const dia_eigen_kernel *kernel = dia_eigen_kernel_best();
    const int npacked = order * (order + 1) / 2, size = order * order;
    double *a = memory, *a0 = a + npacked * L, *e = a0 + npacked * L, *e0 = e + order * L, *u0 = e0 + order * L,
           *u = u0 + size * L, *own = u + size * L;
    unsigned good = 0;
    const struct {
        const double *from;
        int size;
        double *to;
    } given[] = {{x->A, npacked, a}, {x->A0, npacked, a0}, {x->E0, order, e0}, {x->U0, size, u0}};
    for (int i = 0; i < 4; i++) {
        const double *from[L];
        for (int l = 0; l < L; l++) /* lanes without a matrix get the first */
            from[l] = given[i].from + (size_t)rows[l < count ? l : 0] * (size_t)given[i].size;
        kernel->gather(given[i].size, from, given[i].to);
    }
    for (int l = 0; l < L; l += kernel->width)
        good |= kernel->refine(order, a + l, a0 + l, e0 + l, u0 + l, e + l, u + l, own + l) << l;
    double *to_e[L], *to_u[L];
    for (int l = 0; l < L; l++) {
        to_e[l] = x->E + (size_t)rows[l < count ? l : 0] * (size_t)order;
        to_u[l] = x->U + (size_t)rows[l < count ? l : 0] * (size_t)size;
    }
    kernel->scatter(order, count, e, to_e);
    kernel->scatter(size, count, u, to_u);
    for (int l = 0; l < count; l++)
        if (!(good >> l & 1u))
            plain[(*n)++] = rows[l];
}

int dia_eigen_rows_near(int n, int count, const int *rows, const double *A, const double *A0, const double *E0,
                        const double *U0, double *E, double *U, int *plain, double *work)
{
    const near_rows x = {A, A0, E0, U0, E, U};
    int left = 0;
    for (int done = 0; done < count; done += L)
        if (dia_eigen_near(n))
            refine_some(n, count - done < L ? count - done : L, rows + done, &x, &left, plain);
        else
            for (int q = done; q < count && q < done + L; q++)
                plain[left++] = rows[q];
    dia_eigen_rows(n, false, left, plain, A, E, U, work);
    return left;
}
