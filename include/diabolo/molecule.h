/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A molecule: which nuclei, their masses, a reference geometry. A model system (Tully's one coordinate) is a "molecule"
 * of dimension 1: natom abstract particles with one coordinate each and atomic number 0. */
#ifndef DIABOLO_MOLECULE_H
#define DIABOLO_MOLECULE_H

#include "diabolo/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_molecule {
    int natom;
    int dimension;     /* coordinates per particle: 3, or 1 for a model system                       */
    int ncart;         /* natom * dimension                                                          */
    int *numbers;      /* (natom) atomic numbers; 0 for an abstract particle             owned       */
    double *masses;    /* (natom) electron masses                                        owned       */
    double *reference; /* (ncart) bohr: a geometry the model knows (minimum of S0 ...)   owned       */
} dia_molecule;

/* Allocates the arrays (zeroed); masses are those of the most abundant isotopes of `numbers` (NULL: all abstract, mass 1). */
DIA_API DIA_MUST_USE dia_status dia_molecule_init(dia_molecule *molecule, int natom, int dimension, const int *numbers,
                                                  dia_error *error);
DIA_API DIA_MUST_USE dia_status dia_molecule_copy(dia_molecule *to, const dia_molecule *from, dia_error *error);
DIA_API void dia_molecule_free(dia_molecule *molecule); /* frees the arrays, zeroes the struct */

DIA_API const char *dia_element_symbol(int number); /* "C"; "X" for 0; NULL if there is no such element */
DIA_API int dia_element_number(const char *symbol); /* 6; case does not matter; -1 if unknown           */
DIA_API double dia_element_mass(int number);        /* most abundant isotope, electron masses; 0 if unknown */

/* All atomic numbers in the same order and the same dimension? If not, DIA_ERROR_INPUT with both formulas in the text. */
DIA_API DIA_MUST_USE dia_status dia_molecule_match(const dia_molecule *a, const dia_molecule *b, dia_error *error);
/* "C2H4" (Hill order) into text. */
DIA_API void dia_molecule_formula(const dia_molecule *molecule, size_t size, char *text);

/* Values (count) of the internal coordinate `text` ("distance 0 2 - distance 1 2", docs/intersect.md) at geometries
 * R (count, ncart), bohr. Values are in bohr, in radians if it is an *angle, in atomic units for a model system.
 * *periodic: values that differ by 2 pi are the same. count 0 only checks that it is a coordinate of this molecule.
 * Only natom, dimension and ncart of the molecule are used. */
DIA_API DIA_MUST_USE dia_status dia_coordinate_values(const char *text, const dia_molecule *molecule, int64_t count,
                                                      const double *R, double *values, bool *angle, bool *periodic,
                                                      dia_error *error);

#ifdef __cplusplus
}
#endif
#endif
