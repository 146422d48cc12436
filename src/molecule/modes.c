/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/modes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/eigen.h"
#include "math/vector.h"

void dia_centre_of_mass(const dia_molecule *molecule, const double *R, double *centre)
{
    double total = 0.0;
    for (int i = 0; i < 3; i++)
        centre[i] = 0.0;
    for (int a = 0; a < molecule->natom; a++) {
        total += molecule->masses[a];
        for (int i = 0; i < 3; i++)
            centre[i] += molecule->masses[a] * R[3 * a + i];
    }
    for (int i = 0; i < 3; i++)
        centre[i] /= total;
}

int dia_principal_axes(const dia_molecule *molecule, const double *R, double *moment, double *axis)
{
    double centre[3], tensor[6] = {0}, work[3 * 3 + 34 * 3], U[9];
    dia_centre_of_mass(molecule, R, centre);
    for (int a = 0; a < molecule->natom; a++) {
        double x[3], m = molecule->masses[a];
        for (int i = 0; i < 3; i++)
            x[i] = R[3 * a + i] - centre[i];
        for (int i = 0; i < 3; i++)
            for (int j = 0; j <= i; j++)
                tensor[i * (i + 1) / 2 + j] += m * ((i == j ? dia_dot(3, x, x) : 0.0) - x[i] * x[j]);
    }
    dia_eigen_packed(3, tensor, moment, U, work);
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 3; i++)
            axis[3 * k + i] = U[3 * i + k];
    /* A bend of 1e-4 rad counts as linear: geometries come from files with few digits. */
    return !(moment[2] > 0.0) ? 0 : moment[0] <= 1e-8 * moment[2] ? 2 : 3;
}

int dia_rigid_motions(const dia_molecule *molecule, const double *R, double *T)
{
    if (molecule->dimension != 3)
        return 0;
    int ncart = molecule->ncart, n = 0;
    double centre[3], moment[3], axis[9];
    int turns = dia_principal_axes(molecule, R, moment, axis);
    dia_centre_of_mass(molecule, R, centre);
    for (int k = 0; k < 3 + turns; k++) {
        double *t = T + n * ncart;
        const double *e = k < 3 ? NULL : axis + 3 * (2 - (k - 3)); /* the largest moments first */
        for (int a = 0; a < molecule->natom; a++) {
            double root = sqrt(molecule->masses[a]), x[3];
            for (int i = 0; i < 3; i++)
                x[i] = R[3 * a + i] - centre[i];
            for (int i = 0; i < 3; i++) {
                int j = (i + 1) % 3, l = (i + 2) % 3;
                t[3 * a + i] = root * (e == NULL ? (i == k) : e[j] * x[l] - e[l] * x[j]);
            }
        }
        dia_remove(ncart, n, T, t);
        dia_normalise(ncart, t);
        n++;
    }
    return n;
}

dia_status dia_hessian(const dia_molecule *molecule, dia_function *function, void *context, const double *R,
                       double step, double *hessian, dia_error *error)
{
    /* five points: the error of order step^4 is small enough even for soft anharmonic modes */
    static const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place[] = {-2, -1, 1, 2};
    int n = molecule->ncart;
    double f, *x = malloc(2 * (size_t)n * sizeof *x), *g = x + n;
    if (x == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a Hessian of order %d", n);
    memset(hessian, 0, (size_t)n * (size_t)n * sizeof *hessian);
    memcpy(x, R, (size_t)n * sizeof *x);
    for (int c = 0; c < n; c++) {
        for (int k = 0; k < 4; k++) {
            x[c] = R[c] + place[k] * step;
            if (!function(context, x, &f, g)) {
                free(x);
                return dia_error_set(error, DIA_ERROR_NUMERIC,
                                     "the Hessian cannot be had: the energy is not finite %.3g bohr from the minimum",
                                     step);
            }
            for (int d = 0; d < n; d++)
                hessian[c * n + d] += weight[k] * g[d] / step;
        }
        x[c] = R[c];
    }
    free(x);
    for (int c = 0; c < n; c++)
        for (int d = 0; d < c; d++)
            hessian[c * n + d] = hessian[d * n + c] = 0.5 * (hessian[c * n + d] + hessian[d * n + c]);
    return DIA_OK;
}

/* Completes rigid motions, if there are any, to an orthonormal basis (ncart, ncart): its first n rows are the rigid motions, the
 * others are made from unit vectors, each time the one that is least spanned so far. */
static void complete_basis(int ncart, int n, double *basis)
{
    for (; n < ncart && n > 0; n++) {
        int best = 0;
        double most = -1.0;
        for (int c = 0; c < ncart; c++) {
            double left = 1.0;
            for (int k = 0; k < n; k++)
                left -= basis[k * ncart + c] * basis[k * ncart + c];
            if (left > most + 1e-9) { /* ties are decided by order, not by rounding */
                most = left;
                best = c;
            }
        }
        double *v = basis + n * ncart;
        memset(v, 0, (size_t)ncart * sizeof *v);
        v[best] = 1.0;
        dia_remove(ncart, n, basis, v);
        dia_normalise(ncart, v);
    }
}

/* reduced (packed, order nmode) = B M^-1/2 Hess M^-1/2 B^T; scratch (ncart). No rigid motions: B is the identity. */
static void reduce(const dia_molecule *molecule, const double *hessian, int nmode, const double *B, double *scratch,
                   double *reduced)
{
    int ncart = molecule->ncart, d = molecule->dimension;
    const bool identity = nmode == ncart;
    for (int i = 0; i < nmode && identity; i++)
        for (int j = 0; j <= i; j++)
            reduced[i * (i + 1) / 2 + j] =
                hessian[j * ncart + i] / sqrt(molecule->masses[j / d] * molecule->masses[i / d]);
    for (int i = 0; i < nmode && !identity; i++) {
        for (int c = 0; c < ncart; c++) {
            scratch[c] = 0.0;
            for (int e = 0; e < ncart; e++)
                scratch[c] +=
                    hessian[c * ncart + e] * B[i * ncart + e] / sqrt(molecule->masses[c / d] * molecule->masses[e / d]);
        }
        for (int j = 0; j <= i; j++)
            reduced[i * (i + 1) / 2 + j] = dia_dot(ncart, B + j * ncart, scratch);
    }
}

/* Ties by symmetry are decided by order: far above rounding, far below what the digits of a geometry tell apart. */
static const double TIE = 1e-6;

/* Modes of one frequency are any basis of their space: e.g. x and y of a bend. This one is made from unit vectors, each
 * time the one that lies in the space most. V (n, ncart) orthonormal; W (n, ncart) scratch. */
static void turn_degenerate(int n, int ncart, double *V, double *W)
{
    const size_t size = (size_t)ncart * sizeof *V;
    for (int m = 0; m < n; m++) {
        double *w = W + m * ncart, most = -1.0;
        int best = 0;
        for (int c = 0; c < ncart; c++) {
            double inside = 0.0;
            for (int k = 0; k < n; k++)
                inside += V[k * ncart + c] * V[k * ncart + c];
            for (int k = 0; k < m; k++)
                inside -= W[k * ncart + c] * W[k * ncart + c];
            if (inside > most + TIE) {
                most = inside;
                best = c;
            }
        }
        memset(w, 0, size);
        for (int k = 0; k < n; k++)
            dia_add(ncart, V[k * ncart + best], V + k * ncart, w);
        dia_remove(ncart, m, W, w);
        dia_normalise(ncart, w);
    }
    memcpy(V, W, (size_t)n * size);
}

void dia_modes_sign(int ncart, double *v)
{
    int largest = 0, first = 0;
    for (int c = 1; c < ncart; c++)
        if (fabs(v[c]) > fabs(v[largest]))
            largest = c;
    while (fabs(v[first]) < (1.0 - TIE) * fabs(v[largest]))
        first++;
    const double sign = v[first] < 0.0 ? -1.0 : 1.0;
    for (int c = 0; c < ncart; c++)
        v[c] *= sign;
}

static dia_status solve(dia_modes *modes, const dia_molecule *molecule, const double *R, const double *hessian,
                        double *memory, dia_error *error)
{
    int ncart = molecule->ncart;
    size_t n = (size_t)ncart;
    double *basis = memory, *E = basis + n * n, *U = E + n, *packed = U + n * n, *work = packed + n * (n + 1) / 2;
    int rigid = dia_rigid_motions(molecule, R, basis), nmode = ncart - rigid;
    const double *B = basis + rigid * ncart;
    complete_basis(ncart, rigid, basis);
    reduce(molecule, hessian, nmode, B, work, packed);
    if (nmode > 0 && !dia_eigen_packed(nmode, packed, E, U, work))
        return dia_error_set(error, DIA_ERROR_NUMERIC, "the Hessian is not finite: no normal modes");
    modes->ncart = ncart;
    modes->nmode = nmode;
    for (int m = 0; m < nmode; m++) {
        double *v = modes->vector + m * ncart;
        modes->frequency[m] = copysign(sqrt(fabs(E[m])), E[m]);
        memset(v, 0, n * sizeof *v);
        for (int i = 0; i < nmode && rigid == 0; i++)
            v[i] += U[i * nmode + m];
        for (int i = 0; i < nmode && rigid > 0; i++)
            dia_add(ncart, U[i * nmode + m], B + i * ncart, v);
    }
    const double same = 1e-9 * fmax(fabs(E[0]), fabs(E[nmode > 0 ? nmode - 1 : 0])); /* far above rounding */
    for (int m = 0, many = 1; m < nmode; m += many) {
        for (many = 1; m + many < nmode && E[m + many] - E[m + many - 1] <= same;)
            many++;
        if (many > 1)
            turn_degenerate(many, ncart, modes->vector + m * ncart, basis);
    }
    for (int m = 0; m < nmode; m++)
        dia_modes_sign(ncart, modes->vector + m * ncart);
    return DIA_OK;
}

dia_status dia_modes_make(dia_modes *modes, const dia_molecule *molecule, const double *R, const double *hessian,
                          dia_error *error)
{
    size_t n = (size_t)molecule->ncart;
    *modes = (dia_modes){0};
    modes->frequency = calloc(n, sizeof *modes->frequency);
    modes->vector = calloc(n * n, sizeof *modes->vector);
    size_t work = dia_eigen_work((int)n);
    double *memory = calloc(2 * n * n + n + n * (n + 1) / 2 + (work > n ? work : n) + 6 * n, sizeof *memory);
    dia_status status = modes->frequency == NULL || modes->vector == NULL || memory == NULL
                            ? dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu normal modes", n)
                            : solve(modes, molecule, R, hessian, memory, error);
    free(memory);
    if (status != DIA_OK)
        dia_modes_free(modes);
    return status;
}

void dia_modes_free(dia_modes *modes)
{
    free(modes->frequency);
    free(modes->vector);
    *modes = (dia_modes){0};
}

double dia_modes_zero_point(const dia_modes *modes, double lowest)
{
    double sum = 0.0;
    for (int m = 0; m < modes->nmode; m++)
        if (modes->frequency[m] > 0.0 && modes->frequency[m] >= lowest)
            sum += 0.5 * modes->frequency[m];
    return sum;
}
