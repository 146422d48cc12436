/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The region of a model's training data: is a geometry similar to them?
 *
 * A geometry is the vector z of ln r of all distances between atoms, each divided by its deviation over the data. Of
 * the training points, near copies left out, up to 1024 are kept as centres. Where the mean distance to the three nearest
 * of them (or their images under the symmetry group) is small, there are data; what is small, the training points
 * tell: 97 % of them are nearer than `radius` to the others. (Distance to the k-th neighbour as a measure of outliers:
 * Ramaswamy, Rastogi, Shim, SIGMOD Rec. 29, 427 (2000).) So a lone point of the data does not extend the region, which
 * ranges of single distances would do. The ranges are kept as well: they detect an atom that leaves.
 *
 *   novelty = max( mean |z - nearest centres|/radius,  r/(1.05 longest), shortest/(1.05 r) );  more than 1: outside */
#ifndef DIA_MODEL_REGION_H
#define DIA_MODEL_REGION_H

#include "model/symmetry.h"

enum { DIA_REGION_NEIGHBOURS = 3 };

typedef struct dia_region { /* all zero: not known */
    int natom, npair;       /* pair a > b at a(a-1)/2 + b                                     */
    int ncentre;
    int neighbours; /* whose mean distance is taken. 0: a file of an older program: the nearest alone, up to 1.5 radius */
    double radius;
    double *deviation;          /* (npair) of ln r, the same for images                 owned */
    double *shortest, *longest; /* (npair) bohr                                         owned */
    double *centres;            /* (ncentre, npair) distances, bohr                     owned */
    /* made from these (model/region_nearest.h): */
    double *z, *summary;               /* (ncentre, npair) of centres; (norbit, 2, ncentre)    owned together */
    int nimage, norbit;                /* the elements of the group that act differently on pairs; orbits of pairs */
    int *actions, *orbit, *orbit_size; /* (nimage, npair), (npair), (norbit)                owned together */
} dia_region;

/* The region of npoint geometries R (npoint, 3 natom) bohr and their images. */
DIA_MUST_USE dia_status dia_region_make(dia_region *region, const dia_symmetry *symmetry, int npoint, const double *R,
                                        dia_error *error);
/* Allocates a region. The caller fills it down to `centres`, then calls dia_region_finish. */
DIA_MUST_USE dia_status dia_region_reserve(dia_region *region, int natom, int ncentre, dia_error *error);
DIA_MUST_USE dia_status dia_region_finish(dia_region *region, const dia_symmetry *symmetry, dia_error *error);
void dia_region_free(dia_region *region);

/* Coordinate c of the geometry at x[c stride], bohr. INFINITY if a coordinate is not finite. text (size bytes): why
 * it is outside, "" if it is not; NULL: not wanted. */
double dia_region_novelty(const dia_region *region, const double *x, int stride, size_t size, char *text);

#endif
