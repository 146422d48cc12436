/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/hold.h"

#include <stdlib.h>

static double residual(const void *context, const double *R, double *gradient)
{
    const dia_hold *hold = context;
    return dia_coordinate_difference(hold->coordinate, dia_coordinate_gradient(hold->coordinate, R, gradient),
                                     hold->value);
}

dia_status dia_search_held(const dia_model *model, int first, int count, const dia_search_options *limits, int n,
                           const dia_hold *hold, double *R, dia_search_result *result, dia_error *error)
{
    dia_constraint *constraint = calloc((size_t)n + 1, sizeof *constraint);
    if (constraint == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d constraints", n);
    for (int i = 0; i < n; i++)
        constraint[i] = (dia_constraint){.residual = residual, .context = &hold[i]};
    dia_search_options options = *limits;
    options.method = DIA_SEARCH_LAGRANGE_NEWTON;
    options.nconstraint = n;
    options.constraint = constraint;
    const dia_status status = dia_search(model, first, count, &options, R, result, error);
    free(constraint);
    return status;
}
