/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/internal.h"

#include <math.h>
#include <string.h>

#include "math/vector.h"
#include "molecule/modes.h"

static void take_out(int nc, int n, const double *T, double *v)
{
    for (int k = 0; k < n; k++) {
        const double *t = T + k * nc, part = dia_dot(nc, t, v);
        for (int c = 0; c < nc; c++)
            v[c] -= part * t[c];
    }
}

void dia_internal_project(const dia_molecule *unit, const double *R, int n, double *vectors, double *T)
{
    const int rigid = dia_rigid_motions(unit, R, T);
    for (int i = 0; i < n; i++)
        take_out(unit->ncart, rigid, T, vectors + i * unit->ncart);
}

/* Gram and Schmidt on the unit vectors, the one with most left first. */
int dia_internal_basis(const dia_molecule *unit, const double *R, double *Q, double *T)
{
    const int nc = unit->ncart, rigid = dia_rigid_motions(unit, R, T), n = nc - rigid;
    for (int k = 0; k < n; k++) {
        int best = 0;
        double most = -1.0, *q = Q + k * nc;
        for (int c = 0; c < nc; c++) {
            double left = 1.0;
            for (int i = 0; i < rigid; i++)
                left -= T[i * nc + c] * T[i * nc + c];
            for (int i = 0; i < k; i++)
                left -= Q[i * nc + c] * Q[i * nc + c];
            if (left > most) {
                most = left;
                best = c;
            }
        }
        memset(q, 0, sizeof *q * (size_t)nc);
        q[best] = 1.0;
        for (int twice = 0; twice < 2; twice++) {
            take_out(nc, rigid, T, q);
            take_out(nc, k, Q, q);
        }
        const double norm = sqrt(dia_dot(nc, q, q));
        for (int c = 0; c < nc; c++)
            q[c] /= norm;
    }
    return n;
}
