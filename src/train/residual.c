/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/residual.h"

#include <math.h>
#include <string.h>

#include "diabolo/model.h"
#include "math/vector.h"
#include "molecule/internal.h"
#include "train/reference.h"

int dia_residual_energies(int nstate)
{
    return nstate * (nstate + 1) / 2;
}

int dia_residual_places(int nstate, int ncart)
{
    return dia_residual_energies(nstate) * (1 + ncart);
}

size_t dia_residual_work(int nstate, int ncart)
{
    const size_t np = (size_t)(nstate * (nstate + 1) / 2), nc = (size_t)ncart;
    return (2 * np + 6) * nc + dia_reference_work(nstate, ncart); /* F, its components, T */
}

/* W (packed) = factor (u_i u_j^T + u_j u_i^T)/2 */
static void product(int n, const double *U, int i, int j, double factor, double *W)
{
    for (int k = 0; k < n; k++)
        for (int l = 0; l <= k; l++)
            W[dia_packed(k, l)] = 0.5 * factor * (U[k * n + i] * U[l * n + j] + U[l * n + i] * U[k * n + j]);
}

/* X_ab = [f, E]_ab/(e_b - e_a) for the matrix E with <E, f> = f_ij; f (npacked, stride). Of rotated pairs: 0. */
static void response(const dia_reference *p, const double *f, int stride, int i, int j, double factor, double *X)
{
    const double half = i == j ? factor : 0.5 * factor;
    memset(X, 0, sizeof *X * (size_t)(p->n * (p->n + 1) / 2));
    for (int a = 0; a < p->n; a++)
        for (int b = 0; b < a; b++) {
            double c = 0.0;
            if (dia_reference_rotated(p, a, b))
                continue;
            c += b == j ? half * f[dia_packed(a, i) * stride] : 0.0;
            c += b == i && i != j ? half * f[dia_packed(a, j) * stride] : 0.0;
            c -= a == i ? half * f[dia_packed(j, b) * stride] : 0.0;
            c -= a == j && i != j ? half * f[dia_packed(i, b) * stride] : 0.0;
            X[dia_packed(a, b)] = c * dia_loss_response(p->loss, p->e[b] - p->e[a]);
        }
}

static void energies(const dia_reference *p, const double *U, dia_residuals *out)
{
    for (int i = 0; i < p->n; i++)
        for (int j = 0; j <= i; j++) {
            const int k = dia_packed(i, j), np = p->n * (p->n + 1) / 2;
            const double weight = i == j ? p->wE[i] : 2.0 * sqrt(p->wE[i] * p->wE[j]), root = sqrt(weight);
            out->used[k] = weight > 0.0 && (i == j || dia_reference_rotated(p, i, j));
            out->r[k] = out->used[k] ? root * ((i == j ? p->e[i] : 0.0) - p->H0[k]) : 0.0;
            if (out->used[k])
                product(p->n, U, i, j, root, out->W0 + k * np);
        }
}

/* Components F.q of the model, (npacked, nq). Is nothing of F outside? */
static bool inside(const dia_reference *p, int nq, const double *Q, double *f)
{
    double all = 0.0, in = 0.0;
    for (int k = 0; k < p->n * (p->n + 1) / 2; k++) {
        all += dia_dot(p->nc, p->F + k * p->nc, p->F + k * p->nc);
        for (int m = 0; m < nq; m++) {
            f[k * nq + m] = dia_dot(p->nc, p->F + k * p->nc, Q + m * p->nc);
            in += f[k * nq + m] * f[k * nq + m];
        }
    }
    return all - in <= 1e-12 * all;
}

static void vectors(const dia_reference *p, const double *U, int nq, const double *f, dia_residuals *out)
{
    const int np = p->n * (p->n + 1) / 2;
    double X[DIA_LOSS_PACKED];
    for (int i = 0; i < p->n; i++)
        for (int j = 0; j <= i; j++) {
            const int k = dia_packed(i, j), first = np + k * p->nc;
            const double root = sqrt((i == j ? 1.0 : 2.0) * p->w[k]);
            for (int m = 0; m < p->nc; m++) {
                const int at = first + m;
                out->used[at] = root > 0.0 && m < nq;
                out->r[at] = 0.0;
                if (!out->used[at])
                    continue;
                out->r[at] = root * (f[k * nq + m] - dia_dot(p->nc, p->F0 + k * p->nc, out->Q + m * p->nc));
                product(p->n, U, i, j, root, out->W1 + at * np);
                response(p, f + m, nq, i, j, root, X);
                dia_loss_transform_back(p->n, 1, U, X, out->W0 + at * np);
            }
        }
}

double dia_residual_point(const dia_loss *loss, int nstate, int ncart, const double *e, const double *U,
                          const double *D, const dia_label *label, const dia_molecule *unit, const double *R,
                          double *work, dia_residuals *out)
{
    const size_t np = (size_t)(nstate * (nstate + 1) / 2), nc = (size_t)ncart;
    dia_reference p;
    double *F = work, *f = F + np * nc, *T = f + np * nc;
    dia_loss_transform(nstate, ncart, U, D, F);
    dia_reference_make(&p, loss, nstate, ncart, e, F, label, T + 6 * nc);
    int nq = dia_internal_basis(unit, R, out->Q, T);
    if (!inside(&p, nq, out->Q, f)) { /* the model holds a fixed frame: all motions */
        nq = ncart;
        memset(out->Q, 0, sizeof *out->Q * nc * nc);
        for (int c = 0; c < ncart; c++)
            out->Q[c * ncart + c] = 1.0;
        (void)inside(&p, nq, out->Q, f);
    }
    energies(&p, U, out);
    vectors(&p, U, nq, f, out);
    const double sum = dia_reference_misfit(&p), limit = loss->outlier;
    out->rest = sum;
    for (int k = 0; k < dia_residual_places(nstate, ncart); k++)
        out->rest -= out->used[k] ? out->r[k] * out->r[k] : 0.0;
    return limit > 0.0 ? 2.0 * limit * (sqrt(1.0 + sum / limit) - 1.0) : sum;
}
