/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 1/r of all pairs of atoms. */
#include "model/descriptor/pairs.h"

#define L DIA_LANES

static dia_status open_(void *self, const dia_molecule *molecule, int *nfeature, dia_error *error)
{
    return dia_pairs_open(self, "inverse_distance", molecule, nfeature, error);
}

DIA_CLONES static void forward(const void *self, const double *x, double *f)
{
    const int natom = ((const dia_pairs *)self)->natom;
    for (int a = 0; a < natom; a++)
        for (int b = 0; b < a; b++, f += L)
            dia_v8_store(f, 1.0 / dia_v8_root(dia_pairs_square(x, a, b)));
}

/* (d(1/r)/dr)/r = -1/r^3 */
DIA_CLONES static void reverse(const void *self, const double *x, const double *f, const double *fbar, double *xbar)
{
    const int natom = ((const dia_pairs *)self)->natom;
    for (int a = 0; a < natom; a++)
        for (int b = 0; b < a; b++, f += L, fbar += L) {
            const dia_v8 inverse = dia_v8_load(f);
            dia_pairs_pull(x, a, b, -dia_v8_load(fbar) * inverse * inverse * inverse, xbar);
        }
}

DIA_CLONES static void tangent(const void *self, const double *x, const double *f, const double *v, double *fdot)
{
    const int natom = ((const dia_pairs *)self)->natom;
    for (int a = 0; a < natom; a++)
        for (int b = 0; b < a; b++, f += L, fdot += L) {
            const dia_v8 inverse = dia_v8_load(f);
            dia_v8_store(fdot, dia_pairs_rate(x, v, a, b) * (-inverse * inverse * inverse));
        }
}

const dia_descriptor_type dia_descriptor_type_inverse_distance = {
    .version = DIA_EXTEND_VERSION,
    .name = "inverse_distance",
    .summary = "1/r of all pairs of atoms",
    .reference = "Christensen, Bratholm, Faber, von Lilienfeld, J. Chem. Phys. 152, 044107 (2020) (inverse distances)",
    .use = "the first to try: cheap and smooth, steep where atoms are close; all molecules up to some ten atoms. "
           "Grows as natom^2/2; even, so it cannot tell mirror images apart",
    .self_size = sizeof(dia_pairs),
    .open = open_,
    .forward = forward,
    .reverse = reverse,
    .tangent = tangent,
    .image = dia_pairs_image,
};
