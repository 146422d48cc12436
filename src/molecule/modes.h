/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Harmonic analysis: rigid motions, Hessian from gradients, normal modes. */
#ifndef DIA_MOLECULE_MODES_H
#define DIA_MOLECULE_MODES_H

#include "diabolo/molecule.h"
#include "math/minimise.h"

typedef struct dia_modes {
    int ncart, nmode;  /* nmode = ncart - 6, or - 5 if linear, or ncart for a model system */
    double *frequency; /* (nmode) hartree, ascending; an imaginary one is negative          owned */
    double *vector;    /* (nmode, ncart) mass-weighted, orthonormal                         owned */
} dia_modes;

/* Of a molecule in three dimensions: centre (3). */
void dia_centre_of_mass(const dia_molecule *molecule, const double *R, double *centre);
/* Principal moments of inertia, ascending (3), and their axes (3, 3), one per row. Returns the number of rotations:
 * 3; 2 if the molecule is linear; 0 if it is an atom. */
int dia_principal_axes(const dia_molecule *molecule, const double *R, double *moment, double *axis);

/* Orthonormal mass-weighted vectors of the rigid translations and rotations at R (ncart): T (6, ncart). Returns
 * their number: 6; 5 for a linear molecule; 3 for an atom; 0 in a dimension other than 3. They are exact zero modes
 * of any Hessian at a stationary point. */
int dia_rigid_motions(const dia_molecule *molecule, const double *R, double *T);

/* Hess (ncart, ncart), symmetric, hartree/bohr^2: five-point differences of gradients with steps `step` (bohr). */
DIA_MUST_USE dia_status dia_hessian(const dia_molecule *molecule, dia_function *function, void *context,
                                    const double *R, double step, double *hessian, dia_error *error);

/* Diagonalises the mass-weighted Hessian in the space orthogonal to the rigid motions at R. */
DIA_MUST_USE dia_status dia_modes_make(dia_modes *modes, const dia_molecule *molecule, const double *R,
                                       const double *hessian, dia_error *error);
/* The sign of a mode (ncart) is arbitrary. The largest component is made positive; of several that symmetry makes equal, the first, so
 * that results do not depend on LAPACK's choice. */
void dia_modes_sign(int ncart, double *vector);
void dia_modes_free(dia_modes *modes); /* frees the arrays, zeroes the struct */

/* Sum of w/2 over the real modes with w >= lowest, hartree. */
double dia_modes_zero_point(const dia_modes *modes, double lowest);

#endif
