/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model flight_shared in another diabatic basis: H' = O^T H O, O a constant rotation that mixes all states. */
#ifndef DIA_TEST_ROTATED_H
#define DIA_TEST_ROTATED_H

#include "diabolo/model.h"

/* Its tape serves one block of up to `capacity` trajectories at a time. The caller frees both, the model first. */
dia_model *rotated_model(int capacity, dia_tape **tape);
/* in (states, count): columns in the old diabatic basis -> out, in the new one: O^T in. After rotated_model. */
void rotated_vectors(int count, const double *in, double *out);

#endif
