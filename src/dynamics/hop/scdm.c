/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Self-consistent decay of mixing (Zhu, Jasper, Truhlar, JCP 120, 5543 (2004), DOI 10.1063/1.1648306; JCTC 1, 527 (2005), DOI
 * 10.1021/ct050021p): a mean field that decays towards a pointer state (mixing.h), which changes as in fewest switches, by the
 * amplitudes as they are. Populations are those of the amplitudes. */
#include "dynamics/mixing.h"

static void scdm_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    (void)self, (void)memory;
    const int n = view->nstate;
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        target[b] = dia_fewest_switches(false, n, view->active[b], view->T + 2 * b * n * n, view->c_before + 2 * b * n,
                                        view->c_after + 2 * b * n, view->uniform[b]);
    }
}

static dia_status scdm_decay(const void *self, const dia_step_view *view, double *memory, double *V)
{
    (void)memory;
    return dia_mixing_decay(self, view, V, NULL, 0);
}

const dia_hop_type dia_hop_type_scdm = {
    .version = DIA_EXTEND_VERSION,
    .name = "scdm",
    .summary = "self-consistent decay of mixing: a mean field that decays to one state",
    .reference =
        "C. Zhu, A. W. Jasper, D. G. Truhlar, J. Chem. Phys. 120, 5543 (2004), DOI 10.1063/1.1648306; J. Chem. "
        "Theory Comput. 1, 527 (2005), DOI 10.1021/ct050021p",
    .options = dia_mixing_options,
    .self_size = sizeof(dia_mixing),
    .without_decoherence = true,
    .propose = scdm_propose,
    .mean_field = dia_mixing_scale,
    .decay = scdm_decay,
    .scale = dia_mixing_scale,
};
