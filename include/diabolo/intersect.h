/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stationary points of adiabatic surfaces and of their seams of intersection, on the exact derivatives of a model.
 *
 * One problem covers them all: states first .. first+count-1 are to be degenerate, their mean energy stationary:
 *   count 1   a minimum (or saddle) of one surface: nothing is to be degenerate
 *   count 2   a minimum-energy conical intersection: 2 conditions, the branching plane
 *   count 3   a three-state intersection: 5 conditions
 * (count (count+1)/2 - 1 conditions: the traceless part of the block of H among these states.)
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

enum { DIA_DEGENERATE_MAX = 3 }; /* most states that can be asked to meet */

/* ---- search ---------------------------------------------------------------------------------- */

typedef enum dia_search_method {
    DIA_SEARCH_PROJECTION,      /* gap and mean gradient projected out of the branching plane: Bearpark, Robb, Schlegel,
                                   Chem. Phys. Lett. 223, 269 (1994), DOI 10.1016/0009-2614(94)00433-1 */
    DIA_SEARCH_LAGRANGE_NEWTON, /* Newton on the Lagrangian of the constrained problem: Manaa, Yarkony, JCP 99, 5251 (1993),
                                   DOI 10.1063/1.465993 */
    DIA_SEARCH_PENALTY, /* energies and their gradients alone, no couplings: Levine, Coe, Martinez, J. Phys. Chem. B
                                   112, 405 (2008), DOI 10.1021/jp0761618 */
    DIA_SEARCH_METHODS
} dia_search_method;
DIA_API extern const char
    *const dia_search_method_names[DIA_SEARCH_METHODS]; /* "projection", "lagrange_newton", "penalty" */

/* A further condition c(R) = 0 (a bond length held at a value, ...). Lagrange-Newton alone takes them. */
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
    char why[200];   /* if not converged: in words; else empty                */
} dia_search_result;

/* Searches from R (ncart), which becomes the point found. Not converging is no error: see the result; R is then the best
 * point met. Converged is judged alike for all methods: gap, gradient, and each constraint held to 1e-8. With count 1 there is
 * no plane and no gap: all three minimise (by BFGS, by Newton's method, by Newton's method from gradients alone). The point is a
 * minimum unless a symmetry of the start forbids it: dia_seam_modes_make tells. Several threads may search on one model at once.
 * DIA_ERROR_INPUT: states out of range, constraints with another method than Lagrange-Newton, options that are not positive. */
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
    int negative; /* how many are imaginary by more than 1 cm^-1: 0 a minimum, 1 a first-order saddle of the seam */
} dia_seam_modes;
DIA_API DIA_MUST_USE dia_status dia_seam_modes_make(dia_seam_modes *modes, const dia_model *model, int first, int count,
                                                    const double *R, dia_error *error);
DIA_API void dia_seam_modes_free(dia_seam_modes *modes);

/* The branching plane of two states A = lower, B = lower+1 at or near an intersection, and the first-order shape of the double
 * cone: Fdez. Galvan, Delcey, Pedersen, Aquilante, Lindh, J. Chem. Theory Comput. 12, 3636 (2016),
 * DOI 10.1021/acs.jctc.6b00384. With r, theta polar coordinates on (x, y):
 *   E = E0 + pitch r ( tilt cos(theta - heading) -+ sqrt(1 + asymmetry cos 2 theta) ) */
typedef struct dia_branching_plane {
    int ncart;
    double *g, *h; /* (ncart) hartree/bohr: (grad E_B - grad E_A)/2 and <A|dH/dR|B>, of the adiabatic states at R: at an
                      intersection these are arbitrary up to a rotation; what follows is not            owned (one block) */
    double *x,
        *y; /* (ncart) orthonormal vectors of the plane, along the orthogonalised g and h, the steeper one first; signs
                      such that the mean gradient has no negative component along either. y is 0 if h vanishes */
    double *s; /* (ncart) hartree/bohr: mean gradient (grad E_A + grad E_B)/2, the seam coordinate's slope included */
    double pitch;     /* hartree/bohr: sqrt((gg + hh)/2) of the orthogonalised vectors       */
    double asymmetry; /* (gg - hh)/(gg + hh), 0 <= . <= 1                                    */
    double tilt;      /* length of the projection of s on the plane over the pitch           */
    double heading;   /* radians, direction of that projection, 0 <= . <= pi/2               */
    double P;         /* < 1 peaked, > 1 sloped      */
    double B;         /* < 1 bifurcating, > 1 single-path; infinite for a round cone (asymmetry 0) */
} dia_branching_plane;
DIA_API DIA_MUST_USE dia_status dia_branching_plane_make(dia_branching_plane *plane, const dia_model *model, int lower,
                                                         const double *R, dia_error *error);
DIA_API void dia_branching_plane_free(dia_branching_plane *plane);

/* ---- a whole input --------------------------------------------------------------------------- */

/* The distinct stationary points found on a model (docs/intersections-file.md says more of each array). Atomic units. */
typedef struct dia_catalogue { /* arrays owned; those of vectors (npoint, ncart); planes are NaN where count != 2 */
    dia_molecule molecule;
    int npoint, nstate;
    char *model_digest; /* SHA-256 of the model they were found on                                                  */
    char *zero_text;    /* what the energy zero is: "the minimum S0-1", "S0 at the reference geometry"              */
    double zero;        /* hartree: energies in tables are relative to it (those here are not)                      */
    char **name;        /* (npoint) "S1/S0-1", "S0-1", "S2/S1/S0-1": by states, then by energy                      */
    char **label;       /* (npoint) name of the first class of the input it belongs to; empty: none                 */
    int *first, *count; /* (npoint) states first .. first+count-1 meet                                              */
    int *order;         /* (npoint) negative curvatures within the seam: 0 a minimum; -1: not determined            */
    int *starts;        /* (npoint) how many searches ended there                                                   */
    int *method;        /* (npoint) dia_search_method that found this, the best converged representative            */
    int *reached;       /* (npoint, DIA_SEARCH_METHODS) searches that ended there by each method                    */
    double *R;          /* (npoint, ncart) bohr                                                                     */
    double *E;          /* (npoint, nstate) hartree                                                                 */
    double *gap, *gradient;                             /* (npoint) what is left of the conditions of convergence   */
    double *frequency;                                  /* (npoint, ncart) hartree, dia_seam_modes; NaN behind them */
    double *g, *h, *x, *y, *s;                          /* (npoint, ncart) dia_branching_plane                      */
    double *pitch, *asymmetry, *tilt, *heading, *P, *B; /* (npoint) the same                                        */
} dia_catalogue;

typedef struct dia_intersections_task { /* a scan, seam, ... of the input */
    const char *group;                  /* of the file: "scans/twist"                                        */
    const char *summary;                /* a heading and a short table; of one that failed: why              */
    bool failed;
} dia_intersections_task;

typedef struct dia_intersections { /* what the file at `path` holds; everything belongs to it */
    const char *path;
    bool complete; /* the file was there already: nothing was searched */
    const dia_catalogue *points;
    int ntask;
    const dia_intersections_task *task; /* (ntask) in the order of the input's keys */
} dia_intersections;

/* What `diabolo intersect` does: searches, does the tasks, writes the file (and extended XYZ if asked for). A result of the same
 * input that is there already is not made again, unless `fresh`; one of another input is not replaced without it. A task that
 * fails is no failure of the call. */
DIA_API DIA_MUST_USE dia_status dia_intersect(const dia_input *input, bool fresh, const dia_control *control,
                                              dia_intersections **found, dia_error *error);
DIA_API void dia_intersections_free(dia_intersections *found); /* NULL is fine */
/* A page of text for people, or one JSON object (docs/intersect.md): heap, free(). NULL: out of memory. */
DIA_API char *dia_intersections_text(const dia_intersections *found, bool json);

#ifdef __cplusplus
}
#endif
#endif
