/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The three-state Morse models I to III of photodissociation: E. A. Coronado, J. Xing, W. H. Miller, Chem. Phys. Lett. 349, 521
 * (2001), DOI 10.1016/S0009-2614(01)01242-8:
 *
 *   H_ii = D_i (1 - exp(-b_i (R - R_i)))^2 + c_i,   H_ij = A_ij exp(-a_ij (R - R_ij)^2)
 *
 * Usual start: the first diabat, the ground state of an oscillator of this mass with frequency 0.005 hartree at 2.9, 3.3, 2.1
 * bohr. That of III is in NQCDynamics.jl; those of I and II could not be checked against the paper. */
#include <math.h>

#include "diabolo/extend.h"
#include "model/pointwise.h"

typedef struct morse {
    dia_pointwise base;
    int variant;
    double mass; /* electron masses */
} morse;

enum { VARIANTS = 3, COUPLINGS = 2 };

static const struct parameters {
    double centre; /* of the usual start */
    double D[3], b[3], R[3], c[3];
    struct {
        int i, j;
        double A, R, a;
    } coupling[COUPLINGS];
} parameters[VARIANTS] = {
    {2.9,
     {0.003, 0.004, 0.003},
     {0.65, 0.60, 0.65},
     {5.0, 4.0, 6.0},
     {0.0, 0.01, 0.006},
     {{1, 0, 0.002, 3.40, 16.0}, {2, 1, 0.002, 4.80, 16.0}}},
    {3.3,
     {0.020, 0.010, 0.003},
     {0.65, 0.40, 0.65},
     {4.5, 4.0, 4.4},
     {0.0, 0.01, 0.02},
     {{1, 0, 0.005, 3.66, 32.0}, {2, 0, 0.005, 3.34, 32.0}}},
    {2.1,
     {0.020, 0.020, 0.003},
     {0.40, 0.65, 0.65},
     {4.0, 4.5, 6.0},
     {0.02, 0.0, 0.02},
     {{1, 0, 0.005, 3.40, 32.0}, {2, 0, 0.005, 4.97, 32.0}}},
};

static const dia_option morse_options[] = {
    DIA_CHOICE(morse, variant, "I|II|III|1|2|3", NULL, "which of the three", .required = true),
    DIA_REAL(morse, mass, DIA_MASS, "20000 me", "mass of the particle", DIA_RANGE(1e-3, 1e9)),
    {.key = NULL},
};

static void morse_point(const void *self, const double *R, double *H, double *D)
{
    const struct parameters *p = &parameters[((const morse *)self)->variant];
    for (int i = 0; i < 3; i++) {
        const double e = exp(-p->b[i] * (R[0] - p->R[i]));
        H[dia_packed(i, i)] = p->D[i] * (1.0 - e) * (1.0 - e) + p->c[i];
        D[dia_packed(i, i)] = 2.0 * p->D[i] * p->b[i] * e * (1.0 - e);
    }
    for (int k = 0; k < COUPLINGS; k++) {
        const double x = R[0] - p->coupling[k].R, h = p->coupling[k].A * exp(-p->coupling[k].a * x * x);
        H[dia_packed(p->coupling[k].i, p->coupling[k].j)] = h;
        D[dia_packed(p->coupling[k].i, p->coupling[k].j)] = -2.0 * p->coupling[k].a * x * h;
    }
}

static dia_status morse_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                             dia_error *error)
{
    (void)source;
    morse *model = self;
    model->variant %= VARIANTS;
    dia_status status = dia_pointwise_open(&model->base, 1, 3, &model->mass, morse_point, shape, molecule, error);
    if (status == DIA_OK)
        molecule->reference[0] = parameters[model->variant].centre;
    return status;
}

static int morse_oscillators(const void *self, double *frequency, double *vector)
{
    (void)self;
    if (frequency != NULL)
        frequency[0] = 0.005;
    if (vector != NULL)
        vector[0] = 1.0;
    return 1;
}

const dia_model_type dia_model_type_morse = {
    .version = DIA_EXTEND_VERSION,
    .name = "morse",
    .summary =
        "three Morse diabats of one coordinate, coupled at their crossings: models I to III of photodissociation",
    .reference = "E. A. Coronado, J. Xing, W. H. Miller, Chem. Phys. Lett. 349, 521 (2001)",
    .options = morse_options,
    .self_size = sizeof(morse),
    .open = morse_open,
    DIA_POINTWISE,
    .oscillators = morse_oscillators,
};
