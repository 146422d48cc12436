/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An internal coordinate over the swarm: its value in every trajectory at every sample and at every hop, and mean,
 * standard deviation and quantiles against time, of all trajectories and of those on each state.
 *
 * Folding: like atoms are indistinguishable, so "the largest distance of a hydrogen from its carbon" is a coordinate
 * over all distances that permutations of equivalent atoms make from one. The images are the distinct ones; min, max
 * and mean give one value, sort gives all of them in ascending order.
 *
 * Periodic angles (a torsion that is not folded): the mean is the direction of the resultant, atan2(<sin>, <cos>)
 * (Mardia, Jupp, Directional Statistics (2000), 2.2), deviations and quantiles are of the differences to it, brought to
 * -pi .. pi. */
#ifndef DIA_ANALYSE_MECHANISM_SERIES_H
#define DIA_ANALYSE_MECHANISM_SERIES_H

#include "analyse/mechanism/density.h"
#include "analyse/mechanism/settings.h"
#include "analyse/mechanism/swarm.h"
#include "molecule/coordinate.h"

enum { DIA_SERIES_QUANTILES = 5, DIA_SERIES_IMAGES = 256 };

typedef struct dia_series { /* arrays owned; groups: 0 all trajectories, 1+k those on state k */
    char name[220];
    dia_coordinate coordinate;
    int fold;      /* dia_fold */
    bool absolute; /* of each image */
    bool circular; /* periodic: see above */
    int nimage;
    dia_coordinate *image; /* (nimage) */
    int nvalue;            /* numbers at one geometry: nimage if sorted, else 1 */
    int ntrajectory, ntime, ngroup, nhop;
    double *value;                    /* (ntrajectory, ntime, nvalue) bohr or radians                           */
    double *hop;                      /* (nhop, nvalue) the same at the hops                                    */
    double *mean, *error, *deviation; /* (nvalue, ngroup, ntime); error: of the mean; NaN without trajectories */
    double *quantile;                 /* (nvalue, ngroup, ntime, DIA_SERIES_QUANTILES)          */
    dia_density density;
} dia_series;

/* *series: (settings->coordinates.n) on the heap, freed by dia_series_free. threads as in parallel/team.h; the numbers
 * do not depend on it. DIA_ERROR_INPUT: a coordinate that does not parse, with its place in the input. */
DIA_MUST_USE dia_status dia_series_make(dia_series **series, const dia_mechanism_swarm *swarm, const dia_list *settings,
                                        int threads, dia_error *error);
void dia_series_free(dia_series *series, int n);

typedef struct dia_series_unit { /* for printing */
    const char *name;            /* "deg", "Angstrom", "au" */
    double size;                 /* of it, in atomic units  */
    int digits;                  /* decimals worth printing */
} dia_series_unit;
dia_series_unit dia_series_unit_of(const dia_series *series);

/* The values at one geometry R (ncart): out (nvalue). */
void dia_series_values(const dia_series *series, const double *R, double *out);

#endif
