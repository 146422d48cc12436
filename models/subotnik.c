/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models in which wave packets part and meet again, so that decoherence matters.
 *
 * Double arch and dumbbell: J. E. Subotnik, N. Shenvi, J. Chem. Phys. 134, 024105 (2011), as written in J. Xu, L. Wang, J. Chem.
 * Phys. 150, 164101 (2019): H00 = A, H11 = -A, and with g(x) = exp(C x) for x < 0, 2 - exp(-C x) for x > 0,
 *   double arch (Z = 4)   H01 = B [g(x + Z) - g(x - Z)]
 *   dumbbell (Z = 10)     H01 = B [2 - g(x + Z) + g(x - Z)]
 * X, S, and a model of two coordinates: J. E. Subotnik, J. Phys. Chem. A 115, 12083 (2011). With t_-, t_0, t_+ = a tanh(b (x - 7)),
 * a tanh(b x), a tanh(b (x + 7)) and e_-, e_0, e_+ = c exp(-(x - 7)^2), c exp(-x^2), c exp(-(x + 7)^2),
 *   X   H = [t_0 + t_+, e_0, e_+; e_0, -t_- - t_0, e_-; e_+, e_-, t_- - t_+]                a = 0.03, b = 1.6, c = 0.005
 *   S   H = [t_- - t_+ + a, e_+ + e_-, e_0; e_+ + e_-, t_+ - t_- - a, e_0; e_0, e_0, 2 a tanh(d x)]
 *                                                                                     a = 0.015, b = 1, c = 0.005, d = 0.5
 *   2D  H = [-f tanh(b x), c exp(-d x^2); ., a tanh(b (x - 1) + w cos(g y + pi/2)) + 3 a/4]
 *                                                        a = 0.2, b = 0.6, c = 0.015, d = 0.3, f = 0.05, g = 0.3, w = 2 */
#include <math.h>

#include "diabolo/extend.h"
#include "model/pointwise.h"

typedef struct subotnik {
    dia_pointwise base;
    int variant;
    double mass; /* electron masses */
} subotnik;

enum { DOUBLE_ARCH, DUMBBELL, MODEL_X, MODEL_S, TWO };

static const dia_option subotnik_options[] = {
    DIA_CHOICE(subotnik, variant, "double_arch|dumbbell|x|s|2d", NULL, "which model; x and s have three states",
               .required = true),
    DIA_REAL(subotnik, mass, DIA_MASS, "2000 me", "mass of the particle", DIA_RANGE(1e-3, 1e9)),
    {.key = NULL},
};

static double step(double x, double C, double *slope)
{
    const double e = exp(-C * fabs(x));
    *slope = C * e;
    return x < 0.0 ? e : 2.0 - e;
}

static void arches(double x, bool dumbbell, double *H, double *D)
{
    const double A = 6e-4, B = 0.10, C = 0.90, Z = dumbbell ? 10.0 : 4.0;
    double left, right;
    const double g = step(x + Z, C, &left) - step(x - Z, C, &right);
    H[0] = A;
    H[1] = dumbbell ? B * (2.0 - g) : B * g;
    H[2] = -A;
    D[1] = (dumbbell ? -B : B) * (left - right);
}

/* a tanh(b x) */
static double rise(double a, double b, double x, double *slope)
{
    const double t = tanh(b * x);
    *slope = a * b * (1.0 - t * t);
    return a * t;
}

/* c exp(-x^2) */
static double bell(double c, double x, double *slope)
{
    const double e = c * exp(-x * x);
    *slope = -2.0 * x * e;
    return e;
}

static void model_x(double x, double *H, double *D)
{
    const double a = 0.03, b = 1.6, c = 0.005;
    double t[3], dt[3], e[3], de[3];
    for (int i = 0; i < 3; i++) {
        t[i] = rise(a, b, x + 7.0 * (i - 1), &dt[i]);
        e[i] = bell(c, x + 7.0 * (i - 1), &de[i]);
    }
    H[0] = t[1] + t[2], D[0] = dt[1] + dt[2];
    H[1] = e[1], D[1] = de[1];
    H[2] = -t[0] - t[1], D[2] = -dt[0] - dt[1];
    H[3] = e[2], D[3] = de[2];
    H[4] = e[0], D[4] = de[0];
    H[5] = t[0] - t[2], D[5] = dt[0] - dt[2];
}

static void model_s(double x, double *H, double *D)
{
    const double a = 0.015, b = 1.0, c = 0.005, d = 0.5;
    double t[3], dt[3], e[3], de[3];
    for (int i = 0; i < 3; i++) {
        t[i] = rise(a, b, x + 7.0 * (i - 1), &dt[i]);
        e[i] = bell(c, x + 7.0 * (i - 1), &de[i]);
    }
    H[0] = t[0] - t[2] + a, D[0] = dt[0] - dt[2];
    H[1] = e[2] + e[0], D[1] = de[2] + de[0];
    H[2] = -H[0], D[2] = -D[0];
    H[3] = H[4] = e[1], D[3] = D[4] = de[1];
    H[5] = rise(2.0 * a, d, x, &D[5]);
}

/* D (3, 2) */
static void model_2d(double x, double y, double *H, double *D)
{
    const double a = 0.2, b = 0.6, c = 0.015, d = 0.3, f = 0.05, g = 0.3, w = 2.0;
    double slope;
    H[0] = -rise(f, b, x, &slope);
    D[0] = -slope;
    H[1] = c * exp(-d * x * x);
    D[2] = -2.0 * d * x * H[1];
    const double phase = g * y + acos(0.0);
    H[2] = rise(a, 1.0, b * (x - 1.0) + w * cos(phase), &slope) + 0.75 * a;
    D[4] = slope * b;
    D[5] = -slope * w * g * sin(phase);
}

static void subotnik_point(const void *self, const double *R, double *H, double *D)
{
    switch (((const subotnik *)self)->variant) {
    case MODEL_X:
        model_x(R[0], H, D);
        break;
    case MODEL_S:
        model_s(R[0], H, D);
        break;
    case TWO:
        model_2d(R[0], R[1], H, D);
        break;
    default:
        arches(R[0], ((const subotnik *)self)->variant == DUMBBELL, H, D);
    }
}

static dia_status subotnik_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                                dia_error *error)
{
    (void)source;
    subotnik *model = self;
    const double masses[2] = {model->mass, model->mass};
    return dia_pointwise_open(&model->base, model->variant == TWO ? 2 : 1,
                              model->variant == MODEL_X || model->variant == MODEL_S ? 3 : 2, masses, subotnik_point,
                              shape, molecule, error);
}

const dia_model_type dia_model_type_subotnik = {
    .version = DIA_EXTEND_VERSION,
    .name = "subotnik",
    .summary =
        "models in which wave packets part and meet again: double arch, dumbbell, X and S (three states), one of two "
        "coordinates",
    .reference =
        "J. E. Subotnik, N. Shenvi, J. Chem. Phys. 134, 024105 (2011); J. E. Subotnik, J. Phys. Chem. A 115, 12083 "
        "(2011); J. Xu, L. Wang, J. Chem. Phys. 150, 164101 (2019)",
    .options = subotnik_options,
    .self_size = sizeof(subotnik),
    .open = subotnik_open,
    DIA_POINTWISE,
};
