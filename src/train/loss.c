/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/loss.h"

#include <math.h>
#include <string.h>

#include "diabolo/model.h"
#include "math/lanes.h"
#include "math/vector.h"
#include "train/reference.h"

double dia_loss_response(const dia_loss *loss, double gap)
{
    const double smallest = loss->response > 0.0 ? loss->response : 1e-5;
    return gap / (gap * gap + smallest * smallest);
}

/* y += a x */
DIA_INLINE void add(int n, double a, const double *restrict x, double *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] += a * x[i];
}

/* y = a x */
DIA_INLINE void set(int n, double a, const double *restrict x, double *restrict y)
{
    for (int i = 0; i < n; i++)
        y[i] = a * x[i];
}

DIA_CLONES void dia_loss_transform(int n, int nc, const double *U, const double *D, double *scratch, double *F)
{
    for (int k = 0; k < n; k++)
        for (int j = 0; j < n; j++) {
            double *t = scratch + (k * n + j) * nc; /* (D U)_kj */
            set(nc, U[j], D + dia_packed(k, 0) * nc, t);
            for (int l = 1; l < n; l++)
                add(nc, U[l * n + j], D + dia_packed(k, l) * nc, t);
        }
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double *f = F + dia_packed(i, j) * nc;
            set(nc, U[i], scratch + j * nc, f);
            for (int k = 1; k < n; k++)
                add(nc, U[k * n + i], scratch + (k * n + j) * nc, f);
        }
}

void dia_loss_transform_back(int n, int nc, const double *U, const double *M, double *scratch, double *out)
{
    double T[DIA_DATASET_STATES * DIA_DATASET_STATES];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            T[i * n + j] = U[j * n + i];
    dia_loss_transform(n, nc, T, M, scratch, out);
}

/* C_ij = sum_a [F^a, Fbar^a]_ij */
static double commutator(const dia_reference *p, const double *Fbar, int i, int j)
{
    double sum = 0.0;
    for (int m = 0; m < p->n; m++) {
        const int im = dia_packed(i, m) * p->nc, mj = dia_packed(m, j) * p->nc;
        sum += dia_dot(p->nc, p->F + im, Fbar + mj) - dia_dot(p->nc, Fbar + im, p->F + mj);
    }
    return sum;
}

static void adjoint(const dia_reference *p, const double *U, const double *Fbar, double *scratch, double *Hbar,
                    double *dHbar)
{
    const int n = p->n;
    double X[DIA_LOSS_PACKED];
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            const int k = dia_packed(i, j);
            if (i == j) {
                X[k] = 2.0 * p->wE[i] * (p->e[i] - p->H0[k]);
            } else if (dia_reference_rotated(p, j, i)) {
                X[k] = -2.0 * p->wE[i] * p->H0[k];
            } else {
                X[k] = commutator(p, Fbar, i, j) * dia_loss_response(p->loss, p->e[j] - p->e[i]);
            }
        }
    dia_loss_transform_back(n, 1, U, X, scratch, Hbar);
    dia_loss_transform_back(n, p->nc, U, Fbar, scratch, dHbar);
}

size_t dia_loss_work(int nstate, int ncart)
{
    const size_t n = (size_t)nstate, np = n * (n + 1) / 2, nc = (size_t)ncart;
    return (n * n + 2 * np) * nc + dia_reference_work(nstate, ncart); /* scratch, F, Fbar */
}

double dia_loss_point(const dia_loss *loss, int nstate, int ncart, const double *e, const double *U, const double *D,
                      const dia_label *label, double *work, double *Hbar, double *dHbar)
{
    const size_t np = (size_t)(nstate * (nstate + 1) / 2), nc = (size_t)ncart;
    dia_reference p;
    double *scratch = work, *F = work + (size_t)(nstate * nstate) * nc, *Fbar = F + np * nc;
    dia_loss_transform(nstate, ncart, U, D, scratch, F);
    dia_reference_make(&p, loss, nstate, ncart, e, F, label, Fbar + np * nc);
    const double sum = dia_reference_misfit(&p);
    for (size_t k = 0; Hbar != NULL && k < np; k++)
        for (size_t a = k * nc; a < (k + 1) * nc; a++)
            Fbar[a] = 2.0 * p.w[k] * (F[a] - p.F0[a]);
    if (Hbar != NULL)
        adjoint(&p, U, Fbar, scratch, Hbar, dHbar);
    if (!(loss->outlier > 0.0))
        return sum;
    const double root = sqrt(1.0 + sum / loss->outlier);
    for (size_t k = 0; Hbar != NULL && k < np; k++)
        Hbar[k] /= root;
    for (size_t k = 0; Hbar != NULL && k < np * nc; k++)
        dHbar[k] /= root;
    return 2.0 * loss->outlier * (root - 1.0);
}
