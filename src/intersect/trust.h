/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Newton steps in a subspace that go downhill whatever the signs of the curvatures, and no farther than a radius. */
#ifndef DIA_INTERSECT_TRUST_H
#define DIA_INTERSECT_TRUST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct dia_trust { /* one block of memory, owned */
    int n;                 /* coordinates */
    int k;                 /* dimension of the subspace, <= n */
    const double *Z;       /* (k, n) its orthonormal rows, borrowed */
    double *E, *V;         /* (k) curvatures ascending, (k, k): direction l is sum_i V[i, l] Z_i */
    double *slope;         /* (k) of the function along these directions */
    double *packed, *work;
} dia_trust;

bool dia_trust_open(dia_trust *trust, int n); /* false: out of memory */
void dia_trust_close(dia_trust *trust);
/* Curvatures of hessian (n, n) in the space of the k rows Z. False if they are not finite. */
bool dia_trust_reduce(dia_trust *trust, int k, const double *Z, const double *hessian);
/* step (n) = base - sum_l d_l (d_l . gradient) / (|E_l| + shift), with the smallest shift >= 0 such that no component
 * is longer than radius (base alone must be shorter). Negative curvatures count by their size: the step leaves saddles.
 */
void dia_trust_step(dia_trust *trust, const double *gradient, const double *base, double radius, double *step);

#endif
