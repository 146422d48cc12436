/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/chebyshev.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_bessel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/eigen.h"

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* alpha (steps), beta (steps): the tridiagonal matrix of H; beta[k] is below alpha[k]. Returns the number of steps made:
 * fewer if the space is exhausted. */
static int lanczos(size_t n, dia_operator *H, void *context, int steps, double *work, double *alpha, double *beta)
{
    double *v = work, *w = work + 2 * n, *before = work + 4 * n;
    for (size_t i = 0; i < 2 * n; i++)
        v[i] = i % 2 == 0 ? sin(1.0 + 3.7 * (double)i + 0.11 * (double)(i % 101) * (double)(i % 101)) : 0.0;
    double length = sqrt(dot(2 * n, v, v));
    memset(before, 0, 2 * n * sizeof *before);
    for (int k = 0; k < steps; k++) {
        for (size_t i = 0; i < 2 * n; i++)
            v[i] /= length;
        H(context, v, 1.0, 0.0, NULL, w);
        alpha[k] = dot(2 * n, v, w);
        for (size_t i = 0; i < 2 * n; i++) {
            const double next = w[i] - alpha[k] * v[i] - (k > 0 ? beta[k - 1] : 0.0) * before[i];
            before[i] = v[i];
            v[i] = next;
        }
        length = beta[k] = sqrt(dot(2 * n, v, v));
        if (!(length > 1e-12 * fabs(alpha[0]) + 1e-300))
            return k + 1;
    }
    return steps;
}

static bool extremes(int n, const double *alpha, const double *beta, double *numbers, dia_bounds *bounds)
{
    const size_t order = (size_t)n;
    double *A = numbers, *E = A + order * (order + 1) / 2, *U = E + order, *work = U + order * order;
    memset(A, 0, order * (order + 1) / 2 * sizeof *A);
    for (int k = 0; k < n; k++) {
        A[k * (k + 3) / 2] = alpha[k];
        if (k + 1 < n)
            A[(k + 1) * (k + 2) / 2 + k] = beta[k];
    }
    if (!dia_eigen_packed(n, A, E, U, work))
        return false;
    bounds->low = E[0] - fabs(beta[n - 1] * U[(n - 1) * n]);
    bounds->high = E[n - 1] + fabs(beta[n - 1] * U[(n - 1) * n + n - 1]);
    const double margin = 0.01 * (bounds->high - bounds->low) + 1e-12 * fabs(bounds->high) + 1e-300;
    bounds->low -= margin;
    bounds->high += margin;
    return true;
}

dia_status dia_chebyshev_bounds(size_t n, dia_operator *H, void *context, int steps, double *work, dia_bounds *bounds,
                                dia_error *error)
{
    const int order = (size_t)steps < n ? steps : (int)n;
    const size_t m = (size_t)order;
    double *numbers = malloc((2 * m + m * (m + 1) / 2 + m + m * m + dia_eigen_work(order)) * sizeof *numbers);
    if (numbers == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d Lanczos steps", order);
    const int made = lanczos(n, H, context, order, work, numbers, numbers + m);
    const bool found = extremes(made, numbers, numbers + m, numbers + 2 * m, bounds);
    free(numbers);
    return found ? DIA_OK : dia_error_set(error, DIA_ERROR_NUMERIC, "the Hamiltonian is not finite");
}

dia_status dia_chebyshev_create(dia_chebyshev *chebyshev, dia_bounds bounds, double t, double tolerance,
                                dia_error *error)
{
    const double reach = 0.5 * fabs(t) * (bounds.high - bounds.low);
    /* J_k(x) falls faster than exponentially beyond k = x; this many give 1e-16 for any x */
    const int most = (int)(reach + 12.0 * cbrt(reach) + 12.0);
    *chebyshev = (dia_chebyshev){.bounds = bounds, .t = t};
    chebyshev->bessel = malloc((size_t)(most + 1) * sizeof(double));
    if (chebyshev->bessel == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d Chebyshev terms", most);
    gsl_set_error_handler_off(); /* an underflow is no reason to abort */
    if (gsl_sf_bessel_Jn_array(0, most, reach, chebyshev->bessel) != 0) {
        dia_chebyshev_free(chebyshev);
        return dia_error_set(error, DIA_ERROR_NUMERIC, "no Bessel functions of %g", reach);
    }
    chebyshev->nterm = most + 1;
    while (chebyshev->nterm > 2 && fabs(chebyshev->bessel[chebyshev->nterm - 1]) < tolerance)
        chebyshev->nterm--;
    for (int k = 1; k < chebyshev->nterm; k++)
        chebyshev->bessel[k] *= 2.0;
    return DIA_OK;
}

void dia_chebyshev_free(dia_chebyshev *chebyshev)
{
    free(chebyshev->bessel);
    *chebyshev = (dia_chebyshev){0};
}

size_t dia_chebyshev_work(size_t n)
{
    return 4 * n;
}

/* sum += factor (-i)^k x */
static void add_term(size_t n, int k, double factor, const double *x, double *sum)
{
    const double re[] = {1.0, 0.0, -1.0, 0.0}, im[] = {0.0, -1.0, 0.0, 1.0}; /* (-i)^k */
    const double a = factor * re[k % 4], b = factor * im[k % 4];
    for (size_t i = 0; i < n; i++) {
        sum[2 * i] += a * x[2 * i] - b * x[2 * i + 1];
        sum[2 * i + 1] += a * x[2 * i + 1] + b * x[2 * i];
    }
}

void dia_chebyshev_propagate(const dia_chebyshev *c, size_t n, dia_operator *H, void *context, double *psi,
                             double *work)
{
    const double centre = 0.5 * (c->bounds.low + c->bounds.high), half = 0.5 * (c->bounds.high - c->bounds.low);
    const double sign = c->t < 0.0 ? -1.0 : 1.0; /* T_k(-x) = (-1)^k T_k(x) */
    double *even = work, *odd = work + 2 * n;
    memcpy(even, psi, 2 * n * sizeof *psi);
    H(context, even, sign / half, centre, NULL, odd);
    for (size_t i = 0; i < 2 * n; i++)
        psi[i] *= c->bessel[0];
    add_term(n, 1, c->bessel[1], odd, psi);
    for (int k = 2; k < c->nterm; k++) {
        double *next = k % 2 == 0 ? even : odd, *last = k % 2 == 0 ? odd : even;
        H(context, last, 2.0 * sign / half, centre, next, next);
        add_term(n, k, c->bessel[k], next, psi);
    }
    const double re = cos(centre * c->t), im = -sin(centre * c->t);
    for (size_t i = 0; i < n; i++) {
        const double x = psi[2 * i], y = psi[2 * i + 1];
        psi[2 * i] = re * x - im * y;
        psi[2 * i + 1] = re * y + im * x;
    }
}
