/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/still.h"

#include <math.h>

#include "diabolo/model.h"

void dia_still_turn(const dia_frame *frame, int b, double time, double *c, double *work)
{
    const int n = frame->nstate;
    const double *E = frame->E + b * n;
    double mean = 0.0;
    for (int k = 0; k < n; k++)
        mean += E[k] / n;
    dia_frame_adiabatic(frame, b, c, work);
    for (int k = 0; k < n; k++) {
        const double x = (E[k] - mean) * time, re = work[2 * k], im = work[2 * k + 1];
        work[2 * k] = cos(x) * re + sin(x) * im;
        work[2 * k + 1] = cos(x) * im - sin(x) * re;
    }
    dia_frame_diabatic(frame, b, work, c);
}

static double sinc(double x)
{
    return fabs(x) < 1e-4 ? 1.0 - x * x / 6.0 : sin(x) / x; /* the next term is x^4/120 < 1e-18 */
}

void dia_still_density(const dia_frame *frame, int b, double time, const double *c, double *W, double *work)
{
    const int n = frame->nstate;
    const double *E = frame->E + b * n;
    double *a = work, *d = work + 2 * n, *A = work + 4 * n; /* A (n, n, 2): U D transposed, D the mean in the states */
    dia_frame_adiabatic(frame, b, c, a);
    for (int l = 0; l < n; l++) {
        for (int k = 0; k < n; k++) { /* D_kl */
            const double s = sinc(0.5 * (E[k] - E[l]) * time);
            d[2 * k] = s * (a[2 * k] * a[2 * l] + a[2 * k + 1] * a[2 * l + 1]);
            d[2 * k + 1] = s * (a[2 * k + 1] * a[2 * l] - a[2 * k] * a[2 * l + 1]);
        }
        dia_frame_diabatic(frame, b, d, A + 2 * l * n);
    }
    for (int i = 0; i < n; i++) { /* row i of U D U^H is the conjugate of U (row i of U D)^* */
        for (int l = 0; l < n; l++) {
            d[2 * l] = A[2 * (l * n + i)];
            d[2 * l + 1] = -A[2 * (l * n + i) + 1];
        }
        dia_frame_diabatic(frame, b, d, a);
        for (int j = 0; j <= i; j++) {
            W[dia_packed(i, j)] = a[2 * j];
            if (frame->hermitian && i > j)
                W[dia_packed_imaginary(n, i, j)] = -a[2 * j + 1];
        }
    }
}
