/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Photoisomerisation of retinal in rhodopsin: a torsion p (radian, periodic), a coupling mode x, and 23 modes of a bath if wanted:
 *
 *   H00 = W0 (1 - cos p)/2 + w x^2/2 + bath,   H11 = E1 - W1 (1 - cos p)/2 + w x^2/2 + kappa x + bath + sum_i c_i q_i
 *   H01 = lambda x,   bath = sum_i w_i q_i^2/2
 *
 * S. Hahn, G. Stock, J. Phys. Chem. B 104, 1149 (2000), DOI 10.1021/jp992939g; the bath: Chem. Phys. 259, 297 (2000), DOI
 * 10.1016/S0301-0104(00)00201-9. Energies in eV: 1/m = 4.84e-4, E1 = 2.48, W0 = 3.6, W1 = 1.09, w = 0.19, kappa = 0.1, lambda =
 * 0.19. The coordinates x and q are dimensionless, of mass 1/w. p is not wrapped to one turn. */
#include <math.h>

#include "diabolo/extend.h"
#include "model/pointwise.h"

enum { BATH = 23 };

/* Frequencies in cm^-1 and slopes in units of them. */
static const double bath_w[BATH] = {792.8,  842.8,  866.2,  882.4,  970.3,  976.0,  997.0,  1017.1,
                                    1089.6, 1189.0, 1214.7, 1238.1, 1267.9, 1317.0, 1359.0, 1389.0,
                                    1428.4, 1434.9, 1451.8, 1572.8, 1612.1, 1629.2, 1659.1};
static const double bath_c[BATH] = {0.175, 0.2,   0.175, 0.225, 0.55, 0.3,   0.33,  0.45, 0.125, 0.175, 0.44, 0.5,
                                    0.475, 0.238, 0.25,  0.25,  0.25, 0.225, 0.225, 0.25, 0.225, 0.125, 0.225};

typedef struct retinal {
    dia_pointwise base;
    int bath;
    double inverse_mass, e1, w0, w1, w, kappa, lambda; /* hartree */
} retinal;

static const dia_option retinal_options[] = {
    DIA_INT(retinal, bath, "0", "modes of the bath that are taken along", DIA_RANGE(0, BATH)),
    DIA_REAL(retinal, inverse_mass, DIA_ENERGY, "4.84e-4 eV", "inverse moment of inertia of the torsion",
             DIA_RANGE(1e-12, 1e3)),
    DIA_REAL(retinal, e1, DIA_ENERGY, "2.48 eV", "energy of the second state above the first"),
    DIA_REAL(retinal, w0, DIA_ENERGY, "3.6 eV", "barrier of the torsion in the first state"),
    DIA_REAL(retinal, w1, DIA_ENERGY, "1.09 eV", "descent along the torsion in the second state"),
    DIA_REAL(retinal, w, DIA_ENERGY, "0.19 eV", "frequency of the coupling mode", DIA_RANGE(1e-9, 1e3)),
    DIA_REAL(retinal, kappa, DIA_ENERGY, "0.1 eV", "slope of the second state along the coupling mode"),
    DIA_REAL(retinal, lambda, DIA_ENERGY, "0.19 eV", "coupling of the states along it"),
    {.key = NULL},
};

static void retinal_point(const void *self, const double *R, double *H, double *D)
{
    const retinal *m = self;
    const int n = m->base.ncart;
    const double turn = 0.5 * (1.0 - cos(R[0])), slope = 0.5 * sin(R[0]), x = R[1];
    double both = 0.5 * m->w * x * x, shift = m->kappa * x;
    D[1] = D[2 * n + 1] = m->w * x;
    D[2 * n + 1] += m->kappa;
    for (int i = 0; i < m->bath; i++) {
        const double w = bath_w[i] * DIA_WAVENUMBER, q = R[2 + i];
        both += 0.5 * w * q * q;
        shift += bath_c[i] * w * q;
        D[2 + i] = w * q;
        D[2 * n + 2 + i] = w * q + bath_c[i] * w;
    }
    H[0] = m->w0 * turn + both;
    H[1] = m->lambda * x;
    H[2] = m->e1 - m->w1 * turn + both + shift;
    D[0] = m->w0 * slope;
    D[2 * n] = -m->w1 * slope;
    D[n + 1] = m->lambda;
}

static dia_status retinal_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                               dia_error *error)
{
    (void)source;
    retinal *model = self;
    double masses[2 + BATH] = {1.0 / model->inverse_mass, 1.0 / model->w};
    for (int i = 0; i < model->bath; i++)
        masses[2 + i] = 1.0 / (bath_w[i] * DIA_WAVENUMBER);
    return dia_pointwise_open(&model->base, 2 + model->bath, 2, masses, retinal_point, shape, molecule, error);
}

/* The harmonic ground state of the first diabat at 0: there W0 (1 - cos p)/2 = W0 p^2/4. */
static int retinal_oscillators(const void *self, double *frequency, double *vector)
{
    const retinal *m = self;
    const int n = m->base.ncart;
    for (int i = 0; i < n && frequency != NULL; i++)
        frequency[i] = i == 0 ? sqrt(0.5 * m->w0 * m->inverse_mass) : i == 1 ? m->w : bath_w[i - 2] * DIA_WAVENUMBER;
    for (int i = 0; i < n * n && vector != NULL; i++)
        vector[i] = i % (n + 1) == 0 ? 1.0 : 0.0;
    return n;
}

const dia_model_type dia_model_type_retinal = {
    .version = DIA_EXTEND_VERSION,
    .name = "retinal",
    .summary =
        "photoisomerisation of retinal in rhodopsin: a periodic torsion, a coupling mode, up to 23 modes of a bath",
    .reference = "S. Hahn, G. Stock, J. Phys. Chem. B 104, 1149 (2000); Chem. Phys. 259, 297 (2000)",
    .options = retinal_options,
    .self_size = sizeof(retinal),
    .open = retinal_open,
    DIA_POINTWISE,
    .oscillators = retinal_oscillators,
};
