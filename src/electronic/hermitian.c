/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/hermitian.h"

#include <math.h>

#include "diabolo/frame.h"
#include "math/eigen.h"

/* The states of one geometry as a frame, which reads U only. */
static dia_frame frame_of(const dia_shape *shape, const double *U)
{
    return (dia_frame){.batch = 1, .nstate = shape->nstate, .U = (double *)U, .hermitian = dia_hermitian(shape)};
}

size_t dia_states_size(const dia_shape *shape)
{
    const dia_frame frame = frame_of(shape, NULL);
    return dia_frame_matrix(&frame);
}

size_t dia_states_work(const dia_shape *shape)
{
    return dia_hermitian(shape) ? dia_eigen_hermitian_work(shape->nstate) : dia_eigen_work(shape->nstate);
}

bool dia_states_solve(const dia_shape *shape, const double *H, double *E, double *U, double *work)
{
    dia_eigen_rows(shape->nstate, dia_hermitian(shape), 1, NULL, H, E, U, work);
    return !isnan(E[0]);
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
    const dia_frame last = frame_of(shape, before);
    dia_frame next = frame_of(shape, now);
    dia_frame_follow(&next, &last);
}

void dia_states_adiabatic(const dia_shape *shape, const double *U, const double *diabatic, double *adiabatic)
{
    const dia_frame frame = frame_of(shape, U);
    dia_frame_adiabatic(&frame, 0, diabatic, adiabatic);
}

void dia_states_diabatic(const dia_shape *shape, const double *U, const double *adiabatic, double *diabatic)
{
    const dia_frame frame = frame_of(shape, U);
    dia_frame_diabatic(&frame, 0, adiabatic, diabatic);
}
