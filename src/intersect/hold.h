/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A coordinate held at a value, as a constraint of a search. */
#ifndef DIA_INTERSECT_HOLD_H
#define DIA_INTERSECT_HOLD_H

#include "diabolo/intersect.h"
#include "molecule/coordinate.h"

typedef struct dia_hold {
    const dia_coordinate *coordinate; /* borrowed */
    double value;
} dia_hold;

/* Searches with the `n` coordinates held: Lagrange-Newton, limits of `limits`. */
DIA_MUST_USE dia_status dia_search_held(const dia_model *model, int first, int count, const dia_search_options *limits,
                                        int n, const dia_hold *hold, double *R, dia_search_result *result,
                                        dia_error *error);

#endif
