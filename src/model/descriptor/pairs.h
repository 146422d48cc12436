/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the descriptors made of distances: pairs of atoms a > b at a(a-1)/2 + b, on panels. */
#ifndef DIA_MODEL_DESCRIPTOR_PAIRS_H
#define DIA_MODEL_DESCRIPTOR_PAIRS_H

#include "diabolo/extend.h"

typedef struct dia_pairs { /* `self` of such a descriptor */
    int natom;
} dia_pairs;

static inline dia_status dia_pairs_open(dia_pairs *pairs, const char *name, const dia_molecule *molecule, int *nfeature,
                                        dia_error *error)
{
    if (molecule->dimension != 3 || molecule->natom < 2)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "descriptor '%s' needs a molecule of at least two atoms in three dimensions; this "
                             "one has %d in %d",
                             name, molecule->natom, molecule->dimension);
    pairs->natom = molecule->natom;
    *nfeature = molecule->natom * (molecule->natom - 1) / 2;
    return DIA_OK;
}

/* r^2 of pair (a, b), all lanes; r2 (L) */
static inline void dia_pairs_square(const double *x, int a, int b, double *r2)
{
    const double *p = x + 3 * a * DIA_LANES, *q = x + 3 * b * DIA_LANES;
    for (int l = 0; l < DIA_LANES; l++) {
        const double u = p[l] - q[l], v = p[DIA_LANES + l] - q[DIA_LANES + l],
                     w = p[2 * DIA_LANES + l] - q[2 * DIA_LANES + l];
        r2[l] = u * u + v * v + w * w;
    }
}

/* xbar += g (r_a - r_b) on a, minus it on b; g (L) is (df/dr)/r times whatever it is weighted with. */
static inline void dia_pairs_pull(const double *x, int a, int b, const double *g, double *xbar)
{
    for (int c = 0; c < 3; c++) {
        const double *p = x + (3 * a + c) * DIA_LANES, *q = x + (3 * b + c) * DIA_LANES;
        double *pbar = xbar + (3 * a + c) * DIA_LANES, *qbar = xbar + (3 * b + c) * DIA_LANES;
        for (int l = 0; l < DIA_LANES; l++) {
            const double u = g[l] * (p[l] - q[l]);
            pbar[l] += u;
            qbar[l] -= u;
        }
    }
}

/* (r_a - r_b).(v_a - v_b) = r dr/dt, all lanes */
static inline void dia_pairs_rate(const double *x, const double *v, int a, int b, double *rate)
{
    for (int l = 0; l < DIA_LANES; l++) {
        double s = 0.0;
        for (int c = 0; c < 3; c++)
            s += (x[(3 * a + c) * DIA_LANES + l] - x[(3 * b + c) * DIA_LANES + l]) *
                 (v[(3 * a + c) * DIA_LANES + l] - v[(3 * b + c) * DIA_LANES + l]);
        rate[l] = s;
    }
}

static inline void dia_pairs_image(const void *self, const int *permutation, bool inversion, int *source, double *sign)
{
    const int natom = ((const dia_pairs *)self)->natom;
    (void)inversion; /* distances are even */
    for (int a = 0, k = 0; a < natom; a++)
        for (int b = 0; b < a; b++, k++) {
            const int i = permutation[a] > permutation[b] ? permutation[a] : permutation[b];
            const int j = permutation[a] + permutation[b] - i;
            source[k] = i * (i - 1) / 2 + j;
            sign[k] = 1.0;
        }
}

#endif
