/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean field (Ehrenfest): the nuclei move on the mean of H over the electrons,
 *
 *   V = sum_ij c_i^* H_ij c_j,   force = -sum_ij c_i^* (dH_ij/dR) c_j,   c the diabatic amplitudes.
 *
 * In the adiabatic basis this is -sum_k |a_k|^2 dE_k/dR - 2 sum_(k<l) Re(a_k^* a_l) (E_l - E_k) d_kl: the second sum, which some
 * programs leave out, is what conserves the energy (Li, Tully, Schlegel, Frisch, JCP 123, 084106 (2005), DOI 10.1063/1.2008258).
 * Populations are those of the amplitudes. The active state stays that of the start; nothing depends on it. */
#include "diabolo/extend.h"

/* Of the force and of the populations. */
static double ehrenfest_scale(const void *self, int nstate)
{
    (void)self, (void)nstate;
    return 1.0;
}

const dia_hop_type dia_hop_type_ehrenfest = {
    .version = DIA_EXTEND_VERSION,
    .name = "ehrenfest",
    .summary = "mean field: forces of all states by their amplitudes, the coupling between them included",
    .reference = "P. Ehrenfest, Z. Phys. 45, 455 (1927), DOI 10.1007/BF01329203; X. Li, J. C. Tully, H. B. Schlegel, "
                 "M. J. Frisch, "
                 "J. Chem. Phys. 123, 084106 (2005), DOI 10.1063/1.2008258",
    .without_decoherence = true,
    .mean_field = ehrenfest_scale,
    .scale = ehrenfest_scale,
    .light = true,
};
