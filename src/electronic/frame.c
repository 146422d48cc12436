/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "diabolo/frame.h"

#include "math/eigen.h"

size_t dia_frame_work(int nstate)
{
    return dia_eigen_work(nstate);
}

dia_status dia_frame_solve(dia_frame *frame, double *work)
{
    const int n = frame->nstate, npacked = n * (n + 1) / 2;
    for (int b = 0; b < frame->batch; b++) /* a failed row is NaN: a trajectory's fate, no error */
        (void)dia_eigen_packed(n, frame->H + b * npacked, frame->E + b * n, frame->U + b * n * n, work);
    return DIA_OK;
}

void dia_frame_follow(dia_frame *now, const dia_frame *before)
{
    const int n = now->nstate;
    for (int b = 0; b < now->batch; b++) {
        const double *U0 = before->U + b * n * n;
        double *U1 = now->U + b * n * n;
        for (int k = 0; k < n; k++) {
            double overlap = 0.0;
            for (int i = 0; i < n; i++)
                overlap += U0[i * n + k] * U1[i * n + k];
            for (int i = 0; overlap < 0.0 && i < n; i++)
                U1[i * n + k] = -U1[i * n + k];
        }
    }
}
