/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/momentum.h"
#include "math/vector.h"

#include <math.h>

/* h^T M^-1 g */
static double product(int n, const double *mass, const double *h, const double *g)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += h[i] * g[i] / mass[i];
    return sum;
}

static double square(int n, const double *mass, const double *h)
{
    return product(n, mass, h, h);
}

/* Of a gamma^2 + b gamma + gap = 0. */
static double discriminant_of(double a, double b, double gap)
{
    return b * b - 4.0 * a * gap;
}

double dia_momentum_spare(int ncart, const double *mass, const double *h, double gap, const double *V)
{
    const double a = 0.5 * square(ncart, mass, h);
    return a > 0.0 ? discriminant_of(a, dia_dot(ncart, h, V), gap) / (4.0 * a) : -INFINITY;
}

bool dia_momentum_adjust(int ncart, const double *mass, const double *h, double gap, double *V)
{
    const double a = 0.5 * square(ncart, mass, h), b = dia_dot(ncart, h, V);
    const double discriminant = discriminant_of(a, b, gap);
    if (!(a > 0.0) || !(discriminant >= 0.0))
        return false;
    const double denominator = b + copysign(sqrt(discriminant), b); /* avoids cancellation */
    if (denominator == 0.0)
        return true; /* b = gap = 0: nothing to remove */
    const double gamma = -2.0 * gap / denominator;
    for (int i = 0; i < ncart; i++)
        V[i] += gamma * h[i] / mass[i];
    return true;
}

void dia_momentum_reverse(int ncart, const double *mass, const double *h, double *V)
{
    const double a = square(ncart, mass, h);
    const double gamma = a > 0.0 ? -2.0 * dia_dot(ncart, h, V) / a : 0.0;
    for (int i = 0; i < ncart; i++)
        V[i] += gamma * h[i] / mass[i];
}

bool dia_momentum_turns(int ncart, const double *mass, const double *h, const double *gradient,
                        const double *target_gradient, const double *V)
{
    const double active = -product(ncart, mass, h, gradient), target = -product(ncart, mass, h, target_gradient),
                 motion = dia_dot(ncart, h, V);
    return active * target < 0.0 && target * motion < 0.0;
}

bool dia_momentum_opposed(int ncart, const double *mass, const double *h, const double *target_gradient,
                          const double *V)
{
    return product(ncart, mass, h, target_gradient) * dia_dot(ncart, h, V) > 0.0;
}

void dia_momentum_effective(int ncart, const double *mass, const double *V, double coupling, double *h)
{
    double twice_kinetic = 0.0;
    for (int i = 0; i < ncart; i++)
        twice_kinetic += mass[i] * V[i] * V[i];
    if (!(twice_kinetic > 0.0))
        return;
    const double x = (coupling - dia_dot(ncart, h, V)) / twice_kinetic;
    for (int i = 0; i < ncart; i++)
        h[i] += x * mass[i] * V[i];
}

void dia_momentum_project(int ncart, const double *mass, int count, const double *T, double *h)
{
    const double before = square(ncart, mass, h);
    for (int i = 0; i < ncart; i++)
        h[i] /= sqrt(mass[i]);
    dia_remove(ncart, count, T, h);
    const double after = dia_dot(ncart, h, h);
    for (int i = 0; i < ncart; i++)
        h[i] = after <= 1e-20 * before ? 0.0 : h[i] * sqrt(mass[i]);
}

void dia_momentum_direction(int ncart, const double *mass, const double *imaginary, double *h)
{
    double re = 0.0, im = 0.0;
    for (int i = 0; i < ncart; i++) {
        re += (h[i] * h[i] - imaginary[i] * imaginary[i]) / mass[i];
        im += 2.0 * h[i] * imaginary[i] / mass[i];
    }
    const double p = -0.5 * atan2(im, re), c = cos(p), s = sin(p);
    for (int i = 0; i < ncart; i++)
        h[i] = c * h[i] - s * imaginary[i];
}

bool dia_direction_vanishes(int ncart, const double *mass, const double *h, const double *gradient)
{
    return square(ncart, mass, h) <= 1e-16 * square(ncart, mass, gradient);
}
