/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What light does to the trajectories of a block (docs/light.md).
 *
 * Adiabatic states, and with them the active one and its energy, are those of H(R), without the field. The field is in the
 * propagator T, and so in all that follows from amplitudes; and it pulls at the nuclei with E.<a|dmu/dR|a>. The energy that the
 * molecule has, kinetic + E_a, is therefore changed by
 *
 *   hops by light:  the gap is paid by the field, momenta stay
 *   the pull:       the integral of V.E.<a|dmu/dR|a>
 *   mean fields:    the change of <c|H|c> by the field, in place of the first
 *
 * whose sum is the work of the field. */
#ifndef DIA_DYNAMICS_DRIVE_H
#define DIA_DYNAMICS_DRIVE_H

#include "dynamics/internal.h"

/* Is there a field that pulls at the nuclei? */
bool dia_drive_pulls(const dia_dynamics *dynamics);
/* Room, and whether light works with this model; nothing without light. */
DIA_MUST_USE dia_status dia_drive_make(dia_block *s, dia_error *error);

/* The dipoles of the flying rows at the present geometries, after dia_block_hamiltonian gave them to the model. */
dia_status dia_drive_dipoles(dia_block *s);
/* T of row b, from c_before, with the field; false: there is none in this step. */
bool dia_drive_propagate(dia_block *s, int b, double dt);
/* Adds the pull of the field at the time t to the gradients `answer` (n, ncart) of the rows, of weights W (n, npacked); keep: and
 * notes it for dia_drive_work. */
dia_status dia_drive_gradients(dia_block *s, int n, const int *rows, const double *W, double t, bool keep,
                               double *answer);
/* At the end of a step: what the pull of the field did in it. */
void dia_drive_work(dia_block *s, double dt);
/* Does light make row b hop to its target? */
bool dia_drive_hops(dia_block *s, int b);

#endif
