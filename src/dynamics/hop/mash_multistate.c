/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multi-state mapping approach to surface hopping (Runeson, Manolopoulos, JCP 159, 094115 (2023), DOI 10.1063/5.0158147).
 *
 * The active state is the one with the largest |c_k|^2. It changes, at a time of its own, where another becomes as large; the
 * momentum changes along the direction in which P_a - P_b grows with the geometry at fixed electrons,
 *
 *   sum_k Re( c_a^* d_ak c_k - c_b^* d_bk c_k ),   d_kl = h_kl/(E_l - E_k),
 *
 * which conserves the energy of the mapping Hamiltonian and is reversed along it where the energy does not
 * suffice. For two states it is the coupling.
 *
 * Start in state a: amplitudes uniform on the sphere where |c_a|^2 is the largest. Populations are
 *
 *   1/n + scale (|c_k|^2 - 1/n),   scale = (n - 1)/(1 + 1/2 + ... + 1/n - 1),
 *
 * in any basis: 1 for state a at the start. A start in a diabatic state samples it in the diabatic basis likewise, and the active
 * state is then the adiabatic one with the largest |c_k|^2. */
#include <math.h>
#include <string.h>

#include "dynamics/mapping.h"

static void draw(void *context, const dia_step_view *view, int b, int n, int state, double *z)
{
    (void)context;
    dia_mapping_sphere(view, b, n, state, z);
}

static void mash_start(const void *self, const dia_step_view *view, int b, double *memory, double *c, int *active)
{
    (void)self, (void)memory;
    dia_mapping_basis basis;
    if (dia_mapping_start(view, b, draw, NULL, c, &basis)) /* else the start will say so */
        *active = dia_mapping_largest(view->nstate, c);
}

static double mash_margin(const void *self, const dia_step_view *view, int b, const double *c, const double *memory)
{
    (void)self, (void)memory;
    const int a = view->active[b];
    double other = 0.0;
    for (int k = 0; k < view->nstate; k++)
        other = k != a ? fmax(other, dia_population(c + 2 * k)) : other;
    return dia_population(c + 2 * a) - other;
}

static void mash_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        const double *c = view->c_after + 2 * b * view->nstate;
        target[b] =
            mash_margin(self, view, b, c, memory) < 0.0 ? dia_mapping_largest(view->nstate, c) : view->active[b];
    }
}

/* Energies are in the unit of the gap between the two states, so that the weight is finite where they meet. */
static void mash_direction(const void *self, const dia_step_view *view, int b, int to, const double *memory, double *W)
{
    (void)self, (void)memory;
    const int n = view->nstate, p = view->npacked;
    const double *c = view->c_after + 2 * b * n, *E = view->after->E + b * n;
    double *pair = view->answers; /* one row of the room for requests */
    const int states[2] = {view->active[b], to};
    const double gap = fabs(E[to] - E[states[0]]);
    memset(W, 0, (size_t)p * sizeof *W);
    for (int side = 0; side < 2; side++)
        for (int k = 0; k < n; k++) {
            const int a = states[side];
            const double d = E[k] - E[a], sign = side == 0 ? 1.0 : -1.0;
            if (k == a)
                continue;
            const double share = k == states[1 - side] ? copysign(1.0, d) : gap == 0.0 ? 0.0 : gap / d;
            dia_weight_coherence(view->after, b, a, k, c, pair);
            for (int i = 0; i < p; i++)
                W[i] += sign * share * pair[i];
        }
}

static double mash_scale(const void *self, int nstate)
{
    (void)self;
    double sum = 0.0;
    for (int k = 2; k <= nstate; k++)
        sum += 1.0 / k;
    return nstate > 1 ? (nstate - 1.0) / sum : 1.0;
}

const dia_hop_type dia_hop_type_mash_multistate = {
    .version = DIA_EXTEND_VERSION,
    .name = "mash_multistate",
    .summary = "multi-state mapping approach to surface hopping: the state of the largest population is active",
    .reference = "J. E. Runeson, D. E. Manolopoulos, J. Chem. Phys. 159, 094115 (2023), DOI 10.1063/5.0158147",
    .without_decoherence = true,
    .reflects = true,
    .start = mash_start,
    .propose = mash_propose,
    .margin = mash_margin,
    .direction = mash_direction,
    .scale = mash_scale,
};
