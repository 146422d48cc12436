/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Three flat diabats, of which the outer two meet only through the one between them, which is higher than both (superexchange):
 *
 *   H = diag(0, 0.01, 0.005), H01 = 0.001 exp(-x^2/2), H12 = 0.01 exp(-x^2/2), H02 = 0
 *
 * L. Wang, D. Trivedi, O. V. Prezhdo, J. Chem. Theory Comput. 10, 3598 (2014). */
#include <math.h>

#include "diabolo/extend.h"
#include "model/pointwise.h"

typedef struct superexchange {
    dia_pointwise base;
    double mass;             /* electron masses */
    double e1, e2, v01, v12; /* hartree         */
} superexchange;

static const dia_option superexchange_options[] = {
    DIA_REAL(superexchange, mass, DIA_MASS, "2000 me", "mass of the particle", DIA_RANGE(1e-3, 1e9)),
    DIA_REAL(superexchange, e1, DIA_ENERGY, "0.01 hartree", "energy of the state between, above the first"),
    DIA_REAL(superexchange, e2, DIA_ENERGY, "0.005 hartree", "energy of the last state, above the first"),
    DIA_REAL(superexchange, v01, DIA_ENERGY, "0.001 hartree", "coupling of the first to the one between, at x = 0"),
    DIA_REAL(superexchange, v12, DIA_ENERGY, "0.01 hartree", "coupling of the one between to the last"),
    {.key = NULL},
};

static void superexchange_point(const void *self, const double *R, double *H, double *D)
{
    const superexchange *m = self;
    const double e = exp(-0.5 * R[0] * R[0]);
    H[1] = m->v01 * e, D[1] = -R[0] * m->v01 * e;
    H[2] = m->e1;
    H[4] = m->v12 * e, D[4] = -R[0] * m->v12 * e;
    H[5] = m->e2;
}

static dia_status superexchange_open(void *self, const dia_model_source *source, dia_shape *shape,
                                     dia_molecule *molecule, dia_error *error)
{
    (void)source;
    superexchange *model = self;
    return dia_pointwise_open(&model->base, 1, 3, &model->mass, superexchange_point, shape, molecule, error);
}

const dia_model_type dia_model_type_superexchange = {
    .version = DIA_EXTEND_VERSION,
    .name = "superexchange",
    .summary = "three states of one coordinate, the outer two coupled only through a higher one between them",
    .reference = "L. Wang, D. Trivedi, O. V. Prezhdo, J. Chem. Theory Comput. 10, 3598 (2014), DOI 10.1021/ct5003835",
    .options = superexchange_options,
    .self_size = sizeof(superexchange),
    .open = superexchange_open,
    DIA_POINTWISE,
};
