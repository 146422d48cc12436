/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of a time step of the nuclei, for the rows that take part. */
#include "dynamics/ahead.h"
#include "dynamics/internal.h"

#include "math/lanes.h"

/* V <- V - dt G/m; R <- R + dt V */
DIA_CLONES static void kick(size_t n, double dt, const double *G, const double *mass, double *V)
{
    size_t c = 0;
    for (; c + 8 <= n; c += 8)
        dia_v8_store(V + c, dia_v8_load(V + c) - dt * dia_v8_load(G + c) / dia_v8_load(mass + c));
    for (; c < n; c++)
        V[c] -= dt * G[c] / mass[c];
}

DIA_CLONES static void drift(size_t n, double dt, const double *V, double *R)
{
    size_t c = 0;
    for (; c + 8 <= n; c += 8)
        dia_v8_store(R + c, dia_v8_load(R + c) + dt * dia_v8_load(V + c));
    for (; c < n; c++)
        R[c] += dt * V[c];
}

void dia_block_kick(dia_block *s, double dt)
{
    const struct dia_block_scratch *w = s->scratch;
    const size_t ncart = (size_t)s->ncart;
    if (w->nflying == s->count)
        kick((size_t)s->count * ncart, dt, s->G, w->masses, s->V);
    for (int q = 0; w->nflying < s->count && q < w->nflying; q++)
        kick(ncart, dt, s->G + (size_t)w->flying[q] * ncart, s->mass, s->V + (size_t)w->flying[q] * ncart);
}

void dia_block_drift(dia_block *s, double dt)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t ncart = (size_t)s->ncart;
    w->now += dt;
    if (w->nflying == s->count)
        drift((size_t)s->count * ncart, dt, s->V, s->R);
    for (int q = 0; w->nflying < s->count && q < w->nflying; q++)
        drift(ncart, dt, s->V + (size_t)w->flying[q] * ncart, s->R + (size_t)w->flying[q] * ncart);
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
