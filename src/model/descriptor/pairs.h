/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the descriptors made of distances: pairs of atoms a > b at a(a-1)/2 + b, on panels. */
#ifndef DIA_MODEL_DESCRIPTOR_PAIRS_H
#define DIA_MODEL_DESCRIPTOR_PAIRS_H

#include "diabolo/extend.h"
#include "math/lanes.h"

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

/* Coordinate c of r_a - r_b, all lanes */
DIA_INLINE dia_v8 dia_pairs_arm(const double *x, int a, int b, int c)
{
    return dia_v8_load(x + (3 * a + c) * DIA_LANES) - dia_v8_load(x + (3 * b + c) * DIA_LANES);
}

/* r^2 of pair (a, b) */
DIA_INLINE dia_v8 dia_pairs_square(const double *x, int a, int b)
{
    const dia_v8 u = dia_pairs_arm(x, a, b, 0), v = dia_pairs_arm(x, a, b, 1), w = dia_pairs_arm(x, a, b, 2);
    return u * u + v * v + w * w;
}

/* xbar += g (r_a - r_b) on a, minus it on b; g is (df/dr)/r times whatever it is weighted with. */
DIA_INLINE void dia_pairs_pull(const double *x, int a, int b, dia_v8 g, double *xbar)
{
    for (int c = 0; c < 3; c++) {
        double *pbar = xbar + (3 * a + c) * DIA_LANES, *qbar = xbar + (3 * b + c) * DIA_LANES;
        const dia_v8 u = g * dia_pairs_arm(x, a, b, c);
        dia_v8_store(pbar, dia_v8_load(pbar) + u);
        dia_v8_store(qbar, dia_v8_load(qbar) - u);
    }
}

/* (r_a - r_b).(v_a - v_b) = r dr/dt */
DIA_INLINE dia_v8 dia_pairs_rate(const double *x, const double *v, int a, int b)
{
    dia_v8 s = dia_v8_all(0.0);
    for (int c = 0; c < 3; c++)
        s += dia_pairs_arm(x, a, b, c) * dia_pairs_arm(v, a, b, c);
    return s;
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
