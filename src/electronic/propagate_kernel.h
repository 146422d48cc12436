/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Propagators of eight rows side by side: x[row*8 + lane], 64-byte aligned. */
#ifndef DIA_ELECTRONIC_PROPAGATE_KERNEL_H
#define DIA_ELECTRONIC_PROPAGATE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "math/eigen_kernel.h"

typedef struct dia_propagator_panel {
    int n;
    bool hermitian;
    double dt, tolerance;
    double *H[2], *E[2], *U[2]; /* as in two frames, before and after                        */
    double *c;                  /* (n, 2) diabatic amplitudes before                         */
    double *T, *c0, *c1;        /* results: T, and adiabatic amplitudes before and after it  */
    double *work;               /* dia_propagator_panel_work(n) rows                         */
} dia_propagator_panel;

/* Where they come from and go to: arrays by rows. */
typedef struct dia_propagator_rows {
    const double *H[2], *E[2], *U[2], *c;
    double *T, *c0, *c1;
} dia_propagator_rows;

/* Rows of work space, for complex H. */
static inline int dia_propagator_panel_work(int n)
{
    return 18 * n * n + 12 * n; /* the last 6 n^2 + 6 n of them for eigenproblems */
}

/* Every lane is as if it were alone, and the same bits in every build. */
typedef struct dia_propagator_kernel {
    /* The number of sub-steps of each lane. */
    void (*substeps)(const dia_propagator_panel *panel, int m[DIA_EIGEN_LANES]);
    void (*propagate)(const dia_propagator_panel *panel, const int m[DIA_EIGEN_LANES], const dia_eigen_kernel *eigen);
    /* Rows row[0..7] of arrays in memory -> panel; and its results back, of the first `count` lanes. */
    void (*gather)(const dia_propagator_panel *panel, const dia_propagator_rows *rows, const int row[DIA_EIGEN_LANES]);
    void (*scatter)(const dia_propagator_panel *panel, const dia_propagator_rows *rows, int count,
                    const int row[DIA_EIGEN_LANES]);
    /* Of real states. Rows without the frame after, of which only H is known; that frame, from the one before:
     * returns, as bits, lanes in which it was found (eigen_kernel.h); and its rows, of the first `count` lanes, back. */
    void (*gather_known)(const dia_propagator_panel *panel, const dia_propagator_rows *rows,
                         const int row[DIA_EIGEN_LANES]);
    unsigned (*refine)(const dia_propagator_panel *panel, const dia_eigen_kernel *eigen);
    void (*substeps_refined)(const dia_propagator_panel *panel, int m[DIA_EIGEN_LANES]); /* right after it */
    void (*scatter_frame)(const dia_propagator_panel *panel, int count, const int row[DIA_EIGEN_LANES], double *E,
                          double *U);
    /* c = U c1 of rows, scaled to the norm 1. */
    void (*diabatic)(const dia_propagator_panel *panel, const double *U, const double *c1, int count,
                     const int row[DIA_EIGEN_LANES], double *c);
} dia_propagator_kernel;

extern const dia_propagator_kernel dia_propagator_kernel_generic, dia_propagator_kernel_avx2,
    dia_propagator_kernel_avx512;

#endif
