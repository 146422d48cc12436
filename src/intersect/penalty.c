/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/search.h"

dia_status dia_search_by_penalty(const dia_problem *problem, double *R, dia_search_result *result, dia_error *error)
{
    (void)problem, (void)R, (void)result;
    return dia_error_set(error, DIA_ERROR_UNSUPPORTED, "the search method penalty is not there yet");
}
