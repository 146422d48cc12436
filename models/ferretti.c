/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two states, two coordinates, one conical intersection: Ferretti, Granucci, Lami, Persico, Villani, J. Chem. Phys.
 * 104, 5517 (1996).
 *
 *   H00 = kx (X - x1)^2/2 + ky Y^2/2
 *   H11 = kx (X - x2)^2/2 + ky Y^2/2 + delta
 *   H01 = gamma Y exp(-alpha (X - x3)^2 - beta Y^2)
 *
 * States meet on the line Y = 0 where H00 = H11: with the defaults at (3, 0), energy 0.01 hartree. */
#include <math.h>

#include "diabolo/extend.h"
#include "model/pointwise.h"

typedef struct ferretti {
    dia_pointwise base;
    double kx, ky, delta, x1, x2, x3, alpha, beta, gamma; /* atomic units */
    double mass_x, mass_y;
} ferretti;

#define CONSTANT(member, value, text) DIA_REAL(ferretti, member, DIA_ATOMIC, value, text)

static const dia_option ferretti_options[] = {
    CONSTANT(kx, "0.02", "force constant along X, hartree/bohr^2"),
    CONSTANT(ky, "0.10", "force constant along Y, hartree/bohr^2"),
    DIA_REAL(ferretti, delta, DIA_ENERGY, "0.01 hartree", "energy of the second diabat's minimum above the first's"),
    CONSTANT(x1, "4", "minimum of the first diabat, bohr"),
    CONSTANT(x2, "3", "minimum of the second diabat, bohr"),
    CONSTANT(x3, "3", "where the coupling is largest, bohr"),
    CONSTANT(alpha, "3", "width of the coupling along X, bohr^-2"),
    CONSTANT(beta, "1.5", "width of the coupling along Y, bohr^-2"),
    CONSTANT(gamma, "0.04", "slope of the coupling, hartree/bohr; the paper varies it from 0.005 to 0.08"),
    DIA_REAL(ferretti, mass_x, DIA_MASS, "20000 me", "mass along X", DIA_RANGE(1e-3, 1e9)),
    DIA_REAL(ferretti, mass_y, DIA_MASS, "6667 me", "mass along Y", DIA_RANGE(1e-3, 1e9)),
    {.key = NULL},
};

static void ferretti_point(const void *self, const double *R, double *H, double *derivatives)
{
    const ferretti *m = self;
    double(*D)[2] = (double(*)[2])derivatives; /* by X and Y */
    double X = R[0], Y = R[1], harmonic = 0.5 * m->ky * Y * Y;
    double u = X - m->x3, e = m->gamma * exp(-m->alpha * u * u - m->beta * Y * Y);
    H[0] = 0.5 * m->kx * (X - m->x1) * (X - m->x1) + harmonic;
    H[1] = Y * e;
    H[2] = 0.5 * m->kx * (X - m->x2) * (X - m->x2) + harmonic + m->delta;
    D[0][0] = m->kx * (X - m->x1);
    D[1][0] = -2.0 * m->alpha * u * Y * e;
    D[2][0] = m->kx * (X - m->x2);
    D[0][1] = D[2][1] = m->ky * Y;
    D[1][1] = (1.0 - 2.0 * m->beta * Y * Y) * e;
}

static dia_status ferretti_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                                dia_error *error)
{
    (void)source;
    ferretti *model = self;
    const double masses[2] = {model->mass_x, model->mass_y};
    dia_status status = dia_pointwise_open(&model->base, 2, 2, masses, ferretti_point, shape, molecule, error);
    if (status == DIA_OK)
        molecule->reference[0] = model->x1; /* minimum of the first diabat */
    return status;
}

const dia_model_type dia_model_type_ferretti = {
    .version = DIA_EXTEND_VERSION,
    .name = "ferretti",
    .summary = "two states and two coordinates with a conical intersection: shifted wells, coupling odd in Y",
    .reference = "A. Ferretti, G. Granucci, A. Lami, M. Persico, G. Villani, J. Chem. Phys. 104, 5517 (1996)",
    .options = ferretti_options,
    .self_size = sizeof(ferretti),
    .open = ferretti_open,
    DIA_POINTWISE,
};
