/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nearest centres of a region to a geometry, images under the symmetry group counted as the centre itself. Most
 * centres are left out without a look at their images, by what all images have in common: exact, only faster. */
#ifndef DIA_MODEL_REGION_NEAREST_H
#define DIA_MODEL_REGION_NEAREST_H

#include "model/region.h"

typedef struct dia_nearest {
    int n;                                /* how many are wanted, and found if there are as many          */
    int centre[DIA_REGION_NEIGHBOURS];    /* their numbers, the nearest first                             */
    int image[DIA_REGION_NEIGHBOURS];     /* action that turns the geometry's pairs to those of the centre */
    double square[DIA_REGION_NEIGHBOURS]; /* of the distance in z                                         */
} dia_nearest;

/* How the group acts on pairs: fills actions, nimage, orbit, orbit_size, norbit. */
DIA_MUST_USE dia_status dia_region_group(dia_region *region, const dia_symmetry *symmetry, dia_error *error);
/* Then, of the centres: fills z, summary. */
DIA_MUST_USE dia_status dia_region_index(dia_region *region, dia_error *error);
/* The `neighbours` nearest to z (npair), the centre `without` left out (-1: none). near->n is less if there are fewer. */
void dia_region_nearest(const dia_region *region, const double *z, int without, dia_nearest *near);

#endif
