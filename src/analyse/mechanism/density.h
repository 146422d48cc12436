/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Density maps: how a coordinate is distributed at each time. The density of all trajectories integrates to 1 minus the
 * share that lies outside of the range; that of a state is the joint one, so it integrates to that state's population
 * (minus the same), and the states add up to all.
 *
 * A histogram, or, with a width, Gaussian kernels integrated over each bin (so that the normalisation is exact whatever
 * the bins); a periodic coordinate gets kernels across the ends of its range. */
#ifndef DIA_ANALYSE_MECHANISM_DENSITY_H
#define DIA_ANALYSE_MECHANISM_DENSITY_H

#include "diabolo/base.h"

typedef struct dia_density { /* arrays owned */
    int bins, ntime, ngroup;
    double from, to; /* range, bohr or radians       */
    double width;    /* of the kernel; 0: histogram  */
    bool circular;   /* from, to are -pi, pi         */
    double *edge;    /* (bins+1)                     */
    double *value;   /* (ntime, ngroup, bins) per bohr or radian; groups as in series.h */
    double *outside; /* (ntime, ngroup) share outside of the range                      */
} dia_density;

/* Reserves the arrays; from, to, width, circular, bins are set. */
DIA_MUST_USE dia_status dia_density_create(dia_density *density, int ntime, int ngroup, dia_error *error);
void dia_density_free(dia_density *density);
/* Adds the share `weight` at x to a group at a time. */
void dia_density_add(dia_density *density, int time, int group, double weight, double x);

#endif
