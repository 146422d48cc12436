/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nose-Hoover chains (Martyna, Klein, Tuckerman, J. Chem. Phys. 97, 2635 (1992), DOI 10.1063/1.463940), by the splitting of
 * Martyna, Tuckerman, Tobias, Klein, Mol. Phys. 87, 1117 (1996), DOI 10.1080/00268979600100761, with three
 * Suzuki-Yoshida weights, at both ends of a step. With N degrees of freedom and Q_0 = N kT time^2, Q_j = kT time^2:
 *
 *   dV/dt = ... - v_0 V,   dv_0/dt = (2K - N kT)/Q_0 - v_1 v_0,   dv_j/dt = (Q_j-1 v_j-1^2 - kT)/Q_j - v_j+1 v_j
 *
 * Memory: v. Deterministic and reversible. */
#include <math.h>

#include "dynamics/thermostat.h"

typedef struct nose_hoover {
    double temperature, time;
    int chain, freedom;
} nose_hoover;

static const dia_option nose_hoover_options[] = {
    DIA_REAL(nose_hoover, temperature, DIA_TEMPERATURE, "300 K", "of the bath", DIA_RANGE(1e-9, 1e6)),
    DIA_REAL(nose_hoover, time, DIA_TIME, "50 fs",
             "of the bath's own motion: near a period of the system, 20 steps or more", DIA_RANGE(1e-3, 1e12)),
    DIA_INT(nose_hoover, chain, "4", "links of the chain", DIA_RANGE(1, DIA_CHAIN)),
    DIA_INT(nose_hoover, freedom, "0",
            "degrees of freedom that move; 0: of three or more atoms in space all but six, of other models all",
            DIA_RANGE(0, 1000000)),
    {.key = NULL},
};

/* The force on link j. */
static double force(const nose_hoover *t, const dia_bath *bath, double twice, const double *v, int j)
{
    const double kT = t->temperature, unit = kT * t->time * t->time;
    const double freedom = t->freedom > 0 ? t->freedom : bath->freedom;
    if (j == 0)
        return (twice - freedom * kT) / (freedom * unit);
    return ((j == 1 ? freedom * unit : unit) * v[j - 1] * v[j - 1] - kT) / unit;
}

static void move_link(const nose_hoover *t, const dia_bath *bath, double twice, double h, double *v, int j)
{
    const double e = j + 1 < t->chain ? exp(-0.25 * h * v[j + 1]) : 1.0;
    v[j] = e * (e * v[j] + 0.5 * h * force(t, bath, twice, v, j));
}

static void nose_hoover_ends(const void *self, const dia_bath *bath, double dt, double *V, double *memory)
{
    const nose_hoover *t = self;
    const double outer = 1.0 / (2.0 - cbrt(2.0)), weights[3] = {outer, 1.0 - 2.0 * outer, outer};
    double twice = 0.0, scale = 1.0; /* 2K */
    for (int c = 0; c < bath->ncart; c++)
        twice += bath->mass[c] * V[c] * V[c];
    for (int w = 0; w < 3; w++) {
        const double h = weights[w] * dt;
        for (int j = t->chain - 1; j >= 0; j--)
            move_link(t, bath, twice, h, memory, j);
        const double s = exp(-h * memory[0]);
        scale *= s;
        twice *= s * s;
        for (int j = 0; j < t->chain; j++)
            move_link(t, bath, twice, h, memory, j);
    }
    for (int c = 0; c < bath->ncart; c++)
        V[c] *= scale;
}

const dia_thermostat_type dia_thermostat_type_nose_hoover = {
    .name = "nose_hoover",
    .summary = "a chain of Nose-Hoover thermostats for each trajectory; deterministic",
    .reference =
        "G. J. Martyna, M. L. Klein, M. Tuckerman, J. Chem. Phys. 97, 2635 (1992), DOI 10.1063/1.463940; G. J. "
        "Martyna, M. E. Tuckerman, D. J. Tobias, M. L. Klein, Mol. Phys. 87, 1117 (1996), DOI "
        "10.1080/00268979600100761",
    .options = nose_hoover_options,
    .self_size = sizeof(nose_hoover),
    .ends = nose_hoover_ends,
};
