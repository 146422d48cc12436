/* SPDX-License-Identifier: GPL-3.0-or-later */
/* <W, dH/dR> with W = sym(u_k u_l^T) is u_k^T dH/dR u_l = h_kl (Hellmann-Feynman theorem, off-diagonal form). */
#include "diabolo/frame.h"

void dia_weight_pair(int nstate, const double *U, int k, int l, double *W)
{
    for (int i = 0; i < nstate; i++) {
        const double *Ui = U + i * nstate;
        for (int j = 0; j <= i; j++) {
            const double *Uj = U + j * nstate;
            *W++ = 0.5 * (Ui[k] * Uj[l] + Ui[l] * Uj[k]);
        }
    }
}

void dia_weight_average(int nstate, const double *U, const double *w, double *W)
{
    for (int i = 0; i < nstate; i++) {
        const double *Ui = U + i * nstate;
        for (int j = 0; j <= i; j++) {
            const double *Uj = U + j * nstate;
            double sum = 0.0;
            for (int k = 0; k < nstate; k++)
                sum += w[k] * Ui[k] * Uj[k];
            *W++ = sum;
        }
    }
}
