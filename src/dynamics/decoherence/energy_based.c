/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Energy-based decoherence (Granucci, Persico, JCP 126, 134114 (2007), DOI 10.1063/1.2715585, eq. 17; Zhu, Nangia, Jasper,
 * Truhlar, JCP 121, 7658 (2004), DOI 10.1063/1.1793991):
 *
 *   tau_k = (1 + C/kinetic) / |E_k - E_active|
 *   population   |c_k|^2 <- |c_k|^2 exp(-dt/tau_k)
 *   amplitude    c_k <- c_k exp(-dt/tau_k)            as printed in the paper; twice as fast */
#include <math.h>

#include "diabolo/extend.h"
#include "dynamics/method.h"

enum { POPULATION, AMPLITUDE };

typedef struct energy_based {
    double constant; /* C, hartree */
    int convention;
} energy_based;

static const dia_option energy_based_options[] = {
    DIA_REAL(energy_based, constant, DIA_ENERGY, "0.1 hartree",
             "C in the decay time (1 + C/kinetic energy)/|energy difference|", DIA_RANGE(0.0, 1e6)),
    DIA_CHOICE(energy_based, convention, "population|amplitude", "population",
               "what decays with exp(-time/decay time); amplitude is twice as fast, as printed in the first papers"),
    {.key = NULL},
};

/* Amplitudes c (nstate, 2) of one trajectory. The active state gains what the others lose: the norm is conserved. */
static void decay(const energy_based *method, int nstate, int active, const double *E, double kinetic, double dt,
                  double *c)
{
    if (!(kinetic > 0.0))
        return; /* tau is infinite */
    const double share = kinetic / (kinetic + method->constant);
    const double power = method->convention == AMPLITUDE ? 1.0 : 0.5;
    double *a = c + 2 * active;
    const double old = dia_population(a);
    double gained = 0.0;
    for (int k = 0; k < nstate; k++) {
        if (k == active)
            continue;
        const double factor = exp(-power * dt * fabs(E[k] - E[active]) * share);
        gained += dia_population(c + 2 * k) * (1.0 - factor * factor);
        c[2 * k] *= factor;
        c[2 * k + 1] *= factor;
    }
    if (old > 0.0) {
        const double scale = sqrt((old + gained) / old);
        a[0] *= scale;
        a[1] *= scale;
    } else { /* its phase is undefined */
        a[0] = sqrt(gained);
    }
}

static void energy_based_decohere(const void *self, const dia_step_view *view, double *memory, double *c)
{
    (void)memory;
    const int n = view->nstate;
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        decay(self, n, view->active[b], view->after->E + b * n, view->kinetic[b], view->dt, c + 2 * b * n);
    }
}

const dia_decoherence_type dia_decoherence_type_energy_based = {
    .version = DIA_EXTEND_VERSION,
    .name = "energy_based",
    .summary = "amplitudes of the other states decay at a rate that grows with their distance in energy",
    .reference =
        "G. Granucci, M. Persico, J. Chem. Phys. 126, 134114 (2007), DOI 10.1063/1.2715585; C. Zhu, S. Nangia, "
        "A. W. Jasper, D. G. Truhlar, J. Chem. Phys. 121, 7658 (2004), DOI 10.1063/1.1793991",
    .options = energy_based_options,
    .self_size = sizeof(energy_based),
    .decohere = energy_based_decohere,
};
