/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Landau-Zener hops at minima of adiabatic gaps (Belyaev, Lebedev, PRA 84, 014701 (2011),
 * DOI 10.1103/PhysRevA.84.014701, eq. 6):
 *
 *   P = exp(-(pi/2) sqrt(Z^3 / Z''))        Z the gap at its minimum in time
 *
 * A minimum lies in the step if the gap falls at its beginning and rises at its end; the rates are exact, u^T dH/dt u
 * of either state, so each minimum is found in exactly one step. Within the step Y = Z^2 is taken as a parabola, which
 * it is where two diabats cross linearly: Z^3/Z'' = 2 Y^2/Y'' there, finite however narrow the crossing and right
 * however long the step. Only pairs of adjacent states are examined. The method needs no amplitudes; they are
 * propagated only for their populations.
 *
 * The formula treats every minimum as an avoided crossing. Where the two states do not couple along the path
 * (diabats of different symmetry that approach and separate again) no population is transferred, and with
 * `uncoupled: stay` nothing hops: H is known here, so the coupling can be tested. A trivial crossing differs in that
 * the states exchange. */
#include <math.h>

#include "diabolo/extend.h"

enum { STAY, HOP };

typedef struct landau_zener {
    int uncoupled;
} landau_zener;

static const dia_option landau_zener_options[] = {
    DIA_CHOICE(landau_zener, uncoupled, "stay|hop", "stay",
               "at a minimum of the gap between states that do not couple along the path; hop: by the gap alone"),
    {.key = NULL},
};

/* u_k^T A u_k, A packed. */
static double expectation(int n, const double *U, const double *A, int k)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            sum += (i == j ? 1.0 : 2.0) * U[i * n + k] * U[j * n + k] * *A++;
    return sum;
}

typedef struct gap {
    double square, rate; /* Z^2 and its derivative */
} gap;

static gap gap_at(const dia_frame *frame, const double *dH, int b, int lower)
{
    const int n = frame->nstate;
    const double *E = frame->E + b * n, *U = frame->U + b * n * n;
    const double Z = E[lower + 1] - E[lower];
    const double dZ = expectation(n, U, dH, lower + 1) - expectation(n, U, dH, lower);
    return (gap){Z * Z, 2.0 * Z * dZ};
}

/* Do states k and l couple by dH/dt, beyond its rounding? */
static bool couple(const dia_frame *frame, const double *dH, int b, int k, int l)
{
    const int n = frame->nstate;
    const double *U = frame->U + b * n * n;
    double sum = 0.0, size = 0.0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            const double h = dH[dia_packed(i, j)];
            sum += U[i * n + k] * h * U[j * n + l];
            size += fabs(h);
        }
    return fabs(sum) > 1e-12 * size;
}

/* Do states k and l mix between t and t+dt: by a coupling at either end, or because they have exchanged, or are
 * degenerate at an end and about to exchange? */
static bool mix(const dia_step_view *view, int b, int k, int l)
{
    const int n = view->nstate, p = n * (n + 1) / 2;
    const double *U0 = view->before->U + b * n * n, *U1 = view->after->U + b * n * n;
    double overlap = 0.0;
    for (int i = 0; i < n; i++)
        overlap += U0[i * n + k] * U1[i * n + l];
    const double *E0 = view->before->E + b * n, *E1 = view->after->E + b * n;
    return fabs(overlap) > 1e-12 || E0[l] - E0[k] <= 1e-12 || E1[l] - E1[k] <= 1e-12 ||
           couple(view->before, view->dH_before + b * p, b, k, l) || couple(view->after, view->dH + b * p, b, k, l);
}

/* Probability of leaving state `lower` for lower+1, or back, in the step. */
static double probability(const landau_zener *method, const dia_step_view *view, int b, int lower)
{
    const int p = view->nstate * (view->nstate + 1) / 2;
    const gap y0 = gap_at(view->before, view->dH_before + b * p, b, lower);
    const gap y1 = gap_at(view->after, view->dH + b * p, b, lower);
    if (!(y0.rate < 0.0 && y1.rate >= 0.0))
        return 0.0;
    if (method->uncoupled == STAY && !mix(view, b, lower, lower + 1))
        return 0.0;
    const double curvature = (y1.rate - y0.rate) / view->dt;
    const double left = -y0.rate / curvature, right = view->dt - left;
    const double least = 0.5 * (y0.square + 0.5 * y0.rate * left + y1.square - 0.5 * y1.rate * right);
    return exp(-1.57079632679489662 * fmax(least, 0.0) * sqrt(2.0 / curvature));
}

static void landau_zener_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    const landau_zener *method = self;
    (void)memory;
    for (int b = 0; b < view->batch; b++) {
        const int active = view->active[b];
        const double down = active > 0 ? probability(method, view, b, active - 1) : 0.0;
        const double up = active + 1 < view->nstate ? probability(method, view, b, active) : 0.0;
        target[b] = active;
        if (view->uniform[b] < down)
            target[b] = active - 1;
        else if (view->uniform[b] < down + up)
            target[b] = active + 1;
    }
}

const dia_hop_type dia_hop_type_landau_zener = {
    .version = DIA_EXTEND_VERSION,
    .name = "landau_zener",
    .summary =
        "hops at minima of adiabatic gaps with the Landau-Zener probability of Belyaev and Lebedev, which knows the "
        "gap alone; between states that do not couple along the path nothing hops unless `uncoupled: hop`",
    .reference = "A. K. Belyaev, O. V. Lebedev, Phys. Rev. A 84, 014701 (2011), DOI 10.1103/PhysRevA.84.014701",
    .options = landau_zener_options,
    .self_size = sizeof(landau_zener),
    .needs_hdot = true,
    .propose = landau_zener_propose,
};
