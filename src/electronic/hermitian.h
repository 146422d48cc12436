/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adiabatic states of a model whose H may be complex Hermitian (model.h): H U = U diag(E), E ascending. Of a real H all is as in
 * frame.h, to the last bit; of a complex one U is (nstate, nstate, 2), complex. The phases of its columns are arbitrary. */
#ifndef DIA_ELECTRONIC_HERMITIAN_H
#define DIA_ELECTRONIC_HERMITIAN_H

#include "diabolo/model.h"

/* Doubles of U of one geometry, and of work space to find it. */
size_t dia_states_size(const dia_shape *shape);
size_t dia_states_work(const dia_shape *shape);
/* H (npacked) -> E (nstate), U, of one geometry. False: H is not finite; E is NaN. */
bool dia_states_solve(const dia_shape *shape, const double *H, double *E, double *U, double *work);
/* h: real and imaginary part of H_ij. */
void dia_states_element(const dia_shape *shape, const double *H, int i, int j, double h[2]);
/* Multiplies each column of `now` by the phase, of a real H the sign, with which its overlap with that of `before` is positive. */
void dia_states_follow(const dia_shape *shape, const double *before, double *now);

/* Amplitudes (nstate, 2): adiabatic = U^H diabatic, and back. Out and in must not overlap. */
void dia_states_adiabatic(const dia_shape *shape, const double *U, const double *diabatic, double *adiabatic);
void dia_states_diabatic(const dia_shape *shape, const double *U, const double *adiabatic, double *diabatic);

#endif
