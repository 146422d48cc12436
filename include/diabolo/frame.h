/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The adiabatic frame of a batch of diabatic matrices, and the packed weights that turn eigenvectors into forces and couplings.
 *
 *   H_b U_b = U_b diag(E_b),   E ascending;   U[b][i*nstate + k]: diabat i in adiabatic state k (columns are states).
 *
 * H may be complex Hermitian (model.h); U is then complex, real and imaginary part of an element side by side. All functions here
 * work for both, so callers that use them need not ask which it is; of a real H everything is real and nothing is added.
 *
 * Signs of the columns (phases, of a complex H): arbitrary after dia_frame_solve; dia_frame_follow turns them so that the overlap
 * with an earlier frame, (U_before^H U_now)_kk, is real and positive (the diabatic basis is constant, so it is exact).
 *   gradient of state k     contract with u_k u_k^H
 *   coupling h_kl           contract with (u_k u_l^H + u_l u_k^H)/2 for its real part, and with i (u_k u_l^H - u_l u_k^H)/2 for the
 *                           imaginary one, zero of a real H;   h_kl = <k|dH/dR|l>,  d_kl = h_kl / (E_l - E_k)
 */
#ifndef DIABOLO_FRAME_H
#define DIABOLO_FRAME_H

#include "diabolo/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_frame {
    int batch, nstate;
    double *H;      /* (batch, npacked)            caller's memory                      */
    double *E;      /* (batch, nstate)                                                  */
    double *U;      /* (batch, nstate, nstate); of a complex H (batch, nstate, nstate, 2) */
    bool hermitian; /* H is complex: npacked is nstate^2                                */
} dia_frame;

/* Doubles of one row of H, and of U. */
static inline size_t dia_frame_packed(const dia_frame *frame)
{
    const size_t n = (size_t)frame->nstate;
    return frame->hermitian ? n * n : n * (n + 1) / 2;
}

static inline size_t dia_frame_matrix(const dia_frame *frame)
{
    const size_t n = (size_t)frame->nstate;
    return frame->hermitian ? 2 * n * n : n * n;
}

/* Row b alone, in the memory of `frame`. Arrays that are NULL stay so. */
DIA_API dia_frame dia_frame_row(const dia_frame *frame, int b);

/* Doubles of work space that dia_frame_solve needs for nstate states, real or complex. */
DIA_API size_t dia_frame_work(int nstate);
/* H -> E, U for rows 0..batch-1. A row with NaN or infinity gets NaN in E and the unit matrix in U. `work` holds
 * dia_frame_work(nstate) doubles. Each row is solved alone, so its result does not depend on the batch. */
DIA_API dia_status dia_frame_solve(dia_frame *frame, double *work);
/* Chooses the signs or phases of the columns of `now` to follow `before`, row by row. */
DIA_API void dia_frame_follow(dia_frame *now, const dia_frame *before);

/* z: real and imaginary part of <k|A|l> of row b, A (npacked) packed as H: dH/dt, a dipole. */
DIA_API void dia_frame_element(const dia_frame *frame, int b, const double *A, int k, int l, double z[2]);
/* z: of the overlap <k|l> of state k of row b of `frame` with state l of the same row of `other`. */
DIA_API void dia_frame_overlap(const dia_frame *frame, const dia_frame *other, int b, int k, int l, double z[2]);
/* Amplitudes (nstate, 2) of row b: adiabatic = U^H diabatic, and back. Out and in must not overlap. */
DIA_API void dia_frame_adiabatic(const dia_frame *frame, int b, const double *diabatic, double *adiabatic);
DIA_API void dia_frame_diabatic(const dia_frame *frame, int b, const double *adiabatic, double *diabatic);

/* Weights W (npacked) of row b; <W, A> = Re tr(W^H A).
 * <W, A> = Re <k|A|l>; k == l gives the weight of a gradient. */
DIA_API void dia_weight_pair(const dia_frame *frame, int b, int k, int l, double *W);
/* <W, A> = Im <k|A|l>; of a real H W is zero. */
DIA_API void dia_weight_pair_imaginary(const dia_frame *frame, int b, int k, int l, double *W);
/* <W, A> = sum_k w_k <k|A|k>. */
DIA_API void dia_weight_average(const dia_frame *frame, int b, const double *w, double *W);
/* <W, A> = <psi|A|psi>, psi = sum_k c_k |k>, c (nstate, 2): a mean field. */
DIA_API void dia_weight_density(const dia_frame *frame, int b, const double *c, double *W);
/* <W, A> = Re(c_k^* <k|A|l> c_l): what one pair of states contributes to it, k != l half of what both orders do. */
DIA_API void dia_weight_coherence(const dia_frame *frame, int b, int k, int l, const double *c, double *W);
/* <W, A> of two packed matrices, A like H. */
DIA_API double dia_weight_product(const dia_frame *frame, const double *W, const double *A);

#ifdef __cplusplus
}
#endif
#endif
