/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths of steepest descent in mass-weighted coordinates, dx/ds = -grad E/|grad E| (the intrinsic reaction coordinate
 * of Fukui, Acc. Chem. Res. 14, 363 (1981)), from an intersection down the lower cone.
 *
 * Integrated by local quadratic approximation with exact second derivatives (Page, McIver, JCP 88, 922 (1988), DOI
 * 10.1063/1.454172): on a quadratic surface it is exact whatever the step, so stiff bonds do not limit it; the error of
 * a step is estimated by repeating it as two halves, and the step length adapted. */
#ifndef DIA_INTERSECT_DESCENT_H
#define DIA_INTERSECT_DESCENT_H

#include "diabolo/intersect.h"
#include "intersect/path.h"

typedef struct dia_descent_options { /* dia_descent_defaults fills it */
    int state;        /* surface that is followed                                                                 */
    int directions;   /* evenly spaced in the plane, from the direction x                               (8)        */
    bool special;     /* also the minima of the surface on the circle                                (true)        */
    double radius;    /* bohr: distance of the first points from the intersection                        (0.02)    */
    double spacing;   /* bohr sqrt(me): between points kept on the path              (8.07 = 0.1 Angstrom sqrt(u))  */
    double length;    /* bohr sqrt(me): longest path                                  (4034 = 50 Angstrom sqrt(u))  */
    double tolerance; /* bohr sqrt(me): error of one step of the integrator                             (0.01)     */
    double gradient;  /* hartree/bohr: largest component below it: the search finishes                (1e-5)          */
    double gap;       /* hartree: gap to the state below at which the surface ends in a cone        (1e-4)            */
    dia_search_options search; /* of the minimum                                                                   */
} dia_descent_options;
void dia_descent_defaults(dia_descent_options *options);

typedef enum dia_descent_end {
    DIA_DESCENT_MINIMUM,      /* a minimum, converged by dia_search                                                */
    DIA_DESCENT_SADDLE,       /* a stationary point that is no minimum: symmetry kept the path on a ridge          */
    DIA_DESCENT_INTERSECTION, /* the state below is reached: the surface ends in a cone                            */
    DIA_DESCENT_LENGTH,       /* the longest path                                                                  */
    DIA_DESCENT_FAILED        /* the model is not finite, or no step is small enough                               */
} dia_descent_end;
extern const char *const dia_descent_end_names[]; /* "minimum", "saddle", "intersection", "length", "failed" */

typedef struct dia_descent_path {
    double angle;  /* radians, from x towards y                                                                  */
    int special;   /* 1: a minimum of the surface on the circle                                                     */
    dia_path path; /* first point on the circle; where a minimum was found, the last is that minimum              */
    double *slope; /* (npoint) hartree/(bohr sqrt(me)): length of the mass-weighted gradient               owned */
    int steps;     /* of the integrator                                                                          */
    dia_descent_end end;
    char why[200]; /* in words                                                                                   */
} dia_descent_path;

typedef struct dia_descent { /* arrays owned */
    int state, npath, natom, ncart;
    double radius;
    double *origin, *x, *y;   /* (ncart) where it starts, and the plane, orthonormal                                */
    dia_descent_path *branch; /* (npath) by angle                                                                  */
} dia_descent;

/* Down the surface options->state from `origin` (ncart) in directions of the plane of x and y (ncart, made
 * orthonormal). On failure *descent is zero; a path that fails is not an error. */
DIA_MUST_USE dia_status dia_descent_make(dia_descent *descent, const dia_model *model,
                                         const dia_descent_options *options, const double *origin, const double *x,
                                         const double *y, const dia_watch *watch, dia_error *error);
/* One path from any geometry R (ncart). */
DIA_MUST_USE dia_status dia_descent_follow(dia_descent_path *path, const dia_model *model,
                                           const dia_descent_options *options, const double *R, dia_error *error);
void dia_descent_path_free(dia_descent_path *path);
void dia_descent_free(dia_descent *descent);

/* As an item of the input's list `descent`; geometries are names that dia_task_geometries resolves. */
typedef struct dia_descent_settings { /* {name, point, directions, special, radius, spacing, length} */
    const char *name, *point;
    int directions;
    bool special;
    double radius, spacing, length; /* bohr; bohr sqrt(u) twice (in an input lengths, understood times sqrt(u)) */
} dia_descent_settings;
/* state: the lower one of the point. What the settings do not name stays as it is: call dia_descent_defaults first. */
void dia_descent_resolve(const dia_descent_settings *settings, int state, dia_descent_options *options);

typedef struct dia_descents { /* what the task yields; names owned, labels borrowed from the classes */
    dia_descent descent;
    char **product;     /* (npath) the minimum that each path ends in; "": in none. NULL: not looked up */
    const char **label; /* (npath) its class; "": none                                                 */
} dia_descents;

#endif
