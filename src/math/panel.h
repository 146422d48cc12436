/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels on panels: eight geometries side by side, x[row*DIA_PANEL_LANES + lane].
 *
 * Every lane is summed in one fixed order, independently of its neighbours, so a geometry's result is bitwise the
 * same in any batch; the matrix product of a BLAS does not guarantee that. One source, compiled for any processor, for AVX2
 * with FMA and for AVX-512, chosen once at run time; tests check each build against plain loops. All that fuse
 * multiplication and addition (AVX2, AVX-512, any on ARM) give the same bits; plain x86-64 does not.
 *
 * The same in single precision: sixteen lanes of floats, so that a row of a panel has 64 bytes as well, and half the time for each.
 *
 * Eight lanes are one register of AVX-512. Wider panels would gain little: with twelve rows at a time a column costs twelve
 * multiplications and thirteen loads, and processors begin as many of the one as of the other in a cycle. */
#ifndef DIA_MATH_PANEL_H
#define DIA_MATH_PANEL_H

#include <stddef.h>

#include "diabolo/base.h"

#define DIA_PANEL_LANES 8
#define DIA_PANEL_ROWS 6 /* rows of one packed weight panel; outputs are padded to a multiple */

typedef enum dia_activation { DIA_ACTIVATION_TANH, DIA_ACTIVATION_SILU } dia_activation;

typedef struct dia_panel_kernel {
    const char *isa;
    bool fused; /* a b + c is rounded once: all such kernels give the same bits */
    /* Y (padded nrow, L) = bias + W X: W packed by dia_panel_pack, X (ncol, L), bias (padded nrow) or NULL for 0. */
    void (*affine)(int nrow, int ncol, const double *packed, const double *bias, const double *X, double *Y);
    /* Y = D (W X), element by element: the way back through an activation with derivative D (padded nrow, L). */
    void (*chain)(int nrow, int ncol, const double *packed, const double *X, const double *D, double *Y);
    /* a = s(bias + W X), d = s' there: a whole layer; bias is not NULL. */
    void (*layer)(dia_activation activation, int nrow, int ncol, const double *packed, const double *bias,
                  const double *X, double *a, double *d);
    /* n values: a = s(z), d = s'(z). */
    void (*activate)(dia_activation activation, int n, const double *z, double *a, double *d);
    /* n values: e = s''(z), given z, a, d. */
    void (*curvature)(dia_activation activation, int n, const double *z, const double *a, const double *d, double *e);
    /* n values: to = d from; to may be from. */
    void (*multiply)(int n, const double *d, const double *from, double *to);
    /* n values of each of `count` images, `apart` numbers from one to the next: sum += factor[g] s(z_g), d_g = s'(z_g); and the way back
     * of one image: to = d (factor from). */
    void (*pool)(dia_activation activation, int n, int count, const double *factor, size_t apart, const double *z,
                 size_t d_apart, double *d, double *sum);
    void (*unpool)(int n, double factor, const double *d, const double *from, double *to);
    /* bar = W X, zbar = d bar: the way back through an activation, of which both sides are kept. */
    void (*chain_both)(int nrow, int ncol, const double *packed, const double *X, const double *d, double *bar,
                       double *zbar);
    /* A tangent through an activation, with the adjoint bar of what comes out: curvature += e bar W X, rate = d W X. All (padded nrow, L). */
    void (*bend)(int nrow, int ncol, const double *packed, const double *X, const double *d, const double *e,
                 const double *bar, double *rate, double *curvature);
    /* n values: bar = d bar + curvature. */
    void (*straighten)(int n, const double *d, const double *curvature, double *bar);
    /* T (L, dia_panel_columns(nrow)) = the transposed of X (nrow, L), zeros behind. */
    void (*transpose)(int nrow, const double *X, double *T);
    /* M (nrow, ncol) row-major += sum over npair panels and lanes of A_p[row] B_p[col]; A_p (nrow, L) with room for
     * dia_panel_padded rows, whose values in the padding are ignored; B_p transposed. Each element is summed over lanes,
     * pair by pair, and then added. */
    void (*outer)(int nrow, int ncol, int npair, const double *const *A, const double *const *B, double *M);
    /* The same without the sum over lanes: lane l < nlane adds to M + l stride. */
    void (*outer_each)(int nrow, int ncol, int npair, const double *const *A, const double *const *B, int nlane,
                       size_t stride, double *M);
} dia_panel_kernel;

extern const dia_panel_kernel dia_panel_kernel_generic, dia_panel_kernel_avx2, dia_panel_kernel_avx512;

#define DIA_PANEL_SINGLE_LANES 16

typedef struct dia_panel_single { /* as above */
    void (*affine)(int nrow, int ncol, const float *packed, const float *bias, const float *X, float *Y);
    void (*chain)(int nrow, int ncol, const float *packed, const float *X, const float *D, float *Y);
    void (*layer)(dia_activation activation, int nrow, int ncol, const float *packed, const float *bias, const float *X,
                  float *a, float *d);
    void (*activate)(dia_activation activation, int n, const float *z, float *a, float *d);
    void (*multiply)(int n, const float *d, const float *from, float *to);
    void (*pool)(dia_activation activation, int n, int count, const float *factor, size_t apart, const float *z,
                 size_t d_apart, float *d, float *sum);
    void (*unpool)(int n, float factor, const float *d, const float *from, float *to);
} dia_panel_single;

extern const dia_panel_single dia_panel_single_generic, dia_panel_single_avx2, dia_panel_single_avx512;
/* The one of the same instruction set. */
const dia_panel_single *dia_panel_single_of(const dia_panel_kernel *kernel);

/* The name of one of them forces that one, if the processor has it. */
#define DIA_PANEL_VARIABLE "DIABOLO_ISA"
/* Has the processor what this kernel needs? */
bool dia_panel_kernel_runs(const dia_panel_kernel *kernel);
/* DIA_ERROR_INPUT: the environment asks for one that there is not. */
DIA_MUST_USE dia_status dia_panel_kernel_check(dia_error *error);
/* The one asked for, else the best for this processor. */
const dia_panel_kernel *dia_panel_kernel_best(void);
/* For the identity of results: those of another arithmetic differ in the last bits. */
static inline const char *dia_panel_arithmetic(void)
{
    return dia_panel_kernel_best()->fused ? "fused" : "not fused";
}

/* nrow rounded up to whole weight panels. */
static inline int dia_panel_padded(int nrow)
{
    return (nrow + DIA_PANEL_ROWS - 1) / DIA_PANEL_ROWS * DIA_PANEL_ROWS;
}
/* n rounded up to whole vectors: the length of a row of a transposed panel. */
static inline int dia_panel_columns(int n)
{
    return (n + DIA_PANEL_LANES - 1) / DIA_PANEL_LANES * DIA_PANEL_LANES;
}
/* W (nrow, ncol) row-major -> packed (padded nrow * ncol): for each panel of rows, ncol columns of DIA_PANEL_ROWS
 * numbers. `transposed`: packs W^T, W then being (ncol, nrow) row-major. */
void dia_panel_pack(int nrow, int ncol, const double *W, int transposed, double *packed);
/* Each number rounded. */
void dia_panel_narrow(size_t n, const double *restrict from, float *restrict to);

#endif
