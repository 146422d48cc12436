/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Global flux (Wang, Trivedi, Prezhdo, JCTC 10, 3598 (2014), DOI 10.1021/ct5003835): hops follow the changes of all
 * populations in the step, whatever couples to what. Of the states that lose (A) and those that gain (B), a trajectory on i in A hops to
 * j in B with
 *
 *   g_ij = (gain of j/|c_i|^2) (loss of i/loss of all in A).
 *
 * So it reaches states that couple to the active one through others that are never populated (superexchange). For two
 * states it is fewest switches. The changes are those of the exact propagator over the step. */
#include "diabolo/extend.h"
#include "dynamics/method.h"

static int choose(int n, int active, const double *before, const double *after, double uniform)
{
    const double here = dia_population(before + 2 * active), lost = here - dia_population(after + 2 * active);
    if (!(here > 0.0) || !(lost > 0.0))
        return active;
    double all = 0.0, sum = 0.0;
    for (int k = 0; k < n; k++) {
        const double change = dia_population(before + 2 * k) - dia_population(after + 2 * k);
        all += change > 0.0 ? change : 0.0;
    }
    for (int j = 0; j < n; j++) {
        const double gain = dia_population(after + 2 * j) - dia_population(before + 2 * j);
        if (j == active || !(gain > 0.0))
            continue;
        sum += gain / here * (lost / all);
        if (uniform < sum)
            return j;
    }
    return active;
}

static void global_flux_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    (void)self, (void)memory;
    const int n = view->nstate;
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        target[b] = choose(n, view->active[b], view->c_before + 2 * b * n, view->c_after + 2 * b * n, view->uniform[b]);
    }
}

const dia_hop_type dia_hop_type_global_flux = {
    .version = DIA_EXTEND_VERSION,
    .name = "global_flux",
    .summary =
        "hops follow the changes of all populations, also where states couple only through others (superexchange)",
    .reference = "L. Wang, D. Trivedi, O. V. Prezhdo, J. Chem. Theory Comput. 10, 3598 (2014), DOI 10.1021/ct5003835",
    .propose = global_flux_propose,
    .light = true,
};
