/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fewest switches (Tully, JCP 93, 1061 (1990), DOI 10.1063/1.459170) with probabilities from the propagator of the
 * whole step.
 *
 * T takes adiabatic amplitudes from t to t+dt: a = T c. Let
 *   A_kl = Re[ conj(a_k) T_kl c_l ],   sum_l A_kl = |a_k|^2,   sum_k A_kl = |c_l|^2:
 * the population that went from l to k. For active state i:
 *
 *   local_diabatisation   g_ij = (1 - |a_i|^2/|c_i|^2) A_ji / (|c_i|^2 - A_ii)
 *       the net loss of i, shared out in proportion to A_ji (Granucci, Persico, Toniolo, JCP 114, 10608 (2001),
 *       DOI 10.1063/1.1376633; written so in Plasser et al., JCP 137, 22A514 (2012), DOI 10.1063/1.4738960)
 *   net_flux              g_ij = (A_ji - A_ij) / |c_i|^2
 *       what went from i to j minus what came back: a single quotient, for several states that exchange
 *
 * Both are g_ij = 2 dt Re(conj(c_i) c_j d_ij.v)/|c_i|^2 to first order in dt, equal for two states, and give 1 at a
 * trivial crossing, which couplings at single times would miss. With more states the first is 0/0 when i has no net
 * loss: the signs of the two small numbers can then differ, and the second formula is used. Negative g counts as 0. */
#include "diabolo/extend.h"
#include "dynamics/method.h"

enum { LOCAL_DIABATISATION, NET_FLUX };

typedef struct fewest_switches {
    int probability;
} fewest_switches;

static const dia_option fewest_switches_options[] = {
    DIA_CHOICE(fewest_switches, probability, "local_diabatisation|net_flux", "local_diabatisation",
               "how the loss of the active state is shared among more than two states"),
    {.key = NULL},
};

static void fewest_switches_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    const fewest_switches *method = self;
    (void)memory;
    dia_fewest_switches_propose(method->probability == NET_FLUX, view, target);
}

const dia_hop_type dia_hop_type_fewest_switches = {
    .version = DIA_EXTEND_VERSION,
    .name = "fewest_switches",
    .summary = "Tully's fewest switches, probabilities by local diabatisation",
    .reference =
        "J. C. Tully, J. Chem. Phys. 93, 1061 (1990), DOI 10.1063/1.459170; G. Granucci, M. Persico, A. Toniolo, "
        "J. Chem. Phys. 114, 10608 (2001), DOI 10.1063/1.1376633",
    .options = fewest_switches_options,
    .self_size = sizeof(fewest_switches),
    .propose = fewest_switches_propose,
    .light = true,
};
