/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/kinetics/occupation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "statistics/moments.h"

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

double dia_occupation_effective(const dia_occupation *o)
{
    dia_moments weights = {0};
    for (int j = 0; j < o->n; j++)
        dia_moments_add(&weights, o->weight[j], 0);
    return dia_moments_effective(&weights);
}
