/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Born-Oppenheimer dynamics: the trajectory stays on its adiabatic surface. The electrons are still propagated, so
 * their populations show where this approximation fails. */
#include "diabolo/extend.h"

const dia_hop_type dia_hop_type_none = {
    .version = DIA_EXTEND_VERSION,
    .name = "none",
    .summary = "Born-Oppenheimer dynamics on one adiabatic surface: never hops",
    .reference = "M. Born, R. Oppenheimer, Ann. Phys. 389, 457 (1927), DOI 10.1002/andp.19273892002",
    .adiabatic = true,
    .blind = true,
};
