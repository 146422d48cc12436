/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "springs.h"

#include <math.h>

static double separation(const double *R, int a, int b, double *e)
{
    double r = 0.0;
    for (int i = 0; i < 3; i++) {
        e[i] = R[3 * a + i] - R[3 * b + i];
        r += e[i] * e[i];
    }
    r = sqrt(r);
    for (int i = 0; i < 3; i++)
        e[i] /= r;
    return r;
}

void springs_make(springs *s, const dia_molecule *molecule, double k)
{
    double e[3];
    *s = (springs){.natom = molecule->natom};
    for (int a = 0; a < s->natom; a++)
        for (int b = 0; b < a; b++) {
            s->k[a][b] = s->k[b][a] = k;
            s->length[a][b] = s->length[b][a] = separation(molecule->reference, a, b, e);
        }
}

bool springs_surface(void *context, const double *R, double *f, double *g)
{
    const springs *s = context;
    double e[3], u[3], v[3];
    *f = 0.0;
    for (int c = 0; c < 3 * s->natom; c++)
        g[c] = 0.0;
    for (int a = 0; a < s->natom; a++)
        for (int b = 0; b < a; b++) {
            double stretch = separation(R, a, b, e) - s->length[a][b];
            *f += 0.5 * s->k[a][b] * stretch * stretch;
            for (int i = 0; i < 3; i++) {
                g[3 * a + i] += s->k[a][b] * stretch * e[i];
                g[3 * b + i] -= s->k[a][b] * stretch * e[i];
            }
        }
    if (s->kbend != 0.0) {
        int a = s->bend[0], b = s->bend[1], c = s->bend[2];
        double ru = separation(R, a, b, u), rv = separation(R, c, b, v),
               cosine = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
        *f += s->kbend * (1.0 + cosine);
        for (int i = 0; i < 3; i++) {
            double ga = s->kbend * (v[i] - cosine * u[i]) / ru, gc = s->kbend * (u[i] - cosine * v[i]) / rv;
            g[3 * a + i] += ga;
            g[3 * c + i] += gc;
            g[3 * b + i] -= ga + gc;
        }
    }
    return isfinite(*f);
}
