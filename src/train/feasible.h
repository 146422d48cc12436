/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The feasible permutation-inversion group of a molecule, from its bonds and the data (`symmetry: search`).
 *
 * Candidates are the permutations that map the bonds of the reference geometry onto bonds, and atoms onto atoms of their
 * element, each alone and with the inversion of all coordinates. Feasible are those under which the molecule goes over
 * into its image without leaving the data (Longuet-Higgins, Mol. Phys. 6, 445 (1963)): images of data geometries lie
 * among the other ones. With d(A, B) the root-mean-square distance of the atoms of two geometries of the best proper
 * superposition, an operation g counts as feasible if at 2 % of the sampled points R, and three of them,
 *
 *   min_R' d(gR, R')  <=  the 75 % quantile of  min_(R' not R) d(R, R'),  or 0.1 bohr if that is more.
 *
 * A hydrogen that migrates makes more operations feasible than the bonds of one geometry tell; these are not looked for. */
#ifndef DIA_TRAIN_FEASIBLE_H
#define DIA_TRAIN_FEASIBLE_H

#include "model/symmetry.h"
#include "dataset/dataset.h"

/* A network is evaluated once for each element of its group. */
enum { DIA_FEASIBLE_MAX = 64 };

typedef struct dia_feasible { /* generators */
    int n, order;             /* order of their group                                              */
    int *permutations;        /* (n, natom)                                                  owned */
    bool *inversions;         /* (n)                                                         owned */
    double *share;            /* (n) of the sampled points whose image lies in the data      owned */
} dia_feasible;

/* molecule->reference is the geometry whose bonds count. DIA_ERROR_INPUT: more than DIA_SYMMETRY_MAX candidates, a group of
 * more than DIA_FEASIBLE_MAX elements. */
DIA_MUST_USE dia_status dia_feasible_find(dia_feasible *feasible, const dia_molecule *molecule, const dia_dataset *data,
                                          int npoint, const int *points, dia_error *error);
void dia_feasible_free(dia_feasible *feasible);

#endif
