/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/integrator.h"

/* two_stage: second order with the smallest error of two stages, R. I. McLachlan, SIAM J. Sci. Comput. 16, 151 (1995), DOI
 * 10.1137/0916010; I. P. Omelyan, I. M. Mryglod, R. Folk, Comput. Phys. Commun. 146, 188 (2002), DOI
 * 10.1016/S0010-4655(02)00451-4. */
#define L 0.1931833275037836
/* blanes_moan: fourth order, six stages, for forces that do not depend on velocities (SRKN_6^b): S. Blanes, P. C. Moan,
 * J. Comput. Appl. Math. 142, 313 (2002), DOI 10.1016/S0377-0427(01)00492-7, Table 3. */
#define K1 0.0829844064174052
#define K2 0.396309801498368
#define K3 -0.0390563049223486
#define D1 0.245298957184271
#define D2 0.604872665711080

const dia_integrator dia_integrators[] = {
    {"velocity_verlet", 1, {0.5, 0.5}, {0.0, 1.0}},
    {"two_stage", 2, {L, 1.0 - 2.0 * L, L}, {0.0, 0.5, 0.5}},
    {"blanes_moan",
     6,
     {K1, K2, K3, 1.0 - 2.0 * (K1 + K2 + K3), K3, K2, K1},
     {0.0, D1, D2, 0.5 - (D1 + D2), 0.5 - (D1 + D2), D2, D1}},
};
