/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which adiabatic states of the reference belong to which diabats, where symmetry tells.
 *
 * Where a geometry is its own image under an element g of the permutation-inversion group (a planar molecule under the
 * inversion of all coordinates) and g is its own inverse, every adiabatic state has a character +-1 under g (one of a
 * degenerate pair has none), and the coupling of two states,
 * turned with the molecule, is the same vector with the product of their characters:
 *
 *     Q h_ij = chi_i chi_j P h_ij,     P R = Q R,     (P R)_a = s R_permutation[a],  Q the rotation.
 *
 * So the couplings tell which states of the reference are alike, and the matrix of a model which of its states are. At
 * such points the model's states can be matched to those of the reference by symmetry in place of energy: a surface is
 * then fitted to its own energies from the first step, also beyond crossings. */
#ifndef DIA_TRAIN_CHARACTERS_H
#define DIA_TRAIN_CHARACTERS_H

#include "model/symmetry.h"
#include "dataset/dataset.h"

#define DIA_CHARACTERS_ORDERS DIA_DATASET_STATES /* at most, of one point */

typedef struct dia_characters {
    int nelement;  /* each its own inverse; at most 32                                       */
    int nstate;    /* of the model                                                           */
    double *gamma; /* (nelement, nstate, nstate) of the diabats                        owned */
    int npoint, npair;
    uint32_t *fixed;    /* (npoint) elements (bits) under which the geometry is its own image           owned */
    uint32_t *opposite; /* (npoint, npair) those of them under which the two states differ              owned */
    bool *known;        /* (npoint, npair) is the coupling there, and does it tell                      owned */
} dia_characters;

/* Of the elements under which the diabats differ; every: of all but the identity. */
DIA_MUST_USE dia_status dia_characters_make(dia_characters *characters, const dia_symmetry *symmetry, bool every,
                                            const dia_dataset *data, dia_error *error);
void dia_characters_free(dia_characters *characters);

/* Does symmetry tell at least two states of this point apart or alike? */
bool dia_characters_told(const dia_characters *characters, int point);

/* The ways to match nfit states of the reference at a point to the model's states, U (nstate, nstate) their
 * eigenvectors in the order of energy: state i of the reference is order[w nstate + i]. The surplus of the model comes
 * last. Since couplings give only relative characters there may be several ways; within one character the order is
 * that of the energies. Returns their number; 0: symmetry does not tell, take the order of the energies. orders
 * (DIA_CHARACTERS_ORDERS, nstate). */
int dia_characters_orders(const dia_characters *characters, int point, int nfit, const double *U, int *orders);

/* Do diabats with the signs of `symmetry` explain the points? Made from every element; then from the same generators with
 * other signs (assume), and asked: can the lowest nfit states of this point be such diabats? 2: in the order of their energies,
 * 1: in another, 0: no, -1: the point tells nothing. */
void dia_characters_assume(dia_characters *characters, const dia_symmetry *symmetry);
int dia_characters_fit(const dia_characters *characters, int point, int nfit);

#endif
