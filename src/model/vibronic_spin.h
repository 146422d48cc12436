/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to the reader of inputs: multiplicities of the states, and spin-orbit coupling. */
#ifndef DIA_MODEL_VIBRONIC_SPIN_H
#define DIA_MODEL_VIBRONIC_SPIN_H

#include "model/vibronic.h"

extern const dia_option dia_vibronic_soc_options[], dia_vibronic_lambda_soc_options[];

/* vibronic: made from the states of the input without their components. Each state of multiplicity M becomes M states, M_S = -S to S;
 * order: multiplicities, then components, then states, as in SHARC's files. Then adds the coupling of `soc` and `lambda_soc`. */
DIA_MUST_USE dia_status dia_vibronic_spins_make(const dia_vibronic_input *input, dia_vibronic *vibronic,
                                                dia_error *error);

#endif
