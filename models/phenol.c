/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photodissociation of phenol: S0, pi-sigma*, pi-pi*, by the O-H bond length r and the torsion t of the hydrogen (radian, planar: 0).
 * Z. Lan, W. Domcke, V. Vallet, A. L. Sobolewski, S. Mahapatra, J. Chem. Phys. 122, 224315 (2005), DOI 10.1063/1.1906218, eqs
 * 4 to 23, tables I to IV, in eV and Angstrom. With f = 1 - cos 2 t and s(A, B, C) = A (1 - tanh((r - B)/C))/2:
 *
 *   H00 = Morse + s f,   H11 = v20 + v21 f + v22 f^2,   H22 = Morse + a30 + s f,   H01 = s sin t,   H12 = s sin t,   H02 = 0
 *
 * S0 and pi-pi* are A' in planar phenol and pi-sigma* is A'', so that the torsion, odd in t, couples pi-sigma* to both and
 * never S0 to pi-pi*. Earlier versions of QuantumModelLib have the coupling of pi-sigma* and pi-pi*, at 1.2 Angstrom, between S0
 * and pi-pi* instead.
 *
 * The order of states is that of the paper's table: 1 the ground state, 2 pi-sigma*, 3 pi-pi*. Inverse masses 5.786177e-4 and
 * 2.550307e-4 atomic units are those of QuantumModelLib (B3LYP geometry). */
#include <math.h>

#include "diabolo/extend.h"
#include "model/pointwise.h"

typedef struct phenol {
    dia_pointwise base;
    double inverse_mass_r, inverse_mass_t; /* atomic units */
} phenol;

static const dia_option phenol_options[] = {
    DIA_REAL(phenol, inverse_mass_r, DIA_ATOMIC, "0.0005786177", "inverse reduced mass of the O-H bond",
             DIA_RANGE(1e-9, 1e3)),
    DIA_REAL(phenol, inverse_mass_t, DIA_ATOMIC, "0.0002550307", "inverse moment of inertia of the torsion",
             DIA_RANGE(1e-9, 1e3)),
    {.key = NULL},
};

typedef struct value { /* of a function of r, with its derivative */
    double v, d;
} value;

static value plus(value a, double sign, value b)
{
    return (value){a.v + sign * b.v, a.d + sign * b.d};
}

static value morse(double r, double D, double a, double centre)
{
    const double e = exp(-a * (r - centre));
    return (value){D * (1.0 - e) * (1.0 - e), 2.0 * D * a * e * (1.0 - e)};
}

/* A (1 + sign tanh((r - B)/C))/2; with sign -1 and C > 0 it falls from A to 0 */
static value sigmoid(double r, double A, double B, double C, double sign)
{
    const double t = tanh((r - B) / C);
    return (value){0.5 * A * (1.0 + sign * t), 0.5 * A * sign * (1.0 - t * t) / C};
}

/* Eigenvalue of two states with coupling^2 = X/4: (a + b + sign sqrt((a - b)^2 + X))/2 */
static value mixed(value a, value b, double X, double sign)
{
    const double u = a.v - b.v, root = sqrt(u * u + X);
    const double turn = root > 0.0 ? u / root : 0.0;
    return (value){0.5 * (a.v + b.v + sign * root), 0.5 * (a.d + b.d + sign * turn * (a.d - b.d))};
}

static void phenol_point(const void *self, const double *R, double *H, double *D)
{
    const double r = R[0] / DIA_ANGSTROM, t = R[1], f = 1.0 - cos(2.0 * t), df = 2.0 * sin(2.0 * t);
    (void)self;
    const value v10 = morse(r, 4.26302, 2.66021, 0.96994), v11 = sigmoid(r, 0.27037, 1.96606, 0.685264, -1.0);
    const value v30 = morse(r, 4.47382, 2.38671, 0.96304), v31 = sigmoid(r, 0.110336, 1.21724, 0.06778, -1.0);
    const double e = 4.70601 * exp(-2.49826 * (r - 0.988188));
    const value bound = plus(morse(r, 0.192205, 5.67356, 1.03171), 1.0, (value){5.50696, 0.0});
    const value v20 = mixed(bound, (value){e + 3.3257, -2.49826 * e}, 0.326432, -1.0);
    const value v21 =
        mixed(sigmoid(r, -0.2902, 2.05715, 1.01574, -1.0),
              plus(sigmoid(r, -73.329, 1.48285, -0.1111, -1.0), 1.0, (value){-0.00055, 0.0}), 0.021105, 1.0);
    const value v22 =
        mixed(sigmoid(r, 27.3756, 1.66881, 0.20557, 1.0), sigmoid(r, 0.35567, 1.43492, 0.56968, -1.0), 0.0, -1.0);
    const value l12 = sigmoid(r, 1.47613, 1.96984, 0.494373, -1.0),
                l23 = sigmoid(r, 0.327204, 1.22594, 0.0700604, -1.0);
    H[0] = v10.v + v11.v * f, D[0] = v10.d + v11.d * f, D[1] = v11.v * df;
    H[1] = l12.v * sin(t), D[2] = l12.d * sin(t), D[3] = l12.v * cos(t);
    H[2] = v20.v + (v21.v + v22.v * f) * f, D[4] = v20.d + (v21.d + v22.d * f) * f,
    D[5] = (v21.v + 2.0 * v22.v * f) * df;
    H[4] = l23.v * sin(t), D[8] = l23.d * sin(t), D[9] = l23.v * cos(t);
    H[5] = v30.v + 4.85842 + v31.v * f, D[10] = v30.d + v31.d * f, D[11] = v31.v * df;
    for (int k = 0; k < 6; k++) {
        H[k] *= DIA_EV;
        D[2 * k] *= DIA_EV / DIA_ANGSTROM;
        D[2 * k + 1] *= DIA_EV;
    }
}

static dia_status phenol_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                              dia_error *error)
{
    (void)source;
    phenol *model = self;
    const double masses[2] = {1.0 / model->inverse_mass_r, 1.0 / model->inverse_mass_t};
    dia_status status = dia_pointwise_open(&model->base, 2, 3, masses, phenol_point, shape, molecule, error);
    if (status == DIA_OK)
        molecule->reference[0] = 0.96994 * DIA_ANGSTROM; /* minimum of the ground state */
    return status;
}

const dia_model_type dia_model_type_phenol = {
    .version = DIA_EXTEND_VERSION,
    .name = "phenol",
    .summary = "photodissociation of phenol: three states, O-H bond length and torsion",
    .reference = "Z. Lan, W. Domcke, V. Vallet, A. L. Sobolewski, S. Mahapatra, J. Chem. Phys. 122, 224315 (2005), DOI "
                 "10.1063/1.1906218",
    .options = phenol_options,
    .self_size = sizeof(phenol),
    .open = phenol_open,
    DIA_POINTWISE,
};
