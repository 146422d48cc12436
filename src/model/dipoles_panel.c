/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What surrounds the perceptron of a dipole matrix, on panels of eight images. */
#include <string.h>

#include "model/dipoles.h"

#define L DIA_PANEL_LANES

static void fill_vectors(const dia_dipoles *d, const int *permutation, int lane, const double *w, double *v)
{
    for (int a = 0; a < d->natom; a++)
        for (int x = 0; x < 3; x++)
            v[(3 * a + x) * L + lane] = w[3 * permutation[a] + x];
    for (int a = 1, k = d->natom; a < d->natom && d->nvector > d->natom; a++)
        for (int b = 0; b < a; b++, k++)
            for (int x = 0; x < 3; x++) {
                const double *p = w + 3 * permutation[a], *q = w + 3 * permutation[b];
                const int y = (x + 1) % 3, z = (x + 2) % 3;
                v[(3 * k + x) * L + lane] = p[y] * q[z] - p[z] * q[y];
            }
}

void dia_dipoles_fill(const dia_dipoles *d, int g, int lane, const double *w, const double *plain, double *v, double *x)
{
    for (int i = 0; i < 3 * d->nvector && w == NULL; i++)
        v[i * L + lane] = 0.0;
    for (int i = 0; i < d->nfeature && w == NULL && x != NULL; i++)
        x[i * L + lane] = 0.0;
    if (w == NULL)
        return;
    fill_vectors(d, d->permutation + g * d->natom, lane, w, v);
    for (int l = 0; l < d->nlength && x != NULL; l++)
        for (int k = 0; k < d->npair; k++) {
            const int i = l * d->npair + k;
            x[i * L + lane] = (plain[l * d->npair + d->pair[g * d->npair + k]] - d->mean[i]) / d->deviation[i];
        }
}

void dia_dipoles_sum(const dia_dipoles *d, const double *y, const double *v, double *part)
{
    memset(part, 0, sizeof *part * 2 * (size_t)d->npacked * 3 * L);
    for (int i = 0; i < d->nvector; i++)
        for (int k = 0; k < d->npacked; k++)
            for (int x = 0; x < 3; x++) {
                double *to = part + (((i < d->natom ? 0 : d->npacked) + k) * 3 + x) * L;
                const double *yi = y + (i * d->npacked + k) * L, *vi = v + (3 * i + x) * L;
                for (int lane = 0; lane < L; lane++)
                    to[lane] += yi[lane] * vi[lane];
            }
}

void dia_dipoles_spread(const dia_dipoles *d, const double *part, const double *v, double *ybar)
{
    for (int i = 0; i < d->nvector; i++)
        for (int k = 0; k < d->npacked; k++) {
            double *to = ybar + (i * d->npacked + k) * L;
            memset(to, 0, sizeof *to * L);
            for (int x = 0; x < 3; x++) {
                const double *from = part + (((i < d->natom ? 0 : d->npacked) + k) * 3 + x) * L,
                             *vi = v + (3 * i + x) * L;
                for (int lane = 0; lane < L; lane++)
                    to[lane] += from[lane] * vi[lane];
            }
        }
}

/* The action of image g on true vectors (h = 0), or on axial ones, if there are any: (npacked, npacked). NULL: none. */
static const double *action_of(const dia_dipoles *d, int g, int h)
{
    if (h > 0 && d->nvector == d->natom)
        return NULL;
    return (h == 0 ? d->polar : d->axial) + (size_t)g * (size_t)d->npacked * (size_t)d->npacked;
}

void dia_dipoles_act(const dia_dipoles *d, int g, int lane, const double *part, double *mu)
{
    const int np = d->npacked;
    const double *action;
    for (int h = 0; h < 2 && (action = action_of(d, g, h)) != NULL; h++)
        for (int k = 0; k < np; k++)
            for (int j = 0; j < np; j++)
                for (int x = 0; x < 3 && action[k * np + j] != 0.0; x++)
                    mu[3 * k + x] += action[k * np + j] * part[((h * np + j) * 3 + x) * L + lane];
}

void dia_dipoles_act_back(const dia_dipoles *d, int g, int lane, const double *bar, double *part)
{
    const int np = d->npacked;
    const double *action;
    for (int h = 0; h < 2 && (action = action_of(d, g, h)) != NULL; h++)
        for (int k = 0; k < np; k++)
            for (int j = 0; j < np; j++)
                for (int x = 0; x < 3 && action[k * np + j] != 0.0; x++)
                    part[((h * np + j) * 3 + x) * L + lane] += action[k * np + j] * bar[3 * k + x];
}
