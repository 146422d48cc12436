/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/thermostat.h"

const dia_thermostat_type dia_thermostat_type_none = {
    .name = "none",
    .summary = "no heat bath: the total energy is conserved",
};
