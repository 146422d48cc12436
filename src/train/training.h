/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training of a network from an input: data, network, loss, stages of optimisers one after the other. Resumable after a
 * kill, bitwise: the checkpoint OUTPUT.checkpoint holds parameters and the optimiser's state and is written under a
 * temporary name and renamed. The result does not depend on the number of threads. Read by training_open.c,
 * run by training.c. */
#ifndef DIA_TRAIN_TRAINING_H
#define DIA_TRAIN_TRAINING_H

#include "train/dipole_errors.h"
#include "train/errors.h"
#include "train/settings.h"
#include "train/topology.h"

extern const dia_option dia_training_options[]; /* the whole input, for help and templates */
extern const dia_option dia_stage_options[];    /* keys of every stage, beside those of its optimiser */

typedef struct dia_training {
    dia_training_settings settings;
    dia_config *config; /* owned */
    dia_dataset data;
    int *train, *validation, ntrain, nvalidation;
    dia_model *model;
    dia_network *network;         /* inside the model */
    dia_model *start;             /* that the training goes on from; owned; NULL: from first weights */
    int member;                   /* of a committee, from 0; -1: the only network, or all  */
    int attempt;                  /* its trainings before this one                         */
    int fold;                     /* the part of the data that it does not see; -1: none   */
    uint64_t order;               /* seed of the order in which training points are taken  */
    char *text;                   /* resolved input   */
    char digest[DIA_DIGEST_SIZE]; /* of the resolved input and the data */
    char *output, *checkpoint;    /* paths */
    char *partial;                /* path of the best model so far, beside the checkpoint */
    char *found; /* the symmetry that was found by signs.h, as an input may have it; NULL: none was missing */
    dia_config *found_config; /* its lists; owned */
    double *best;             /* (ntheta) parameters of the lowest validation loss */
    double best_value;
    dia_named named;      /* intersections that the input names; R owned */
    dia_errors errors[2]; /* training, validation; after a run */
    dia_dipole_errors dipoles[2];
} dia_training;

/* Reads the input (all mistakes at once), loads the data (and reports what they hold). Call dia_training_close on
 * *training whatever the status. */
DIA_MUST_USE dia_status dia_training_open(dia_training *training, const dia_input *input, const dia_control *control,
                                          dia_error *error);
void dia_training_close(dia_training *training);
/* The parts of the data for committee.calibrate: fold (npoint) of each point, -1: it always trains, or has no energy. */
DIA_MUST_USE dia_status dia_training_folds(const dia_training *training, int *fold, dia_error *error);
/* Takes points away that are near copies of training points: they say nothing of points unlike those. */
DIA_MUST_USE dia_status dia_training_part(const dia_training *training, int ntrain, const int *train, int *n,
                                          int *points, dia_error *error);
/* Makes it the training of member k of the committee that the input asks for: other first weights, other training points,
 * OUTPUT.memberK for its model. fold: without that part of the data, OUTPUT.foldF.memberK; -1: with all. attempt > 0: once more, from
 * first weights that no other training of the committee has, not from network.start, to OUTPUT.memberK.againA. */
DIA_MUST_USE dia_status dia_training_member(dia_training *training, int k, int fold, int attempt, dia_error *error);
/* OUTPUT.memberK, OUTPUT.foldF.memberK.againA, ...; heap, NULL: no memory. */
char *dia_training_member_path(const char *output, int k, int fold, int attempt);
/* Does OUTPUT exist, made from this same input and data? *complete is the answer; an output of another training is an
 * error. */
DIA_MUST_USE dia_status dia_training_complete(const dia_training *training, bool *complete, dia_error *error);
/* Finds the symmetry where the input asks for it (or takes it from the checkpoint), builds the network. */
DIA_MUST_USE dia_status dia_training_prepare(dia_training *training, const dia_control *control, dia_error *error);
/* Runs, or resumes from the checkpoint, with which OUTPUT.best, the best model so far, is written; at the end writes the model of the lowest validation loss and removes
 * both. DIA_ERROR_INTERRUPTED if stopped: the checkpoint is written. */
DIA_MUST_USE dia_status dia_training_run(dia_training *training, const dia_control *control, dia_error *error);

/* For signs.c: a molecule of the data, whose reference geometry is the point of the lowest S0 energy; the generators of the
 * text `found` become those of the settings; makes the model of the settings, with its first parameters, and frees it. */
DIA_MUST_USE dia_status dia_training_molecule(const dia_training *training, dia_molecule *molecule, dia_error *error);
DIA_MUST_USE dia_status dia_training_take_found(dia_training *training, dia_error *error);
DIA_MUST_USE dia_status dia_training_build(dia_training *training, dia_error *error);
/* Which of the first weights of network.seed: those of start number `start` of this member. */
uint64_t dia_training_start(const dia_training *training, int start);
void dia_training_unbuild(dia_training *training);
/* Notes and warnings about features, baseline and what the data do not teach; the last are noted in the network too. */
DIA_MUST_USE dia_status dia_training_tell(dia_training *training, const dia_control *control, dia_error *error);
/* Checks what would be overwritten, then does what is not done yet: *complete if that was nothing. An input that asks for a
 * committee is not for this. */
DIA_MUST_USE dia_status dia_training_do(dia_training *training, bool fresh, const dia_control *control, bool *complete,
                                        dia_error *error);
/* The loss with the weights of a stage; stage NULL: the input's own. */
dia_loss dia_training_loss(const dia_training *training, const struct dia_stage *stage);

#endif
