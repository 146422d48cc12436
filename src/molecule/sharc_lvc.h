/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters of a vibronic coupling model, and their reading from SHARC's LVC.template and V0.txt (Plasser, Gomez,
 * Menger, Mai, Gonzalez, PCCP 21, 57 (2019), DOI 10.1039/C8CP05662E; SHARC manual, "LVC interface").
 *
 *   H_ij(Q) = V0(Q) delta_ij + sum of terms,   V0 = sum_m w_m Q_m^2 / 2
 *   Q_m = sqrt(w_m) sum_c K_mc sqrt(M_c) (r_c - r_c^ref)
 *
 * A term adds value * (1 | Q_m | Q_m Q_k) to H_ij = H_ji. Quadratic terms are SHARC's gamma: no factor 1/2, and (m,k)
 * stands for itself alone, not for (k,m) as well. */
#ifndef DIA_MOLECULE_SHARC_LVC_H
#define DIA_MOLECULE_SHARC_LVC_H

#include "diabolo/molecule.h"

typedef struct dia_vibronic_term {
    int i, j;     /* states, i >= j                                    */
    int m, k;     /* modes; k == -1: linear; m == k == -1: constant    */
    double value; /* hartree                                           */
} dia_vibronic_term;

typedef struct dia_vibronic {
    dia_molecule molecule; /* owned; the reference geometry is r^ref                         */
    int nstate, nmode, nterm;
    double *frequency;       /* (nmode) hartree, > 0                                   owned */
    double *vector;          /* (nmode, ncart): K, mass-weighted, orthonormal          owned */
    dia_vibronic_term *term; /* (nterm)                                                owned */
} dia_vibronic;

/* Reads `path` (LVC.template) and the V0.txt it names (relative to its folder; $VARIABLES expanded): the states of one
 * multiplicity, 1 = singlet. Spin-orbit couplings, dipoles and multipoles are not read. On failure *vibronic is zero.
 */
DIA_MUST_USE dia_status dia_sharc_lvc_read(dia_vibronic *vibronic, const char *path, int multiplicity,
                                           dia_error *error);
void dia_vibronic_free(dia_vibronic *vibronic);

#endif
