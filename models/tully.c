/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The three one-dimensional two-state models of Tully, JCP 93, 1061 (1990), DOI 10.1063/1.459170, eqs 21, 23, 24.
 *
 * Sign convention of the third: the paper's, V11 = +6e-4, V22 = -6e-4, so that the lower adiabatic state at x ->
 * -infinity is diabat 1 (counted from 0). Some codes use the opposite sign, which swaps the diabats and leaves the
 * adiabatic surfaces as they are. */
#include "diabolo/extend.h"
#include "math/lanes.h"
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

/* H (3) packed and its derivative D (3) at x, eight points at a time. */
DIA_INLINE void single_crossing(dia_v8 x, dia_v8 *H, dia_v8 *D)
{
    const double A = 0.01, B = 1.6, C = 0.005, d = 1.0;
    const dia_v8 t = -B * dia_v8_absolute(x), g = C * dia_v8_exp(-d * x * x);
    H[0] = dia_v8_with_sign(dia_v8_all(A), x) * -dia_v8_expm1(t);
    H[1] = g;
    H[2] = -H[0];
    D[0] = A * B * dia_v8_exp(t);
    D[1] = -2.0 * d * x * g;
    D[2] = -D[0];
}

DIA_INLINE void dual_crossing(dia_v8 x, dia_v8 *H, dia_v8 *D)
{
    const double A = 0.10, B = 0.28, C = 0.015, d = 0.06, E0 = 0.05;
    const dia_v8 a = A * dia_v8_exp(-B * x * x), g = C * dia_v8_exp(-d * x * x);
    H[0] = dia_v8_all(0.0);
    H[1] = g;
    H[2] = E0 - a;
    D[0] = dia_v8_all(0.0);
    D[1] = -2.0 * d * x * g;
    D[2] = 2.0 * B * x * a;
}

DIA_INLINE void extended_coupling(dia_v8 x, dia_v8 *H, dia_v8 *D)
{
    const double A = 6e-4, B = 0.10, C = 0.90;
    const dia_v8 e = B * dia_v8_exp(-C * dia_v8_absolute(x));
    H[0] = dia_v8_all(A);
    H[1] = dia_v8_choose(x < 0.0, e, 2.0 * B - e);
    H[2] = dia_v8_all(-A);
    D[0] = dia_v8_all(0.0);
    D[1] = C * e;
    D[2] = dia_v8_all(0.0);
}

DIA_CLONES static void tully_points(const void *self, const double *R, double *H, double *D)
{
    const dia_v8 x = dia_v8_load(R);
    dia_v8 h[3], d[3];
    switch (((const tully *)self)->variant) {
    case SINGLE:
        single_crossing(x, h, d);
        break;
    case DUAL:
        dual_crossing(x, h, d);
        break;
    default:
        extended_coupling(x, h, d);
    }
    for (int k = 0; k < 3; k++) {
        dia_v8_store(H + k * DIA_LANES, h[k]);
        dia_v8_store(D + k * DIA_LANES, d[k]);
    }
}

static dia_status tully_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                             dia_error *error)
{
    (void)source;
    tully *model = self;
    model->variant %= VARIANTS;
    const dia_status status = dia_pointwise_open(&model->base, 1, 2, &model->mass, NULL, shape, molecule, error);
    if (status == DIA_OK)
        dia_pointwise_side_by_side(&model->base, tully_points);
    return status;
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
