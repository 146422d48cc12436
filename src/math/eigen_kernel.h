/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eigenproblems of matrices side by side: eight, one in each lane, x[row*8 + lane], 64-byte aligned. */
#ifndef DIA_MATH_EIGEN_KERNEL_H
#define DIA_MATH_EIGEN_KERNEL_H

#include <stdbool.h>

enum {
    DIA_EIGEN_LANES = 8,
    DIA_EIGEN_ORDER = 16, /* largest order that is solved so */
    DIA_EIGEN_ROTATED = 5 /* largest order of real matrices that are solved by Jacobi rotations */
};

/* A (npacked, 8): packed lower triangles, as in eigen.h, finite -> E (n, 8), in no order; U (n, n, 8), if hermitian (n, n, 2, 8),
 * by columns: element i of vector k is row k n + i. A is overwritten. work (dia_eigen_kernel_work(n) rows). Solves the
 * first `width` lanes of where the arrays begin; returns those, as bits, in which it did not converge. Every lane is as if it were
 * alone, and the same bits in every build. */
typedef struct dia_eigen_kernel {
    const char *isa;
    int width;
    unsigned (*solve)(int n, bool hermitian, double *A, double *E, double *U, double *work);
    /* The same for all lanes of one panel or two; all arrays of the second stand `next` numbers behind those of the first. */
    unsigned (*solve_panels)(int n, bool hermitian, int panels, long next, double *A, double *E, double *U,
                             double *work);
    /* Of real matrices, of the first `width` lanes: A0, E0 and U0 (n, n, 8), by rows (component i of vector k is row i n + k), are
     * matrices close by, their eigenvalues and vectors; U, by rows too, become those of A, with the signs of U0; E ascends. Returns, as
     * bits, the lanes in which that was possible. What is given stays as it is. work: dia_eigen_refine_work(n) rows, from order 6 on they
     * begin with U0^T (A - A0) U0 to the digits of a float: the elements below the diagonal (n, n), then the diagonal (n), its mean
     * being zero. Smaller matrices are solved anew: all but those that are not finite. */
    unsigned (*refine)(int n, const double *A, const double *A0, const double *E0, const double *U0, double *E,
                       double *U, double *work);
    /* Eight rows of `size` numbers -> lanes, and the first `count` back. */
    void (*gather)(int size, const double *const row[DIA_EIGEN_LANES], double *lanes);
    void (*scatter)(int size, int count, const double *lanes, double *const row[DIA_EIGEN_LANES]);
    /* Eight rows of `size` numbers -> A; returns, as bits, those that are finite. The others become zeros. */
    unsigned (*put_rows)(int size, const double *const row[DIA_EIGEN_LANES], double *A);
    /* What solve gave -> E (n) and U (n, n), if hermitian (n, n, 2), row-major, ascending, equal ones in the order of solve, of the given
     * lanes. work: n (n + 1) rows. */
    void (*take_rows)(int n, bool hermitian, unsigned lanes, const double *E, const double *U, double *work,
                      double *const e[DIA_EIGEN_LANES], double *const u[DIA_EIGEN_LANES]);
} dia_eigen_kernel;

static inline int dia_eigen_kernel_work(int n)
{
    return 2 * n * n + 6 * n;
}

static inline int dia_eigen_refine_work(int n)
{
    return 6 * n * n + 2 * n;
}

extern const dia_eigen_kernel dia_eigen_kernel_generic, dia_eigen_kernel_avx2, dia_eigen_kernel_avx512;
/* The one of the same instruction set as that of the panels (panel.h). */
const dia_eigen_kernel *dia_eigen_kernel_best(void);

#endif
