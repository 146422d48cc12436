/* SPDX-License-Identifier: GPL-3.0-or-later */
/* H of a vibronic coupling model and its derivatives as functions of the normal coordinates Q, for a panel of L = DIA_LANES
 * geometries at once, 64-byte aligned. Arrays are coordinate-major (Q[m * L + lane]). Each lane is as if it were alone, and the same
 * bits in every build. */
#ifndef DIA_MODEL_VIBRONIC_KERNEL_H
#define DIA_MODEL_VIBRONIC_KERNEL_H

#include "model/vibronic.h"

/* Place of the element of packed H that the term belongs to. */
static inline int dia_vibronic_place(const dia_vibronic_core *model, const dia_vibronic_term *term)
{
    return term->imaginary ? dia_packed_imaginary(model->nstate, term->i, term->j) : dia_packed(term->i, term->j);
}

typedef struct dia_vibronic_kernel {
    /* Of a molecule: Q (nmode, L) of the aligned geometry z (ncart, L); dQ = dQ/dz . dz; P (ncart, L): P_c = sum_m Qbar_m dQ_m/dz_c */
    void (*coordinates)(const dia_vibronic_core *model, const double *z, double *Q);
    void (*tangent)(const dia_vibronic_core *model, const double *dz, double *dQ);
    void (*cotangent)(const dia_vibronic_core *model, const double *Qbar, double *P);
    /* h (npacked, L) = H(Q) */
    void (*hamiltonian)(const dia_vibronic_core *model, const double *Q, double *h);
    /* Qbar (nmode, L): Qbar_m = sum_ij W_ij dH_ij/dQ_m, over all i and j; W (npacked, L) */
    void (*contract)(const dia_vibronic_core *model, const double *Q, const double *W, double *Qbar);
    /* dh (npacked, L) = sum_m dH/dQ_m dQ_m */
    void (*derivative)(const dia_vibronic_core *model, const double *Q, const double *dQ, double *dh);
    /* size numbers of each of L rows -> lanes; and back, of the first `count` lanes. */
    void (*gather)(size_t size, const double *const row[DIA_LANES], double *lanes);
    void (*scatter)(size_t size, int count, const double *lanes, double *const row[DIA_LANES]);
} dia_vibronic_kernel;

extern const dia_vibronic_kernel dia_vibronic_kernel_generic, dia_vibronic_kernel_avx2, dia_vibronic_kernel_avx512;

#endif
