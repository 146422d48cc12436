/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cheap lower bounds on the distance of two geometries. With delta_a the displacement of atom a in the best placement,
 * n d^2 = sum |delta_a|^2:
 *
 *   distances from the centroid  |r_a - r'_p(a)| <= |delta_a|               so  sum (r - r')^2 <= n d^2
 *   interatomic distances        |r_ab - r'_p(a)p(b)| <= |delta_a| + |delta_b|  so  sum (r - r')^2 <= 2 (n-1) n d^2
 *
 * and lists sorted within each class of equivalent atoms (pairs) make the left sides smaller still. */
#include <math.h>
#include <stdlib.h>

#include "analyse/mechanism/clusters.h"
#include "math/vector.h"

static int pair_count(const dia_mechanism_swarm *swarm)
{
    return swarm->molecule.natom * (swarm->molecule.natom - 1) / 2;
}

int dia_fingerprint_size(const dia_mechanism_swarm *swarm)
{
    return swarm->molecule.dimension == 3 ? swarm->molecule.natom + pair_count(swarm) : 1;
}

/* Distances between atoms labelled p and those labelled q; q < 0: from the centroid. */
static int collect(const dia_mechanism_swarm *swarm, const double *R, const double *middle, int p, int q, double *out)
{
    const int n = swarm->molecule.natom, *label = swarm->label;
    int count = 0;
    for (int a = 0; a < n; a++) {
        if (q < 0 && label[a] == p)
            out[count++] = dia_distance(R + 3 * a, middle);
        for (int b = 0; b < a && q >= 0; b++)
            if ((label[a] == p && label[b] == q) || (label[a] == q && label[b] == p))
                out[count++] = dia_distance(R + 3 * a, R + 3 * b);
    }
    dia_ascend(count, out);
    return count;
}

/* Is a the first atom with its label? */
static bool leads(const dia_mechanism_swarm *swarm, int a)
{
    for (int b = 0; b < a; b++)
        if (swarm->label[b] == swarm->label[a])
            return false;
    return true;
}

void dia_fingerprint(const dia_mechanism_swarm *swarm, const double *R, double *print)
{
    const int n = swarm->molecule.natom;
    double middle[3] = {0};
    if (swarm->molecule.dimension != 3) {
        print[0] = 0;
        return;
    }
    for (int c = 0; c < 3 * n; c++)
        middle[c % 3] += R[c] / n;
    for (int a = 0; a < n; a++)
        if (leads(swarm, a))
            print += collect(swarm, R, middle, swarm->label[a], -1, print);
    for (int a = 0; a < n; a++)
        for (int b = 0; b <= a; b++)
            if (leads(swarm, a) && leads(swarm, b))
                print += collect(swarm, R, middle, swarm->label[a], swarm->label[b], print);
}

double dia_fingerprint_bound(const dia_mechanism_swarm *swarm, const double *a, const double *b)
{
    const int n = swarm->molecule.natom, pairs = pair_count(swarm);
    double radial = 0, mutual = 0;
    if (swarm->molecule.dimension != 3)
        return 0;
    for (int i = 0; i < n; i++)
        radial += (a[i] - b[i]) * (a[i] - b[i]);
    for (int i = n; i < n + pairs; i++)
        mutual += (a[i] - b[i]) * (a[i] - b[i]);
    return sqrt(fmax(radial / n, n > 1 ? mutual / (2.0 * (n - 1) * n) : 0));
}
