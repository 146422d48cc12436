/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters of a vibronic coupling model (models/vibronic.c), read from an input (vibronic_input.c, see `diabolo info
 * vibronic`), or SHARC's LVC.template and V0.txt (vibronic_sharc.c; Plasser, Gomez, Menger, Mai, Gonzalez, PCCP 21, 57
 * (2019), DOI 10.1039/C8CP05662E; SHARC manual, "LVC interface").
 *
 *   H_ij(Q) = [V0(Q)] delta_ij + sum of terms + powers + Morse potentials + baths,   V0 = sum_m w_m Q_m^2 / 2,
 *   Q_m = sqrt(w_m) sum_c K_mc sqrt(M_c) (r_c - r_c^ref)
 *
 * A term adds value * (1 | Q_m | Q_m Q_k) to H_ij = H_ji (or i times it to H_ij and -i times it to H_ji). Quadratic terms are SHARC's gamma: no factor 1/2, and
 * (m,k) does not include (k,m). */
#ifndef DIA_MODEL_VIBRONIC_H
#define DIA_MODEL_VIBRONIC_H

#include "diabolo/extend.h"
#include "molecule/align.h"

typedef struct dia_vibronic_term {
    int i, j;       /* states, i >= j                                    */
    int m, k;       /* modes; k == -1: linear; m == k == -1: constant    */
    double value;   /* hartree                                           */
    bool imaginary; /* of Im H_ij, i > j                               */
} dia_vibronic_term;

typedef struct dia_vibronic_power { /* H_ij += value Q_m^p */
    int i, j, m, p;
    double value; /* hartree */
} dia_vibronic_power;

typedef struct dia_vibronic_morse { /* H_ii += depth (exp(exponent (Q_m - centre)) - 1)^2 + offset */
    int i, m;
    double depth, exponent, centre, offset;
} dia_vibronic_morse;

/* Ways to divide a bath into modes, m = 1 to N; with coupling 1 it adds sum_m c_m x_m to H, x = Q/sqrt(w), c = w sqrt(2
 * reorganisation/N) (Ohmic: N + 1), so that reorganisation = sum_m c_m^2/(2 w_m^2):
 *   Debye: J(w) = 2 reorganisation w wc/(w^2 + wc^2), w_m = wc tan(pi (m - 1/2)/(2 N)), all modes equally strong, as in
 *          J. E. Runeson, D. E. Manolopoulos, J. Chem. Phys. 159, 094115 (2023);
 *   Ohmic: J(w) = pi (reorganisation/wc) w exp(-w/wc), w_m = -wc ln(1 - m/(N + 1)), as in X. He, J. Liu, J. Chem. Phys.
 *          151, 024105 (2019), after NQCModels.jl. */
enum { DIA_BATH_DEBYE, DIA_BATH_OHMIC };
#define DIA_BATH_DENSITIES "debye|ohmic"

typedef struct dia_vibronic_dipole { /* mu_ij = mu_ji += vector (1 | Q_m), seen in the reference's orientation */
    int i, j, m;                     /* m == -1: constant */
    double vector[3];                /* e bohr            */
    bool imaginary;                  /* of Im mu_ij, i > j */
} dia_vibronic_dipole;

typedef struct dia_vibronic_bath {
    int density;                   /* DIA_BATH_DEBYE, DIA_BATH_OHMIC                                     */
    double reorganisation, cutoff; /* hartree                                                            */
    int first, nmode;              /* its modes among those of the model                                 */
    const double *coupling;        /* (nstate): H_ii += coupling_i sum_m c_m x_m                borrowed */
} dia_vibronic_bath;

typedef struct dia_vibronic {
    dia_molecule molecule; /* owned; the reference geometry is r^ref                         */
    int nstate, nmode, nterm;
    double *frequency;       /* (nmode) hartree, > 0                                   owned */
    double *vector;          /* (nmode, ncart): K, mass-weighted, orthonormal          owned */
    dia_vibronic_term *term; /* (nterm)                                                owned */
    char *reference_path;    /* of the V0.txt that was read; NULL: none                owned */
    int npower, nmorse, nbath, ndipole;
    dia_vibronic_dipole *dipole; /* (ndipole)                                          owned */
    dia_vibronic_power *power;   /* (npower)                                             owned */
    dia_vibronic_morse *morse;   /* (nmorse)                                             owned */
    dia_vibronic_bath *bath;     /* (nbath)                                              owned */
    double *bath_coupling;       /* (nbath, nstate)                                      owned */
    int *multiplicity;           /* (2, nstate): 2S+1, then 2 M_S; NULL: not said                  owned */
} dia_vibronic;

/* What evaluation needs (vibronic_core.h); the first member of every self that is a vibronic coupling model. */
typedef struct dia_vibronic_core {
    int nstate, npacked, nmode, natom, ncart, nlinear, nterm, npower, nmorse, nbath, ndipole;
    bool molecular;
    double *frequency;           /* (nmode)                                                      owned */
    double *direction;           /* (nmode, ncart): sqrt(w_m M_c) K_mc; NULL without a molecule  owned */
    double *vector;              /* (nmode, ncart): K; NULL without a molecule                   owned */
    double *constant;            /* (npacked)                                                    owned */
    dia_vibronic_term *term;     /* (nterm): nlinear linear ones, then the quadratic ones        owned */
    dia_vibronic_power *power;   /* (npower)                                                     owned */
    dia_vibronic_morse *morse;   /* (nmorse)                                                     owned */
    dia_vibronic_bath *bath;     /* (nbath)                                                      owned */
    double *bath_coupling;       /* (nbath, nstate)                                              owned */
    dia_vibronic_dipole *dipole; /* (ndipole)                                                  owned */
    int *multiplicity;           /* (2, nstate): 2S+1, then 2 M_S; NULL: not said                owned */
    dia_alignment alignment;
} dia_vibronic_core;

/* The baths of a model, *n of them, and the rest of H at Q = 0 by dia_model_hamiltonian: what theories of open systems start
 * from. NULL: it is no vibronic coupling model, or has modes that belong to no bath. Borrowed. */
const dia_vibronic_bath *dia_vibronic_baths(const dia_model *model, int *n);

void dia_vibronic_free(dia_vibronic *vibronic);

/* The vectors of a molecule's modes must be orthonormal within 1e-3: published modes carry few digits; modes that are not
 * mass-weighted miss by far more. */
DIA_MUST_USE dia_status dia_vibronic_check(const dia_vibronic *vibronic, dia_error *error);

enum { DIA_VIBRONIC_ALL = -1, DIA_VIBRONIC_SPIN_FREE = -2 }; /* in place of a multiplicity, as the words of the key */
#define DIA_VIBRONIC_WORDS "all|spin_free"

/* ---- SHARC ----------------------------------------------------------------------------------- */

/* Reads `path` (LVC.template) and the V0.txt it names (relative to its folder; $VARIABLES expanded): the states of one
 * multiplicity, 1 = singlet, without spin components, and their dipoles; or all states with their components in SHARC's
 * order, dipoles, and the couplings SOC and lambda_soc; or the states of all multiplicities once, without that coupling. Multipoles are not read. Atomic units, unless a title
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

typedef struct dia_vibronic_spin_orbit_input { /* <first|H|second> += real + i imaginary, or that times Q */
    dia_list states;                           /* int, 2            */
    dia_list components;                       /* double, 2: M_S; none without multiplicities */
    dia_list modes;                            /* const char *      */
    double real, imaginary;
} dia_vibronic_spin_orbit_input;

typedef struct dia_vibronic_power_input {
    dia_list states; /* int, 2 */
    const char *mode;
    int power;
    double value;
} dia_vibronic_power_input;

typedef struct dia_vibronic_morse_input {
    int state;
    const char *mode;
    double depth, exponent, centre, offset;
} dia_vibronic_morse_input;

typedef struct dia_vibronic_bath_input {
    int density, modes;
    double reorganisation, cutoff;
    dia_list coupling; /* double, (nstate) */
} dia_vibronic_bath_input;

typedef struct dia_vibronic_dipole_input {
    dia_list states; /* int, 2    */
    dia_list vector; /* double, 3 */
    const char *mode;
} dia_vibronic_dipole_input;

typedef struct dia_vibronic_input {
    dia_vibronic_core core; /* made by `open` */
    const char *template;   /* SHARC's LVC.template */
    int multiplicity;       /* or DIA_VIBRONIC_ALL, ... */
    dia_vibronic_molecule_input molecule;
    dia_list epsilon;              /* double, (nstate)             */
    dia_list modes;                /* dia_vibronic_mode_input      */
    dia_list eta, lambda, gamma;   /* dia_vibronic_coupling_input */
    dia_list powers, morse, baths; /* dia_vibronic_power_input, ... */
    dia_list dipoles;              /* dia_vibronic_dipole_input    */
    dia_list multiplicities;       /* int, one a state of epsilon; none: not said */
    dia_list soc, lambda_soc;      /* dia_vibronic_spin_orbit_input */
} dia_vibronic_input;

extern const dia_option dia_vibronic_options[]; /* of a dia_vibronic_input */

/* Makes parameters from the input, or reads the file it names. On failure *vibronic is zero. An abstract model has
 * vector == NULL and a molecule of dimension 1 with masses 1/w. */
DIA_MUST_USE dia_status dia_vibronic_input_read(const dia_vibronic_input *input, dia_vibronic *vibronic,
                                                dia_error *error);

#endif
