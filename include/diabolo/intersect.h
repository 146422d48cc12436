/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stationary points of adiabatic surfaces and of their intersection seams, from the exact derivatives of a model.
 *
 * All are one problem: states first .. first+count-1 are degenerate, and their mean energy is stationary:
 *   count 1   a minimum (or saddle) of one surface: no condition
 *   count 2   a minimum-energy conical intersection: 2 conditions, the branching plane
 *   count 3   a three-state intersection: 5 conditions
 * (count (count+1)/2 - 1 conditions: the traceless part of the block of H among these states; of a complex Hermitian H
 * count^2 - 1, since couplings have imaginary parts.) Conditions need not be independent, and only the independent ones
 * count: two states of a complex H meet under three (Mead, JCP 70, 2276 (1979), DOI 10.1063/1.437733), but under two where
 * time reversal makes H real in some basis (spin-orbit coupling of an even number of electrons), and two Kramers
 * doublets (an odd number; count 4) under five: Matsika, Yarkony, JCP 115, 2038 (2001), DOI 10.1063/1.1378324. States of
 * different spin without spin-orbit coupling meet under one.
 *
 * Geometries R (ncart) bohr; energies hartree; gradients hartree/bohr, Cartesian, not mass-weighted unless said. */
#ifndef DIABOLO_INTERSECT_H
#define DIABOLO_INTERSECT_H

#include "diabolo/base.h"
#include "diabolo/model.h"
#include "diabolo/molecule.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { DIA_DEGENERATE_MAX = 4 }; /* largest number of states in an intersection */

/* ---- search ---------------------------------------------------------------------------------- */

typedef enum dia_search_method {
    DIA_SEARCH_PROJECTION,      /* gap and mean gradient projected out of the branching plane: Bearpark, Robb, Schlegel,
                                   Chem. Phys. Lett. 223, 269 (1994), DOI 10.1016/0009-2614(94)00433-1 */
    DIA_SEARCH_LAGRANGE_NEWTON, /* Newton on the Lagrangian of the constrained problem: Manaa, Yarkony, JCP 99, 5251 (1993),
                                   DOI 10.1063/1.465993 */
    DIA_SEARCH_PENALTY,         /* only energies and gradients, no couplings: Levine, Coe, Martinez, J. Phys. Chem. B
                                   112, 405 (2008), DOI 10.1021/jp0761618 */
    DIA_SEARCH_METHODS
} dia_search_method;
DIA_API extern const char
    *const dia_search_method_names[DIA_SEARCH_METHODS]; /* "projection", "lagrange_newton", "penalty" */

/* A further condition c(R) = 0 (a fixed bond length, ...). Only Lagrange-Newton accepts them. */
typedef struct dia_constraint {
    double (*residual)(const void *context, const double *R, double *gradient); /* c and dc/dR (ncart) */
    const void *context;
} dia_constraint;

typedef struct dia_search_options { /* dia_search_defaults fills it */
    dia_search_method method;
    double gap;      /* hartree: largest minus smallest energy of the states must be below it  (1e-9)           */
    double gradient; /* hartree/bohr: largest component of the mean gradient along the seam must be below it (1e-6) */
    double max_step; /* bohr: no component of a step is longer                                  (0.2)           */
    int iterations;  /* at most                                                                 (500)           */
    int nconstraint;
    const dia_constraint *constraint; /* borrowed */
} dia_search_options;
DIA_API void dia_search_defaults(dia_search_options *options);

typedef struct dia_search_result {
    bool converged;
    int iterations;  /* done                                                  */
    double energy;   /* mean of the states' energies at the end               */
    double gap;      /* largest minus smallest of them                        */
    double gradient; /* largest component of the mean gradient along the seam */
    char why[200];   /* if not converged: the reason; else empty              */
} dia_search_result;

/* Searches from R (ncart), which becomes the point found. Failure to converge is no error: see the result; R is then
 * the best point of the search. The criteria are the same for all methods: gap, gradient, and each constraint
 * satisfied to 1e-8. With count 1 there is no plane and no gap: all three methods minimise (projection by BFGS,
 * Lagrange-Newton by Newton's method, penalty by Newton's method from gradients only). The point is a minimum unless
 * a symmetry of the start prevents it: check by dia_seam_modes_make. Several threads may search on one model at
 * once. DIA_ERROR_INPUT: states out of range, constraints with another method than Lagrange-Newton, options that are
 * not positive. */
DIA_API DIA_MUST_USE dia_status dia_search(const dia_model *model, int first, int count,
                                           const dia_search_options *options, double *R, dia_search_result *result,
                                           dia_error *error);

/* ---- what kind of point ---------------------------------------------------------------------- */

/* Curvature at a stationary point within the seam (count 1: within the whole space): eigenvalues of the Hessian of the
 * Lagrangian, projected on the tangent space of the seam without rigid motions, mass-weighted. */
typedef struct dia_seam_modes {
    int ncart, nmode;  /* nmode = ncart - conditions - rigid motions                               */
    double *frequency; /* (nmode) hartree, ascending; an imaginary one is negative           owned */
    double *vector;    /* (nmode, ncart) mass-weighted, orthonormal                          owned */
    int negative;      /* imaginary modes above 1 cm^-1: 0 a minimum, 1 a first-order saddle of the seam */
} dia_seam_modes;
DIA_API DIA_MUST_USE dia_status dia_seam_modes_make(dia_seam_modes *modes, const dia_model *model, int first, int count,
                                                    const double *R, dia_error *error);
DIA_API void dia_seam_modes_free(dia_seam_modes *modes);

/* The branching plane of two states A = lower, B = lower+1 at or near an intersection, and the first-order shape of the double
 * cone. Of a complex H the cone may open in three directions x, y, z (below); the plane is then that of the steeper two, pitch,
 * asymmetry, tilt and heading are those of the cone in this plane, P is of all three, and B has no meaning. Fdez. Galvan, Delcey, Pedersen, Aquilante, Lindh, J. Chem. Theory Comput. 12, 3636 (2016),
 * DOI 10.1021/acs.jctc.6b00384. With r, theta polar coordinates on (x, y):
 *   E = E0 + pitch r ( tilt cos(theta - heading) -+ sqrt(1 + asymmetry cos 2 theta) ) */
typedef struct dia_branching_plane {
    int ncart;
    int directions; /* independent ones in which the states part: 2; of a complex H without time reversal 3; 1 where they do not
                       couple; 0 where they never part (a Kramers doublet) */
    /* (ncart) hartree/bohr: (grad E_B - grad E_A)/2 and <A|dH/dR|B>, real part and imaginary part (of a real H zero), of the
     * adiabatic states at R. At an intersection these are defined only up to a rotation; everything below is unique. Owned, one
     * block of memory. */
    double *g, *h, *h_imaginary;
    /* (ncart) orthonormal vectors of the plane, along the orthogonalised g and h, the steeper one first; signs such that
     * the mean gradient has no negative component along either. y is 0 if h vanishes. */
    double *x, *y, *z; /* z: the third direction; 0 where there are not three */
    double *s; /* (ncart) hartree/bohr: mean gradient (grad E_A + grad E_B)/2, the seam coordinate's slope included */
    double pitch;     /* hartree/bohr: sqrt((gg + hh)/2) of the orthogonalised vectors       */
    double asymmetry; /* (gg - hh)/(gg + hh), 0 <= . <= 1                                    */
    double tilt;      /* length of the projection of s on the plane over the pitch           */
    double heading;   /* radians, direction of that projection, 0 <= . <= pi/2               */
    double P;         /* < 1 peaked, > 1 sloped      */
    double B; /* < 1 bifurcating, > 1 single-path; infinite for a round cone (asymmetry 0); NaN in three directions */
} dia_branching_plane;
DIA_API DIA_MUST_USE dia_status dia_branching_plane_make(dia_branching_plane *plane, const dia_model *model, int lower,
                                                         const double *R, dia_error *error);
DIA_API void dia_branching_plane_free(dia_branching_plane *plane);

/* ---- a whole input --------------------------------------------------------------------------- */

/* The distinct stationary points found on a model (each array is described in docs/intersections-file.md). Atomic
 * units. */
typedef struct dia_catalogue { /* arrays owned; those of vectors (npoint, ncart); planes are NaN where count != 2 */
    dia_molecule molecule;
    int npoint, nstate;
    char *model_digest;        /* SHA-256 of the model they were found on                                        */
    char *zero_text;           /* name of the energy zero: "the minimum S0-1", "S0 at the reference geometry"    */
    double zero;               /* hartree: energies in tables are relative to it (here they are absolute)        */
    char **name;               /* (npoint) "S1/S0-1", "S0-1", "S2/S1/S0-1": by states, then by energy            */
    char **label;              /* (npoint) name of the first class of the input it belongs to; empty: none       */
    int *first, *count;        /* (npoint) states first .. first+count-1 meet                                    */
    int *order;                /* (npoint) negative curvatures within the seam: 0 a minimum; -1: not determined  */
    int *starts;               /* (npoint) number of searches that ended there                                   */
    int *method;               /* (npoint) dia_search_method that found it: the best converged of these searches */
    int *reached;              /* (npoint, DIA_SEARCH_METHODS) searches that ended there by each method          */
    double *R;                 /* (npoint, ncart) bohr                                                           */
    double *E;                 /* (npoint, nstate) hartree                                                       */
    double *gap, *gradient;    /* (npoint) remaining gap and gradient               */
    double *frequency;         /* (npoint, ncart) hartree, dia_seam_modes, then NaN */
    double *g, *h, *x, *y, *s; /* (npoint, ncart) dia_branching_plane               */
    double *pitch, *asymmetry, *tilt, *heading, *P, *B; /* (npoint) the same                                 */
    int ndirection; /* most directions of a point                                                           */
    int *
        directions; /* (npoint) independent ones in which the states that meet part; -1: an older file, which does not say */
    double *
        branching; /* (npoint, ndirection, ncart) hartree/bohr: these directions, orthogonal, the steepest first, each as long as
                          the slope of half the gap along it (of more than two states: of the root of the mean squared deviation of
                          their energies); then NaN */
} dia_catalogue;

typedef struct dia_intersections_task { /* result of one task of the input: a scan, seam, ...    */
    const char *group;                  /* group in the file: "scans/twist"                      */
    const char *summary;                /* a heading and a short table; if it failed: the reason */
    bool failed;
} dia_intersections_task;

typedef struct dia_intersections { /* contents of the file at `path`; all arrays belong to this struct */
    const char *path;
    bool complete; /* the file existed already: nothing was searched */
    const dia_catalogue *points;
    int ntask;
    const dia_intersections_task *task; /* (ntask) in the order of the input's keys */
} dia_intersections;

/* `diabolo intersect` as a library call: searches, performs the tasks, writes the file (and extended XYZ if the
 * input asks for it). A finished result of the same input is not made again unless `fresh`; a result of another
 * input is not replaced unless `fresh`. A task that fails is reported in its text; the call itself still succeeds. */
DIA_API DIA_MUST_USE dia_status dia_intersect(const dia_input *input, bool fresh, const dia_control *control,
                                              dia_intersections **found, dia_error *error);
DIA_API void dia_intersections_free(dia_intersections *found); /* NULL is fine */
/* A page of text, or one JSON object (docs/intersect.md): on the heap, freed by free(). NULL: out of memory. */
DIA_API char *dia_intersections_text(const dia_intersections *found, bool json);

#ifdef __cplusplus
}
#endif
#endif
