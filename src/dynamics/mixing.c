/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/mixing.h"

#include <math.h>

#include "dynamics/momentum.h"
#include "math/vector.h"

const dia_option dia_mixing_options[] = {
    DIA_REAL(dia_mixing, constant, DIA_ENERGY, "0.1 hartree",
             "E_0 in the decay time (1 + E_0/kinetic energy along the direction)/|energy difference|",
             DIA_RANGE(0.0, 1e6)),
    {.key = NULL},
};

/* h^T M^-1 g */
static double product(const dia_step_view *view, const double *h, const double *g)
{
    double sum = 0.0;
    for (int c = 0; c < view->ncart; c++)
        sum += h[c] * g[c] / view->mass[c];
    return sum;
}

/* |E_i - E_K| s of trajectory b, h = (E_i - E_K) d: finite where the states meet. */
static void direction(const dia_step_view *view, int b, double gap, const double *h, const double *V, double *s)
{
    for (int c = 0; c < view->ncart; c++)
        s[c] = view->mass[c] * V[c];
    view->vibration(view, b, s);
    const double size = sqrt(product(view, h, h)), share = size > 0.0 ? product(view, h, s) / size : 0.0;
    for (int c = 0; c < view->ncart; c++)
        s[c] = gap * s[c] + share * h[c];
}

/* Share of the population that decays in this step, by the kinetic energy along s. */
static double lost(const dia_mixing *mixing, const dia_step_view *view, double gap, const double *s, const double *V)
{
    const double size = product(view, s, s), along = dia_dot(view->ncart, s, V);
    if (!(size > 0.0))
        return 0.0;
    const double kinetic = 0.5 * along * along / size;
    return kinetic > 0.0 ? -expm1(-view->dt * gap * kinetic / (kinetic + mixing->constant)) : 0.0;
}

/* State i of trajectory b towards its pointer state. */
static void decay(const dia_mixing *mixing, const dia_step_view *view, int b, int i, const double *h, double *V)
{
    const int K = view->active[b];
    const double *E = view->after->E + b * view->nstate, gap = fabs(E[i] - E[K]);
    double *c = view->c_after + 2 * b * view->nstate, *s = view->answers;
    const double here = dia_population(c + 2 * i), there = dia_population(c + 2 * K);
    direction(view, b, gap, h, V, s);
    const double share = lost(mixing, view, gap, s, V), moved = here * share;
    if (!(moved > 0.0) || !dia_momentum_adjust(view->ncart, view->mass, s, moved * (E[K] - E[i]), V))
        return;
    const double left = sqrt(1.0 - share), gain = there > 0.0 ? sqrt((there + moved) / there) : 0.0;
    for (int part = 0; part < 2; part++) {
        c[2 * i + part] *= left;
        c[2 * K + part] *= gain;
    }
    if (!(there > 0.0)) /* its phase is undefined */
        c[2 * K] = sqrt(moved);
}

dia_status dia_mixing_decay(const dia_mixing *mixing, const dia_step_view *view, double *V, double *D, size_t stride)
{
    dia_status status = DIA_OK;
    for (int i = 0; i < view->nstate && status == DIA_OK; i++) {
        const double *h = NULL;
        status = view->couplings(view, i, &h);
        for (int q = 0; q < view->nflying && status == DIA_OK; q++, h += view->ncart) {
            const int b = view->flying[q], K = view->active[b];
            const double *E = view->after->E + b * view->nstate;
            if (i == K)
                continue;
            if (D != NULL)
                D[(size_t)b * stride] += sqrt(product(view, h, h)) / fmax(fabs(E[i] - E[K]), 1e-300);
            decay(mixing, view, b, i, h, V + (size_t)b * (size_t)view->ncart);
        }
    }
    return status;
}

double dia_mixing_scale(const void *self, int nstate)
{
    (void)self, (void)nstate;
    return 1.0;
}
