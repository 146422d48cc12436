/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What mapping methods share: their starts. */
#ifndef DIA_DYNAMICS_MAPPING_H
#define DIA_DYNAMICS_MAPPING_H

#include "dynamics/method.h"

/* z (n, 2), of norm 1: uniform on the sphere. Numbers 0 to 2n-1 of the method's stream. */
void dia_mapping_uniform(const dia_step_view *view, int b, int n, double *z);
/* z (n, 2), of norm 1: uniform on the sphere, with the largest element exchanged with element `largest`: uniform where that one is
 * the largest. Numbers 0 to 2n-1 of the method's stream. */
void dia_mapping_sphere(const dia_step_view *view, int b, int n, int largest, double *z);
/* Draws z (n, 2), of norm 1, of trajectory b around element `state`. context: of the caller. */
typedef void dia_mapping_draw(void *context, const dia_step_view *view, int b, int n, int state, double *z);
typedef enum dia_mapping_basis { DIA_MAPPING_ADIABATIC, DIA_MAPPING_DIABATIC, DIA_MAPPING_OTHER } dia_mapping_basis;
/* c (nstate, 2) adiabatic amplitudes of the start: drawn around them, in the basis, adiabatic or diabatic, in which they are one state; else
 * in one of which they are the first vector. *basis: which. False: the model cannot be evaluated, c is as it was. */
bool dia_mapping_start(const dia_step_view *view, int b, dia_mapping_draw *draw, void *context, double *c,
                       dia_mapping_basis *basis);
/* W <- W - sum_k gamma_k |k><k|, adiabatic states. */
void dia_mapping_take_states(const dia_frame *frame, int b, const double *gamma, double *W);
/* The spin of two states, z (2, 2): the first is the larger, S_z = |z_0|^2 - |z_1|^2 with the density 2 S_z, any phase. Numbers i and i+1
 * of the method's stream. f (2): factor of size 1 of the second (dia_mapping_phases). */
void dia_mapping_hemisphere(const dia_step_view *view, int b, int i, const double *f, double *z);
/* The element of c (n, 2) with the largest square. */
int dia_mapping_largest(int n, const double *c);
/* Phases that were drawn belong to states whose signs are arbitrary: f (n, 2), factors of size 1 for the amplitudes of the states
 * k != active, that belong to the signs for which <active|dH/dt|k> is real and positive at the start (1 where it is zero). So a
 * trajectory does not depend on the signs, nor on the diabatic basis. */
dia_status dia_mapping_phases(const dia_step_view *view, int b, int active, double *f);

#endif
