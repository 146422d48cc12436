/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "diabolo/frame.h"

#include <math.h>

#include "diabolo/model.h"
#include "electronic/frames.h"
#include "electronic/propagate.h"
#include "math/eigen.h"
#include "math/lanes.h"

size_t dia_frame_work(int nstate)
{
    const size_t real = dia_eigen_work(nstate), complex = dia_eigen_hermitian_work(nstate);
    return real > complex ? real : complex;
}

static double *row_of(double *rows, size_t b, size_t width)
{
    return rows != NULL ? rows + b * width : NULL;
}

dia_frame dia_frame_row(const dia_frame *frame, int b)
{
    return (dia_frame){.batch = 1,
                       .nstate = frame->nstate,
                       .H = row_of(frame->H, (size_t)b, dia_frame_packed(frame)),
                       .E = row_of(frame->E, (size_t)b, (size_t)frame->nstate),
                       .U = row_of(frame->U, (size_t)b, dia_frame_matrix(frame)),
                       .hermitian = frame->hermitian};
}

static const double *states_of(const dia_frame *frame, int b)
{
    return frame->U + (size_t)b * dia_frame_matrix(frame);
}

void dia_frame_solve_rows(dia_frame *frame, int count, const int *rows, double *work)
{
    dia_eigen_rows(frame->nstate, frame->hermitian, count, rows, frame->H, frame->E, frame->U, work);
}

dia_status dia_frame_solve(dia_frame *frame, double *work)
{
    dia_frame_solve_rows(frame, frame->batch, NULL, work);
    return DIA_OK; /* a failed row is NaN: a trajectory's fate, no error */
}

/* ---- following ------------------------------------------------------------------------------- */

/* Of columns first..first+m-1. */
static inline void follow_columns(const int n, int first, const int m, const double *U0, double *U1)
{
    for (int k = first; k < first + m; k++) {
        double sum = 0.0;
        for (int i = 0; i < n; i++)
            sum += U0[i * n + k] * U1[i * n + k];
        for (int i = 0; i < n; i++)
            U1[i * n + k] *= sum < 0.0 ? -1.0 : 1.0;
    }
}

/* The same, eight columns at a time. */
DIA_CLONES static void follow_many(int n, const double *U0, double *U1)
{
    int k = 0;
    for (; k + 8 <= n; k += 8) {
        dia_v8 sum = dia_v8_all(0.0);
        for (int i = 0; i < n; i++)
            sum += dia_v8_load(U0 + i * n + k) * dia_v8_load(U1 + i * n + k);
        const dia_v8 sign = dia_v8_choose(sum < 0.0, dia_v8_all(-1.0), dia_v8_all(1.0));
        for (int i = 0; i < n; i++)
            dia_v8_store(U1 + i * n + k, dia_v8_load(U1 + i * n + k) * sign);
    }
    follow_columns(n, k, n - k, U0, U1);
}

static void follow_real(int n, const double *U0, double *U1)
{
    switch (n) { /* constants, so that the compiler unrolls */
    case 2:
        follow_columns(2, 0, 2, U0, U1);
        break;
    case 3:
        follow_columns(3, 0, 3, U0, U1);
        break;
    case 4:
        follow_columns(4, 0, 4, U0, U1);
        break;
    default:
        follow_many(n, U0, U1);
    }
}

/* sum_i conj(a_i) b_i of column k of a and column l of b, complex. */
static void column_product(int n, const double *a, int k, const double *b, int l, double z[2])
{
    z[0] = z[1] = 0.0;
    for (int i = 0; i < n; i++) {
        const double *x = a + 2 * (i * n + k), *y = b + 2 * (i * n + l);
        z[0] += x[0] * y[0] + x[1] * y[1];
        z[1] += x[0] * y[1] - x[1] * y[0];
    }
}

/* Each column is multiplied by the conjugate phase of its overlap. */
static void follow_complex(int n, const double *U0, double *U1)
{
    for (int k = 0; k < n; k++) {
        double z[2];
        column_product(n, U0, k, U1, k, z);
        const double size = hypot(z[0], z[1]);
        for (int i = 0; size > 0.0 && i < n; i++) {
            double *u = U1 + 2 * (i * n + k);
            const double x = u[0], y = u[1];
            u[0] = (x * z[0] + y * z[1]) / size;
            u[1] = (y * z[0] - x * z[1]) / size;
        }
    }
}

void dia_frame_follow_rows(dia_frame *now, const dia_frame *before, int count, const int *rows)
{
    const size_t size = dia_frame_matrix(now);
    for (int q = 0; q < count; q++) {
        const size_t b = (size_t)(rows != NULL ? rows[q] : q);
        if (now->hermitian)
            follow_complex(now->nstate, before->U + b * size, now->U + b * size);
        else
            follow_real(now->nstate, before->U + b * size, now->U + b * size);
    }
}

void dia_frame_follow(dia_frame *now, const dia_frame *before)
{
    dia_frame_follow_rows(now, before, now->batch, NULL);
}

void dia_frame_solve_near(dia_frame *now, const dia_frame *before, int count, const int *rows, int *plain, double *work)
{
    if (now->hermitian) {
        dia_frame_solve_rows(now, count, rows, work);
        dia_frame_follow_rows(now, before, count, rows);
        return;
    }
    const int n = dia_eigen_rows_near(now->nstate, count, rows, now->H, before->H, before->E, before->U, now->E, now->U,
                                      plain, work);
    dia_frame_follow_rows(now, before, n, plain);
}

/* ---- elements -------------------------------------------------------------------------------- */

static double real_element(int n, const double *U, const double *A, int k, int l)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            sum += U[i * n + k] * A[dia_packed(i, j)] * U[j * n + l];
    return sum;
}

static void complex_element(int n, const double *U, const double *A, int k, int l, double z[2])
{
    z[0] = z[1] = 0.0;
    for (int i = 0; i < n; i++) {
        double re = 0.0, im = 0.0; /* of sum_j A_ij u_jl */
        for (int j = 0; j < n; j++) {
            const double *u = U + 2 * (j * n + l), x = A[dia_packed(i, j)],
                         y = i == j  ? 0.0
                             : i > j ? A[dia_packed_imaginary(n, i, j)]
                                     : -A[dia_packed_imaginary(n, j, i)];
            re += x * u[0] - y * u[1];
            im += x * u[1] + y * u[0];
        }
        const double *u = U + 2 * (i * n + k);
        z[0] += u[0] * re + u[1] * im;
        z[1] += u[0] * im - u[1] * re;
    }
}

void dia_frame_element(const dia_frame *frame, int b, const double *A, int k, int l, double z[2])
{
    if (frame->hermitian) {
        complex_element(frame->nstate, states_of(frame, b), A, k, l, z);
        return;
    }
    z[0] = real_element(frame->nstate, states_of(frame, b), A, k, l);
    z[1] = 0.0;
}

void dia_frame_overlap(const dia_frame *frame, const dia_frame *other, int b, int k, int l, double z[2])
{
    const int n = frame->nstate;
    const double *U = states_of(frame, b), *V = states_of(other, b);
    if (frame->hermitian) {
        column_product(n, U, k, V, l, z);
        return;
    }
    z[0] = z[1] = 0.0;
    for (int i = 0; i < n; i++)
        z[0] += U[i * n + k] * V[i * n + l];
}

void dia_frame_adiabatic(const dia_frame *frame, int b, const double *diabatic, double *adiabatic)
{
    const int n = frame->nstate;
    const double *U = states_of(frame, b);
    if (!frame->hermitian) {
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

void dia_frame_diabatic(const dia_frame *frame, int b, const double *adiabatic, double *diabatic)
{
    if (frame->hermitian)
        dia_amplitudes_apply(frame->nstate, states_of(frame, b), adiabatic, diabatic);
    else
        dia_amplitudes_diabatic(frame->nstate, states_of(frame, b), adiabatic, diabatic);
}
