/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training of a network from an input: data, network, loss, stages of optimisers one after the other. Resumable after a
 * kill, bitwise: the checkpoint OUTPUT.checkpoint holds parameters and the optimiser's state and is written aside and
 * renamed. The same numbers come out for any number of threads. */
#ifndef DIA_TRAIN_TRAINING_H
#define DIA_TRAIN_TRAINING_H

#include "base/config.h"
#include "train/errors.h"

typedef struct dia_training dia_training;

extern const dia_option dia_training_options[]; /* the whole input, for help and templates */

typedef struct dia_training_progress {
    int stage, nstage;
    const char *optimiser;
    long iteration, length;        /* of the stage                      */
    double done;                   /* fraction of the whole, 0..1       */
    double loss, validation, best; /* validation: NaN if not computed at this moment */
} dia_training_progress;

typedef struct dia_training_control {
    int threads;
    bool (*stop)(void *context); /* asked after every advance; NULL: never */
    void (*progress)(void *context, const dia_training_progress *progress);
    void *context;
} dia_training_control;

/* Reads the input (all mistakes at once), loads the data, builds the network. config is borrowed and must outlive the
 * training. */
DIA_MUST_USE dia_status dia_training_open(dia_training **training, dia_config *config, const char *output,
                                          dia_error *error);
void dia_training_close(dia_training *training);
const char *dia_training_output(const dia_training *training);     /* path of the model file, absolute       */
const char *dia_training_checkpoint(const dia_training *training); /* path of the checkpoint                 */
int dia_training_size(const dia_training *training, int *ntrain, int *nvalidation, int *nimage); /* returns ntheta */
/* Does OUTPUT exist and come from this very input and data? DIA_OK: *complete says; an output of another training is an
 * error. */
DIA_MUST_USE dia_status dia_training_complete(const dia_training *training, bool *complete, dia_error *error);
/* Runs, or goes on from the checkpoint; at the end writes the model of the lowest validation loss and removes the
 * checkpoint. DIA_ERROR_INTERRUPTED if stopped: the checkpoint is written. */
DIA_MUST_USE dia_status dia_training_run(dia_training *training, const dia_training_control *control, dia_error *error);
/* Errors on the validation points (the training points if there are none) and on the training points, after a run. */
const dia_errors *dia_training_errors(const dia_training *training, bool of_validation);

#endif
