/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a model says at geometries: adiabatic energies, gradients, couplings. Atomic units. */
#ifndef DIA_LEARN_ANSWERS_H
#define DIA_LEARN_ANSWERS_H

#include "diabolo/model.h"

/* Of the lowest nstate states at n geometries R (n, ncart): E (n, nstate), G (n, nstate, ncart), h (n, npair, ncart) with pair
 * (i < j) at j(j-1)/2 + i; any may be NULL. By `threads` threads. A geometry at which the model is not finite gives
 * DIA_ERROR_NUMERIC if it is the only one, and NaN otherwise. */
DIA_MUST_USE dia_status dia_answers_make(const dia_model *model, int nstate, int n, const double *R, double *E,
                                         double *G, double *h, int threads, dia_error *error);

#endif
