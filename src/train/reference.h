/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The label of one geometry turned onto a model's answer, for all who compare the two: weights, signs of the states,
 * rotations of nearly degenerate ones. */
#ifndef DIA_TRAIN_REFERENCE_H
#define DIA_TRAIN_REFERENCE_H

#include "train/loss.h"

#define DIA_LOSS_PACKED (DIA_DATASET_STATES * (DIA_DATASET_STATES + 1) / 2)

typedef struct dia_reference {
    const dia_loss *loss;
    int n, nc;
    const double *e;               /* (n) of the model, borrowed                                               */
    const double *F;               /* (npacked, nc) of the model: gradients and couplings, borrowed            */
    double *F0;                    /* (npacked, nc) of the label, turned onto the model; 0 if missing          */
    double H0[DIA_LOSS_PACKED];    /* reference energies after the rotation of blocks                          */
    double wE[DIA_DATASET_STATES]; /* weight of an energy; 0: missing                                          */
    double w[DIA_LOSS_PACKED];     /* weight of a component of a gradient or coupling; 0: missing              */
    int block[DIA_DATASET_STATES]; /* number of the block that a state belongs to                              */
} dia_reference;

/* Signs s (n), s_0 = 1, that maximise sum_{i<j} s_i s_j overlap_ij; overlap (npair). */
void dia_reference_signs(int n, const double *overlap, double *sign);
/* Doubles of work space. */
size_t dia_reference_work(int nstate, int ncart);
/* e (nstate), F (npacked, ncart) of the model. work is used until the last use of *reference. */
void dia_reference_make(dia_reference *reference, const dia_loss *loss, int nstate, int ncart, const double *e,
                        const double *F, const dia_label *label, double *work);
/* L of loss.h, without its limit for outliers. */
double dia_reference_misfit(const dia_reference *reference);
/* Are states i != j of one block that was rotated? Only a block with all its labels is. */
bool dia_reference_rotated(const dia_reference *reference, int i, int j);

#endif
