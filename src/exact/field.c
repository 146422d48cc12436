/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/field.h"

#include <math.h>
#include <string.h>

void dia_field_cut(const dia_light *light, double t, double dt, int substeps, dia_field_pieces *pieces)
{
    const double c = sqrt(3.0) / 6.0, small = 0.25 - c, large = 0.25 + c, h = dt / substeps;
    pieces->n = 2 * substeps;
    pieces->h = 0.5 * h;
    for (int i = 0; i < substeps; i++) {
        double first[6], second[6];
        dia_light_field(light, t + (i + 0.5 - c) * h, first);
        dia_light_field(light, t + (i + 0.5 + c) * h, second);
        for (int k = 0; k < 6; k++) {
            pieces->E[2 * i][k] = 2.0 * (large * first[k] + small * second[k]);
            pieces->E[2 * i + 1][k] = 2.0 * (small * first[k] + large * second[k]);
        }
    }
}

int dia_field_level(double rate, double dt, double angle)
{
    const double substeps = rate * fabs(dt) / angle;
    if (!(substeps > 1.0))
        return 0;
    const int level = substeps < 1e9 ? ilogb(substeps) + 1 : DIA_FIELD_LEVELS;
    return level < DIA_FIELD_LEVELS ? level : DIA_FIELD_LEVELS - 1;
}

bool dia_field_dark(const dia_light *light, double t, double dt)
{
    return light == NULL || dia_light_dark(light, fmin(t, t + dt), fmax(t, t + dt));
}

void dia_field_coupling(const dia_shape *shape, bool rotating_wave, const double *mu, const double E[6], double *A)
{
    const int n = shape->nstate;
    const size_t npacked = (size_t)shape->npacked;
    const double half = rotating_wave ? 0.5 : 1.0;
    memset(A, 0, 2 * (size_t)(n * n) * sizeof *A);
    for (size_t c = 0; c < 3; c++) {
        const double re = half * E[2 * c], im = rotating_wave ? half * E[2 * c + 1] : 0.0, *m = mu + c * npacked;
        if (re == 0.0 && im == 0.0)
            continue;
        for (int k = 0; k < n; k++)
            for (int l = 0; l <= k; l++) {
                const double x = m[dia_packed(k, l)],
                             y = dia_hermitian(shape) && k != l ? m[dia_packed_imaginary(n, k, l)] : 0.0;
                if (rotating_wave && k == l)
                    continue;
                A[2 * (k * n + l)] -= re * x - im * y;
                A[2 * (k * n + l) + 1] -= re * y + im * x;
            }
    }
}
