/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The region of a model's training data: is a geometry similar to them?
 *
 * A geometry is the vector z of ln r of all distances between atoms, each divided by its deviation over the data. A few
 * training points are chosen as centres, each the farthest from those before it (Gonzalez, Theor. Comput. Sci. 38, 293
 * (1985)), until all points lie within a radius of the nearest one. So an unusual point of the data extends the region
 * only near itself, which ranges of single distances would not do. Images under the symmetry group are points of the
 * region too. The ranges of the distances are kept as well: they detect an atom that leaves.
 *
 *   novelty = max( |z - nearest centre|/(1.5 radius),  r/(1.05 longest), shortest/(1.05 r) );  more than 1: outside */
#ifndef DIA_MODEL_REGION_H
#define DIA_MODEL_REGION_H

#include "model/symmetry.h"

enum { DIA_REGION_CENTRES = 128 }; /* at most */

typedef struct dia_region { /* all zero: not known */
    int natom, npair;       /* pair a > b at a(a-1)/2 + b                                     */
    int ncentre, nimage;
    double radius;
    double *deviation;          /* (npair) of ln r                                      owned */
    double *shortest, *longest; /* (npair) bohr                                         owned */
    double *centres;            /* (ncentre, npair) distances, bohr                     owned */
    double *images;             /* (nimage, ncentre, npair) z of the images of centres  owned */
} dia_region;

/* The region of npoint geometries R (npoint, 3 natom) bohr and their images. */
DIA_MUST_USE dia_status dia_region_make(dia_region *region, const dia_symmetry *symmetry, int npoint, const double *R,
                                        dia_error *error);
/* Allocates a region. The caller fills its arrays except `images`, then calls dia_region_finish. */
DIA_MUST_USE dia_status dia_region_reserve(dia_region *region, int natom, int ncentre, dia_error *error);
DIA_MUST_USE dia_status dia_region_finish(dia_region *region, const dia_symmetry *symmetry, dia_error *error);
void dia_region_free(dia_region *region);

/* Coordinate c of the geometry at x[c stride], bohr. INFINITY if a coordinate is not finite. text (size bytes): why
 * it is outside, "" if it is not; NULL: not wanted. */
double dia_region_novelty(const dia_region *region, const double *x, int stride, size_t size, char *text);

#endif
