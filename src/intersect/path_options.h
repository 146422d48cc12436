/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an input says of scans, interpolations, seams, loops and descents: option tables for the items of those lists,
 * and what follows once the molecule is known. Geometries are texts that the caller resolves: the name of a point that
 * was found ("S1/S0-1") or a file. Messages name the key. */
#ifndef DIA_INTERSECT_PATH_OPTIONS_H
#define DIA_INTERSECT_PATH_OPTIONS_H

#include "intersect/descent.h"
#include "intersect/interpolate.h"
#include "intersect/loop.h"
#include "intersect/scan.h"
#include "intersect/seam.h"

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
extern const dia_option dia_scan_setting_options[];
/* options->keep is heap: free((void *)options->keep). search is left as it is. */
DIA_MUST_USE dia_status dia_scan_resolve(const dia_scan_settings *settings, const dia_model *model,
                                         dia_scan_options *options, dia_error *error);

typedef struct dia_interpolate_settings { /* {name, geometries, coordinates, points} */
    const char *name;
    dia_list geometries; /* of const char * */
    int coordinates;     /* dia_interpolation */
    bool exchange;
    int points;
} dia_interpolate_settings;
extern const dia_option dia_interpolate_setting_options[];

typedef struct dia_seam_settings { /* {name, point, coordinate, step, points, keep} */
    const char *name, *point, *coordinate, *step;
    int points;
    double jump;
    dia_list keep; /* of const char * */
} dia_seam_settings;
extern const dia_option dia_seam_setting_options[];
/* first, count: of the point. options->keep is heap. */
DIA_MUST_USE dia_status dia_seam_resolve(const dia_seam_settings *settings, const dia_model *model, int first,
                                         int count, dia_seam_options *options, dia_error *error);

typedef struct dia_loop_settings { /* {name, point, radius, points} or {name, point, coordinates, radii, points} */
    const char *name, *point; /* the centre: a point found (its branching plane) or a geometry (coordinates needed) */
    double radius;            /* in the branching plane                                                            */
    dia_list coordinates;     /* of const char *: none or two                                                      */
    dia_list radii;           /* of const char *: two, with units                                                  */
    int points;
} dia_loop_settings;
extern const dia_option dia_loop_setting_options[];
/* coordinate (2): caller's memory that options will point to if the settings name coordinates; x, y are the caller's to
 * fill. */
DIA_MUST_USE dia_status dia_loop_resolve(const dia_loop_settings *settings, const dia_model *model,
                                         dia_coordinate *coordinate, dia_loop_options *options, dia_error *error);

typedef struct dia_descent_settings { /* {name, point, directions, special, radius, spacing, length} */
    const char *name, *point;
    int directions;
    bool special;
    double radius, spacing, length; /* bohr; bohr sqrt(u) twice (in an input lengths, understood times sqrt(u)) */
} dia_descent_settings;
extern const dia_option dia_descent_setting_options[];
/* state: the lower one of the point. What the settings do not name stays as it is: call dia_descent_defaults first. */
void dia_descent_resolve(const dia_descent_settings *settings, int state, dia_descent_options *options);

#endif
