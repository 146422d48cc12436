/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coherent switching with decay of mixing (Zhu, Nangia, Jasper, Truhlar, JCP 121, 7658 (2004), DOI 10.1063/1.1793991): a mean field that
 * decays towards a pointer state (mixing.h). The pointer changes as in fewest switches, but by amplitudes that do not decay: those of
 * the trajectory from the last minimum in time of
 *
 *   D = sum_i |d_iK|
 *
 * on, that is, through each passage of a region of coupling as a whole. At the minimum they are set to the amplitudes of the
 * trajectory. Populations are those of the amplitudes that decay. */
#include <string.h>

#include "dynamics/mixing.h"

/* Memory of a trajectory: D now and of the two steps before; then the coherent amplitudes at t and t+dt, adiabatic. */
enum { NOW, LAST, BEFORE, AMPLITUDES };

static size_t width(int n)
{
    return AMPLITUDES + 4 * (size_t)n;
}

static dia_status csdm_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self, (void)error;
    *size = width(shape->nstate);
    return DIA_OK;
}

static void csdm_propagate(const void *self, const dia_step_view *view, int b, double *memory)
{
    (void)self;
    const int n = view->nstate;
    const double *T = view->T + 2 * b * n * n;
    double *before = memory + AMPLITUDES, *after = before + 2 * n, norm = 0.0;
    memcpy(before, after, 2 * (size_t)n * sizeof *before);
    for (int k = 0; k < n; k++)
        norm += dia_population(before + 2 * k);
    if (norm == 0.0) /* the first step */
        memcpy(before, view->c_before + 2 * b * n, 2 * (size_t)n * sizeof *before);
    for (int k = 0; k < n; k++) {
        after[2 * k] = after[2 * k + 1] = 0.0;
        for (int l = 0; l < n; l++) {
            const double *t = T + 2 * (k * n + l), *c = before + 2 * l;
            after[2 * k] += t[0] * c[0] - t[1] * c[1];
            after[2 * k + 1] += t[0] * c[1] + t[1] * c[0];
        }
    }
}

static void csdm_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    (void)self;
    const int n = view->nstate;
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        const double *before = memory + (size_t)b * width(n) + AMPLITUDES;
        target[b] = dia_fewest_switches(false, n, view->active[b], view->T + 2 * b * n * n, before, before + 2 * n,
                                        view->uniform[b]);
    }
}

static dia_status csdm_decay(const void *self, const dia_step_view *view, double *memory, double *V)
{
    const int n = view->nstate;
    for (int q = 0; q < view->nflying; q++)
        memory[(size_t)view->flying[q] * width(n) + NOW] = 0.0;
    const dia_status status = dia_mixing_decay(self, view, V, memory + NOW, width(n));
    for (int q = 0; q < view->nflying && status == DIA_OK; q++) {
        const int b = view->flying[q];
        double *own = memory + (size_t)b * width(n);
        if (own[LAST] < own[BEFORE] && own[NOW] > own[LAST]) /* zeros, before the third step, are no minimum */
            memcpy(own + AMPLITUDES + 2 * n, view->c_after + 2 * b * n, 2 * (size_t)n * sizeof *own);
        own[BEFORE] = own[LAST];
        own[LAST] = own[NOW];
    }
    return status;
}

const dia_hop_type dia_hop_type_csdm = {
    .version = DIA_EXTEND_VERSION,
    .name = "csdm",
    .summary = "coherent switching with decay of mixing: a mean field that decays to one state",
    .reference = "C. Zhu, S. Nangia, A. W. Jasper, D. G. Truhlar, J. Chem. Phys. 121, 7658 (2004), DOI "
                 "10.1063/1.1793991",
    .options = dia_mixing_options,
    .self_size = sizeof(dia_mixing),
    .without_decoherence = true,
    .prepare = csdm_prepare,
    .propose = csdm_propose,
    .propagate = csdm_propagate,
    .mean_field = dia_mixing_scale,
    .decay = csdm_decay,
    .scale = dia_mixing_scale,
};
