/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The seam of intersection followed away from its minimum: at each value of a coordinate the lowest point of the seam.
 */
#ifndef DIA_INTERSECT_SEAM_H
#define DIA_INTERSECT_SEAM_H

#include "diabolo/intersect.h"
#include "intersect/path.h"
#include "molecule/coordinate.h"

typedef struct dia_seam_options {
    int first, count; /* states first .. first+count-1 meet, count 2 or 3                                        */
    dia_coordinate coordinate;
    double step; /* bohr, radians, ...: between points; not 0                                                    */
    int points;  /* at most, on each side of the start                                                           */
    int nkeep;
    const dia_coordinate *keep; /* borrowed: held at their values at the start                                   */
    double jump;                /* bohr: no atom moves further between points, or the seam is lost; 0: 1 bohr    */
    dia_search_options search;  /* limits; method and constraints are the seam's own                             */
} dia_seam_options;

typedef struct dia_seam { /* arrays owned */
    int first, count;
    dia_coordinate coordinate;
    int origin;         /* which point is the start                                                                */
    double *value;      /* (npoint) of the coordinate, ascending                                                   */
    double *energy;     /* (npoint) hartree: mean of the states that meet                                          */
    double *gap;        /* (npoint) hartree: what is left between them                                             */
    double *gradient;   /* (npoint) hartree/bohr: largest component of the mean gradient along the constrained seam */
    char ended[2][200]; /* why it stopped below and above the start, in words: "20 points", "no intersection ..." */
    dia_path path;
} dia_seam;

/* From `start` (ncart), a point of the seam or near it: it is first brought onto the seam at its own value of the
 * coordinate (DIA_ERROR_NUMERIC if that fails), then followed to both sides, each point from the last two. On failure
 * *seam is zero. */
DIA_MUST_USE dia_status dia_seam_follow(dia_seam *seam, const dia_model *model, const dia_seam_options *options,
                                        const double *start, const dia_watch *watch, dia_error *error);
void dia_seam_free(dia_seam *seam);

/* As an item of the input's list `seam`; geometries are names that dia_task_geometries resolves. */
typedef struct dia_seam_settings { /* {name, point, coordinate, step, points, keep} */
    const char *name, *point, *coordinate, *step;
    int points;
    double jump;
    dia_list keep; /* of const char * */
} dia_seam_settings;
/* first, count: of the point. options->keep is heap. */
DIA_MUST_USE dia_status dia_seam_resolve(const dia_seam_settings *settings, const dia_model *model, int first,
                                         int count, dia_seam_options *options, dia_error *error);

#endif
