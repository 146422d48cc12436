/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths straight from one geometry to the next: linear in internal coordinates (LIIC) or in Cartesian ones. */
#ifndef DIA_INTERSECT_INTERPOLATE_H
#define DIA_INTERSECT_INTERPOLATE_H

#include "intersect/internal.h"
#include "intersect/path.h"

typedef enum dia_interpolation {
    DIA_INTERPOLATION_INTERNAL, /* bonds, angles and torsions of the end points (internal.h) change linearly  */
    DIA_INTERPOLATION_CARTESIAN /* after superposition                                                        */
} dia_interpolation;

typedef struct dia_interpolate_options {
    dia_interpolation kind;
    int points; /* of each leg, both ends counted: >= 2                                                        */
} dia_interpolate_options;

typedef struct dia_interpolated {
    dia_interpolation kind;
    int ngeometry;
    int *node;        /* (ngeometry) which points are the given geometries                              owned */
    double *fraction; /* (npoint) 0 at geometry 0, 1 at geometry 1, ...                                 owned */
    dia_path path;
} dia_interpolated;

/* geometries (ngeometry, ncart), 2 or more. The points that are given are the geometries to the last bit but for a turn
 * and a shift (the first as it is, the others placed on the path). A model system's coordinates are both kinds.
 * DIA_ERROR_NUMERIC if internal coordinates do not lead from one to the next: the message names the leg and tells to
 * give a geometry between, or to interpolate in Cartesian coordinates. On failure *result is zero. */
DIA_MUST_USE dia_status dia_interpolate(dia_interpolated *result, const dia_model *model,
                                        const dia_interpolate_options *options, int ngeometry, const double *geometries,
                                        const dia_watch *watch, dia_error *error);
void dia_interpolated_free(dia_interpolated *result);
/* Into group `name` ("interpolations/NAME"): that of dia_path_write, fraction, node; attribute kind. */
DIA_MUST_USE dia_status dia_interpolated_write(const dia_interpolated *result, dia_store *store, const char *name,
                                               dia_error *error);

#endif
