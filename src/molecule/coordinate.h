/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Internal coordinates given as a line of text: one or more terms joined by + and -, each with an optional factor
 *
 *   distance I J            |R_I - R_J|
 *   angle I J K             at J, 0 .. 180 deg
 *   torsion I J K L         dihedral about J-K, -180 .. 180 deg (IUPAC sign: clockwise from I to L seen along J -> K)
 *   out_of_plane I J K L    angle between bond I-J and the plane of I, K, L, -90 .. 90 deg (J bends out at the centre I;
 *                           positive on the side of (K - I) x (L - I))
 *   position C              Cartesian component C of the molecule (x of atom 1 is 3), or coordinate C of a model system
 *
 * "distance 0 2 - distance 1 2", "0.5 angle 2 0 1 + 0.5 angle 3 0 1". Atoms are counted from 0. Terms of one
 * coordinate are all lengths or all angles. A model system (dimension 1) has only positions. Values in bohr and
 * radians; derivatives by analytic formulas (Wilson, Decius, Cross, Molecular Vibrations (1955), ch. 4; torsion:
 * Blondel, Karplus, J. Comput. Chem. 17, 1132 (1996), DOI
 * 10.1002/(SICI)1096-987X(19960715)17:9<1132::AID-JCC5>3.0.CO;2-T). */
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
    double period; /* 0, or 2 pi |f| if all torsions among the terms have the factor +-f: the value jumps by as much
                      where one of them passes 180 deg, and values that differ by it cannot be told apart */
} dia_coordinate;

extern const int dia_coordinate_atoms[DIA_COORDINATE_KINDS]; /* numbers that a term of this kind has */
/* Is term t the same in both, factors apart? Distances, angles and torsions are the same with their atoms in reverse order. */
bool dia_coordinate_same_term(const dia_coordinate *a, const dia_coordinate *b, int t);

/* The message says which word, what was expected, and the range of atoms; the coordinate is then zero. */
DIA_MUST_USE dia_status dia_coordinate_parse(dia_coordinate *coordinate, const char *text, const dia_molecule *molecule,
                                             dia_error *error);
/* The items of an option of kind DIA_OPTION_TEXTS, each a coordinate: *coordinates (texts->n), heap, freed by free();
 * NULL if there are none. A message names the item and quotes it. */
DIA_MUST_USE dia_status dia_coordinate_parse_list(dia_coordinate **coordinates, const dia_list *texts,
                                                  const dia_molecule *molecule, dia_error *error);
/* A coordinate of one term, made by a program: the atoms that its kind needs, in range, factor 1; text is filled. */
void dia_coordinate_make(dia_coordinate *coordinate, dia_coordinate_kind kind, const int *atoms,
                         const dia_molecule *molecule);

/* R (ncart) bohr. A coordinate that R leaves undetermined (the torsion about three atoms on a line) has the value 0. */
double dia_coordinate_value(const dia_coordinate *coordinate, const double *R);
/* The value and gradient (ncart), zero where it does not exist (the angle of three atoms on a line). */
double dia_coordinate_gradient(const dia_coordinate *coordinate, const double *R, double *gradient);
/* a - b, shifted into -period/2 .. period/2 if there is a period. */
double dia_coordinate_difference(const dia_coordinate *coordinate, double a, double b);

#endif
