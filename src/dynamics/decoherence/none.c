/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "diabolo/extend.h"

const dia_decoherence_type dia_decoherence_type_none = {
    .version = DIA_EXTEND_VERSION,
    .name = "none",
    .summary = "no decoherence: amplitudes as propagated; keys of energy_based are accepted and ignored",
};
