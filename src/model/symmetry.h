/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A permutation-inversion group given by generators, with the matrix Gamma of each element on the diabatic states:
 * H(gR) = Gamma(g) H(R) Gamma(g)^T. Gamma is diagonal, a sign for each state, where all irreducible representations are
 * one-dimensional, else orthogonal. Convention: the image gR has atom a where R has atom permutation[a], all
 * coordinates times -1 if `inversion`. Longuet-Higgins, Mol. Phys. 6, 445 (1963); averaging: Williams, Eisfeld, JCP 149,
 * 204106 (2018). */
#ifndef DIA_MODEL_SYMMETRY_H
#define DIA_MODEL_SYMMETRY_H

#include "diabolo/base.h"
#include "diabolo/molecule.h"

#define DIA_SYMMETRY_MAX 512 /* elements at most */

typedef struct dia_symmetry {
    int natom, nstate;
    int nelement;
    bool signs;       /* all gamma are diagonal                  */
    int *permutation; /* (nelement, natom)                 owned */
    bool *inversion;  /* (nelement)                        owned */
    double *gamma;    /* (nelement, nstate, nstate) rows   owned */
} dia_symmetry;

typedef struct dia_generators { /* all borrowed */
    int n;
    const int *permutations; /* (n, natom)                                              */
    const bool *inversions;  /* (n)                                                     */
    const double *signs;     /* (n, nstate); NULL: `matrices`                           */
    const double *matrices;  /* (n, nstate, nstate), right to some 1e-3: they are sharpened */
} dia_generators;

/* Closes the group. No generators: only the identity. Errors: not a permutation, atoms of different elements exchanged,
 * matrices that are not orthogonal, that contradict each other, too many elements. */
DIA_MUST_USE dia_status dia_symmetry_init(dia_symmetry *symmetry, const dia_molecule *molecule, int nstate,
                                          const dia_generators *generators, dia_error *error);
void dia_symmetry_free(dia_symmetry *symmetry);
/* The image (3 natom) of R, or of a vector field there. Not in place. */
void dia_symmetry_image(int natom, const int *permutation, bool inversion, const double *R, double *image);
/* The number of the element with this permutation (natom) and inversion; -1: not in the group. */
int dia_symmetry_find(const dia_symmetry *symmetry, const int *permutation, bool inversion);

#endif
