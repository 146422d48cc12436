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

typedef struct ferretti {
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

static dia_status ferretti_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                                dia_error *error)
{
    (void)source;
    const ferretti *model = self;
    dia_status status = dia_molecule_init(molecule, 2, 1, NULL, error);
    if (status != DIA_OK)
        return status;
    molecule->masses[0] = model->mass_x;
    molecule->masses[1] = model->mass_y;
    molecule->reference[0] = model->x1; /* minimum of the first diabat */
    *shape = (dia_shape){.natom = 2, .ncart = 2, .nstate = 2, .npacked = 3};
    return DIA_OK;
}

static size_t ferretti_tape_size(const void *self, int batch_max, int request_max)
{
    (void)self, (void)batch_max, (void)request_max;
    return 0;
}

/* H (3) packed and D (3, 2) = dH/dX, dH/dY at R (2). */
static void ferretti_point(const ferretti *m, const double *R, double *H, double D[3][2])
{
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

static void ferretti_hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    (void)work;
    double D[3][2];
    for (int b = 0; b < batch; b++)
        ferretti_point(self, R + 2 * b, H + 3 * b, D);
}

static void ferretti_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                              double *G)
{
    (void)work;
    for (int q = 0; q < n; q++) {
        double H[3], D[3][2];
        const double *w = W + 3 * q;
        ferretti_point(self, R + 2 * row[q], H, D);
        for (int c = 0; c < 2; c++)
            G[2 * q + c] = w[0] * D[0][c] + 2.0 * w[1] * D[1][c] + w[2] * D[2][c];
    }
}

static void ferretti_derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                                double *dH)
{
    (void)work;
    for (int q = 0; q < n; q++) {
        double H[3], D[3][2];
        ferretti_point(self, R + 2 * row[q], H, D);
        for (int k = 0; k < 3; k++)
            dH[3 * q + k] = D[k][0] * V[2 * q] + D[k][1] * V[2 * q + 1];
    }
}

const dia_model_type dia_model_type_ferretti = {
    .version = DIA_EXTEND_VERSION,
    .name = "ferretti",
    .summary = "two states and two coordinates with a conical intersection: shifted wells, coupling odd in Y",
    .reference = "A. Ferretti, G. Granucci, A. Lami, M. Persico, G. Villani, J. Chem. Phys. 104, 5517 (1996)",
    .options = ferretti_options,
    .self_size = sizeof(ferretti),
    .open = ferretti_open,
    .tape_size = ferretti_tape_size,
    .hamiltonian = ferretti_hamiltonian,
    .contract = ferretti_contract,
    .derivative = ferretti_derivative,
};
