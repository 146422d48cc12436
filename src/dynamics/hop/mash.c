/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mapping approach to surface hopping for two states (Mannouch, Richardson, JCP 158, 104111 (2023), DOI 10.1063/5.0139734).
 *
 * The amplitudes are a spin S, |S| = 1, S_z = |c_1|^2 - |c_0|^2. The active state is the one with the larger population: the hop
 * is where S_z changes its sign, at a time of its own, and there is no random number but in the start. The momentum changes
 * along the coupling; where the energy does not suffice it is reversed along it, and S_z turns back of itself.
 *
 * Start: an ensemble in state a is the hemisphere of S in which a is larger. What weighs the trajectory in averages of adiabatic
 * populations, 2 |S_z|, is the density from which S is drawn here: |S_z| = sqrt(u). So all trajectories have the same weight, and
 * populations are shares of active states, as in every other method. Averages of coherences weigh a trajectory by 2 of a
 * uniform hemisphere, by 1/|S_z(0)| of these; `mixed` diabatic populations contain that factor. */
#include <string.h>

#include "dynamics/mapping.h"

static dia_status mash_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self, (void)size;
    if (shape->nstate != 2)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "is for 2 states, the model has %d: mash_multistate and mash_uncoupled are for any number",
                             shape->nstate);
    return DIA_OK;
}

static void mash_start(const void *self, const dia_step_view *view, int b, double *memory, double *c, int *active)
{
    (void)self, (void)memory;
    double f[4];
    if (dia_mapping_phases(view, b, *active, f) != DIA_OK)
        return; /* the model cannot be evaluated: the start will say so */
    const int other = 1 - *active;
    double z[4];
    dia_mapping_hemisphere(view, b, 0, f + 2 * other, z);
    memcpy(c + 2 * *active, z, 2 * sizeof *c);
    memcpy(c + 2 * other, z + 2, 2 * sizeof *c);
}

static double mash_margin(const void *self, const dia_step_view *view, int b, const double *c, const double *memory)
{
    (void)self, (void)memory;
    const int a = view->active[b];
    return dia_population(c + 2 * a) - dia_population(c + 2 * (1 - a));
}

static void mash_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q], a = view->active[b];
        target[b] = mash_margin(self, view, b, view->c_after + 4 * b, memory) < 0.0 ? 1 - a : a;
    }
}

const dia_hop_type dia_hop_type_mash = {
    .version = DIA_EXTEND_VERSION,
    .name = "mash",
    .summary = "mapping approach to surface hopping, two states: deterministic, hops where the populations are equal",
    .reference = "J. R. Mannouch, J. O. Richardson, J. Chem. Phys. 158, 104111 (2023), DOI 10.1063/5.0139734",
    .without_decoherence = true,
    .reflects = true,
    .prepare = mash_prepare,
    .start = mash_start,
    .propose = mash_propose,
    .margin = mash_margin,
    .by_start = true,
};
