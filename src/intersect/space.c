/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/space.h"

#include <math.h>
#include <string.h>

#include "math/eigen.h"
#include "math/vector.h"

/* A direction flatter than this fraction of the steepest, or than this slope in hartree/bohr, is none: squares of slopes are found
 * to 1e-16 of the largest. */
static const double flat = 3e-8, vanishing = 1e-9;

int dia_branching_space(const dia_block_view *block, double *b, double *work)
{
    enum { MOST = DIA_BLOCK_CONDITIONS };
    const int k = block->ncondition, n = block->ncart;
    double gram[MOST * (MOST + 1) / 2], e[MOST], V[MOST * MOST];
    int directions = 0;
    memset(b, 0, (size_t)(k * n) * sizeof *b);
    for (int i = 0; i < k; i++)
        for (int j = 0; j <= i; j++)
            gram[dia_packed(i, j)] = dia_dot(n, block->jacobian + i * n, block->jacobian + j * n) / block->count;
    if (k == 0 || !dia_eigen_packed(k, gram, e, V, work))
        return 0;
    for (int l = k - 1; l >= 0 && directions < n; l--) {
        const double slope = e[l] > 0.0 ? sqrt(e[l]) : 0.0;
        if (!(slope > vanishing) || !(slope > flat * sqrt(e[k - 1])))
            break;
        for (int i = 0; i < k; i++)
            dia_add(n, V[i * k + l] / sqrt(block->count), block->jacobian + i * n, b + directions * n);
        directions++;
    }
    return directions;
}
