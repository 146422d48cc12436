/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curvature-driven surface hopping: adiabatic energies and gradients alone say how states couple. Near an avoided crossing
 * the gap Z(t) is a hyperbola, and (Baeck, An, JCP 146, 064107 (2017), along a trajectory)
 *
 *   |d_kl.v| = sqrt(Z''/Z)/2 where Z''/Z > 0, else 0.
 *
 * Z'' is the change of dZ/dt, from the gradients, over the step (Shu, Zhang, Chen, Sun, Huang, Truhlar, JCTC 18, 1320 (2022));
 * do Casal, Toldo, Pinheiro, Barbatti, Open Res. Europe 1, 49 (2021), take it from energies. Amplitudes too are
 * propagated with it, in the adiabatic basis over sub-steps, and replace those of the exact propagator: populations of
 * amplitudes, decoherence and everything else see them. The sign of a coupling cannot be told from energies: it is positive for
 * k above l (Shu et al.), in states whose signs, of a complex H phases, are followed from the start of the trajectory; memory holds
 * the factors of size 1 by which these differ from the states of the frame. Of a complex H all of this is of its own states, so that
 * spin-orbit coupling too is what the curvature says. */
#include <math.h>
#include <string.h>

#include "diabolo/extend.h"
#include "dynamics/adiabatic.h"
#include "dynamics/method.h"

typedef struct curvature {
    int substeps;
} curvature;

static const dia_option curvature_options[] = {
    DIA_INT(curvature, substeps, "25", "of the adiabatic amplitudes in a step; a hop may happen in each",
            DIA_RANGE(1, 100000)),
    {.key = NULL},
};

static dia_status curvature_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self;
    (void)error;
    *size = 2 * (size_t)shape->nstate;
    return DIA_OK;
}

static double slope(const dia_step_view *view, const dia_frame *frame, int b, const double *rate, int k)
{
    double z[2];
    dia_frame_element(frame, b, rate + b * view->npacked, k, k, z);
    return z[0];
}

/* Size of the coupling in the middle of the step. Two states that have changed places within it are followed, as what they
 * are, and do not couple. More than a quarter of a turn in a step means nothing: that is where Z is 0. */
static double coupling(const dia_step_view *view, int b, int k, int l)
{
    const int n = view->nstate;
    const double Z0 = view->before->E[b * n + k] - view->before->E[b * n + l],
                 Z1 = view->after->E[b * n + k] - view->after->E[b * n + l];
    const double rate0 = slope(view, view->before, b, view->dH_before, k) -
                         slope(view, view->before, b, view->dH_before, l),
                 rate1 = slope(view, view->after, b, view->dH, k) - slope(view, view->after, b, view->dH, l);
    const double ratio = (rate1 - rate0) / view->dt / (0.5 * (Z0 + Z1));
    if (!(Z0 * Z1 > 0.0) || !(ratio > 0.0))
        return 0.0;
    return fmin(0.5 * sqrt(ratio), 1.57079632679489662 / fabs(view->dt));
}

/* memory (n, 2): factor of each state of t+dt, from those of t. */
static void follow_phases(const dia_step_view *view, int b, double *memory)
{
    const int n = view->nstate;
    double *old = view->work;
    for (int k = 0; k < n; k++) {
        const bool start = !(hypot(memory[2 * k], memory[2 * k + 1]) > 0.0); /* 0 at the start */
        old[2 * k] = start ? 1.0 : memory[2 * k];
        old[2 * k + 1] = start ? 0.0 : memory[2 * k + 1];
    }
    for (int k = 0; k < n; k++) { /* times the conjugate of the turn: it turns the states of t onto those of t+dt */
        const double *f = old + 2 * view->origin[b * n + k];
        double turn[2];
        dia_adiabatic_turn(view, b, k, turn);
        memory[2 * k] = f[0] * turn[0] + f[1] * turn[1];
        memory[2 * k + 1] = f[1] * turn[0] - f[0] * turn[1];
    }
}

/* c <- f c, or f^* c */
static void multiply(const double *f, bool conjugate, double *c)
{
    const double im = conjugate ? -f[1] : f[1], x = c[0], y = c[1];
    c[0] = f[0] * x - im * y;
    c[1] = f[0] * y + im * x;
}

static int pass(const curvature *method, const dia_step_view *view, int b, double *memory)
{
    const int n = view->nstate;
    follow_phases(view, b, memory);
    dia_adiabatic_step step = dia_adiabatic_begin(view, b);
    memset(step.sigma0, 0, 2 * (size_t)(n * n) * sizeof *step.sigma0);
    for (int k = 0; k < n; k++) {
        multiply(memory + 2 * k, true, step.c + 2 * k);
        for (int l = 0; l < k; l++) {
            step.sigma0[2 * (k * n + l)] = coupling(view, b, k, l);
            step.sigma0[2 * (l * n + k)] = -step.sigma0[2 * (k * n + l)];
        }
    }
    step.sigma1 = step.sigma0;
    dia_adiabatic_integrate(&step, method->substeps);
    for (int k = 0; k < n; k++) {
        multiply(memory + 2 * k, false, step.c + 2 * k);
        memcpy(view->c_after + 2 * (b * n + k), step.c + 2 * k, 2 * sizeof *step.c);
    }
    return dia_choose(n, step.active, step.g, view->uniform[b]);
}

static void curvature_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        target[b] =
            view->nstate > 1 ? pass(self, view, b, memory + 2 * (size_t)b * (size_t)view->nstate) : view->active[b];
    }
}

const dia_hop_type dia_hop_type_curvature = {
    .version = DIA_EXTEND_VERSION,
    .name = "curvature",
    .summary =
        "fewest switches with couplings from the curvature of gaps in time (Baeck-An): energies and gradients alone",
    .reference =
        "K. K. Baeck, H. An, J. Chem. Phys. 146, 064107 (2017), DOI 10.1063/1.4975323; M. T. do Casal, J. M. Toldo, "
        "M. Pinheiro Jr., M. Barbatti, Open Res. Europe 1, 49 (2021), DOI 10.12688/openreseurope.13624.1; Y. Shu, L. "
        "Zhang, X. Chen, S. Sun, Y. Huang, D. G. Truhlar, J. Chem. Theory Comput. 18, 1320 (2022), DOI "
        "10.1021/acs.jctc.1c01080",
    .options = curvature_options,
    .self_size = sizeof(curvature),
    .needs_hdot = true,
    .prepare = curvature_prepare,
    .propose = curvature_propose,
};
