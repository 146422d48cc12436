/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/kinetics/occupation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "statistics/moments.h"
#include "statistics/resample.h"

dia_status dia_occupation_create(dia_occupation *occupation, int n, int ntime, int nspecies, dia_error *error)
{
    *occupation = (dia_occupation){.ntime = ntime, .nspecies = nspecies};
    occupation->weight = dia_allocate((size_t)n, sizeof *occupation->weight);
    occupation->species = dia_allocate((size_t)n * (size_t)ntime, sizeof *occupation->species);
    if (occupation->weight != NULL && occupation->species != NULL)
        return DIA_OK;
    dia_occupation_free(occupation);
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d trajectories", n);
}

void dia_occupation_free(dia_occupation *occupation)
{
    free(occupation->weight);
    free(occupation->species);
    occupation->weight = NULL;
    occupation->species = NULL;
}

void dia_occupation_shares(const dia_occupation *o, const int *times, double *p, double *total)
{
    const size_t T = (size_t)o->ntime, S = (size_t)o->nspecies;
    double all = 0;
    bool absent = false;
    memset(p, 0, T * S * sizeof *p);
    for (size_t j = 0; j < (size_t)o->n; j++) {
        const double w = o->weight[j] * (times != NULL ? times[j] : 1);
        const int8_t *species = o->species + j * T;
        if (w == 0)
            continue;
        all += w;
        for (size_t t = 0; t < T; t++)
            if (species[t] >= 0)
                p[t * S + (size_t)species[t]] += w;
        absent = absent || species[T - 1] == DIA_OCCUPATION_ABSENT;
    }
    for (size_t t = 0; t < T; t++) {
        double present = all;
        for (size_t j = 0; absent && j < (size_t)o->n; j++)
            if (o->species[j * T + t] == DIA_OCCUPATION_ABSENT)
                present -= o->weight[j] * (times != NULL ? times[j] : 1);
        for (size_t s = 0; s < S; s++)
            p[t * S + s] /= present;
        if (total != NULL)
            total[t] = present;
    }
}

dia_status dia_occupation_groups_create(dia_occupation_groups *groups, const dia_occupation *o, uint64_t seed,
                                        dia_error *error)
{
    const size_t T = (size_t)o->ntime, S = (size_t)o->nspecies, n = (size_t)dia_resample_units(o->n);
    *groups = (dia_occupation_groups){.n = (int)n, .ntime = o->ntime, .nspecies = o->nspecies};
    groups->share = dia_allocate(n * T * S, sizeof *groups->share);
    groups->present = dia_allocate(n * T, sizeof *groups->present);
    if (groups->share == NULL || groups->present == NULL) {
        dia_occupation_groups_free(groups);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for groups of trajectories");
    }
    for (int j = 0; j < o->n; j++) {
        const size_t g = (size_t)dia_resample_unit(seed, o->n, j);
        const int8_t *species = o->species + (size_t)j * T;
        for (size_t t = 0; t < T; t++) {
            if (species[t] >= 0)
                groups->share[(g * T + t) * S + (size_t)species[t]] += o->weight[j];
            if (species[t] != DIA_OCCUPATION_ABSENT)
                groups->present[g * T + t] += o->weight[j];
        }
    }
    return DIA_OK;
}

void dia_occupation_groups_free(dia_occupation_groups *groups)
{
    free(groups->share);
    free(groups->present);
    groups->share = groups->present = NULL;
}

void dia_occupation_groups_shares(const dia_occupation_groups *groups, const int *times, double *p)
{
    const size_t T = (size_t)groups->ntime, S = (size_t)groups->nspecies;
    memset(p, 0, T * S * sizeof *p);
    for (size_t g = 0; g < (size_t)groups->n; g++)
        for (size_t i = 0; i < T * S && times[g] > 0; i++)
            p[i] += times[g] * groups->share[g * T * S + i];
    for (size_t t = 0; t < T; t++) {
        double present = 0.0;
        for (size_t g = 0; g < (size_t)groups->n; g++)
            present += times[g] * groups->present[g * T + t];
        for (size_t s = 0; s < S; s++)
            p[t * S + s] /= present;
    }
}

double dia_occupation_effective(const dia_occupation *o)
{
    dia_moments weights = {0};
    for (int j = 0; j < o->n; j++)
        dia_moments_add(&weights, o->weight[j], 0);
    return dia_moments_effective(&weights);
}
