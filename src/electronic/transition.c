/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/transition.h"

#include "diabolo/model.h"

void dia_oscillator_strengths(int nstate, const double *E, const double *U, const double *mu, int from, double *f)
{
    const int n = nstate, np = n * (n + 1) / 2;
    for (int k = 0; k < n; k++) {
        double square = 0.0;
        for (int x = 0; x < 3; x++) {
            double between = 0.0;
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                    between += U[i * n + from] * mu[x * np + dia_packed(i, j)] * U[j * n + k];
            square += between * between;
        }
        f[k] = 2.0 / 3.0 * (E[k] - E[from]) * square;
    }
}
