/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fewest switches as other programs take it: Tully's rates, max(0, 2 Re(conj(c_i) sigma_ij c_j))/|c_i|^2, along amplitudes that
 * are propagated in the adiabatic basis over the sub-steps of a step (adiabatic.h). sigma is
 *
 *   interpolated      d.v at both ends of the step, linear between them
 *   averaged          the mean of both ends
 *   overlaps          from the overlaps of the states at both ends (Hammes-Schiffer, Tully)
 *   norm_preserving   the logarithm of these overlaps (Meek, Levine)
 *
 * The first two miss a coupling that is a spike between two steps; the last does not. The amplitudes themselves, with which
 * the next step begins, are those of the exact propagator: what differs is the probabilities alone. For comparison
 * with other programs; fewest_switches needs no sub-steps and none of this. */
#include "diabolo/extend.h"
#include "dynamics/adiabatic.h"
#include "dynamics/method.h"

enum { INTERPOLATED, AVERAGED, OVERLAPS, NORM_PRESERVING };

typedef struct rates {
    int probability, substeps;
} rates;

static const dia_option rates_options[] = {
    DIA_CHOICE(rates, probability, "interpolated|averaged|overlaps|norm_preserving", "interpolated",
               "rates from couplings d.v, interpolated or averaged, or from the overlaps of two steps"),
    DIA_INT(rates, substeps, "25", "of the adiabatic amplitudes in a step; a hop may happen in each",
            DIA_RANGE(1, 100000)),
    {.key = NULL},
};

static void average(dia_adiabatic_step *step)
{
    for (int i = 0; i < 2 * step->n * step->n; i++)
        step->sigma0[i] = 0.5 * (step->sigma0[i] + step->sigma1[i]);
    step->sigma1 = step->sigma0;
}

static int choose(const rates *method, const dia_step_view *view, int b)
{
    dia_adiabatic_step step = dia_adiabatic_begin(view, b);
    switch (method->probability) {
    case OVERLAPS:
        dia_adiabatic_overlaps(&step);
        break;
    case NORM_PRESERVING:
        dia_adiabatic_logarithm(&step);
        dia_adiabatic_amplitudes(&step, view, b);
        break;
    case AVERAGED:
        dia_adiabatic_couplings(&step, view, b);
        average(&step);
        break;
    default:
        dia_adiabatic_couplings(&step, view, b);
    }
    dia_adiabatic_integrate(&step, method->substeps);
    return dia_choose(step.n, step.active, step.g, view->uniform[b]);
}

static void rates_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    (void)memory;
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        target[b] = view->nstate > 1 ? choose(self, view, b) : view->active[b];
    }
}

const dia_hop_type dia_hop_type_fewest_switches_rates = {
    .version = DIA_EXTEND_VERSION,
    .name = "fewest_switches_rates",
    .summary = "Tully's fewest switches by rates over sub-steps: couplings, overlaps, norm-preserving interpolation",
    .reference =
        "J. C. Tully, J. Chem. Phys. 93, 1061 (1990), DOI 10.1063/1.459170; S. Hammes-Schiffer, J. C. Tully, "
        "J. Chem. Phys. 101, 4657 (1994), DOI 10.1063/1.467455; G. A. Meek, B. G. Levine, J. Phys. Chem. Lett. 5, "
        "2351 (2014), DOI 10.1021/jz5009449",
    .options = rates_options,
    .self_size = sizeof(rates),
    .needs_hdot = true,
    .propose = rates_propose,
};
