/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of a time step of the nuclei, for the rows that take part. */
#include "dynamics/ahead.h"
#include "dynamics/internal.h"

void dia_block_kick(dia_block *s, double dt)
{
    for (int q = 0; q < s->scratch->nflying; q++) {
        const size_t row = (size_t)s->scratch->flying[q] * (size_t)s->ncart;
        for (int c = 0; c < s->ncart; c++)
            s->V[row + (size_t)c] -= dt * s->G[row + (size_t)c] / s->mass[c];
    }
}

void dia_block_drift(dia_block *s, double dt)
{
    s->scratch->now += dt;
    for (int q = 0; q < s->scratch->nflying; q++) {
        const size_t row = (size_t)s->scratch->flying[q] * (size_t)s->ncart;
        for (int c = 0; c < s->ncart; c++)
            s->R[row + (size_t)c] += dt * s->V[row + (size_t)c];
    }
}

void dia_block_bathe(dia_block *s, double dt, bool middle)
{
    struct dia_block_scratch *w = s->scratch;
    const dia_dynamics *d = s->dynamics;
    const dia_molecule *molecule = dia_model_molecule(s->model);
    const bool body = molecule->dimension == 3 && molecule->natom > 2; /* it neither moves nor turns as a whole */
    for (int q = 0; q < w->nflying; q++) {
        const int b = w->flying[q];
        const dia_bath bath = {.ncart = s->ncart,
                               .freedom = body ? s->ncart - 6 : s->ncart,
                               .mass = s->mass,
                               .seed = d->seed,
                               .trajectory = (uint64_t)s->trajectory[b],
                               .step = dia_ahead_key(s, b, (uint64_t)w->view.step),
                               .piece = w->piece};
        double *V = s->V + (size_t)b * (size_t)s->ncart;
        const double before = dia_block_kinetic(s, b);
        if (middle)
            d->thermostat->middle(d->thermostat_self, &bath, dt, V);
        else
            d->thermostat->ends(d->thermostat_self, &bath, 0.5 * dt, V, dia_block_memory(s, ROW_THERMOSTAT, b));
        s->energy0[b] += dia_block_kinetic(s, b) - before;
    }
}
