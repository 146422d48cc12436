/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NaI: ionic and covalent states of the bond length r, which cross at 6.93 Angstrom. In eV and Angstrom:
 *
 *   H00 (ionic)    = (A2 + (B2/r)^8) exp(-r/rho) - e2/r - e2 (l+ + l-)/(2 r^4) - C2/r^6 - 2 e2 l+ l-/r^7 + dE0
 *   H11 (covalent) = A1 exp(-b1 (r - R1))
 *   H01            = A12 exp(-b12 (r - Rx)^2)
 *
 * V. Engel, H. Metiu, J. Chem. Phys. 90, 6116 (1989), DOI 10.1063/1.456377. Dipoles along the bond, x from I to Na: between the
 * two diabats a constant (the Condon approximation of that paper, in which it is but a factor: the number is a key), and
 * charge r of the ions if a charge is given. */
#include <math.h>

#include "diabolo/extend.h"
#include "model/pointwise.h"

typedef struct nai {
    dia_pointwise base;
    double mass;              /* electron masses */
    double transition_dipole; /* e bohr          */
    double charge;            /* e               */
} nai;

static const dia_option nai_options[] = {
    DIA_REAL(nai, mass, DIA_MASS, "19.4637 u", "reduced mass of Na and I", DIA_RANGE(1e-3, 1e9)),
    DIA_REAL(nai, transition_dipole, DIA_ATOMIC, "1",
             "dipole between the ionic and the covalent state, along the bond (x), at all r, e bohr"),
    DIA_REAL(nai, charge, DIA_ATOMIC, "0",
             "of the ions: the ionic state has the dipole charge r along x, e bohr; 1 for free ions, 0: left out, as "
             "usual for a pulse that is not resonant with the vibration"),
    {.key = NULL},
};

static void nai_point(const void *self, const double *R, double *H, double *D)
{
    const double A2 = 2760.0, B2 = 2.398, C2 = 11.3, lp = 0.408, lm = 6.431, rho = 0.3489, dE0 = 2.075;
    const double e2 = 14.399613877582553, A1 = 0.813, b1 = 4.08, R1 = 2.67, A12 = 0.055, b12 = 0.6931, Rx = 6.93;
    const double r = R[0] / DIA_ANGSTROM, repulsion = exp(-r / rho), core = pow(B2 / r, 8);
    (void)self;
    H[0] = (A2 + core) * repulsion - e2 / r - 0.5 * e2 * (lp + lm) / pow(r, 4) - C2 / pow(r, 6) -
           2.0 * e2 * lp * lm / pow(r, 7) + dE0;
    D[0] = -8.0 * core / r * repulsion - (A2 + core) * repulsion / rho + e2 / (r * r) +
           2.0 * e2 * (lp + lm) / pow(r, 5) + 6.0 * C2 / pow(r, 7) + 14.0 * e2 * lp * lm / pow(r, 8);
    H[2] = A1 * exp(-b1 * (r - R1));
    D[2] = -b1 * H[2];
    H[1] = A12 * exp(-b12 * (r - Rx) * (r - Rx));
    D[1] = -2.0 * b12 * (r - Rx) * H[1];
    for (int k = 0; k < 3; k++) {
        H[k] *= DIA_EV;
        D[k] *= DIA_EV / DIA_ANGSTROM;
    }
}

static void nai_dipole(const void *self, const double *R, double *mu, double *D)
{
    const nai *model = self;
    mu[0] = model->charge * R[0];
    D[0] = model->charge;
    mu[1] = model->transition_dipole;
}

static dia_status nai_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                           dia_error *error)
{
    (void)source;
    nai *model = self;
    dia_status status = dia_pointwise_open(&model->base, 1, 2, &model->mass, nai_point, shape, molecule, error);
    if (status == DIA_OK) {
        dia_pointwise_dipolar(&model->base, nai_dipole);
        molecule->reference[0] = 2.67 * DIA_ANGSTROM; /* near the minimum of the ionic state */
    }
    return status;
}

const dia_model_type dia_model_type_nai = {
    .version = DIA_EXTEND_VERSION,
    .name = "nai",
    .summary = "predissociation of NaI: ionic and covalent states of the bond length",
    .reference = "V. Engel, H. Metiu, J. Chem. Phys. 90, 6116 (1989), DOI 10.1063/1.456377",
    .options = nai_options,
    .self_size = sizeof(nai),
    .open = nai_open,
    DIA_POINTWISE,
};
