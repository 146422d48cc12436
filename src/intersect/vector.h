/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loops over the components of a vector. */
#ifndef DIA_INTERSECT_VECTOR_H
#define DIA_INTERSECT_VECTOR_H

#include <stdbool.h>

#include "math/vector.h"

static inline double dia_norm(int n, const double *a)
{
    return sqrt(dia_dot(n, a, a));
}

/* The largest |a_i|; NaN if any is. */
static inline double dia_largest(int n, const double *a)
{
    double most = 0.0;
    for (int i = 0; i < n; i++)
        most = !(fabs(a[i]) <= most) ? fabs(a[i]) : most;
    return most;
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
        double *v = plane + k * n;
        const double before = dia_norm(n, v);
        dia_remove(n, k, plane, v);
        const double after = dia_norm(n, v);
        if (!(after > 1e-8 * before && after < INFINITY))
            return false;
        for (int i = 0; i < n; i++)
            v[i] /= after;
    }
    return true;
}

#endif
