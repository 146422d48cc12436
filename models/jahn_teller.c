/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The E x e Jahn-Teller model, linear and quadratic, with a tilt: two states, two coordinates x, y (bohr),
 *
 *   H = [ m w^2 (x^2 + y^2)/2 + a x + b y ] 1 + [ k x + g (x^2 - y^2)/2 ] sigma_z + [ k y - g x y ] sigma_x
 *
 * Longuet-Higgins, Opik, Pryce, Sack, Proc. R. Soc. A 244, 1 (1958), DOI 10.1098/rspa.1958.0022; quadratic terms:
 * Zwanziger, Grant, J. Chem. Phys. 87, 2954 (1987). The states meet at the origin and, if g is
 * not 0, in three more points at the distance 2 k/|g|: (-2k/g, 0) and (k/g, +-sqrt(3) k/g). The tilt (a, b) is not
 * part of the symmetric problem: it gives the cone at the origin a known pitch (k) and tilt (|(a, b)|/k). */
#include "diabolo/extend.h"
#include "model/pointwise.h"

typedef struct jahn_teller {
    dia_pointwise base;
    double mass, frequency, k, g, tilt_x, tilt_y; /* atomic units */
} jahn_teller;

static const dia_option jahn_teller_options[] = {
    DIA_REAL(jahn_teller, mass, DIA_MASS, "1 u", "mass of both coordinates", DIA_RANGE(1e-3, 1e9)),
    DIA_REAL(jahn_teller, frequency, DIA_ENERGY, "0.1 eV", "of the vibration"),
    DIA_REAL(jahn_teller, k, DIA_ATOMIC, "0.02", "linear coupling, the slope of the cone, hartree/bohr"),
    DIA_REAL(jahn_teller, g, DIA_ATOMIC, "0", "quadratic coupling, hartree/bohr^2"),
    DIA_REAL(jahn_teller, tilt_x, DIA_ATOMIC, "0", "slope of both states along x, hartree/bohr"),
    DIA_REAL(jahn_teller, tilt_y, DIA_ATOMIC, "0", "slope of both states along y, hartree/bohr"),
    {.key = NULL},
};

static void jahn_teller_point(const void *self, const double *R, double *H, double *derivatives)
{
    const jahn_teller *m = self;
    double(*D)[2] = (double(*)[2])derivatives; /* by x and y */
    double x = R[0], y = R[1], spring = m->mass * m->frequency * m->frequency;
    double both = 0.5 * spring * (x * x + y * y) + m->tilt_x * x + m->tilt_y * y;
    double z = m->k * x + 0.5 * m->g * (x * x - y * y);
    H[0] = both + z;
    H[1] = m->k * y - m->g * x * y;
    H[2] = both - z;
    double bx = spring * x + m->tilt_x, by = spring * y + m->tilt_y, zx = m->k + m->g * x, zy = -m->g * y;
    D[0][0] = bx + zx;
    D[0][1] = by + zy;
    D[1][0] = -m->g * y;
    D[1][1] = m->k - m->g * x;
    D[2][0] = bx - zx;
    D[2][1] = by - zy;
}

static dia_status jahn_teller_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                                   dia_error *error)
{
    (void)source;
    jahn_teller *model = self;
    const double masses[2] = {model->mass, model->mass};
    return dia_pointwise_open(&model->base, 2, 2, masses, jahn_teller_point, shape, molecule, error);
}

const dia_model_type dia_model_type_jahn_teller = {
    .version = DIA_EXTEND_VERSION,
    .name = "jahn_teller",
    .summary =
        "E x e Jahn-Teller model: two states, two coordinates; one conical intersection, four with quadratic coupling",
    .reference = "H. C. Longuet-Higgins, U. Opik, M. H. L. Pryce, R. A. Sack, Proc. R. Soc. A 244, 1 (1958), DOI "
                 "10.1098/rspa.1958.0022; J. W. Zwanziger, E. R. Grant, J. Chem. Phys. 87, 2954 (1987)",
    .options = jahn_teller_options,
    .self_size = sizeof(jahn_teller),
    .open = jahn_teller_open,
    DIA_POINTWISE,
};
