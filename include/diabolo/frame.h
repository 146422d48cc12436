/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The adiabatic frame of a batch of diabatic matrices, and the packed weights that turn eigenvectors into forces and couplings.
 *
 *   H_b U_b = U_b diag(E_b),   E ascending;   U[b][i*nstate + k]: diabat i in adiabatic state k (columns are states).
 *
 * Signs of the columns: arbitrary after dia_frame_solve; dia_frame_follow turns them so that the overlap with an earlier
 * frame, (U_before^T U_now)_kk, is positive (the diabatic basis is constant, so this overlap is exact).
 *   gradient of state k     contract with u_k u_k^T
 *   coupling h_kl           contract with (u_k u_l^T + u_l u_k^T)/2;   h_kl = <k|dH/dR|l>,  d_kl = h_kl / (E_l - E_k)
 */
#ifndef DIABOLO_FRAME_H
#define DIABOLO_FRAME_H

#include "diabolo/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_frame {
    int batch, nstate;
    double *H; /* (batch, npacked)            caller's memory */
    double *E; /* (batch, nstate)                             */
    double *U; /* (batch, nstate, nstate)                     */
} dia_frame;

/* Doubles of work space that dia_frame_solve needs for nstate states. */
DIA_API size_t dia_frame_work(int nstate);
/* H -> E, U for rows 0..batch-1, by LAPACK (dsyev). A row with NaN or infinity gets NaN in E and the unit matrix in U. `work` holds
 * dia_frame_work(nstate) doubles. Each row is solved alone, so its result does not depend on the batch. */
DIA_API dia_status dia_frame_solve(dia_frame *frame, double *work);
/* Chooses the signs of the columns of `now` to follow `before`, row by row. */
DIA_API void dia_frame_follow(dia_frame *now, const dia_frame *before);

/* W (npacked) of one row: sym(u_k u_l^T); k == l gives the weight of a gradient. U (nstate, nstate). */
DIA_API void dia_weight_pair(int nstate, const double *U, int k, int l, double *W);
/* W = sum_k w_k u_k u_k^T. */
DIA_API void dia_weight_average(int nstate, const double *U, const double *w, double *W);

#ifdef __cplusplus
}
#endif
#endif
