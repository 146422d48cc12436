/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths straight from one geometry to the next: linear in internal coordinates (LIIC), in all distances (linear
 * synchronous transit: Halgren, Lipscomb, Chem. Phys. Lett. 49, 225 (1977), DOI 10.1016/0009-2614(77)80574-5), or in
 * Cartesian ones. */
#ifndef DIA_INTERSECT_INTERPOLATE_H
#define DIA_INTERSECT_INTERPOLATE_H

#include "intersect/internal.h"
#include "intersect/path.h"

typedef enum dia_interpolation {
    DIA_INTERPOLATION_INTERNAL,  /* bonds, angles and torsions of the end points (internal.h) change linearly  */
    DIA_INTERPOLATION_CARTESIAN, /* after superposition                                                       */
    DIA_INTERPOLATION_DISTANCES  /* all distances between atoms change linearly, weights 1/distance^4: where bonds
                                    form and break                                                            */
} dia_interpolation;

typedef struct dia_interpolate_options {
    dia_interpolation kind;
    int points;    /* of each leg, both ends counted: >= 2                                                     */
    bool exchange; /* each geometry is first replaced by the exchange of like atoms, or the mirror image, that lies
                      nearest to the one before, if the model's energies there are the same (1e-6 hartree) */
} dia_interpolate_options;

typedef struct dia_interpolated {
    dia_interpolation kind;
    int ngeometry;
    int *node; /* (ngeometry) which points are the given geometries                              owned */
    double
        *closure; /* (ngeometry-1) bohr: how far from the end of each leg the walk ended, its atom that is farthest off;
                     spread linearly over the leg                                                          owned */
    double *fraction; /* (npoint) 0 at geometry 0, 1 at geometry 1, ...                                 owned */
    dia_path path;
} dia_interpolated;

/* geometries (ngeometry, ncart), 2 or more. The given geometries are kept to the last bit, apart from a rotation and a
 * translation (the first as it is, the others placed on the path). A model system's coordinates are both kinds.
 * DIA_ERROR_NUMERIC if internal coordinates do not lead to within 0.5 bohr of the next, or only by a jump: the message
 * names the leg and advises to give a geometry between, or to interpolate in Cartesian coordinates. On failure *result
 * is zero. */
DIA_MUST_USE dia_status dia_interpolate(dia_interpolated *result, const dia_model *model,
                                        const dia_interpolate_options *options, int ngeometry, const double *geometries,
                                        const dia_watch *watch, dia_error *error);
void dia_interpolated_free(dia_interpolated *result);

/* As an item of the input's list `interpolate`; geometries are names that dia_task_geometries resolves. */
typedef struct dia_interpolate_settings { /* {name, geometries, coordinates, points} */
    const char *name;
    dia_list geometries; /* of const char * */
    int coordinates;     /* dia_interpolation */
    bool exchange;
    int points;
} dia_interpolate_settings;

#endif
