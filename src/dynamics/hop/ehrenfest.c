/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean field (Ehrenfest): the nuclei move on the mean of H over the electrons,
 *
 *   V = sum_ij c_i^* H_ij c_j,   force = -sum_ij c_i^* (dH_ij/dR) c_j,   c the diabatic amplitudes.
 *
 * In the adiabatic basis this is -sum_k |a_k|^2 dE_k/dR - 2 sum_(k<l) Re(a_k^* a_l) (E_l - E_k) d_kl: the second sum, which some
 * programs leave out, is what conserves the energy (Li, Tully, Schlegel, Frisch, JCP 123, 084106 (2005), DOI 10.1063/1.2008258).
 * The error of the energy goes with the square of the time step. Populations are those of the amplitudes. */
#include "diabolo/extend.h"

/* The active state stays that of the start. Nothing depends on it. */
static void ehrenfest_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    (void)self, (void)memory;
    for (int q = 0; q < view->nflying; q++)
        target[view->flying[q]] = view->active[view->flying[q]];
}

static void ehrenfest_weight(const void *self, const dia_frame *frame, int b, int active, const double *c,
                             const double *memory, double *W)
{
    (void)self, (void)memory, (void)active;
    dia_weight_density(frame, b, c, W);
}

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
    .propose = ehrenfest_propose,
    .weight = ehrenfest_weight,
    .scale = ehrenfest_scale,
};
