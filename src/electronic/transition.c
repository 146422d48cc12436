/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/transition.h"

void dia_oscillator_strengths(const dia_frame *frame, int b, const double *mu, int from, double *f)
{
    const int n = frame->nstate;
    const double *E = frame->E + b * n;
    for (int k = 0; k < n; k++) {
        double square = 0.0;
        for (int x = 0; x < 3; x++) {
            double between[2];
            dia_frame_element(frame, b, mu + (size_t)x * dia_frame_packed(frame), from, k, between);
            square += between[0] * between[0] + between[1] * between[1];
        }
        f[k] = 2.0 / 3.0 * (E[k] - E[from]) * square;
    }
}
