/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/decoherence.h"

#include <math.h>

static double population(const double *c)
{
    return c[0] * c[0] + c[1] * c[1];
}

void dia_decohere_energy(int nstate, int active, const double *E, double kinetic, double dt, double constant,
                         dia_edc_convention convention, double *c)
{
    if (!(kinetic > 0.0))
        return; /* tau is infinite */
    const double share = kinetic / (kinetic + constant);
    const double power = convention == DIA_EDC_AMPLITUDE ? 1.0 : 0.5;
    double *a = c + 2 * active;
    const double old = population(a);
    double gained = 0.0;
    for (int k = 0; k < nstate; k++) {
        if (k == active)
            continue;
        const double factor = exp(-power * dt * fabs(E[k] - E[active]) * share);
        gained += population(c + 2 * k) * (1.0 - factor * factor);
        c[2 * k] *= factor;
        c[2 * k + 1] *= factor;
    }
    if (old > 0.0) {
        const double scale = sqrt((old + gained) / old);
        a[0] *= scale;
        a[1] *= scale;
    } else { /* no phase to keep */
        a[0] = sqrt(gained);
    }
}
