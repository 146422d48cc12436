/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ends of trajectories other than by NaN on the way. */
#include <math.h>

#include "dynamics/doubt.h"
#include "dynamics/internal.h"
#include "dynamics/stop.h"

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

/* What the conditions of `stop` remember of a trajectory, in ROW_STOP: its active state, the step in which it came there,
 * and 1 + the number of the condition that ended it (0: none). */
enum { STATE, SINCE, MET };

static bool meets_condition(dia_block *s, int b)
{
    const dia_dynamics *d = s->dynamics;
    if (d->stops == NULL)
        return false;
    double *memory = dia_block_memory(s, ROW_STOP, b);
    if (s->step == 0 || (int)memory[STATE] != s->active[b]) {
        memory[STATE] = s->active[b];
        memory[SINCE] = (double)s->step;
    }
    const double time = ((double)s->step - memory[SINCE]) * d->timestep;
    for (int i = 0; i < d->stops->n && memory[MET] == 0.0; i++)
        if (dia_stop_met(&s->scratch->stops[i], s->R + (size_t)b * (size_t)s->ncart, s->active[b], time))
            memory[MET] = 1.0 + i;
    return memory[MET] > 0.0;
}

int dia_block_stop(const dia_block *block, int b)
{
    return block->dynamics->stops != NULL ? (int)dia_block_memory(block, ROW_STOP, b)[MET] - 1 : -1;
}

/* hartree: what is larger counts as not a number. Readers of swarms take up to 1e12, also of sums and differences of such energies. */
static const double LARGEST = 1e11;

void dia_block_settle_fates(dia_block *s)
{
    const dia_dynamics *d = s->dynamics;
    const dia_molecule *molecule = dia_model_molecule(s->model);
    const bool over = s->step >= dia_dynamics_steps(d);
    for (int q = 0; q < s->scratch->nflying; q++) {
        const int b = s->scratch->flying[q];
        if (!(fabs(s->potential[b]) + s->kinetic[b] < LARGEST && s->frame.E[(b + 1) * s->nstate - 1] < LARGEST))
            dia_block_lose(s, b);
        else if (d->drift > 0.0 && fabs(s->potential[b] + s->kinetic[b] - s->energy0[b]) > d->drift)
            s->fate[b] = DIA_FATE_DRIFT;
        else if (d->dissociation > 0.0 && falls_apart(s->R + (size_t)b * (size_t)s->ncart, molecule->natom,
                                                      molecule->dimension, d->dissociation, s->scratch->atoms))
            s->fate[b] = DIA_FATE_DISSOCIATED;
        else if (meets_condition(s, b))
            s->fate[b] = DIA_FATE_STOPPED;
        else if (dia_doubt_ends(s, b))
            s->fate[b] = DIA_FATE_UNCERTAIN;
        else if (over)
            s->fate[b] = DIA_FATE_FINISHED;
    }
}
