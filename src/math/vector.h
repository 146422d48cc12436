/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small vectors; loops over the components of long ones. */
#ifndef DIA_MATH_VECTOR_H
#define DIA_MATH_VECTOR_H

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* Are all of them numbers? 0 x is NaN of NaN and of infinity. */
static inline bool dia_finite(size_t n, const double *x)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += 0.0 * x[i];
    return sum == 0.0;
}

static inline double dia_dot(int n, const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* of three components each */
static inline double dia_dot3(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline void dia_cross(const double *a, const double *b, double *c)
{
    c[0] = a[1] * b[2] - a[2] * b[1];
    c[1] = a[2] * b[0] - a[0] * b[2];
    c[2] = a[0] * b[1] - a[1] * b[0];
}

static inline double dia_distance(const double *a, const double *b)
{
    const double d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
    return sqrt(dia_dot3(d, d));
}

static inline double dia_norm(int n, const double *a)
{
    return sqrt(dia_dot(n, a, a));
}

/* The larger of two; NaN if either is (fmax would hide it). */
static inline double dia_larger(double a, double b)
{
    return isnan(a) || a >= b ? a : b;
}

/* The largest |a_i|; NaN if any is. */
static inline double dia_largest(int n, const double *a)
{
    double most = 0.0;
    for (int i = 0; i < n; i++)
        most = dia_larger(most, fabs(a[i]));
    return most;
}

/* To unit length; returns the length before. */
static inline double dia_normalise(int n, double *v)
{
    const double length = dia_norm(n, v);
    for (int i = 0; i < n; i++)
        v[i] /= length;
    return length;
}

/* x (n) in ascending order; no NaN */
static inline void dia_ascend(int n, double *x)
{
    gsl_sort(x, 1, (size_t)n);
}

/* y += factor x */
static inline void dia_add(int n, double factor, const double *x, double *y)
{
    for (int i = 0; i < n; i++)
        y[i] += factor * x[i];
}

/* v -= its parts along `count` orthonormal rows; twice, so that it is orthogonal to rounding. */
static inline void dia_remove(int n, int count, const double *rows, double *v)
{
    for (int twice = 0; twice < 2; twice++)
        for (int k = 0; k < count; k++)
            dia_add(n, -dia_dot(n, rows + k * n, v), rows + k * n, v);
}

/* The two rows of plane (2, n) made orthonormal. False if they are parallel or none. */
static inline bool dia_plane(int n, double *plane)
{
    for (int k = 0; k < 2; k++) {
        const double before = dia_norm(n, plane + k * n);
        dia_remove(n, k, plane, plane + k * n);
        const double after = dia_normalise(n, plane + k * n);
        if (!(after > 1e-8 * before && after < INFINITY))
            return false;
    }
    return true;
}

#endif
