/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/pointwise.h"

#include <string.h>

enum { L = DIA_LANES };

dia_status dia_pointwise_open(dia_pointwise *pointwise, int ncart, int nstate, const double *masses,
                              void (*point)(const void *self, const double *R, double *H, double *D), dia_shape *shape,
                              dia_molecule *molecule, dia_error *error)
{
    const int npacked = nstate * (nstate + 1) / 2;
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

void dia_pointwise_side_by_side(dia_pointwise *pointwise,
                                void (*points)(const void *self, const double *R, double *H, double *D))
{
    pointwise->points = points;
}

/* ---- the tape -------------------------------------------------------------------------------- */

/* Work space: H and D of one point, mu and D of one, or R, H and D of eight; then D (batch, npacked, ncart). */
static size_t work_space(const dia_pointwise *p)
{
    const size_t one = (size_t)p->npacked * (size_t)(p->ncart + 1);
    const size_t lanes = p->points != NULL ? ((size_t)p->ncart + one) * L : 0,
                 matrices = p->dipole != NULL ? 3 * one : one;
    return ((lanes > matrices ? lanes : matrices) + L - 1) / L * L;
}

size_t dia_pointwise_tape_size(const void *self, int batch_max, int request_max)
{
    const dia_pointwise *p = self;
    (void)request_max;
    return (work_space(p) + (size_t)batch_max * (size_t)p->npacked * (size_t)p->ncart) * sizeof(double);
}

static double *derivatives_of(const dia_pointwise *p, void *work, int row)
{
    return (double *)work + work_space(p) + (size_t)row * (size_t)p->npacked * (size_t)p->ncart;
}

/* Rows (., size) <-> lanes; those without a row hold numbers that are as good. */
static void to_lanes(int count, size_t size, const double *rows, double *lanes)
{
    for (size_t i = 0; i < size; i++)
        for (size_t l = 0; l < L; l++)
            lanes[i * L + l] = rows[(l < (size_t)count ? l : 0) * size + i];
}

static void to_rows(int count, size_t size, const double *lanes, double *rows)
{
    for (size_t l = 0; l < (size_t)count; l++)
        for (size_t i = 0; i < size; i++)
            rows[l * size + i] = lanes[i * L + l];
}

void dia_pointwise_hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    const dia_pointwise *p = self;
    const size_t nc = (size_t)p->ncart, np = (size_t)p->npacked;
    double *lanes = work, *h = lanes + nc * L, *d = h + np * L;
    for (int b = 0; b < batch && p->points == NULL; b++) {
        double *own = H + (size_t)b * np, *D = derivatives_of(p, work, b);
        memset(own, 0, np * sizeof *own);
        memset(D, 0, np * nc * sizeof *D);
        p->point(p, R + (size_t)b * nc, own, D);
    }
    for (int b = 0; b < batch && p->points != NULL; b += L) {
        const int count = batch - b < L ? batch - b : L;
        to_lanes(count, nc, R + (size_t)b * nc, lanes);
        p->points(p, lanes, h, d);
        to_rows(count, np, h, H + (size_t)b * np);
        to_rows(count, np * nc, d, derivatives_of(p, work, b));
    }
}

/* g (ncart) += <w, D> of a packed matrix */
static inline void add_contraction(const dia_pointwise *p, const int ncart, const double *w, const double *D, double *g)
{
    for (int i = 0, k = 0; k < p->nreal; i++)
        for (int j = 0; j <= i; j++, k++)
            for (int c = 0; c < ncart; c++)
                g[c] += (i == j ? 1.0 : 2.0) * w[k] * D[k * ncart + c];
    for (int k = p->nreal; k < p->npacked; k++) /* imaginary parts are off the diagonal, all of them */
        for (int c = 0; c < ncart; c++)
            g[c] += 2.0 * w[k] * D[k * ncart + c];
}

/* Two states and one coordinate: the sum as above. */
static void contract_smallest(const dia_pointwise *p, void *work, int n, const int *row, const double *W, double *G)
{
    for (int q = 0; q < n; q++) {
        const double *D = derivatives_of(p, work, row[q]), *w = W + 3 * (size_t)q;
        G[q] = 0.0 + w[0] * D[0] + 2.0 * w[1] * D[1] + w[2] * D[2];
    }
}

void dia_pointwise_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                            double *G)
{
    const dia_pointwise *p = self;
    (void)R;
    if (p->npacked == 3 && p->nreal == 3 && p->ncart == 1) {
        contract_smallest(p, work, n, row, W, G);
        return;
    }
    memset(G, 0, (size_t)n * (size_t)p->ncart * sizeof *G);
    for (int q = 0; q < n; q++)
        add_contraction(p, p->ncart, W + (size_t)q * (size_t)p->npacked, derivatives_of(p, work, row[q]),
                        G + (size_t)q * (size_t)p->ncart);
}

void dia_pointwise_derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                              double *dH)
{
    const dia_pointwise *p = self;
    (void)R;
    for (int q = 0; q < n; q++) {
        const double *D = derivatives_of(p, work, row[q]), *v = V + (size_t)q * (size_t)p->ncart;
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

/* mu is set to the first numbers of the work space; returns D, behind it. */
static double *evaluate_dipole(const dia_pointwise *p, void *work, const double *R)
{
    double *mu = work, *D = mu + 3 * p->npacked;
    memset(mu, 0, 3 * (size_t)p->npacked * (size_t)(p->ncart + 1) * sizeof *mu);
    p->dipole(p, R, mu, D);
    return D;
}

void dia_pointwise_dipole(const void *self, void *work, const double *R, int n, const int *row, double *mu)
{
    const dia_pointwise *p = self;
    const size_t size = 3 * (size_t)p->npacked;
    for (int q = 0; q < n; q++) {
        (void)evaluate_dipole(p, work, R + (size_t)row[q] * (size_t)p->ncart);
        memcpy(mu + (size_t)q * size, work, size * sizeof *mu);
    }
}

void dia_pointwise_dipole_contract(const void *self, void *work, const double *R, int n, const int *row,
                                   const double *W, double *G)
{
    const dia_pointwise *p = self;
    const size_t np = (size_t)p->npacked, nc = (size_t)p->ncart;
    for (size_t q = 0; q < (size_t)n; q++) {
        const double *D = evaluate_dipole(p, work, R + (size_t)row[q] * nc);
        memset(G + q * nc, 0, nc * sizeof *G);
        for (size_t x = 0; x < 3; x++)
            add_contraction(p, p->ncart, W + (3 * q + x) * np, D + x * np * nc, G + q * nc);
    }
}
