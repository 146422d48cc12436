/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/sign.h"

#include <math.h>

double dia_state_sign(int nstate, const double *U, int k)
{
    double largest = 0;
    for (int i = 0; i < nstate; i++)
        if (fabs(U[i * nstate + k]) > fabs(largest))
            largest = U[i * nstate + k];
    return largest < 0 ? -1 : 1;
}
