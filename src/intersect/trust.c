/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/trust.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diabolo/model.h"
#include "math/vector.h"
#include "math/eigen.h"

bool dia_trust_open(dia_trust *trust, int ncart)
{
    size_t n = (size_t)ncart, work = dia_eigen_work(ncart);
    *trust = (dia_trust){.n = ncart};
    return DIA_PARTS({&trust->E, n}, {&trust->slope, n}, {&trust->V, n * n}, {&trust->packed, n * (n + 1) / 2},
                     {&trust->work, work});
}

void dia_trust_close(dia_trust *trust)
{
    free(trust->E);
    *trust = (dia_trust){0};
}

bool dia_trust_reduce(dia_trust *t, int k, const double *Z, const double *hessian)
{
    const int n = t->n;
    t->k = k;
    t->Z = Z;
    for (int i = 0; i < k; i++) {
        for (int c = 0; c < n; c++)
            t->work[c] = dia_dot(n, hessian + c * n, Z + i * n);
        for (int j = 0; j <= i; j++)
            t->packed[dia_packed(i, j)] = dia_dot(n, Z + j * n, t->work);
    }
    return k == 0 || dia_eigen_packed(k, t->packed, t->E, t->V, t->work);
}

static void compose(const dia_trust *t, const double *base, double shift, double *step)
{
    memcpy(step, base, (size_t)t->n * sizeof *step);
    for (int i = 0; i < t->k; i++) {
        double along = 0.0;
        for (int l = 0; l < t->k; l++) /* 1e-14: a direction without slope and curvature stays where it is */
            along -= t->V[i * t->k + l] * t->slope[l] / (fabs(t->E[l]) + shift + 1e-14);
        dia_add(t->n, along, t->Z + i * t->n, step);
    }
}

void dia_trust_step(dia_trust *t, const double *gradient, const double *base, double radius, double *step)
{
    double steepest = 0.0, *part = t->work; /* Z gradient */
    for (int i = 0; i < t->k; i++)
        part[i] = dia_dot(t->n, t->Z + i * t->n, gradient);
    for (int l = 0; l < t->k; l++) {
        t->slope[l] = 0.0;
        for (int i = 0; i < t->k; i++)
            t->slope[l] += t->V[i * t->k + l] * part[i];
        steepest += fabs(t->slope[l]);
    }
    compose(t, base, 0.0, step);
    double room = radius - dia_largest(t->n, base);
    if (dia_largest(t->n, step) <= radius || !(room > 0.0))
        return;
    double low = 0.0, high = steepest / room; /* a shift for which only the base can be longer than `room` */
    for (int i = 0; i < 40; i++) {
        double middle = i < 20 ? fmax(sqrt(low * high), 1e-12 * high) : 0.5 * (low + high); /* scales first */
        compose(t, base, middle, step);
        *(dia_largest(t->n, step) > radius ? &low : &high) = middle;
    }
    compose(t, base, high, step);
}
