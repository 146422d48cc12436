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

size_t dia_pointwise_tape_size(const void *self, int batch_max, int request_max)
{
    const dia_pointwise *p = self;
    (void)batch_max, (void)request_max;
    return (size_t)p->npacked * (size_t)(p->ncart + 1) * sizeof(double); /* H and D of one point */
}

/* H is set to the first npacked numbers of the work space; returns D, behind it. */
static double *evaluate(const dia_pointwise *p, void *work, const double *R)
{
    double *H = work, *D = H + p->npacked;
    memset(H, 0, dia_pointwise_tape_size(p, 1, 1));
    p->point(p, R, H, D);
    return D;
}

void dia_pointwise_hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    const dia_pointwise *p = self;
    for (int b = 0; b < batch; b++) {
        evaluate(p, work, R + (size_t)b * (size_t)p->ncart);
        memcpy(H + (size_t)b * (size_t)p->npacked, work, (size_t)p->npacked * sizeof *H);
    }
}

void dia_pointwise_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                            double *G)
{
    const dia_pointwise *p = self;
    for (int q = 0; q < n; q++) {
        const double *D = evaluate(p, work, R + (size_t)row[q] * (size_t)p->ncart),
                     *w = W + (size_t)q * (size_t)p->npacked;
        double *g = G + (size_t)q * (size_t)p->ncart;
        memset(g, 0, (size_t)p->ncart * sizeof *g);
        for (int i = 0, k = 0; k < p->nreal; i++)
            for (int j = 0; j <= i; j++, k++)
                for (int c = 0; c < p->ncart; c++)
                    g[c] += (i == j ? 1.0 : 2.0) * w[k] * D[k * p->ncart + c];
        for (int k = p->nreal; k < p->npacked; k++) /* imaginary parts are off the diagonal, all of them */
            for (int c = 0; c < p->ncart; c++)
                g[c] += 2.0 * w[k] * D[k * p->ncart + c];
    }
}

void dia_pointwise_derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                              double *dH)
{
    const dia_pointwise *p = self;
    for (int q = 0; q < n; q++) {
        const double *D = evaluate(p, work, R + (size_t)row[q] * (size_t)p->ncart),
                     *v = V + (size_t)q * (size_t)p->ncart;
        for (int k = 0; k < p->npacked; k++) {
            double sum = D[k * p->ncart] * v[0];
            for (int c = 1; c < p->ncart; c++)
                sum += D[k * p->ncart + c] * v[c];
            dH[(size_t)q * (size_t)p->npacked + (size_t)k] = sum;
        }
    }
}
