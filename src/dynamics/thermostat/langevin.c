/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Langevin dynamics by the splitting BAOAB: half kick, half drift, friction and noise over the whole step, half drift, half
 * kick (Leimkuhler, Matthews, Appl. Math. Res. Express 2013, 34, DOI 10.1093/amrx/abs010; J. Chem. Phys. 138, 174102 (2013),
 * DOI 10.1063/1.4802990). Friction and noise are solved exactly:
 *
 *   V <- e V + sqrt((1 - e^2) kT/m) x,   e = exp(-dt/time), x normal.
 *
 * Positions of a harmonic well have the exact distribution at any step; the error elsewhere is of second order. */
#include <math.h>

#include "base/rng.h"
#include "dynamics/thermostat.h"

typedef struct langevin {
    double temperature, time;
} langevin;

static const dia_option langevin_options[] = {
    DIA_REAL(langevin, temperature, DIA_TEMPERATURE, "300 K", "of the bath", DIA_RANGE(0.0, 1e6)),
    DIA_REAL(langevin, time, DIA_TIME, "1 ps", "in which friction takes a velocity to 1/e: the inverse friction",
             DIA_RANGE(1e-3, 1e12)),
    {.key = NULL},
};

static void langevin_middle(const void *self, const dia_bath *bath, double dt, double *V)
{
    const langevin *l = self;
    const double e = exp(-dt / l->time), width = sqrt(-expm1(-2.0 * dt / l->time) * l->temperature);
    for (int c = 0; c < bath->ncart; c++)
        V[c] = e * V[c] + width / sqrt(bath->mass[c]) *
                              dia_rng_normal(bath->seed, bath->trajectory, bath->step, DIA_PURPOSE_THERMOSTAT,
                                             (bath->piece << 18) + (uint32_t)c);
}

const dia_thermostat_type dia_thermostat_type_langevin = {
    .name = "langevin",
    .summary = "friction and noise at every coordinate (BAOAB)",
    .reference =
        "B. Leimkuhler, C. Matthews, Appl. Math. Res. Express 2013, 34, DOI 10.1093/amrx/abs010; J. Chem. Phys. 138, "
        "174102 (2013), DOI 10.1063/1.4802990",
    .options = langevin_options,
    .self_size = sizeof(langevin),
    .middle = langevin_middle,
};
