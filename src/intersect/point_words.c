/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/catalogue.h"

#include <math.h>

/* The reported parameters of a cone depend on the convergence of its search by less than this. */
static const double nothing = 1e-6;

bool dia_point_uncoupled(const dia_catalogue *catalogue, int i)
{
    return catalogue->asymmetry[i] > 1.0 - 1e-9;
}

/* P is 1 where one state is flat in some direction: neither peaked nor sloped. */
const char *dia_point_shape(const dia_catalogue *catalogue, int i)
{
    const double P = catalogue->P[i];
    if (isnan(P))
        return "";
    if (catalogue->directions[i] == 0)
        return "states";
    if (dia_point_uncoupled(catalogue, i))
        return "uncoupled";
    return fabs(P - 1.0) < nothing ? "intermediate" : P < 1.0 ? "peaked" : "sloped";
}

/* In a round upright cone all directions are equal: B has no meaning. */
const char *dia_point_path(const dia_catalogue *catalogue, int i)
{
    if (catalogue->directions[i] == 0) /* a Kramers doublet */
        return "that never part";
    if (catalogue->directions[i] > 2)
        return "in three directions";
    if (isnan(catalogue->B[i]))
        return "";
    if (dia_point_uncoupled(catalogue, i))
        return "crossing";
    if (catalogue->asymmetry[i] < nothing && catalogue->tilt[i] < nothing)
        return "round";
    return catalogue->B[i] < 1.0 ? "bifurcating" : "single-path";
}
