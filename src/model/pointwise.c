/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/pointwise.h"

#include <assert.h>
#include <string.h>

dia_status dia_pointwise_open(dia_pointwise *pointwise, int ncart, int nstate, const double *masses,
                              void (*point)(const void *self, const double *R, double *H, double *D), dia_shape *shape,
                              dia_molecule *molecule, dia_error *error)
{
    const int npacked = nstate * (nstate + 1) / 2;
    assert(ncart <= DIA_POINTWISE_COORDINATES && npacked <= DIA_POINTWISE_PACKED);
    dia_status status = dia_molecule_init(molecule, ncart, 1, NULL, error);
    if (status != DIA_OK)
        return status;
    memcpy(molecule->masses, masses, (size_t)ncart * sizeof *masses);
    *pointwise = (dia_pointwise){.ncart = ncart, .npacked = npacked, .nreal = npacked, .point = point};
    *shape = (dia_shape){.natom = ncart, .ncart = ncart, .nstate = nstate, .npacked = npacked};
    return DIA_OK;
}

void dia_pointwise_hermitian(dia_pointwise *pointwise, dia_shape *shape)
{
    pointwise->npacked = shape->npacked = shape->nstate * shape->nstate;
}

void dia_pointwise_dipolar(dia_pointwise *pointwise,
                           void (*dipole)(const void *self, const double *R, double *mu, double *D))
{
    pointwise->dipole = dipole;
}

size_t dia_pointwise_tape_size(const void *self, int batch_max, int request_max)
{
    const dia_pointwise *p = self;
    const size_t matrices = p->dipole != NULL ? 3 : 1;
    (void)batch_max, (void)request_max;
    return matrices * (size_t)p->npacked * (size_t)(p->ncart + 1) *
           sizeof(double); /* H and D of one point, or mu and D */
}

/* `matrices` packed matrices are set to the first numbers of the work space; returns D, behind them. */
static double *evaluate(const dia_pointwise *p, int matrices,
                        void (*point)(const void *self, const double *R, double *H, double *D), void *work,
                        const double *R)
{
    double *H = work, *D = H + matrices * p->npacked;
    memset(H, 0, (size_t)matrices * (size_t)p->npacked * (size_t)(p->ncart + 1) * sizeof *H);
    point(p, R, H, D);
    return D;
}

void dia_pointwise_hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    const dia_pointwise *p = self;
    for (int b = 0; b < batch; b++) {
        evaluate(p, 1, p->point, work, R + (size_t)b * (size_t)p->ncart);
        memcpy(H + (size_t)b * (size_t)p->npacked, work, (size_t)p->npacked * sizeof *H);
    }
}

/* g (ncart) += <w, D> of a packed matrix */
static void add_contraction(const dia_pointwise *p, const double *w, const double *D, double *g)
{
    for (int i = 0, k = 0; k < p->nreal; i++)
        for (int j = 0; j <= i; j++, k++)
            for (int c = 0; c < p->ncart; c++)
                g[c] += (i == j ? 1.0 : 2.0) * w[k] * D[k * p->ncart + c];
    for (int k = p->nreal; k < p->npacked; k++) /* imaginary parts are off the diagonal, all of them */
        for (int c = 0; c < p->ncart; c++)
            g[c] += 2.0 * w[k] * D[k * p->ncart + c];
}

void dia_pointwise_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                            double *G)
{
    const dia_pointwise *p = self;
    for (int q = 0; q < n; q++) {
        double *g = G + (size_t)q * (size_t)p->ncart;
        memset(g, 0, (size_t)p->ncart * sizeof *g);
        add_contraction(p, W + (size_t)q * (size_t)p->npacked,
                        evaluate(p, 1, p->point, work, R + (size_t)row[q] * (size_t)p->ncart), g);
    }
}

void dia_pointwise_derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                              double *dH)
{
    const dia_pointwise *p = self;
    for (int q = 0; q < n; q++) {
        const double *D = evaluate(p, 1, p->point, work, R + (size_t)row[q] * (size_t)p->ncart),
                     *v = V + (size_t)q * (size_t)p->ncart;
        for (int k = 0; k < p->npacked; k++) {
            double sum = D[k * p->ncart] * v[0];
            for (int c = 1; c < p->ncart; c++)
                sum += D[k * p->ncart + c] * v[c];
            dH[(size_t)q * (size_t)p->npacked + (size_t)k] = sum;
        }
    }
}

/* ---- dipoles --------------------------------------------------------------------------------- */

bool dia_pointwise_has_dipoles(const void *self)
{
    return ((const dia_pointwise *)self)->dipole != NULL;
}

void dia_pointwise_dipole(const void *self, void *work, const double *R, int n, const int *row, double *mu)
{
    const dia_pointwise *p = self;
    const size_t size = 3 * (size_t)p->npacked;
    for (int q = 0; q < n; q++) {
        evaluate(p, 3, p->dipole, work, R + (size_t)row[q] * (size_t)p->ncart);
        memcpy(mu + (size_t)q * size, work, size * sizeof *mu);
    }
}

void dia_pointwise_dipole_contract(const void *self, void *work, const double *R, int n, const int *row,
                                   const double *W, double *G)
{
    const dia_pointwise *p = self;
    const size_t np = (size_t)p->npacked, nc = (size_t)p->ncart;
    for (size_t q = 0; q < (size_t)n; q++) {
        const double *D = evaluate(p, 3, p->dipole, work, R + (size_t)row[q] * nc);
        memset(G + q * nc, 0, nc * sizeof *G);
        for (size_t x = 0; x < 3; x++)
            add_contraction(p, W + (3 * q + x) * np, D + x * np * nc, G + q * nc);
    }
}
