/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/hermitian.h"

#include <math.h>

#include "diabolo/frame.h"
#include "electronic/propagate.h"
#include "math/eigen.h"

size_t dia_states_size(const dia_shape *shape)
{
    return (dia_hermitian(shape) ? 2 : 1) * (size_t)shape->nstate * (size_t)shape->nstate;
}

size_t dia_states_work(const dia_shape *shape)
{
    return dia_hermitian(shape) ? dia_eigen_hermitian_work(shape->nstate) : dia_eigen_work(shape->nstate);
}

bool dia_states_solve(const dia_shape *shape, const double *H, double *E, double *U, double *work)
{
    return dia_hermitian(shape) ? dia_eigen_hermitian(shape->nstate, H, E, U, work)
                                : dia_eigen_packed(shape->nstate, H, E, U, work);
}

void dia_states_element(const dia_shape *shape, const double *H, int i, int j, double h[2])
{
    h[0] = H[dia_packed(i, j)];
    h[1] = 0.0;
    if (dia_hermitian(shape) && i != j)
        h[1] = i > j ? H[dia_packed_imaginary(shape->nstate, i, j)] : -H[dia_packed_imaginary(shape->nstate, j, i)];
}

void dia_states_follow(const dia_shape *shape, const double *before, double *now)
{
    const int n = shape->nstate;
    if (!dia_hermitian(shape)) {
        dia_frame last = {.batch = 1, .nstate = n, .U = (double *)before}, next = {.batch = 1, .nstate = n, .U = now};
        dia_frame_follow(&next, &last); /* reads `before` only */
        return;
    }
    for (int k = 0; k < n; k++) {
        double re = 0.0, im = 0.0; /* of the overlap, conj(before) now */
        for (int i = 0; i < n; i++) {
            const double *a = before + 2 * (i * n + k), *b = now + 2 * (i * n + k);
            re += a[0] * b[0] + a[1] * b[1];
            im += a[0] * b[1] - a[1] * b[0];
        }
        const double size = hypot(re, im);
        for (int i = 0; size > 0.0 && i < n; i++) {
            double *b = now + 2 * (i * n + k);
            const double x = b[0], y = b[1];
            b[0] = (x * re + y * im) / size;
            b[1] = (y * re - x * im) / size;
        }
    }
}

void dia_states_adiabatic(const dia_shape *shape, const double *U, const double *diabatic, double *adiabatic)
{
    const int n = shape->nstate;
    if (!dia_hermitian(shape)) {
        dia_amplitudes_adiabatic(n, U, diabatic, adiabatic);
        return;
    }
    for (int k = 0; k < n; k++) {
        double re = 0.0, im = 0.0;
        for (int i = 0; i < n; i++) {
            const double *u = U + 2 * (i * n + k), *c = diabatic + 2 * i;
            re += u[0] * c[0] + u[1] * c[1];
            im += u[0] * c[1] - u[1] * c[0];
        }
        adiabatic[2 * k] = re;
        adiabatic[2 * k + 1] = im;
    }
}

void dia_states_diabatic(const dia_shape *shape, const double *U, const double *adiabatic, double *diabatic)
{
    const int n = shape->nstate;
    if (dia_hermitian(shape))
        dia_amplitudes_apply(n, U, adiabatic, diabatic);
    else
        dia_amplitudes_diabatic(n, U, adiabatic, diabatic);
}
