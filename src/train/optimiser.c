/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/optimiser.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

const dia_optimiser_type *const dia_optimiser_types[] = {&dia_optimiser_adam, &dia_optimiser_soap, &dia_optimiser_lbfgs,
                                                         NULL};

const dia_optimiser_type *dia_optimiser_find(const char *name)
{
    for (int i = 0; dia_optimiser_types[i] != NULL; i++)
        if (strcmp(dia_optimiser_types[i]->name, name) == 0)
            return dia_optimiser_types[i];
    return NULL;
}

void dia_epoch_order(const dia_problem *p, long epoch, double *order)
{
    for (int i = 0; i < p->npoint; i++)
        order[i] = p->points[i];
    for (int i = p->npoint - 1; i > 0; i--) { /* Fisher-Yates */
        const uint64_t j =
            dia_rng_integer(p->seed, 1, (uint64_t)epoch, DIA_PURPOSE_SHUFFLE, (uint32_t)i, (uint64_t)i + 1);
        const double swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}

double dia_cosine_rate(double first, double last, double done)
{
    return last + 0.5 * (first - last) * (1.0 + cos(3.141592653589793 * done));
}
