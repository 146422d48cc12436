/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/bath.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/eigen.h"

/* Positive x_j = 2/eigenvalue of the matrix of order m with elements 1/sqrt((2k+first)(2k+first+2)) beside the diagonal,
 * k = 0, 1, ..., ascending; m/2 of them. */
static bool find_poles(int m, int first, double *x, double *work)
{
    double *A = work, *E = A + m * (m + 1) / 2, *U = E + m;
    memset(A, 0, (size_t)(m * (m + 1) / 2) * sizeof *A);
    for (int k = 0; k + 1 < m; k++)
        A[(k + 1) * (k + 2) / 2 + k] = 1.0 / sqrt((2.0 * k + first) * (2.0 * k + first + 2.0));
    if (!dia_eigen_packed(m, A, E, U, U + m * m))
        return false;
    for (int j = 0; j < m / 2; j++)
        x[j] = 2.0 / E[m - 1 - j];
    return true;
}

/* coth(x/2) = 2/x + sum_j 4 weight_j x/(x^2 + pole_j^2): Hu et al., equations 4 to 9 for bosons. */
static dia_status find_pade(int n, double *pole, double *weight, dia_error *error)
{
    const size_t m = 2 * (size_t)n;
    double *work = malloc((m * (m + 1) / 2 + m + m * m + dia_eigen_work((int)m) + m) * sizeof *work);
    if (work == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d Pade terms", n);
    double *zero = work, *rest = work + n;
    const bool found = find_poles(2 * n, 3, pole, rest) && find_poles(2 * n - 1, 5, zero, rest);
    for (int j = 0; j < n && found; j++) {
        weight[j] = 0.5 * n * (2.0 * n + 3.0);
        for (int k = 0; k < n; k++) {
            if (k < n - 1)
                weight[j] *= zero[k] * zero[k] - pole[j] * pole[j];
            if (k != j)
                weight[j] /= pole[k] * pole[k] - pole[j] * pole[j];
        }
    }
    free(work);
    return found ? DIA_OK : dia_error_set(error, DIA_ERROR_NUMERIC, "no poles of %d Pade terms", n);
}

static dia_status infinite(dia_error *error, double term, double cutoff)
{
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "term %.0f of the temperature has the frequency of the bath's cutoff, %g hartree, and both would "
        "be infinite; change the number of terms or the temperature a little",
        term, cutoff);
}

dia_status dia_bath_debye(int bath, double reorganisation, double cutoff, double kT, dia_bath_expansion expansion,
                          int terms, dia_bath_term *term, double *rest, dia_error *error)
{
    double *pole = malloc((size_t)(2 * terms + 1) * sizeof *pole), *weight = pole + terms;
    if (pole == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d terms", terms);
    const double ratio = cutoff / kT;
    dia_status status = DIA_OK;
    for (int j = 0; j < terms; j++)
        pole[j] = 2.0 * DIA_PI * (j + 1), weight[j] = 1.0;
    if (expansion == DIA_BATH_PADE && terms > 0)
        status = find_pade(terms, pole, weight, error);
    /* cot(cutoff/2kT): of the approximant, or the true one */
    double cotangent = expansion == DIA_BATH_PADE ? 2.0 / ratio : 1.0 / tan(0.5 * ratio);
    *rest = 2.0 * reorganisation * kT / cutoff;
    const double turns = ratio / (2.0 * DIA_PI), nearest = fmax(1.0, round(turns)); /* of Matsubara's frequencies */
    if (expansion == DIA_BATH_MATSUBARA && fabs(turns - nearest) < 1e-6) /* also of those left out: the cotangent */
        status = infinite(error, nearest, cutoff);
    for (int j = 0; j < terms && status == DIA_OK; j++) {
        const double difference = pole[j] * pole[j] - ratio * ratio, nu = pole[j] * kT;
        if (fabs(difference) < 1e-6 * ratio * ratio)
            status = infinite(error, j + 1, cutoff);
        const double c = weight[j] * 4.0 * reorganisation * cutoff * kT * nu / (difference * kT * kT);
        term[1 + j] = (dia_bath_term){bath, nu, c, c};
        *rest -= c / nu;
        if (expansion == DIA_BATH_PADE)
            cotangent -= 4.0 * weight[j] * ratio / difference;
    }
    const double real = reorganisation * cutoff * cotangent, imaginary = -reorganisation * cutoff;
    term[0] = (dia_bath_term){bath, cutoff, real + I * imaginary, real + I * -imaginary};
    *rest -= real / cutoff;
    free(pole);
    return status;
}
