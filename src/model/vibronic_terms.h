/* SPDX-License-Identifier: GPL-3.0-or-later */
/* H of a vibronic coupling model and its derivatives as functions of the normal coordinates Q, for a panel of L = DIA_LANES
 * geometries at once. Arrays are coordinate-major (Q[m * L + lane]), so that loops over lanes vectorise. Each lane does the same
 * operations in the same order, whatever is in the others. */
#ifndef DIA_MODEL_VIBRONIC_TERMS_H
#define DIA_MODEL_VIBRONIC_TERMS_H

#include "model/vibronic.h"

/* Place of the element of packed H that the term belongs to. */
static inline int dia_vibronic_place(const dia_vibronic_core *model, const dia_vibronic_term *term)
{
    return term->imaginary ? dia_packed_imaginary(model->nstate, term->i, term->j) : dia_packed(term->i, term->j);
}

/* h (npacked, L) = H(Q); Q (nmode, L) */
void dia_vibronic_terms_hamiltonian(const dia_vibronic_core *model, const double *Q, double *h);

/* Qbar (nmode, L): Qbar_m = sum_ij W_ij dH_ij/dQ_m, over all i and j; W (npacked, L) */
void dia_vibronic_terms_contract(const dia_vibronic_core *model, const double *Q, const double *W, double *Qbar);

/* dh (npacked, L) = sum_m dH/dQ_m dQ_m; dQ (nmode, L) */
void dia_vibronic_terms_derivative(const dia_vibronic_core *model, const double *Q, const double *dQ, double *dh);

#endif
