/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Geometries from values of internal coordinates.
 *
 * A molecule has more bonds, angles and torsions than degrees of freedom; consistent values are found by least squares:
 * the geometry minimises sum_i k_i (q_i(R) - q_i*)^2, subject to exact values of some coordinates (Gauss-Newton with
 * Lagrange multipliers, damped; Pulay, Fogarasi, Pang, Boggs, JACS 101, 2550 (1979); Peng, Ayala, Schlegel, Frisch, J.
 * Comput. Chem. 17, 49 (1996)). What neither determines stays as it was. */
#ifndef DIA_INTERSECT_INTERNAL_H
#define DIA_INTERSECT_INTERNAL_H

#include "molecule/coordinate.h"

typedef struct dia_internal_set { /* arrays owned; a zero struct is an empty set */
    int n;
    dia_coordinate *coordinate; /* (n)                                                                                */
    double *stiffness;          /* (n) hartree/bohr^2 or hartree/rad^2: bonds 0.5, angles 0.2, torsions and out-of-plane
                                   angles 0.1; only their ratios matter                                               */
} dia_internal_set;

/* The bonds, angles, torsions, and out-of-plane angles at atoms with three neighbours, of a molecule at any of the
 * geometries R (ngeometry, ncart): atoms are bonded if closer than 1.3 times the sum of their covalent radii (Cordero
 * et al., Dalton Trans. 2008, 2832, DOI 10.1039/b801115j); fragments are joined by their shortest distance. Angles
 * beyond 170 deg at any of the geometries carry no torsion. A model system gets its positions, a diatomic its one
 * distance. */
DIA_MUST_USE dia_status dia_internal_set_make(dia_internal_set *set, const dia_molecule *molecule, int ngeometry,
                                              const double *R, dia_error *error);
/* All distances between the atoms of a molecule; stiffness 16 over the fourth power of the mean distance at the
 * geometries. */
DIA_MUST_USE dia_status dia_internal_set_make_distances(dia_internal_set *set, const dia_molecule *molecule,
                                                        int ngeometry, const double *R, dia_error *error);
void dia_internal_set_free(dia_internal_set *set);

/* Moves R (ncart) until coordinate[i] = value[i] for i < n, to 1e-9, with the other bonds, angles and torsions of
 * `rest` kept as close as possible to their values at R (torsions about a bond that is being twisted go along: groups
 * turn as a whole); the molecule is neither moved nor turned on the way. rest NULL or empty: the smallest mass-weighted
 * displacement. DIA_ERROR_NUMERIC with the coordinate, what it reached and what was wanted, if there is no such
 * geometry nearby; R is then unchanged. */
DIA_MUST_USE dia_status dia_internal_place(const dia_molecule *molecule, const dia_internal_set *rest, int n,
                                           const dia_coordinate *coordinate, const double *value, double *R,
                                           dia_error *error);
/* Moves R towards the values q (set->n) of the whole set by least squares: interpolation. */
DIA_MUST_USE dia_status dia_internal_fit(const dia_molecule *molecule, const dia_internal_set *set, const double *q,
                                         double *R, dia_error *error);
/* change (set->n) = q(B) - q(A) the short way; torsions about one bond all go the same way round. */
void dia_internal_change(const dia_internal_set *set, const double *A, const double *B, double *change);

#endif
