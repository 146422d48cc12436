/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/sign.h"

#include <math.h>

/* Of two components that differ by rounding alone, the same one has to be chosen whatever phase LAPACK gave the vector. */
static const double equal = 1e-12;

/* f: the factor (real and imaginary part, of size 1; of a real H +1 or -1 and 0) that makes state k of row b of the frame the state of
 * that sign. The first of equal components counts. */
static void phase_of(const dia_frame *frame, int b, int k, double f[2])
{
    const int n = frame->nstate;
    const double *U = frame->U + (size_t)b * dia_frame_matrix(frame);
    double largest = 0.0;
    f[0] = 1.0;
    f[1] = 0.0;
    for (int i = 0; i < n && !frame->hermitian; i++)
        if (fabs(U[i * n + k]) > largest) {
            largest = fabs(U[i * n + k]);
            f[0] = U[i * n + k] < 0.0 ? -1.0 : 1.0;
        }
    for (int i = 0; i < n && frame->hermitian; i++) {
        const double *u = U + 2 * (i * n + k), size = hypot(u[0], u[1]);
        if (size > largest * (1.0 + equal)) {
            largest = size;
            f[0] = u[0] / size;
            f[1] = -u[1] / size;
        }
    }
}

void dia_frame_settle(dia_frame *frame)
{
    const int n = frame->nstate;
    for (int b = 0; b < frame->batch; b++) {
        double *U = frame->U + (size_t)b * dia_frame_matrix(frame);
        for (int k = 0; k < n; k++) {
            double f[2];
            phase_of(frame, b, k, f);
            for (int i = 0; i < n && !frame->hermitian; i++)
                U[i * n + k] *= f[0];
            for (int i = 0; i < n && frame->hermitian; i++) {
                double *u = U + 2 * (i * n + k);
                const double x = u[0], y = u[1];
                u[0] = x * f[0] - y * f[1];
                u[1] = x * f[1] + y * f[0];
            }
        }
    }
}

/* The state times f has the amplitude divided by f. */
void dia_amplitudes_settle(const dia_frame *frame, int b, double *c)
{
    for (int k = 0; k < frame->nstate; k++) {
        double f[2], *a = c + 2 * k;
        phase_of(frame, b, k, f);
        const double x = a[0], y = a[1];
        a[0] = frame->hermitian ? x * f[0] + y * f[1] : x * f[0];
        a[1] = frame->hermitian ? y * f[0] - x * f[1] : y * f[0];
    }
}
