/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/data/expect.h"

#include <math.h>

#include "diabolo/model.h"
#include "math/eigen.h"
#include "math/vector.h"

void dia_pair_slopes(const dia_checkup *x, int pair, dia_slopes *s)
{
    const dia_near *near = &x->near;
    const int a = near->pair[pair].a, b = near->pair[pair].b, nc = near->ncart;
    const double *dx = near->dx + (size_t)pair * (size_t)nc, *turn = near->turn + 9 * (size_t)pair;
    for (int k = 0; k < x->data.nstate; k++)
        s->a[k] = dia_dot(nc, dia_checkup_gradient(x, a, k), dx);
    for (int k = 0; k < x->data.npair; k++)
        s->ha[k] = dia_dot(nc, dia_checkup_coupling(x, a, k), dx);
    for (int k = 0; k < x->data.nstate + x->data.npair; k++) { /* (turn v) . dx, atom by atom */
        const double *v =
            k < x->data.nstate ? dia_checkup_gradient(x, b, k) : dia_checkup_coupling(x, b, k - x->data.nstate);
        double sum = 0.0;
        for (int c = 0; c < nc; c += 3)
            for (int i = 0; i < 3; i++)
                sum += dx[c + i] * dia_dot3(turn + 3 * i, v + c);
        *(k < x->data.nstate ? &s->b[k] : &s->hb[k - x->data.nstate]) = sum;
    }
}

/* Energies expected at a step from e; the states whose slopes are missing stay NaN. */
static void step(int n, const double *e, double sign, const double *slope, const double *coupling, double *out)
{
    double H[DIA_DATASET_STATES * (DIA_DATASET_STATES + 1) / 2], E[DIA_DATASET_STATES],
        U[DIA_DATASET_STATES * DIA_DATASET_STATES], work[1000];
    int state[DIA_DATASET_STATES], m = 0;
    for (int k = 0; k < n; k++) {
        out[k] = NAN;
        if (!isnan(e[k] + slope[k]))
            state[m++] = k;
    }
    for (int j = 0; j < m; j++)
        for (int i = 0; i <= j; i++) {
            const double h = i == j ? 0.0 : coupling[state[j] * (state[j] - 1) / 2 + state[i]];
            H[dia_packed(i, j)] = i == j ? e[state[i]] + sign * slope[state[i]] : isnan(h) ? 0.0 : sign * h;
        }
    if (m > 0 && dia_eigen_work(m) <= sizeof work / sizeof work[0] && dia_eigen_packed(m, H, E, U, work))
        for (int k = 0; k < m; k++)
            out[state[k]] = E[k];
}

void dia_pair_residual(const dia_checkup *x, int pair, const dia_slopes *s, double *residual)
{
    const int n = x->data.nstate;
    const double *ea = dia_checkup_energy(x, x->near.pair[pair].a), *eb = dia_checkup_energy(x, x->near.pair[pair].b);
    double to_b[DIA_DATASET_STATES], to_a[DIA_DATASET_STATES];
    step(n, ea, 1.0, s->a, s->ha, to_b);
    step(n, eb, -1.0, s->b, s->hb, to_a);
    for (int k = 0; k < n; k++)
        residual[k] = 0.5 * ((eb[k] - to_b[k]) - (ea[k] - to_a[k]));
}
