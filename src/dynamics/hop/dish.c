/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoherence-induced surface hopping (Jaeger, Fischer, Prezhdo, JCP 137, 22A545 (2012), DOI 10.1063/1.4757100): hops happen at decoherence
 * alone. Each state k decoheres at random times, with the rate
 *
 *   1/tau_k = sum_{l != k} |c_l|^2 r_kl,   r_kl = |E_k - E_l|/(1 + C/kinetic)
 *
 * r: the energy-based rates (Granucci, Persico 2007), since rates of pure dephasing, the paper's, are an input of a solid. When state k
 * does, it is chosen with probability |c_k|^2: the trajectory hops to it and the amplitudes collapse onto it. Otherwise, or where
 * the energy does not suffice, k is projected out; if k is the active state, the trajectory hops to one of the others, drawn with
 * their populations. It is a hopping and a decoherence method in one. */
#include <math.h>

#include "diabolo/extend.h"
#include "dynamics/method.h"

typedef struct dish {
    double constant;
} dish;

static const dia_option dish_options[] = {
    DIA_REAL(dish, constant, DIA_ENERGY, "0.1 hartree",
             "C in the rates of decoherence |energy difference|/(1 + C/kinetic energy)", DIA_RANGE(0.0, 1e6)),
    {.key = NULL},
};

/* Memory: of each state how much of its time has passed, and how much there is until it decoheres, in units of tau (0: not drawn);
 * then what a hop of this step means, 1 + the state that is projected out, or 0: a collapse. */
static dia_status dish_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self, (void)error;
    *size = 2 * (size_t)shape->nstate + 1;
    return DIA_OK;
}

/* The clocks of all states by dt. Returns one whose time has come, each with the same chance if there are several; -1: none. */
static int tick(const dish *method, const dia_step_view *view, int b, double *memory)
{
    const int n = view->nstate;
    const double *E = view->after->E + b * n, *c = view->c_after + 2 * b * n, K = view->kinetic[b];
    int due = 0, chosen = -1;
    for (int k = 0; k < n; k++) {
        double rate = 0.0, *own = memory + 2 * k;
        for (int l = 0; l < n; l++)
            rate += l != k ? dia_population(c + 2 * l) * fabs(E[k] - E[l]) * K / (K + method->constant) : 0.0;
        if (own[1] == 0.0)
            own[1] = -log(view->random(view, b, 3 * k));
        own[0] += fabs(view->dt) * rate;
        if (own[0] < own[1])
            continue;
        due++;
        if (view->random(view, b, 3 * k + 1) * due < 1.0)
            chosen = k;
    }
    if (chosen >= 0)
        memory[2 * chosen] = memory[2 * chosen + 1] = 0.0;
    return chosen;
}

/* c without state k, of norm 1; unchanged if nothing else is there. */
static void project_out(int n, int k, double *c)
{
    double rest = 0.0;
    for (int l = 0; l < n; l++)
        rest += l != k ? dia_population(c + 2 * l) : 0.0;
    if (!(rest > 1e-12))
        return;
    c[2 * k] = c[2 * k + 1] = 0.0;
    for (int i = 0; i < 2 * n; i++)
        c[i] /= sqrt(rest);
}

/* A state beside the active one, drawn by the populations; the active one if nothing is there. */
static int draw_other(int n, int active, const double *c, double uniform)
{
    double rest = 0.0, sum = 0.0;
    for (int l = 0; l < n; l++)
        rest += l != active ? dia_population(c + 2 * l) : 0.0;
    int last = active;
    for (int l = 0; l < n && rest > 1e-12; l++) {
        if (l == active)
            continue;
        sum += dia_population(c + 2 * l) / rest;
        last = l;
        if (uniform < sum)
            break;
    }
    return last;
}

static int decide(const dish *method, const dia_step_view *view, int b, double *memory)
{
    const int n = view->nstate, active = view->active[b];
    double *c = view->c_after + 2 * b * n;
    dia_method_follow(view, b, 2, memory);
    memory[2 * n] = 0.0;
    const int k = tick(method, view, b, memory);
    if (k < 0)
        return active;
    if (view->uniform[b] < dia_population(c + 2 * k)) {
        if (k == active)
            dia_collapse(n, k, c);
        return k;
    }
    if (k != active) {
        project_out(n, k, c);
        return active;
    }
    memory[2 * n] = 1.0 + k;
    return draw_other(n, active, c, view->random(view, b, 2));
}

static void dish_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    const size_t size = 2 * (size_t)view->nstate + 1;
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        target[b] = decide(self, view, b, memory + (size_t)b * size);
    }
}

static void dish_after(const void *self, const dia_step_view *view, int b, int from, int to, bool accepted,
                       double *memory, double *c)
{
    (void)self, (void)b, (void)from;
    const int n = view->nstate, out = (int)memory[2 * n] - 1;
    if (!accepted)
        project_out(n, to, c);
    else if (out < 0)
        dia_collapse(n, to, c);
    else
        project_out(n, out, c);
}

const dia_hop_type dia_hop_type_dish = {
    .version = DIA_EXTEND_VERSION,
    .name = "dish",
    .summary = "decoherence-induced surface hopping: states decohere at random times, and hops happen at these alone",
    .reference = "H. M. Jaeger, S. Fischer, O. V. Prezhdo, J. Chem. Phys. 137, 22A545 (2012), DOI 10.1063/1.4757100",
    .options = dish_options,
    .self_size = sizeof(dish),
    .without_decoherence = true,
    .prepare = dish_prepare,
    .propose = dish_propose,
    .after = dish_after,
};
