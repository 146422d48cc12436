/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What hopping and decoherence methods share. */
#ifndef DIA_DYNAMICS_METHOD_H
#define DIA_DYNAMICS_METHOD_H

#include "diabolo/extend.h"

/* |c|^2 of one amplitude (2). */
static inline double dia_population(const double *c)
{
    return c[0] * c[0] + c[1] * c[1];
}

/* Re[conj(a_k) T_kl c_l], the population that went from l to k in a step with a = T c; T (n, n, 2), a and c (n, 2). Its sum over l
 * is |a_k|^2, over k |c_l|^2. */
static inline double dia_flow(int n, const double *T, const double *before, const double *after, int k, int l)
{
    const double *t = T + 2 * (k * n + l), *c = before + 2 * l, *a = after + 2 * k;
    const double re = t[0] * c[0] - t[1] * c[1], im = t[0] * c[1] + t[1] * c[0];
    return a[0] * re + a[1] * im;
}

/* The state that `uniform` chooses by the probabilities g (n), negative ones counting as none; the active state if no other. */
static inline int dia_choose(int n, int active, const double *g, double uniform)
{
    double sum = 0.0;
    for (int j = 0; j < n; j++) {
        if (j == active)
            continue;
        sum += g[j] > 0.0 ? g[j] : 0.0;
        if (uniform < sum)
            return j;
    }
    return active;
}

/* The state of fewest switches after a step from the adiabatic amplitudes before to after = T before (hop/fewest_switches.c). */
int dia_fewest_switches(bool net_flux, int n, int active, const double *T, const double *before, const double *after,
                        double uniform);

/* The same for all that fly: `propose` of a hop type. */
void dia_fewest_switches_propose(bool net_flux, const dia_step_view *view, int *target);

/* c (n, 2): state k to zero; `heir` gains its population and keeps its phase. */
void dia_take_out(int k, int heir, double *c);
/* All states but one to zero. */
void dia_collapse(int n, int onto, double *c);

/* Gradients of state k, or couplings <k|dH/dR|active> (real or, of a complex H, imaginary parts), of all flying trajectories at t+dt:
 * view->answers (nflying, ncart). */
DIA_MUST_USE dia_status dia_method_gradients(const dia_step_view *view, int k);
DIA_MUST_USE dia_status dia_method_couplings(const dia_step_view *view, int k, bool imaginary);
/* rows (n, width) of the states of t, in memory, in the order of t+dt: where states exchanged their numbers. */
void dia_method_follow(const dia_step_view *view, int b, size_t width, double *rows);

#endif
