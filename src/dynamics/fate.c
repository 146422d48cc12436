/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ends of trajectories other than by NaN. */
#include <math.h>

#include "dynamics/internal.h"

static bool near(const double *R, int dimension, int i, int j, double limit)
{
    double sum = 0.0;
    for (int c = 0; c < dimension; c++) {
        const double d = R[i * dimension + c] - R[j * dimension + c];
        sum += d * d;
    }
    return sum <= limit * limit;
}

/* Is the molecule not connected by distances up to `limit`? atoms (2 natom): work space. */
static bool falls_apart(const double *R, int natom, int dimension, double limit, int *atoms)
{
    int *reached = atoms, *waiting = atoms + natom, nreached = 0, nwaiting = natom - 1;
    reached[nreached++] = 0;
    for (int i = 1; i < natom; i++)
        waiting[i - 1] = i;
    for (int r = 0; r < nreached; r++)
        for (int k = 0; k < nwaiting;)
            if (near(R, dimension, reached[r], waiting[k], limit)) {
                reached[nreached++] = waiting[k];
                waiting[k] = waiting[--nwaiting];
            } else {
                k++;
            }
    return nwaiting > 0;
}

void dia_block_settle_fates(dia_block *s)
{
    const dia_dynamics *d = s->dynamics;
    const dia_molecule *molecule = dia_model_molecule(s->model);
    const bool over = s->step >= dia_dynamics_steps(d);
    for (int q = 0; q < s->scratch->nflying; q++) {
        const int b = s->scratch->flying[q];
        if (d->drift > 0.0 && fabs(s->potential[b] + s->kinetic[b] - s->energy0[b]) > d->drift)
            s->fate[b] = DIA_FATE_DRIFT;
        else if (d->dissociation > 0.0 && falls_apart(s->R + (size_t)b * (size_t)s->ncart, molecule->natom,
                                                      molecule->dimension, d->dissociation, s->scratch->atoms))
            s->fate[b] = DIA_FATE_DISSOCIATED;
        else if (over)
            s->fate[b] = DIA_FATE_FINISHED;
    }
}
