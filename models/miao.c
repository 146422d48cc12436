/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two states with a complex coupling, two coordinates: G. Miao, N. Bellonzi, J. Subotnik, J. Chem. Phys. 150, 124101 (2019).
 *
 *   H = A [ -cos t, sin t exp(i f); sin t exp(-i f), cos t ],   t = pi (erf(B x) + 1)/2,   f = W y
 *
 * The adiabatic energies are -A and A everywhere: nothing but the derivative couplings acts, of which that along y has imaginary
 * parts, so that the lower state moves in a magnetic field (Berry force). A, B, mass: defaults of a public program for this
 * model (github.com/Eplistical/fssh_berry, src/2d_flat_potential.hpp, newcode/exact_flat.cpp), which varies W; W = 0.5 is a
 * choice made here. At W = 0 H is real. */
#include <math.h>

#include "diabolo/extend.h"
#include "model/pointwise.h"

typedef struct miao {
    dia_pointwise base;
    double a, b, w, mass; /* atomic units */
} miao;

static const dia_option miao_options[] = {
    DIA_REAL(miao, a, DIA_ENERGY, "0.1 hartree", "half the distance of the two surfaces"),
    DIA_REAL(miao, b, DIA_ATOMIC, "3", "inverse length of the crossing along x, bohr^-1"),
    DIA_REAL(miao, w, DIA_ATOMIC, "0.5", "turn of the phase of the coupling along y, bohr^-1; 0: H is real"),
    DIA_REAL(miao, mass, DIA_MASS, "1000 me", "mass of both coordinates", DIA_RANGE(1e-3, 1e9)),
    {.key = NULL},
};

/* H (4): H00, Re H10, H11, Im H10; D (4, 2). */
static void miao_point(const void *self, const double *R, double *H, double *derivatives)
{
    const miao *m = self;
    double(*D)[2] = (double(*)[2])derivatives;
    const double half = 0.5 * acos(-1.0), t = half * (erf(m->b * R[0]) + 1.0),
                 slope = m->b * sqrt(2.0 * half) * exp(-m->b * m->b * R[0] * R[0]), f = m->w * R[1];
    const double c = m->a * cos(t), s = m->a * sin(t);
    H[0] = -c;
    H[1] = s * cos(f);
    H[2] = c;
    H[3] = -s * sin(f);
    D[0][0] = s * slope;
    D[1][0] = c * slope * cos(f);
    D[2][0] = -s * slope;
    D[3][0] = -c * slope * sin(f);
    D[1][1] = -m->w * s * sin(f);
    D[3][1] = -m->w * s * cos(f);
}

static dia_status miao_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                            dia_error *error)
{
    (void)source;
    miao *m = self;
    const double masses[2] = {m->mass, m->mass};
    const dia_status status = dia_pointwise_open(&m->base, 2, 2, masses, miao_point, shape, molecule, error);
    if (status == DIA_OK)
        dia_pointwise_hermitian(&m->base, shape);
    return status;
}

const dia_model_type dia_model_type_miao = {
    .version = DIA_EXTEND_VERSION,
    .name = "miao",
    .summary = "two flat surfaces of two coordinates with a complex coupling, whose phase turns along y (Berry force)",
    .reference = "G. Miao, N. Bellonzi, J. Subotnik, J. Chem. Phys. 150, 124101 (2019)",
    .options = miao_options,
    .self_size = sizeof(miao),
    .open = miao_open,
    DIA_POINTWISE,
};
