/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/loss.h"

#include <math.h>
#include <string.h>

#include "diabolo/extend.h"
#include "math/lanes.h"
#include "train/reference.h"

double dia_loss_response(const dia_loss *loss, double gap)
{
    const double smallest = loss->response > 0.0 ? loss->response : 1e-5;
    return gap / (gap * gap + smallest * smallest);
}

/* Of as many coordinates as a vector has: D and F begin with the first of them. */
#define TRANSFORM(vector, load, store)                                                                                 \
    do                                                                                                                 \
        for (int j = 0; j < n; j++) {                                                                                  \
            vector t[DIA_DATASET_STATES] = {0}; /* column j of D U */                                                  \
            for (int k = 0; k < n; k++) {                                                                              \
                t[k] = U[j] * load(D + dia_packed(k, 0) * nc);                                                         \
                for (int l = 1; l < n; l++)                                                                            \
                    t[k] += U[l * n + j] * load(D + dia_packed(k, l) * nc);                                            \
            }                                                                                                          \
            for (int i = j; i < n; i++) {                                                                              \
                vector f = U[i] * t[0];                                                                                \
                for (int k = 1; k < n; k++)                                                                            \
                    f += U[k * n + i] * t[k];                                                                          \
                store(F + dia_packed(i, j) * nc, f);                                                                   \
            }                                                                                                          \
        }                                                                                                              \
    while (0)

DIA_INLINE double load_one(const double *p)
{
    return *p;
}

DIA_INLINE void store_one(double *p, double x)
{
    *p = x;
}

DIA_INLINE void transform_one(int n, int nc, const double *U, const double *D, double *F)
{
    TRANSFORM(double, load_one, store_one);
}

DIA_INLINE void transform_eight(int n, int nc, const double *U, const double *D, double *F)
{
    TRANSFORM(dia_v8, dia_v8_load, dia_v8_store);
}

/* Eight coordinates at a time; the last eight overlap with those before them. */
DIA_INLINE void transform_all(int n, int nc, const double *U, const double *D, double *F)
{
    for (int c = 0; c < nc && nc < DIA_LANES; c++)
        transform_one(n, nc, U, D + c, F + c);
    for (int first = 0; first < nc && nc >= DIA_LANES; first += DIA_LANES) {
        const int c = first < nc - DIA_LANES ? first : nc - DIA_LANES;
        transform_eight(n, nc, U, D + c, F + c);
    }
}

DIA_CLONES void dia_loss_transform(int n, int nc, const double *U, const double *D, double *F)
{
    if (n == 2) /* loops that the compiler can unroll */
        transform_all(2, nc, U, D, F);
    else if (n == 3)
        transform_all(3, nc, U, D, F);
    else
        transform_all(n, nc, U, D, F);
}

void dia_loss_transform_back(int n, int nc, const double *U, const double *M, double *out)
{
    double T[DIA_DATASET_STATES * DIA_DATASET_STATES];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            T[i * n + j] = U[j * n + i];
    dia_loss_transform(n, nc, T, M, out);
}

/* [F, Fbar]_ij of eight coordinates from a, or of coordinate a */
DIA_INLINE dia_v8 commutator_of_eight(int n, int nc, int a, const double *F, const double *Fbar, int i, int j)
{
    dia_v8 sum = {0.0};
    for (int m = 0; m < n; m++) {
        const int im = dia_packed(i, m) * nc, mj = dia_packed(m, j) * nc;
        sum += dia_v8_load_of(nc, a, F + im) * dia_v8_load_of(nc, a, Fbar + mj) -
               dia_v8_load_of(nc, a, Fbar + im) * dia_v8_load_of(nc, a, F + mj);
    }
    return sum;
}

DIA_INLINE double commutator_of_one(int n, int nc, int a, const double *F, const double *Fbar, int i, int j)
{
    double sum = 0.0;
    for (int m = 0; m < n; m++) {
        const int im = dia_packed(i, m) * nc + a, mj = dia_packed(m, j) * nc + a;
        sum += F[im] * Fbar[mj] - Fbar[im] * F[mj];
    }
    return sum;
}

/* C_ij = sum_a [F^a, Fbar^a]_ij, i > j */
DIA_INLINE void commutators_of(int n, int nc, const double *F, const double *Fbar, double *C)
{
    for (int i = 1; i < n; i++)
        for (int j = 0; j < i; j++) {
            dia_v8 eight = {0.0};
            double sum = 0.0;
            for (int a = 0; a < nc && nc >= DIA_LANES; a += DIA_LANES)
                eight += commutator_of_eight(n, nc, a, F, Fbar, i, j);
            for (int a = 0; a < nc && nc < DIA_LANES; a++)
                sum += commutator_of_one(n, nc, a, F, Fbar, i, j);
            C[dia_packed(i, j)] = nc < DIA_LANES ? sum : dia_v8_sum(eight);
        }
}

DIA_CLONES static void commutators(int n, int nc, const double *F, const double *Fbar, double *C)
{
    if (n == 2)
        commutators_of(2, nc, F, Fbar, C);
    else if (n == 3)
        commutators_of(3, nc, F, Fbar, C);
    else
        commutators_of(n, nc, F, Fbar, C);
}

/* Fbar = 2 w (F - F0) */
DIA_CLONES static void adjoint_of_forces(const dia_reference *p, double *restrict Fbar)
{
    for (int k = 0; k < p->n * (p->n + 1) / 2; k++) {
        const double w = 2.0 * p->w[k];
        for (int a = k * p->nc; a < (k + 1) * p->nc; a++)
            Fbar[a] = w * (p->F[a] - p->F0[a]);
    }
}

static void adjoint(const dia_reference *p, const double *U, double *Fbar, double *Hbar, double *dHbar)
{
    const int n = p->n;
    double X[DIA_LOSS_PACKED];
    adjoint_of_forces(p, Fbar);
    commutators(n, p->nc, p->F, Fbar, X);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            const int k = dia_packed(i, j);
            if (i == j)
                X[k] = 2.0 * p->wE[i] * (p->e[i] - p->H0[k]);
            else if (dia_reference_rotated(p, j, i))
                X[k] = -2.0 * p->wE[i] * p->H0[k];
            else
                X[k] *= dia_loss_response(p->loss, p->e[j] - p->e[i]);
        }
    dia_loss_transform_back(n, 1, U, X, Hbar);
    dia_loss_transform_back(n, p->nc, U, Fbar, dHbar);
}

size_t dia_loss_work(int nstate, int ncart)
{
    return (size_t)(nstate * (nstate + 1) * ncart) + dia_reference_work(nstate, ncart); /* F, Fbar */
}

double dia_loss_point(const dia_loss *loss, int nstate, int ncart, const double *e, const double *U, const double *D,
                      const dia_label *label, double *work, double *Hbar, double *dHbar)
{
    const size_t np = (size_t)(nstate * (nstate + 1) / 2), nc = (size_t)ncart;
    dia_reference p;
    double *F = work, *Fbar = F + np * nc;
    dia_loss_transform(nstate, ncart, U, D, F);
    dia_reference_make(&p, loss, nstate, ncart, e, F, label, Fbar + np * nc);
    const double sum = dia_reference_misfit(&p);
    if (Hbar != NULL)
        adjoint(&p, U, Fbar, Hbar, dHbar);
    if (!(loss->outlier > 0.0))
        return sum;
    const double root = sqrt(1.0 + sum / loss->outlier);
    for (size_t k = 0; Hbar != NULL && k < np; k++)
        Hbar[k] /= root;
    for (size_t k = 0; Hbar != NULL && k < np * nc; k++)
        dHbar[k] /= root;
    return 2.0 * loss->outlier * (root - 1.0);
}
