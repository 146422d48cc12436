/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exp(-(r - r0)/a) of all pairs of atoms, a Morse variable; unlike 1/r it decays fast at long range and stays finite
 * at short range. r0 is only a scale, which standardisation removes again; it keeps the raw numbers near one. */
#include <math.h>

#include "model/descriptor/pairs.h"

#define L DIA_LANES

static const double range = 1.0 * DIA_ANGSTROM, reference = 1.5 * DIA_ANGSTROM; /* a, r0 */

static dia_status open_(void *self, const dia_molecule *molecule, int *nfeature, dia_error *error)
{
    return dia_pairs_open(self, "exponential_distance", molecule, nfeature, error);
}

static void forward(const void *self, const double *x, double *f)
{
    const int natom = ((const dia_pairs *)self)->natom;
    for (int a = 0; a < natom; a++)
        for (int b = 0; b < a; b++, f += L) {
            dia_pairs_square(x, a, b, f);
            for (int l = 0; l < L; l++)
                f[l] = exp((reference - sqrt(f[l])) / range);
        }
}

/* (df/dr)/r = -f/(a r) */
static void slope(const double *x, int a, int b, const double *f, double *g)
{
    dia_pairs_square(x, a, b, g);
    for (int l = 0; l < L; l++)
        g[l] = -f[l] / (range * sqrt(g[l]));
}

static void reverse(const void *self, const double *x, const double *f, const double *fbar, double *xbar)
{
    const int natom = ((const dia_pairs *)self)->natom;
    for (int a = 0; a < natom; a++)
        for (int b = 0; b < a; b++, f += L, fbar += L) {
            double g[L];
            slope(x, a, b, f, g);
            for (int l = 0; l < L; l++)
                g[l] *= fbar[l];
            dia_pairs_pull(x, a, b, g, xbar);
        }
}

static void tangent(const void *self, const double *x, const double *f, const double *v, double *fdot)
{
    const int natom = ((const dia_pairs *)self)->natom;
    for (int a = 0; a < natom; a++)
        for (int b = 0; b < a; b++, f += L, fdot += L) {
            double g[L];
            slope(x, a, b, f, g);
            dia_pairs_rate(x, v, a, b, fdot);
            for (int l = 0; l < L; l++)
                fdot[l] *= g[l];
        }
}

const dia_descriptor_type dia_descriptor_type_exponential_distance = {
    .version = DIA_EXTEND_VERSION,
    .name = "exponential_distance",
    .summary = "exp(-(r - 1.5 A)/1 A) of all pairs of atoms",
    .reference = "Xie, Bowman, J. Chem. Theory Comput. 6, 26 (2010) (Morse variables of distances)",
    .self_size = sizeof(dia_pairs),
    .open = open_,
    .forward = forward,
    .reverse = reverse,
    .tangent = tangent,
    .image = dia_pairs_image,
};
