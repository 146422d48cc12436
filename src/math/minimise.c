/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/minimise.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/eigen.h"
#include "math/matrix.h"
#include "math/vector.h"

typedef struct search {
    int n;
    bool many;   /* B is the inverse Hessian                                     */
    bool scaled; /* the Hessian has taken the scale of the first step            */
    bool solved; /* x_new - x of the present Hessian and gradient is in `whole` */
    double f, f_new;
    double *x, *g, *x_new, *g_new, *whole, *B, *E, *U, *packed, *work; /* one block of memory; x is the caller's */
} search;

/* Eigenvalues of smaller size than this part of the largest count as so large. */
static const double FLOOR = 1e-8;

/* p = -sum_k v_k (v_k.g) / max(|lambda_k|, floor): downhill also along directions of negative curvature. */
static void solve(search *s)
{
    int n = s->n;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            s->packed[i * (i + 1) / 2 + j] = 0.5 * (s->B[i * n + j] + s->B[j * n + i]);
    dia_eigen_packed(n, s->packed, s->E, s->U, s->work);
    double floor = FLOOR * fmax(fabs(s->E[0]), fabs(s->E[n - 1]));
    memset(s->whole, 0, (size_t)n * sizeof *s->whole);
    for (int k = 0; k < n; k++) {
        double along = 0.0;
        for (int i = 0; i < n; i++)
            along += s->U[i * n + k] * s->g[i];
        along /= -fmax(fabs(s->E[k]), floor);
        for (int i = 0; i < n; i++)
            s->whole[i] += along * s->U[i * n + k];
    }
}

/* x_new = x + p, p as solve finds it but no longer than radius. Returns the slope g.p. */
static double propose(search *s, double radius, double *length)
{
    const int n = s->n;
    if (!s->solved && !s->many)
        solve(s);
    for (int i = 0; i < n && !s->solved && s->many; i++)
        s->whole[i] = -dia_dot(n, s->B + (size_t)i * (size_t)n, s->g);
    s->solved = true;
    const double norm = sqrt(dia_dot(n, s->whole, s->whole)), shorten = norm > radius ? radius / norm : 1.0;
    double slope = 0.0;
    for (int i = 0; i < n; i++) {
        s->x_new[i] = shorten * s->whole[i];
        slope += s->g[i] * s->x_new[i];
        s->x_new[i] += s->x[i];
    }
    *length = norm * shorten;
    return slope;
}

/* The same of the inverse (eq. 6.17), multiplied out. */
static void update_inverse(search *s, const double *step, const double *y, double *By, double sy)
{
    const int n = s->n;
    for (int i = 0; i < n; i++)
        By[i] = dia_dot(n, s->B + (size_t)i * (size_t)n, y);
    const double yBy = dia_dot(n, y, By), weight = (1.0 + yBy / sy) / sy;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            s->B[(size_t)i * (size_t)n + (size_t)j] +=
                weight * step[i] * step[j] - (By[i] * step[j] + step[i] * By[j]) / sy;
}

/* BFGS (Nocedal, Wright, Numerical Optimization, 2nd ed., eq. 6.19), left out where the curvature along the step is not
 * positive. */
static void update(search *s)
{
    int n = s->n;
    double *step = s->work, *y = step + n, *Bs = y + n;
    for (int i = 0; i < n; i++) {
        step[i] = s->x_new[i] - s->x[i];
        y[i] = s->g_new[i] - s->g[i];
    }
    double sy = dia_dot(n, step, y), yy = dia_dot(n, y, y), ss = dia_dot(n, step, step);
    if (!(sy > 1e-8 * sqrt(ss * yy)))
        return;
    for (int i = 0; i < n && !s->scaled; i++) /* eq. 6.20 */
        s->B[i * n + i] = s->many ? sy / yy : yy / sy;
    s->scaled = true;
    if (s->many) {
        update_inverse(s, step, y, Bs, sy);
        return;
    }
    for (int i = 0; i < n; i++)
        Bs[i] = dia_dot(n, s->B + i * n, step);
    double sBs = dia_dot(n, step, Bs);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            s->B[i * n + j] += y[i] * y[j] / sy - Bs[i] * Bs[j] / sBs;
}

/* B = sum_k v_k v_k^T / max(|lambda_k|, floor) of the Hessian at the start. */
static bool invert(search *s, const double *hessian)
{
    const size_t n = (size_t)s->n;
    double *packed = malloc((n * (n + 1) / 2 + n + n * n + dia_eigen_work(s->n)) * sizeof *packed);
    if (packed == NULL)
        return false;
    double *E = packed + n * (n + 1) / 2, *U = E + n, *work = U + n * n;
    for (size_t i = 0; i < n; i++)
        memcpy(packed + i * (i + 1) / 2, hessian + i * n, (i + 1) * sizeof *packed);
    if (dia_eigen_packed(s->n, packed, E, U, work)) {
        const double floor = FLOOR * fmax(fabs(E[0]), fabs(E[n - 1]));
        for (size_t k = 0; k < n; k++)
            E[k] = 1.0 / sqrt(fmax(fabs(E[k]), floor));
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n; k++)
                U[i * n + k] *= E[k];
        dia_matrix_multiply(s->n, s->n, s->n, 1.0, U, false, U, true, 0.0, s->B);
        s->scaled = true;
    }
    free(packed);
    return true;
}

/* The Hessian at the start. */
static bool begin(search *s, const double *hessian)
{
    if (s->many)
        return invert(s, hessian);
    memcpy(s->B, hessian, (size_t)s->n * (size_t)s->n * sizeof *s->B);
    s->scaled = true;
    return true;
}

static bool reserve(search *s, int n)
{
    const size_t m = (size_t)n, work = dia_eigen_work(n) > 3 * m ? dia_eigen_work(n) : 3 * m;
    s->n = n;
    s->many = n > DIA_MINIMISE_MANY;
    double *memory = calloc(4 * m + m * m + (s->many ? 3 * m : m + m * m + m * (m + 1) / 2 + work), sizeof *memory);
    if (memory == NULL)
        return false;
    s->g = memory;
    s->x_new = s->g + m;
    s->g_new = s->x_new + m;
    s->whole = s->g_new + m;
    s->B = s->whole + m;
    s->work = s->B + m * m;
    if (!s->many) {
        s->E = s->work + work;
        s->U = s->E + m;
        s->packed = s->U + m * m;
    }
    for (int i = 0; i < n; i++)
        s->B[i * n + i] = 1.0;
    return true;
}

/* Did the step help? Close to the minimum the change of f is rounding, so the gradient decides. */
static bool accept(const search *s, double slope)
{
    if (s->f_new <= s->f + 1e-4 * slope)
        return true;
    return s->f_new <= s->f + 20.0 * DBL_EPSILON * fabs(s->f) && dia_largest(s->n, s->g_new) < dia_largest(s->n, s->g);
}

dia_status dia_minimise(int n, double *x, const double *hessian, dia_function *function, void *context,
                        double tolerance, double max_step, int max_iterations, dia_minimum *minimum, dia_error *error)
{
    search s = {.x = x};
    double radius = max_step, length;
    *minimum = (dia_minimum){0};
    if (!reserve(&s, n) || (hessian != NULL && !begin(&s, hessian))) {
        free(s.g);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a search in %d dimensions", n);
    }
    bool good = function(context, x, &s.f, s.g) && isfinite(s.f);
    dia_status status = good ? DIA_OK
                             : dia_error_set(error, DIA_ERROR_NUMERIC,
                                             "the search for a minimum starts where the "
                                             "energy is not finite");
    while (status == DIA_OK && !(dia_largest(n, s.g) <= tolerance)) {
        if (minimum->iterations == max_iterations || radius < 1e-14 * max_step) {
            status =
                dia_error_set(error, DIA_ERROR_NUMERIC,
                              "no minimum found in %d steps: the largest component of the gradient is %.3g, wanted "
                              "%.3g (atomic units)",
                              minimum->iterations, dia_largest(n, s.g), tolerance);
            break;
        }
        minimum->iterations++;
        double slope = propose(&s, radius, &length);
        if (!function(context, s.x_new, &s.f_new, s.g_new) || !isfinite(s.f_new) || !accept(&s, slope)) {
            radius = 0.25 * length;
            continue;
        }
        update(&s);
        memcpy(s.x, s.x_new, (size_t)n * sizeof *s.x);
        memcpy(s.g, s.g_new, (size_t)n * sizeof *s.g);
        s.f = s.f_new;
        s.solved = false;
        radius = fmin(max_step, 2.0 * fmax(radius, length));
    }
    minimum->f = s.f;
    minimum->gradient = dia_largest(n, s.g);
    free(s.g);
    return status;
}
