/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels on panels: eight geometries side by side, x[row*DIA_PANEL_LANES + lane].
 *
 * Every lane is summed in one fixed order, independently of its neighbours, so a geometry's result is bitwise the
 * same in any batch; the matrix product of a BLAS does not guarantee that. Built for any processor, for AVX2
 * with FMA and for AVX-512, chosen once at run time; tests check the fast builds against the plain one. The values of the
 * last two are bitwise the same but for parameter gradients. */
#ifndef DIA_MATH_PANEL_H
#define DIA_MATH_PANEL_H

#include <stddef.h>

#define DIA_PANEL_LANES 8
#define DIA_PANEL_ROWS 6 /* rows of one packed weight panel; outputs are padded to a multiple */

typedef enum dia_activation { DIA_ACTIVATION_TANH, DIA_ACTIVATION_SILU } dia_activation;

typedef struct dia_panel_kernel {
    const char *isa;
    /* Y (padded nrow, L) = bias + W X: W packed by dia_panel_pack, X (ncol, L), bias (padded nrow) or NULL for 0. */
    void (*affine)(int nrow, int ncol, const double *packed, const double *bias, const double *X, double *Y);
    /* n values: a = s(z), d = s'(z). */
    void (*activate)(dia_activation activation, int n, const double *z, double *a, double *d);
    /* n values: e = s''(z), given z, a, d. */
    void (*curvature)(dia_activation activation, int n, const double *z, const double *a, const double *d, double *e);
    /* n values: to = d from; to may be from. */
    void (*multiply)(int n, const double *d, const double *from, double *to);
    /* The way back through an activation with a tangent, n values: curvature += e bar rate, then bar *= d. */
    void (*bend)(int n, const double *d, const double *e, const double *rate, double *bar, double *curvature);
    /* M (nrow, ncol) row-major += sum over npair panels and lanes of A_p[row] B_p[col]; A_p (nrow, L), B_p (ncol, L),
     * both with room for dia_panel_padded rows (the values in the padding are ignored). */
    void (*outer)(int nrow, int ncol, int npair, const double *const *A, const double *const *B, double *M);
    /* The same without the sum over lanes: lane l < nlane adds to M + l stride. */
    void (*outer_each)(int nrow, int ncol, int npair, const double *const *A, const double *const *B, int nlane,
                       size_t stride, double *M);
} dia_panel_kernel;

extern const dia_panel_kernel dia_panel_kernel_generic, dia_panel_kernel_avx2, dia_panel_kernel_avx512;

/* The best kernel for this processor; the environment variable DIABOLO_ISA=generic or avx2 forces that one. */
const dia_panel_kernel *dia_panel_kernel_best(void);

/* nrow rounded up to whole weight panels. */
static inline int dia_panel_padded(int nrow)
{
    return (nrow + DIA_PANEL_ROWS - 1) / DIA_PANEL_ROWS * DIA_PANEL_ROWS;
}
/* W (nrow, ncol) row-major -> packed (padded nrow * ncol): for each panel of rows, ncol columns of DIA_PANEL_ROWS
 * numbers. `transposed`: packs W^T, W then being (ncol, nrow) row-major. */
void dia_panel_pack(int nrow, int ncol, const double *W, int transposed, double *packed);

#endif
