/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The three one-dimensional two-state models of Tully, JCP 93, 1061 (1990), DOI 10.1063/1.459170, eqs 21, 23, 24.
 *
 * Sign convention of the third: the paper's, V11 = +6e-4, V22 = -6e-4, so that the lower adiabatic state at x ->
 * -infinity is diabat 1 (counted from 0). Some codes use the opposite sign, which swaps the diabats and leaves the
 * adiabatic surfaces as they are. */
#include <math.h>

#include "diabolo/extend.h"
#include "model/pointwise.h"

typedef struct tully {
    dia_pointwise base;
    int variant;
    double mass; /* electron masses */
} tully;

enum { SINGLE, DUAL, EXTENDED, VARIANTS };

static const dia_option tully_options[] = {
    DIA_CHOICE(tully, variant, "single_crossing|dual_crossing|extended_coupling|1|2|3", NULL,
               "which of the three; 1, 2 and 3 name them in the paper's order", .required = true),
    DIA_REAL(tully, mass, DIA_MASS, "2000 me", "mass of the particle", DIA_RANGE(1e-3, 1e9)),
    {.key = NULL},
};

/* H (3) packed and its derivative D (3) at x. */
static void single_crossing(double x, double *H, double *D)
{
    const double A = 0.01, B = 1.6, C = 0.005, d = 1.0;
    double e = exp(-B * fabs(x)), g = C * exp(-d * x * x);
    H[0] = copysign(A, x) * -expm1(-B * fabs(x));
    H[1] = g;
    H[2] = -H[0];
    D[0] = A * B * e;
    D[1] = -2.0 * d * x * g;
    D[2] = -D[0];
}

static void dual_crossing(double x, double *H, double *D)
{
    const double A = 0.10, B = 0.28, C = 0.015, d = 0.06, E0 = 0.05;
    double a = A * exp(-B * x * x), g = C * exp(-d * x * x);
    H[0] = 0.0;
    H[1] = g;
    H[2] = E0 - a;
    D[0] = 0.0;
    D[1] = -2.0 * d * x * g;
    D[2] = 2.0 * B * x * a;
}

static void extended_coupling(double x, double *H, double *D)
{
    const double A = 6e-4, B = 0.10, C = 0.90;
    double e = B * exp(-C * fabs(x));
    H[0] = A;
    H[1] = x < 0.0 ? e : 2.0 * B - e;
    H[2] = -A;
    D[0] = 0.0;
    D[1] = C * e;
    D[2] = 0.0;
}

static void tully_point(const void *self, const double *R, double *H, double *D)
{
    static void (*const points[])(double, double *, double *) = {single_crossing, dual_crossing, extended_coupling};
    points[((const tully *)self)->variant](R[0], H, D);
}

static dia_status tully_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                             dia_error *error)
{
    (void)source;
    tully *model = self;
    model->variant %= VARIANTS;
    return dia_pointwise_open(&model->base, 1, 2, &model->mass, tully_point, shape, molecule, error);
}

const dia_model_type dia_model_type_tully = {
    .version = DIA_EXTEND_VERSION,
    .name = "tully",
    .summary =
        "the three one-dimensional two-state problems of Tully: single and dual avoided crossing, extended coupling",
    .reference = "J. C. Tully, J. Chem. Phys. 93, 1061 (1990), DOI 10.1063/1.459170",
    .options = tully_options,
    .self_size = sizeof(tully),
    .open = tully_open,
    DIA_POINTWISE,
};
