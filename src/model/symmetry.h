/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A permutation-inversion group given by generators, with the sign of each diabatic state under each element
 * (one-dimensional irreducible representations): H(gR) = Gamma(g) H(R) Gamma(g)^T, Gamma = diag(+-1). Convention:
 * the image gR has atom a where R has atom permutation[a], all coordinates times -1 if `inversion`. Longuet-Higgins,
 * Mol. Phys. 6, 445 (1963); averaging: Williams, Eisfeld, JCP 149, 204106 (2018). */
#ifndef DIA_MODEL_SYMMETRY_H
#define DIA_MODEL_SYMMETRY_H

#include "diabolo/base.h"
#include "diabolo/molecule.h"

#define DIA_SYMMETRY_MAX 512 /* elements at most */

typedef struct dia_symmetry {
    int natom, nstate;
    int nelement;
    int *permutation; /* (nelement, natom)  owned */
    bool *inversion;  /* (nelement)         owned */
    double *sign;     /* (nelement, nstate) owned */
} dia_symmetry;

/* Closes the group of the generators: permutations (ngenerator, natom), inversions (ngenerator), signs (ngenerator,
 * nstate). No generators: only the identity. Errors: not a permutation, atoms of different elements exchanged, signs
 * that contradict each other, too many elements. */
DIA_MUST_USE dia_status dia_symmetry_init(dia_symmetry *symmetry, const dia_molecule *molecule, int nstate,
                                          int ngenerator, const int *permutations, const bool *inversions,
                                          const double *signs, dia_error *error);
void dia_symmetry_free(dia_symmetry *symmetry);

#endif
