/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/mapping.h"

#include <math.h>

int dia_mapping_largest(int n, const double *c)
{
    int most = 0;
    for (int k = 1; k < n; k++)
        if (dia_population(c + 2 * k) > dia_population(c + 2 * most))
            most = k;
    return most;
}

void dia_mapping_sphere(const dia_step_view *view, int b, int n, int largest, double *z)
{
    double norm = 0.0;
    for (int k = 0; k < n; k++) { /* normal numbers, by Box and Muller */
        const double size = sqrt(-2.0 * log(view->random(view, b, 2 * k))),
                     phase = 6.283185307179586 * view->random(view, b, 2 * k + 1);
        z[2 * k] = size * cos(phase);
        z[2 * k + 1] = size * sin(phase);
        norm += size * size;
    }
    const int most = dia_mapping_largest(n, z);
    for (int i = 0; i < 2; i++) {
        const double swap = z[2 * largest + i];
        z[2 * largest + i] = z[2 * most + i];
        z[2 * most + i] = swap;
    }
    for (int i = 0; i < 2 * n; i++)
        z[i] /= sqrt(norm);
}

static dia_status rate(const dia_step_view *view, int b, int k, int l, bool imaginary, double *value)
{
    (imaginary ? dia_weight_pair_imaginary : dia_weight_pair)(view->after, b, k, l, view->W);
    const dia_status status = view->contract(view, 1, &b, view->W, view->answers);
    const double *V = view->velocity + (size_t)b * (size_t)view->ncart;
    *value = 0.0;
    for (int c = 0; c < view->ncart && status == DIA_OK; c++)
        *value += view->answers[c] * V[c];
    return status;
}

dia_status dia_mapping_phases(const dia_step_view *view, int b, int active, double *f)
{
    dia_status status = DIA_OK;
    for (int k = 0; k < view->nstate && status == DIA_OK; k++) {
        double re = 0.0, im = 0.0;
        if (k != active)
            status = rate(view, b, active, k, false, &re);
        if (k != active && status == DIA_OK && view->after->hermitian)
            status = rate(view, b, active, k, true, &im);
        const double size = hypot(re, im);
        f[2 * k] = size > 0.0 ? re / size : 1.0;
        f[2 * k + 1] = size > 0.0 ? -im / size : 0.0;
    }
    return status;
}

void dia_mapping_turn(double *a, const double *f)
{
    const double x = a[0], y = a[1];
    a[0] = x * f[0] - y * f[1];
    a[1] = x * f[1] + y * f[0];
}

void dia_mapping_hemisphere(const dia_step_view *view, int b, int i, const double *f, double *z)
{
    const double larger = 0.5 * (1.0 + sqrt(view->random(view, b, i))), /* S_z = sqrt(u) */
        phase = 6.283185307179586 * view->random(view, b, i + 1);
    z[0] = sqrt(larger);
    z[1] = 0.0;
    z[2] = sqrt(1.0 - larger) * cos(phase);
    z[3] = sqrt(1.0 - larger) * sin(phase);
    dia_mapping_turn(z + 2, f);
}
