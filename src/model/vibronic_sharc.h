/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Private to the readers of SHARC's LVC.template: its states, and the matrices over all of them.
 *
 * All states: those of one multiplicity M stand M times, once for each component M_S = -S ... S; order: multiplicities, then
 * components, then states (SHARC manual, "state numbering"). */
#ifndef DIA_MODEL_VIBRONIC_SHARC_H
#define DIA_MODEL_VIBRONIC_SHARC_H

#include "model/vibronic.h"
#include "molecule/lines.h"

enum { DIA_SHARC_MULTIPLICITIES = 16 };

typedef struct dia_sharc_states {
    int nmult, count[DIA_SHARC_MULTIPLICITIES + 1]; /* states of multiplicity 1, 2, ... without their components */
    int kept; /* the multiplicity that is kept; or DIA_VIBRONIC_ALL, DIA_VIBRONIC_SPIN_FREE */
} dia_sharc_states;

/* All states of the file; those that are kept; the place of a kept one among all. */
int dia_sharc_all(const dia_sharc_states *states);
int dia_sharc_kept(const dia_sharc_states *states);
/* Components of a multiplicity that are kept, and the place of state s of component c among the kept ones. */
int dia_sharc_components(const dia_sharc_states *states, int multiplicity);
int dia_sharc_place(const dia_sharc_states *states, int multiplicity, int component, int s);

/* SOC, DMX, DMY, DMZ: real and imaginary parts over all states; NULL: not in the file. */
enum { DIA_SHARC_SOC, DIA_SHARC_DMX, DIA_SHARC_DMY, DIA_SHARC_DMZ, DIA_SHARC_MATRICES };
typedef struct dia_sharc_matrices {
    double *part[DIA_SHARC_MATRICES][2]; /* (all, all) owned */
} dia_sharc_matrices;

/* Reads the rows below the title "SOC R", of which the first word has been read. skipped: a matrix that is not needed; its rows are
 * left. */
DIA_MUST_USE dia_status dia_sharc_matrix_read(dia_sharc_matrices *matrices, int which, const dia_sharc_states *states,
                                              dia_lines *lines, bool *skipped, dia_error *error);
/* What the matrices say of the kept states -> constant terms and dipoles; and the spins of these states. */
DIA_MUST_USE dia_status dia_sharc_matrices_use(const dia_sharc_matrices *matrices, const dia_sharc_states *states,
                                               const char *path, dia_vibronic *out, dia_error *error);
void dia_sharc_matrices_free(dia_sharc_matrices *matrices);

#endif
