/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Energies against one or two internal coordinates. */
#ifndef DIA_INTERSECT_SCAN_H
#define DIA_INTERSECT_SCAN_H

#include "diabolo/intersect.h"
#include "intersect/internal.h"
#include "intersect/path.h"

enum { DIA_SCAN_AXES = 2 };

typedef enum dia_scan_kind {
    DIA_SCAN_RIGID,  /* the coordinates are moved, the rest is kept (dia_internal_place)                          */
    DIA_SCAN_RELAXED /* at each value everything else is optimised (dia_search with constraints)                  */
} dia_scan_kind;

typedef struct dia_scan_axis {
    dia_coordinate coordinate;
    double from, to; /* bohr, radians, or atomic units of a model system; NaN: the value at the start (from), at the
                        end geometry (to)                                                                          */
    int points;      /* >= 1, ends counted                                                                        */
} dia_scan_axis;

typedef struct dia_scan_options {
    dia_scan_kind kind;
    int first, count; /* relaxed: the mean energy of states first .. first+count-1 is minimised; count 2: on their
                         seam of intersection                                                                     */
    int naxis;        /* 1 or 2                                                                                   */
    dia_scan_axis axis[DIA_SCAN_AXES];
    int nkeep;
    const dia_coordinate *keep; /* borrowed: held at their values at the start                                    */
    dia_search_options search;  /* relaxed: limits; method and constraints are the scan's own                      */
} dia_scan_options;

typedef struct dia_scan_point {
    int iterations; /* of the search; 0 for a rigid scan               */
    int converged;  /* 1: the point is as asked for; 0: not, see why   */
    char why[200];  /* empty where converged                           */
} dia_scan_point;

typedef struct dia_scan { /* arrays owned */
    dia_scan_kind kind;
    int first, count, naxis;
    int points[DIA_SCAN_AXES]; /* 1 for an axis that is not there                                  */
    dia_coordinate coordinate[DIA_SCAN_AXES];
    double *value; /* (npoint, naxis) of the coordinates; the last axis runs fastest                            */
    dia_scan_point *point; /* (npoint) the same order                                                              */
    dia_path path; /* npoint = points[0] points[1]; NaN where there is no such geometry                         */
} dia_scan;

/* From `start` (ncart): the point nearest to it first, then outwards, each relaxed point from its neighbour and from
 * the start with the coordinates moved: the lower counts. `end` (NULL: none) only gives the `to` that is NaN. A point
 * that fails does not end the scan. DIA_ERROR_INPUT: options out of range. On failure *scan is zero. */
DIA_MUST_USE dia_status dia_scan_make(dia_scan *scan, const dia_model *model, const dia_scan_options *options,
                                      const double *start, const double *end, const dia_watch *watch, dia_error *error);
void dia_scan_free(dia_scan *scan);

/* As an item of the input's list `scan`; geometries are names that dia_task_geometries resolves. */
typedef struct dia_scan_settings { /* {name, kind, from, to, coordinate, range, points, ...} */
    const char *name;
    int kind;              /* dia_scan_kind */
    const char *from, *to; /* geometries; to: NULL, or it gives the end of the range          */
    const char *coordinate, *coordinate2;
    dia_list range, range2; /* of const char *: two values with units, or none                 */
    int points, points2;
    dia_list keep;   /* of const char *                                                        */
    dia_list states; /* of int: one to relax on, or two neighbours: on their seam. None: S0     */
} dia_scan_settings;
/* options->keep is heap: free((void *)options->keep). search is left as it is. Messages name the scan and the key. */
DIA_MUST_USE dia_status dia_scan_resolve(const dia_scan_settings *settings, const dia_model *model,
                                         dia_scan_options *options, dia_error *error);

#endif
