/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sequence of geometries with the model's energies at each: the result of scans, interpolations, seams, loops and
 * descents. */
#ifndef DIA_INTERSECT_PATH_H
#define DIA_INTERSECT_PATH_H

#include <stdio.h>

#include "diabolo/model.h"
#include "molecule/coordinate.h"
#include "store/member.h"
#include "store/writer.h"

typedef struct dia_path { /* arrays owned; a zero struct is an empty path */
    int npoint, room;     /* points there are; points there is memory for            */
    int natom, dimension, ncart, nstate, npacked;
    double *R;      /* (npoint, ncart) bohr                                                                          */
    double *H;      /* (npoint, npacked) hartree: the model's diabatic matrix                                        */
    double *E;      /* (npoint, nstate) hartree, ascending                                                           */
    double *length; /* (npoint) bohr: sum of |R_i - R_(i-1)| from point 0; geometries of a molecule lie as they were
                       made, each turned to be closest to the one before                                             */
    double *weighted; /* (npoint) bohr electron_mass^(1/2): the same in mass-weighted coordinates sqrt(m) R */
} dia_path;

/* Long tasks report their progress from time to time, and end with DIA_ERROR_INTERRUPTED if asked to stop. */
typedef struct dia_watch {
    const dia_control *control;
    const char *what; /* "scanning twist" */
} dia_watch;
DIA_MUST_USE dia_status dia_watch_tell(const dia_watch *watch, int done, int total,
                                       dia_error *error); /* NULL is fine */

/* An empty path of a model. */
void dia_path_init(dia_path *path, const dia_model *model);
/* Appends a geometry R (ncart), copied. */
DIA_MUST_USE dia_status dia_path_add(dia_path *path, const double *R, dia_error *error);
/* H, E and the lengths of all points. Where the model is not finite H and E are NaN; that is no error. */
DIA_MUST_USE dia_status dia_path_evaluate(dia_path *path, const dia_model *model, dia_error *error);
void dia_path_free(dia_path *path); /* frees the arrays, zeroes the struct */

/* R (ncart) is moved and turned to lie as close as it can to `onto`, mass-weighted; a model system stays as it is. */
DIA_MUST_USE dia_status dia_path_superpose(const dia_molecule *molecule, const double *onto, double *R,
                                           dia_error *error);

/* Positions, hamiltonian, energies, length, length_mass_weighted of a path, and the extents of their shapes: P points, N
 * states, K packed, A atoms, D coordinates of each. */
extern const dia_member dia_path_members[];
dia_extents dia_path_extents(const dia_path *path);

/* For tables: at most eleven points, ends included; the size of the unit in which a coordinate is printed, and its
 * name; eV above zero (hartree), without the minus sign of a rounded zero; columns of the states. */
int dia_path_rows(int npoint);
int dia_path_row(int i, int npoint);
double dia_path_unit(const dia_coordinate *coordinate, const char **name);
double dia_path_above(double E, double zero);
void dia_path_heading(const dia_path *path, FILE *out); /* ends the line */
void dia_path_energies(const dia_path *path, int point, double zero, FILE *out);

#endif
