/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters of a vibronic coupling model (models/vibronic.c), read from an input (vibronic_input.c, see `diabolo info
 * vibronic`), or SHARC's LVC.template and V0.txt (vibronic_sharc.c; Plasser, Gomez, Menger, Mai, Gonzalez, PCCP 21, 57
 * (2019), DOI 10.1039/C8CP05662E; SHARC manual, "LVC interface").
 *
 *   H_ij(Q) = [V0(Q)] delta_ij + sum of terms,   V0 = sum_m w_m Q_m^2 / 2,
 *   Q_m = sqrt(w_m) sum_c K_mc sqrt(M_c) (r_c - r_c^ref)
 *
 * A term adds value * (1 | Q_m | Q_m Q_k) to H_ij = H_ji. Quadratic terms are SHARC's gamma: no factor 1/2, and
 * (m,k) does not include (k,m). */
#ifndef DIA_MODEL_VIBRONIC_H
#define DIA_MODEL_VIBRONIC_H

#include "diabolo/extend.h"

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
    char *reference_path;    /* of the V0.txt that was read; NULL: none                owned */
} dia_vibronic;

void dia_vibronic_free(dia_vibronic *vibronic);

/* The vectors of a molecule's modes must be orthonormal within 1e-3: published modes carry few digits; modes that are not
 * mass-weighted miss by far more. */
DIA_MUST_USE dia_status dia_vibronic_check(const dia_vibronic *vibronic, dia_error *error);

/* ---- SHARC ----------------------------------------------------------------------------------- */

/* Reads `path` (LVC.template) and the V0.txt it names (relative to its folder; $VARIABLES expanded): the states of one
 * multiplicity, 1 = singlet. Spin-orbit couplings, dipoles and multipoles are not read. Atomic units, unless a title
 * states another one: "Geometry (Angstrom)", "Frequencies in cm-1", "kappa eV". On failure *vibronic is zero. */
DIA_MUST_USE dia_status dia_vibronic_read_sharc(dia_vibronic *vibronic, const char *path, int multiplicity,
                                                dia_error *error);

/* ---- inputs ---------------------------------------------------------------------------------- */

typedef struct dia_vibronic_molecule_input {
    dia_list symbols;  /* const char *, (natom) */
    dia_list masses;   /* double, (natom)       */
    dia_list geometry; /* double, (natom * 3)   */
} dia_vibronic_molecule_input;

typedef struct dia_vibronic_mode_input {
    const char *name;
    double frequency;
    dia_list vector; /* double, (ncart)  */
    dia_list kappa;  /* double, (nstate) */
} dia_vibronic_mode_input;

typedef struct dia_vibronic_coupling_input {
    dia_list states; /* int, 2           */
    dia_list modes;  /* const char *     */
    double value;
} dia_vibronic_coupling_input;

typedef struct dia_vibronic_input {
    const char *template; /* SHARC's LVC.template */
    int multiplicity;
    dia_vibronic_molecule_input molecule;
    dia_list epsilon;            /* double, (nstate)             */
    dia_list modes;              /* dia_vibronic_mode_input      */
    dia_list eta, lambda, gamma; /* dia_vibronic_coupling_input */
} dia_vibronic_input;

extern const dia_option dia_vibronic_options[]; /* of a struct that begins with dia_vibronic_input */

/* Makes parameters from the input, or reads the file it names. On failure *vibronic is zero. An abstract model has
 * vector == NULL and a molecule of dimension 1 with masses 1/w. */
DIA_MUST_USE dia_status dia_vibronic_input_read(const dia_vibronic_input *input, dia_vibronic *vibronic,
                                                dia_error *error);

#endif
