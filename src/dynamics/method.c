/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/method.h"

#include <math.h>
#include <string.h>

dia_status dia_method_gradients(const dia_step_view *view, int k)
{
    for (int q = 0; q < view->nflying; q++)
        dia_weight_pair(view->after, view->flying[q], k, k, view->W + (size_t)q * (size_t)view->npacked);
    return view->contract(view, view->nflying, view->flying, view->W, view->answers);
}

dia_status dia_method_couplings(const dia_step_view *view, int k, bool imaginary)
{
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        (imaginary ? dia_weight_pair_imaginary : dia_weight_pair)(view->after, b, k, view->active[b],
                                                                  view->W + (size_t)q * (size_t)view->npacked);
    }
    return view->contract(view, view->nflying, view->flying, view->W, view->answers);
}

void dia_method_follow(const dia_step_view *view, int b, size_t width, double *rows)
{
    const int n = view->nstate, *origin = view->origin + b * n;
    for (int k = 0; k < n; k++) {
        int j = origin[k];
        while (j < k) /* that row has been moved to where its own came from */
            j = origin[j];
        for (size_t i = 0; j != k && i < width; i++) {
            const double swap = rows[(size_t)k * width + i];
            rows[(size_t)k * width + i] = rows[(size_t)j * width + i];
            rows[(size_t)j * width + i] = swap;
        }
    }
}

static inline int switches(bool net_flux, const int n, int active, const double *T, const double *before,
                           const double *after, double uniform)
{
    const double here = dia_population(before + 2 * active);
    if (!(here > 0.0))
        return active; /* no population to lose */
    const double loss = here - dia_population(after + 2 * active);
    const double left = here - dia_flow(n, T, before, after, active, active);
    const bool shared = !net_flux && loss * left > 0.0;
    const double per = shared ? loss / (left * here) : 1.0 / here;
    double sum = 0.0;
    for (int j = 0; j < n; j++) {
        if (j == active)
            continue;
        const double out = dia_flow(n, T, before, after, j, active);
        const double g = per * (shared ? out : out - dia_flow(n, T, before, after, active, j));
        sum += g > 0.0 ? g : 0.0;
        if (uniform < sum)
            return j;
    }
    return active;
}

int dia_fewest_switches(bool net_flux, int n, int active, const double *T, const double *before, const double *after,
                        double uniform)
{
    return switches(net_flux, n, active, T, before, after, uniform);
}

static inline void propose(bool net_flux, const int n, const dia_step_view *view, int *target)
{
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        target[b] = switches(net_flux, n, view->active[b], view->T + 2 * b * n * n, view->c_before + 2 * b * n,
                             view->c_after + 2 * b * n, view->uniform[b]);
    }
}

void dia_fewest_switches_propose(bool net_flux, const dia_step_view *view, int *target)
{
    if (view->nstate == 2) /* constants, so that the compiler unrolls */
        propose(net_flux, 2, view, target);
    else if (view->nstate == 3)
        propose(net_flux, 3, view, target);
    else
        propose(net_flux, view->nstate, view, target);
}

void dia_take_out(int k, int heir, double *c)
{
    double *a = c + 2 * heir;
    const double old = dia_population(a), gained = dia_population(c + 2 * k);
    c[2 * k] = c[2 * k + 1] = 0.0;
    if (old > 0.0) {
        const double scale = sqrt((old + gained) / old);
        a[0] *= scale;
        a[1] *= scale;
    } else { /* its phase is undefined */
        a[0] = sqrt(gained);
    }
}

void dia_collapse(int n, int onto, double *c)
{
    for (int k = 0; k < n; k++)
        if (k != onto)
            dia_take_out(k, onto, c);
}
