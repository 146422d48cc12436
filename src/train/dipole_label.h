/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reference dipoles beside the adiabatic states of a frozen H.
 *
 * The signs of the states at a point of the data are arbitrary, jointly for couplings and dipoles. They are those with the largest
 * overlap with the model, of couplings (which a frozen H fixes once for all) and of the dipoles predicted so far together.
 * States that are nearly degenerate in the data are arbitrary up to a rotation among them: the label is there in several turned
 * versions, of which the same overlap takes one. */
#ifndef DIA_TRAIN_DIPOLE_LABEL_H
#define DIA_TRAIN_DIPOLE_LABEL_H

#include "model/dipoles.h"
#include "train/objective.h"

enum { DIA_DIPOLE_ANGLES = 24 }; /* of a turn by pi */

typedef struct dia_dipole_labels {
    int nrow, nstate, npacked, npair;
    int *point;      /* (nrow) number in the data                                                            owned */
    double *U;       /* (nrow, nstate, nstate) states of the model, columns                                  owned */
    double *weight;  /* (nrow, npacked) of the squared deviation of an element; 0: missing                   owned */
    int *first;      /* (nrow + 1) first version of each row                                                 owned */
    double *fixed;   /* (nversion) overlap that no sign changes                                              owned */
    double *overlap; /* (nversion, npair) of couplings, pair (i < j) at j(j-1)/2 + i                         owned */
    double *mu;      /* (nversion, npacked, 3) e bohr, missing ones 0                                        owned */
} dia_dipole_labels;

/* Of the points (n) that have any, permanent ones seen from the centre of the form; states from `fitted` on weigh `surplus` times as
 * much; states closer than `degenerate` (hartree) are turned. */
DIA_MUST_USE dia_status dia_dipole_labels_make(dia_dipole_labels *labels, dia_objective *objective, int n,
                                               const int *points, const dia_dipoles *form, int fitted, double surplus,
                                               double degenerate, dia_error *error);
void dia_dipole_labels_free(dia_dipole_labels *labels);
/* Which version and which signs of a row go with adiabatic dipoles of the model, mu (npacked, 3); NULL: couplings alone decide. */
int dia_dipole_labels_choose(const dia_dipole_labels *labels, int row, const double *mu);
/* Whether that is a choice of this row. */
bool dia_dipole_labels_valid(const dia_dipole_labels *labels, int row, double choice);
/* The label of a row of that choice, into turned (npacked, 3). */
void dia_dipole_labels_turn(const dia_dipole_labels *labels, int row, int choice, double *turned);

#endif
