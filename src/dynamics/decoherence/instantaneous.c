/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Instantaneous decoherence: amplitudes of other states are set to zero, and the active state gains what they lose,
 *
 *   uncoupled   of each state k whose coupling with the active one has become small, |d_ka.v| <= threshold |E_k - E_a| (a
 *               coupling per time against the frequency with which its effect averages out), at the end of each step
 *   hops        of all states at each accepted hop                         (ID-S)
 *   attempts    of all states at each attempted hop, onto the active state (ID-A)
 *
 * The last two: Nelson, Fernandez-Alberti, Roitberg, Tretiak, JCP 138, 224111 (2013), DOI 10.1063/1.4809568. */
#include <math.h>

#include "diabolo/extend.h"
#include "dynamics/method.h"
#include "math/vector.h"

enum { UNCOUPLED, HOPS, ATTEMPTS };

typedef struct instantaneous {
    int when;
    double threshold;
} instantaneous;

static const dia_option instantaneous_options[] = {
    DIA_CHOICE(
        instantaneous, when, "uncoupled|hops|attempts", "uncoupled",
        "amplitudes of other states vanish where they are no longer coupled, at accepted or at all attempted hops"),
    DIA_REAL(instantaneous, threshold, DIA_PURE, "0.01",
             "of uncoupled: coupling per time over energy difference below which a state counts so; 0: always",
             DIA_RANGE(0.0, 1e6)),
    {.key = NULL},
};

/* |d_ka.v|^2 (E_k - E_a)^2 of each state k at the end of the step. */
static dia_status instantaneous_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    const instantaneous *method = self;
    (void)error;
    *size = method->when == UNCOUPLED ? (size_t)shape->nstate : 0;
    return DIA_OK;
}

static bool look(const dia_step_view *view, int k, double *memory)
{
    for (int part = 0; part < (view->after->hermitian ? 2 : 1); part++) {
        if (dia_method_couplings(view, k, part == 1) != DIA_OK)
            return false;
        for (int q = 0; q < view->nflying; q++) {
            const int b = view->flying[q];
            double *own = memory + b * view->nstate + k;
            const double h = dia_dot(view->ncart, view->answers + q * view->ncart, view->velocity + b * view->ncart);
            *own = h * h + (part == 1 ? *own : 0.0);
        }
    }
    return true;
}

static void instantaneous_decohere(const void *self, const dia_step_view *view, double *memory, double *c)
{
    const instantaneous *method = self;
    const int n = view->nstate;
    if (method->when != UNCOUPLED)
        return;
    for (int k = 0; k < n; k++)
        if (!look(view, k, memory))
            return;
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q], active = view->active[b];
        const double *E = view->after->E + b * n;
        for (int k = 0; k < n; k++) {
            const double gap = E[k] - E[active];
            if (k != active && (method->threshold == 0.0 || sqrt(memory[b * n + k]) < method->threshold * gap * gap))
                dia_take_out(k, active, c + 2 * b * n);
        }
    }
}

static void instantaneous_after(const void *self, const dia_step_view *view, int b, int from, int to, bool accepted,
                                double *memory, double *c)
{
    const instantaneous *method = self;
    (void)from, (void)to, (void)memory;
    if (method->when == ATTEMPTS || (method->when == HOPS && accepted))
        dia_collapse(view->nstate, view->active[b], c);
}

const dia_decoherence_type dia_decoherence_type_instantaneous = {
    .version = DIA_EXTEND_VERSION,
    .name = "instantaneous",
    .summary = "amplitudes of other states vanish at once, where they are no longer coupled or at hops",
    .reference = "T. Nelson, S. Fernandez-Alberti, A. E. Roitberg, S. Tretiak, J. Chem. Phys. 138, 224111 (2013), DOI "
                 "10.1063/1.4809568",
    .options = instantaneous_options,
    .self_size = sizeof(instantaneous),
    .prepare = instantaneous_prepare,
    .after = instantaneous_after,
    .decohere = instantaneous_decohere,
    .without_light = true,
};
