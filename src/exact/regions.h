/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regions of coordinate space where dynamics.stop ends a trajectory. A wave packet is not ended there; the probability that
 * is in a region, or was absorbed in it, is the counterpart of the trajectories that were. */
#ifndef DIA_EXACT_REGIONS_H
#define DIA_EXACT_REGIONS_H

#include "base/control.h"
#include "dynamics/stop.h"

typedef struct dia_exact_regions {
    int n;
    dia_stop_test test[DIA_STOPS];           /* in the order of the input                                       */
    dia_stop_condition condition[DIA_STOPS]; /* owned copies, to which the tests point                          */
    char *text;                              /* "NAME: CONDITION" a line; NULL: none                            */
} dia_exact_regions;

/* From the conditions of a dynamics (NULL: none). Those on the active state have no counterpart in a wave function: they are
 * left out, and the control is told so. DIA_ERROR_INPUT as dia_stop_resolve. Call dia_exact_regions_free also after a
 * failure. */
DIA_MUST_USE dia_status dia_exact_regions_make(dia_exact_regions *regions, const dia_stops *stops,
                                               const dia_model *model, const dia_control *control, dia_error *error);
void dia_exact_regions_free(dia_exact_regions *regions);

/* share (n): how much of the cell about `centre` (naxis, at most 3 coordinates), width (naxis), belongs to each region; what is
 * in several belongs to the first. */
void dia_exact_regions_cell(const dia_exact_regions *regions, int naxis, const double *centre, const double *width,
                            double *share);

/* The region of a point R (ncart); -1: none. */
int dia_exact_regions_at(const dia_exact_regions *regions, const double *R);
/* Does each condition limit one coordinate of a model system? Then limit (2 DIA_STOPS) gets the *n places where those on
 * coordinate c begin or end, bohr, ascending. */
bool dia_exact_regions_limits(const dia_exact_regions *regions, int c, double *limit, int *n);

/* What has left a region again, where a trajectory would have been ended. Zero at the beginning. */
typedef struct dia_exact_returns {
    double most[DIA_STOPS], back[DIA_STOPS]; /* of each region: the most that was in it, and what came back */
} dia_exact_returns;
/* outcome (regions + 1, nstate) of a sample. */
void dia_exact_returns_note(dia_exact_returns *returns, const dia_exact_regions *regions, int nstate,
                            const double *outcome);
/* Warns of more than 0.1 %. */
void dia_exact_returns_warn(const dia_exact_returns *returns, const dia_exact_regions *regions,
                            const dia_control *control);

#endif
