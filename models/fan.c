/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fan of straight diabats of one coordinate, the tangents of a parabola, of which any two cross: a test of trivial crossings.
 *
 *   H_mm = slope t_m x + spread t_m^2,  t_m = 1 - 2 m/(n - 1),  m = 0 to n - 1;   H_mk = coupling exp(-(x - x_mk)^2)
 *
 * States m and k cross at x_mk = -spread (t_m + t_k)/slope, within 2 spread/slope of 0 (not from the literature). */
#include <math.h>

#include "diabolo/extend.h"
#include "model/pointwise.h"

typedef struct fan {
    dia_pointwise base;
    int states;
    double mass, slope, spread, coupling; /* atomic units */
} fan;

static const dia_option fan_options[] = {
    DIA_INT(fan, states, "10", "number of diabats", DIA_RANGE(2, 100)),
    DIA_REAL(fan, mass, DIA_MASS, "2000 me", "mass of the particle", DIA_RANGE(1e-3, 1e9)),
    DIA_REAL(fan, slope, DIA_ATOMIC, "0.005", "slope of the steepest diabats, hartree/bohr", DIA_RANGE(1e-9, 1e3)),
    DIA_REAL(fan, spread, DIA_ENERGY, "0.01 hartree", "energy of the steepest diabats at x = 0", DIA_RANGE(0.0, 1e3)),
    DIA_REAL(fan, coupling, DIA_ENERGY, "0 hartree", "of any two states, at their crossing"),
    {.key = NULL},
};

static void fan_point(const void *self, const double *R, double *H, double *D)
{
    const fan *model = self;
    for (int m = 0; m < model->states; m++)
        for (int k = 0; k <= m; k++) {
            const double t = 1.0 - 2.0 * m / (model->states - 1), u = 1.0 - 2.0 * k / (model->states - 1);
            const int at = dia_packed(m, k);
            if (m == k) {
                H[at] = model->slope * t * R[0] + model->spread * t * t;
                D[at] = model->slope * t;
            } else if (model->coupling != 0.0) {
                const double x = R[0] + model->spread * (t + u) / model->slope;
                H[at] = model->coupling * exp(-x * x);
                D[at] = -2.0 * x * H[at];
            }
        }
}

static dia_status fan_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                           dia_error *error)
{
    (void)source;
    fan *model = self;
    return dia_pointwise_open(&model->base, 1, model->states, &model->mass, fan_point, shape, molecule, error);
}

const dia_model_type dia_model_type_fan = {
    .version = DIA_EXTEND_VERSION,
    .name = "fan",
    .summary = "a fan of straight diabats of one coordinate, any two of which cross: trivial crossings",
    .options = fan_options,
    .self_size = sizeof(fan),
    .open = fan_open,
    DIA_POINTWISE,
};
