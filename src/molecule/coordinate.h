/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal coordinates given as a line of text: one or more terms joined by + and -, each with an optional factor
 *
 *   distance I J            |R_I - R_J|
 *   angle I J K             at J, 0 .. 180 deg
 *   torsion I J K L         dihedral about J-K, -180 .. 180 deg (IUPAC sign: clockwise from I to L seen along J -> K)
 *   out_of_plane I J K L    angle between bond I-J and the plane of I, K, L, -90 .. 90 deg (J bends out at the centre I)
 *   position C              Cartesian component C of the molecule, or coordinate C of a model system
 *
 * "distance 0 2 - distance 1 2", "0.5 angle 2 0 1 + 0.5 angle 3 0 1". Atoms are counted from 0. Terms of one coordinate
 * are all lengths or all angles. Values in bohr and radians; derivatives by analytic formulas (Wilson, Decius, Cross,
 * Molecular Vibrations (1955), ch. 4; torsion: Blondel, Karplus, J. Comput. Chem. 17, 1132 (1996)). */
#ifndef DIA_MOLECULE_COORDINATE_H
#define DIA_MOLECULE_COORDINATE_H

#include "diabolo/extend.h" /* dia_dimension */
#include "diabolo/molecule.h"

typedef enum dia_coordinate_kind {
    DIA_COORDINATE_DISTANCE,
    DIA_COORDINATE_ANGLE,
    DIA_COORDINATE_TORSION,
    DIA_COORDINATE_OUT_OF_PLANE,
    DIA_COORDINATE_POSITION,
    DIA_COORDINATE_KINDS
} dia_coordinate_kind;

enum { DIA_COORDINATE_TERMS = 8 };

typedef struct dia_coordinate {
    char text[200]; /* as it was given                                                           */
    int ncart, nterm;
    struct {
        dia_coordinate_kind kind;
        int atom[4]; /* of position: the component in atom[0] */
        double factor;
    } term[DIA_COORDINATE_TERMS];
    dia_dimension dimension; /* DIA_LENGTH, DIA_ANGLE; DIA_ATOMIC for positions of a model system   */
    bool periodic;           /* a single torsion with factor +-1: values that differ by 2 pi are the same */
} dia_coordinate;

/* The message says which word, what was expected, and the range of atoms. */
DIA_MUST_USE dia_status dia_coordinate_parse(dia_coordinate *coordinate, const char *text, const dia_molecule *molecule,
                                             dia_error *error);
double dia_coordinate_value(const dia_coordinate *coordinate, const double *R);
/* The value and gradient (ncart). Where a gradient does not exist (a straight angle) it is zero. */
double dia_coordinate_gradient(const dia_coordinate *coordinate, const double *R, double *gradient);
/* a - b, brought to -pi .. pi if periodic. */
double dia_coordinate_difference(const dia_coordinate *coordinate, double a, double b);

#endif
