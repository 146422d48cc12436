/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fewest switches with time uncertainty (Jasper, Stechmann, Truhlar, JCP 116, 5424 (2002), DOI 10.1063/1.1453404). The hops are those of
 * fewest switches (hop/fewest_switches.c) but for the frustrated ones. A hop that lacks the energy dE at t0 happens at that time of the
 * path on the active state, closest to t0, at which the energy suffices, if
 *
 *   |t - t0| <= hbar/(2 dE),
 *
 * dE being what the kinetic energy along the direction of the momentum's change lacks of the gap. Time goes back if t < t0: positions,
 * velocities and amplitudes are those of t. While a later time is waited for no other hop is attempted. If there is no such time
 * the trajectory is at t0 again and the hop is frustrated, by the force on the target state (gradV: Jasper, Truhlar, CPL 369, 60
 * (2003), DOI 10.1016/S0009-2614(02)01990-5).
 *
 * The search is that of two programs of the method's authors; here t is found within the time step (dynamics/uncertainty.c), and
 * is limited by `reach`: so far ahead of what is recorded trajectories fly (dynamics/ahead.h). */
#include "diabolo/extend.h"
#include "dynamics/method.h"

enum { LOCAL_DIABATISATION, NET_FLUX };

typedef struct fstu {
    int probability;
    double reach;
} fstu;

static const dia_option fstu_options[] = {
    DIA_CHOICE(fstu, probability, "local_diabatisation|net_flux", "local_diabatisation",
               "how the loss of the active state is shared among more than two states"),
    DIA_REAL(fstu, reach, DIA_TIME, "10 fs",
             "longest uncertainty of the time of a hop; so far ahead of what is recorded trajectories fly; 0: none",
             DIA_RANGE(0.0, 1000.0 * DIA_FEMTOSECOND)),
    {.key = NULL},
};

static void fstu_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    const fstu *method = self;
    (void)memory;
    dia_fewest_switches_propose(method->probability == NET_FLUX, view, target);
}

static double fstu_uncertainty(const void *self, double lacking)
{
    const fstu *method = self;
    return 2.0 * lacking * method->reach <= 1.0 ? method->reach : 0.5 / lacking;
}

const dia_hop_type dia_hop_type_fstu = {
    .version = DIA_EXTEND_VERSION,
    .name = "fstu",
    .summary = "fewest switches with time uncertainty: a frustrated hop may happen a little earlier or later",
    .reference =
        "A. W. Jasper, S. N. Stechmann, D. G. Truhlar, J. Chem. Phys. 116, 5424 (2002), DOI 10.1063/1.1453404; "
        "A. W. Jasper, D. G. Truhlar, Chem. Phys. Lett. 369, 60 (2003), DOI 10.1016/S0009-2614(02)01990-5",
    .options = fstu_options,
    .self_size = sizeof(fstu),
    .propose = fstu_propose,
    .uncertainty = fstu_uncertainty,
};
