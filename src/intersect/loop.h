/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The geometric phase: adiabatic states carried around a loop (electronic/turn.h), in a plane or in two coordinates. */
#ifndef DIA_INTERSECT_LOOP_H
#define DIA_INTERSECT_LOOP_H

#include "intersect/internal.h"
#include "intersect/path.h"

typedef struct dia_loop_options {
    /* Either vectors: R(t) = centre + radius (x cos t + y sin t); x, y (ncart) are made orthonormal first ...     */
    const double *x, *y; /* borrowed                                                                               */
    /* ... or coordinates: those of the centre + radius cos t, + radius2 sin t, the rest kept (dia_internal_place)  */
    const dia_coordinate *coordinate[2]; /* borrowed; NULL: vectors                                                */
    double radius;  /* bohr along vectors; bohr, radians, ... of coordinate[0]                                     */
    double radius2; /* of coordinate[1]; 0: the same                                                               */
    int points;     /* >= 4, evenly spaced, before refinement                                                      */
    int most;       /* points at most after refinement; 0: 100000                                                  */
    double overlap; /* of a state with itself on the next point: at least; 0: 0.95                                 */
} dia_loop_options;

typedef struct dia_loop { /* arrays owned */
    double radius[2];
    double *centre; /* (ncart)                                                                                     */
    double *x, *y;  /* (ncart) orthonormal; NULL for a loop in coordinates                                          */
    char coordinate[2][200]; /* empty for a loop in vectors                                                         */
    double *angle;  /* (npoint) radians, from 0, ascending; the loop closes from the last point to the first        */
    dia_path path;  /* the points; length goes from point 0 to the last                                            */
    bool hermitian; /* H is complex: signs say nothing, phases are those of Berry                                  */
    int *sign;      /* (nstate), (nstate), (nstate-1), (nstate-1), (nstate): as of dia_turn */
    double *overlap, *coupling, *gap, *phase;
} dia_loop;

/* centre (ncart). On failure *loop is zero. */
DIA_MUST_USE dia_status dia_loop_make(dia_loop *loop, const dia_model *model, const dia_loop_options *options,
                                      const double *centre, const dia_watch *watch, dia_error *error);
void dia_loop_free(dia_loop *loop);

/* As an item of the input's list `loop`; geometries are names that dia_task_geometries resolves. */
typedef struct dia_loop_settings { /* {name, point, radius, points} or {name, point, coordinates, radii, points} */
    const char *name, *point; /* the centre: a point found (its branching plane) or a geometry (coordinates needed) */
    double radius;            /* in the branching plane                                                            */
    dia_list coordinates;     /* of const char *: none or two                                                      */
    dia_list radii;           /* of const char *: two, with units                                                  */
    int points;
} dia_loop_settings;
/* coordinate (2): caller's memory that options will point to if the settings name coordinates; x, y are the caller's to
 * fill. */
DIA_MUST_USE dia_status dia_loop_resolve(const dia_loop_settings *settings, const dia_model *model,
                                         dia_coordinate *coordinate, dia_loop_options *options, dia_error *error);

#endif
