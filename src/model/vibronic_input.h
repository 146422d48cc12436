/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameters of a vibronic coupling model as an input gives them: see `diabolo info vibronic`. */
#ifndef DIA_MODEL_VIBRONIC_INPUT_H
#define DIA_MODEL_VIBRONIC_INPUT_H

#include "diabolo/extend.h"
#include "molecule/sharc_lvc.h"

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

/* Turns the input into parameters, or reads the file it names. On failure *vibronic is zero. An abstract model has
 * vector == NULL and a molecule of dimension 1 with masses 1/w. */
DIA_MUST_USE dia_status dia_vibronic_input_read(const dia_vibronic_input *input, dia_vibronic *vibronic,
                                                dia_error *error);

#endif
