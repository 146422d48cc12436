/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The field of light at a time, and how a molecule stands in it. */
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "dynamics/light_table.h"

double dia_pulse_envelope(const dia_pulse *p, double t)
{
    if (t < p->from || t > p->to)
        return 0.0;
    const double x = t - p->centre;
    switch (p->shape) {
    case DIA_ENVELOPE_GAUSSIAN:
        return exp(-2.0 * log(2.0) * x * x / (p->fwhm * p->fwhm));
    case DIA_ENVELOPE_COSINE: {
        const double c = cos(DIA_PI * x / (p->to - p->from));
        return c * c;
    }
    default:
        return 1.0;
    }
}

void dia_light_field(const dia_light *light, double t, double E[6])
{
    memset(E, 0, 6 * sizeof *E);
    const dia_pulse *pulse = light->pulses.items;
    for (int i = 0; i < light->pulses.n; i++) {
        const dia_pulse *p = &pulse[i];
        const double f = p->amplitude * dia_pulse_envelope(p, t), x = t - p->centre,
                     phase = p->energy * x + 0.5 * p->chirp * x * x + p->phase;
        for (int c = 0; c < 3 && f != 0.0; c++) {
            E[2 * c] += f * p->unit[c] * cos(phase);
            E[2 * c + 1] -= f * p->unit[c] * sin(phase);
        }
    }
    dia_light_table_field(light, t, E);
}

bool dia_light_dark(const dia_light *light, double from, double to)
{
    return to <= light->from || from >= light->to;
}

/* Uniform among all rotations: a random quaternion (Shoemake, Graphics Gems III, 124 (1992)). */
void dia_light_orientation(const dia_light *light, uint64_t seed, int64_t trajectory, double Q[9])
{
    double q[4] = {1.0, 0.0, 0.0, 0.0}, u[3];
    for (int i = 0; i < 3 && light->orientation != 0; i++)
        u[i] = dia_rng_uniform(seed, (uint64_t)trajectory, 0, DIA_PURPOSE_LIGHT, (uint32_t)i);
    if (light->orientation != 0) {
        const double a = sqrt(1.0 - u[0]), b = sqrt(u[0]);
        q[0] = b * cos(2.0 * DIA_PI * u[2]);
        q[1] = a * sin(2.0 * DIA_PI * u[1]);
        q[2] = a * cos(2.0 * DIA_PI * u[1]);
        q[3] = b * sin(2.0 * DIA_PI * u[2]);
    }
    const double w = q[0], x = q[1], y = q[2], z = q[3];
    const double rows[9] = {1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z),       2.0 * (x * z + w * y),
                            2.0 * (x * y + w * z),       1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x),
                            2.0 * (x * z - w * y),       2.0 * (y * z + w * x),       1.0 - 2.0 * (x * x + y * y)};
    memcpy(Q, rows, sizeof rows);
}
