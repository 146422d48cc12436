/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/optimiser.h"

#include <string.h>

const dia_optimiser_type *const dia_optimiser_types[] = {&dia_optimiser_adam, &dia_optimiser_soap, &dia_optimiser_lbfgs,
                                                         NULL};

const dia_optimiser_type *dia_optimiser_find(const char *name)
{
    for (int i = 0; dia_optimiser_types[i] != NULL; i++)
        if (strcmp(dia_optimiser_types[i]->name, name) == 0)
            return dia_optimiser_types[i];
    return NULL;
}
