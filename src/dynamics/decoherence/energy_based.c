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
#include "math/lanes.h"

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

enum { ROOM = 256 }; /* exponentials of so many states of trajectories are taken together */

/* x (n, and room up to a multiple of 8) */
DIA_CLONES static void exponentials(int n, double *x)
{
    for (int i = n; i % 8 != 0; i++)
        x[i] = 0.0;
    for (int i = 0; i < n; i += 8)
        dia_v8_store(x + i, dia_v8_exp(dia_v8_load(x + i)));
}

/* Of one trajectory: the exponents of what remains of each amplitude (the active one is not asked for). */
static void exponents(const energy_based *method, int nstate, int active, const double *E, double kinetic, double dt,
                      double *x)
{
    const double share = kinetic / (kinetic + method->constant);
    const double power = method->convention == AMPLITUDE ? 1.0 : 0.5;
    for (int k = 0; k < nstate; k++)
        x[k] = -power * dt * fabs(E[k] - E[active]) * share;
}

/* Amplitudes c (nstate, 2) of one trajectory, `factor` of which remain. The active state gains what the others lose: the norm is
 * conserved. */
static void decay(int nstate, int active, const double *factor, double *c)
{
    double *a = c + 2 * active;
    const double old = dia_population(a);
    double gained = 0.0;
    for (int k = 0; k < nstate; k++) {
        if (k == active)
            continue;
        gained += dia_population(c + 2 * k) * (1.0 - factor[k] * factor[k]);
        c[2 * k] *= factor[k];
        c[2 * k + 1] *= factor[k];
    }
    if (old > 0.0) {
        const double scale = sqrt((old + gained) / old);
        a[0] *= scale;
        a[1] *= scale;
    } else { /* its phase is undefined */
        a[0] = sqrt(gained);
    }
}

/* Rows flying[0..count-1], count n <= ROOM, or one row. */
static void decohere_some(const energy_based *method, const dia_step_view *view, int count, const int *flying,
                          double *c)
{
    const int n = view->nstate;
    double few[ROOM], *x = n <= ROOM ? few : view->work;
    for (int q = 0; q < count; q++)
        exponents(method, n, view->active[flying[q]], view->after->E + flying[q] * n, view->kinetic[flying[q]],
                  view->dt, x + q * n);
    exponentials(count * n, x);
    for (int q = 0; q < count; q++)
        if (view->kinetic[flying[q]] > 0.0) /* else the decay time is infinite */
            decay(n, view->active[flying[q]], x + q * n, c + 2 * flying[q] * n);
}

static void energy_based_decohere(const void *self, const dia_step_view *view, double *memory, double *c)
{
    (void)memory;
    const int some = view->nstate <= ROOM ? ROOM / view->nstate : 1;
    for (int q = 0; q < view->nflying; q += some)
        decohere_some(self, view, view->nflying - q < some ? view->nflying - q : some, view->flying + q, c);
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
