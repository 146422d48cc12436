/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "diabolo/extend.h"

const dia_decoherence_type dia_decoherence_type_none = {
    .version = DIA_EXTEND_VERSION,
    .name = "none",
    .summary = "the amplitudes stay as the propagator leaves them; keys of energy_based may stand there and do nothing",
};
