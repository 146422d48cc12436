/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/chebyshev.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "math/eigen.h"

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* alpha (steps), beta (steps): the tridiagonal matrix of H; beta[k] is below alpha[k]. Returns the number of steps made:
 * fewer if the space is exhausted, or if control asks to stop. */
static int lanczos(size_t n, dia_operator *H, void *context, int steps, double *work, const dia_control *control,
                   double *alpha, double *beta)
{
    double *v = work, *w = work + 2 * n, *before = work + 4 * n;
    for (size_t i = 0; i < 2 * n; i++)
        v[i] = i % 2 == 0 ? sin(1.0 + 3.7 * (double)i + 0.11 * (double)(i % 101) * (double)(i % 101)) : 0.0;
    double length = sqrt(dot(2 * n, v, v));
    memset(before, 0, 2 * n * sizeof *before);
    for (int k = 0; k < steps && !dia_control_stopped(control); k++) {
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

dia_status dia_chebyshev_bounds(size_t n, dia_operator *H, void *context, int steps, double *work,
                                const dia_control *control, dia_bounds *bounds, dia_error *error)
{
    const int order = (size_t)steps < n ? steps : (int)n;
    const size_t m = (size_t)order;
    double *numbers = malloc((2 * m + m * (m + 1) / 2 + m + m * m + dia_eigen_work(order)) * sizeof *numbers);
    if (numbers == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d Lanczos steps", order);
    const int made = lanczos(n, H, context, order, work, control, numbers, numbers + m);
    if (made < order && dia_control_stopped(control)) {
        free(numbers);
        return dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted");
    }
    const bool found = extremes(made, numbers, numbers + m, numbers + 2 * m, bounds);
    free(numbers);
    return found ? DIA_OK : dia_error_set(error, DIA_ERROR_NUMERIC, "the Hamiltonian is not finite");
}

/* J_k(x) falls faster than exponentially beyond k = x; so many terms leave 1e-16 for any x, and nothing underflows. */
static int enough(double reach)
{
    return (int)(reach + 12.0 * cbrt(reach) + 12.0);
}

/* J_k(x), k = 0..n, by their recurrence downwards from where all is rounding (J. C. P. Miller; Abramowitz, Stegun, 9.12); beyond k = x
 * they are positive, and J_0^2 + 2 sum J_k^2 = 1 (9.1.76). GSL's array of them takes the square of k for an int. */
static void bessel(int n, double x, double *J)
{
    double sum = 0.0;
    J[n] = 0.0;
    J[n - 1] = 1e-140;
    for (int k = n - 1; k > 0; k--) {
        J[k - 1] = 2.0 * k / x * J[k] - J[k + 1];
        const bool large = fabs(J[k - 1]) > 1e140; /* seldom, and what is small is nothing by then */
        for (int i = k - 1; large && i <= n; i++)
            J[i] *= 1e-280;
    }
    for (int k = n; k > 0; k--)
        sum += 2.0 * J[k] * J[k];
    const double scale = 1.0 / sqrt(sum + J[0] * J[0]);
    for (int k = 0; k <= n; k++)
        J[k] *= scale;
}

/* The factors of one time, zeros behind them up to `most`; returns how many matter. */
static int fill(double reach, int most, double tolerance, double *row)
{
    int n = enough(reach);
    memset(row, 0, (size_t)(most + 1) * sizeof *row);
    if (reach < 1e-150) /* a time of nothing */
        row[0] = 1.0;
    else
        bessel(n, reach, row);
    for (int k = 1; k <= n; k++)
        row[k] *= 2.0;
    while (n > 1 && fabs(row[n]) < tolerance)
        n--;
    return n + 1;
}

dia_status dia_chebyshev_create(dia_chebyshev *chebyshev, dia_bounds bounds, int ntime, const double *time,
                                double tolerance, dia_error *error)
{
    const double half = 0.5 * (bounds.high - bounds.low);
    double reach = 0.0;
    for (int t = 0; t < ntime; t++)
        reach = fmax(reach, half * fabs(time[t]));
    *chebyshev = (dia_chebyshev){.bounds = bounds, .ntime = ntime, .nterm = 2};
    if (!(reach < 1e7))
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "energies from %.4g to %.4g eV turn by %.3g rad in the %.3g fs of an expansion, expected "
            "less than 1e7: leave out states far up, take a smaller basis, or samples or steps closer to each other",
            bounds.low / DIA_EV, bounds.high / DIA_EV, reach, reach / half / DIA_FEMTOSECOND);
    const int most = enough(reach);
    chebyshev->time = malloc((size_t)ntime * sizeof(double));
    chebyshev->factor = malloc((size_t)ntime * (size_t)(most + 1) * sizeof(double));
    if (chebyshev->time == NULL || chebyshev->factor == NULL) {
        dia_chebyshev_free(chebyshev);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d Chebyshev terms", most);
    }
    memcpy(chebyshev->time, time, (size_t)ntime * sizeof *time);
    for (int t = 0; t < ntime; t++) {
        const int n = fill(half * fabs(time[t]), most, tolerance, chebyshev->factor + (size_t)t * (size_t)(most + 1));
        chebyshev->nterm = n > chebyshev->nterm ? n : chebyshev->nterm;
    }
    for (int t = 1; t < ntime; t++) /* rows closer together */
        memmove(chebyshev->factor + (size_t)t * (size_t)chebyshev->nterm,
                chebyshev->factor + (size_t)t * (size_t)(most + 1), (size_t)chebyshev->nterm * sizeof(double));
    return DIA_OK;
}

void dia_chebyshev_free(dia_chebyshev *chebyshev)
{
    free(chebyshev->time);
    free(chebyshev->factor);
    *chebyshev = (dia_chebyshev){0};
}

/* factor (-i)^k of time t; (-1)^k more if it is negative, since T_k(-x) = (-1)^k T_k(x) and J_k(-x) = (-1)^k J_k(x). */
static void coefficient(const dia_chebyshev *c, int t, int k, double *re, double *im)
{
    const double factor =
        c->factor[(size_t)t * (size_t)c->nterm + (size_t)k] * (c->time[t] < 0.0 && k % 2 == 1 ? -1.0 : 1.0);
    const double real[] = {1.0, 0.0, -1.0, 0.0}, imaginary[] = {0.0, -1.0, 0.0, 1.0};
    *re = factor * real[k % 4];
    *im = factor * imaginary[k % 4];
}

/* Takes term k (2 n) into all results. */
static void take(const dia_chebyshev *c, size_t n, int k, const double *x, double *out, const double *left,
                 double *moments)
{
    for (int t = 0; t < c->ntime; t++) {
        double a, b, *sum = out + 2 * (size_t)t * n;
        coefficient(c, t, k, &a, &b);
        for (size_t i = 0; i < n; i++) {
            sum[2 * i] += a * x[2 * i] - b * x[2 * i + 1];
            sum[2 * i + 1] += a * x[2 * i + 1] + b * x[2 * i];
        }
    }
    if (left == NULL)
        return;
    moments[2 * k] = moments[2 * k + 1] = 0.0;
    for (size_t i = 0; i < n; i++) {
        moments[2 * k] += left[2 * i] * x[2 * i] + left[2 * i + 1] * x[2 * i + 1];
        moments[2 * k + 1] += left[2 * i] * x[2 * i + 1] - left[2 * i + 1] * x[2 * i];
    }
}

/* z (n) *= exp(-i centre t) */
static void turn(const dia_chebyshev *c, int t, size_t n, double *z)
{
    const double angle = 0.5 * (c->bounds.low + c->bounds.high) * c->time[t], re = cos(angle), im = -sin(angle);
    for (size_t i = 0; i < n; i++) {
        const double x = z[2 * i], y = z[2 * i + 1];
        z[2 * i] = re * x - im * y;
        z[2 * i + 1] = re * y + im * x;
    }
}

bool dia_chebyshev_propagate(const dia_chebyshev *c, size_t n, dia_operator *H, void *context, const double *psi,
                             double *out, const double *left, double *moments, double *work, const dia_control *control)
{
    const double centre = 0.5 * (c->bounds.low + c->bounds.high), half = 0.5 * (c->bounds.high - c->bounds.low);
    double *even = work, *odd = work + 2 * n;
    memset(out, 0, 2 * (size_t)c->ntime * n * sizeof *out);
    memcpy(even, psi, 2 * n * sizeof *psi);
    take(c, n, 0, even, out, left, moments);
    H(context, even, 1.0 / half, centre, NULL, odd);
    take(c, n, 1, odd, out, left, moments);
    for (int k = 2; k < c->nterm; k++) {
        if (dia_control_stopped(control))
            return false;
        double *next = k % 2 == 0 ? even : odd, *last = k % 2 == 0 ? odd : even;
        H(context, last, 2.0 / half, centre, next, next);
        take(c, n, k, next, out, left, moments);
    }
    for (int t = 0; t < c->ntime; t++)
        turn(c, t, n, out + 2 * (size_t)t * n);
    return true;
}

void dia_chebyshev_overlap(const dia_chebyshev *c, int t, const double *moments, double overlap[2])
{
    overlap[0] = overlap[1] = 0.0;
    for (int k = 0; k < c->nterm; k++) {
        double a, b;
        coefficient(c, t, k, &a, &b);
        overlap[0] += a * moments[2 * k] - b * moments[2 * k + 1];
        overlap[1] += a * moments[2 * k + 1] + b * moments[2 * k];
    }
    turn(c, t, 1, overlap);
}
