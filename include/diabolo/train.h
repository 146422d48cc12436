/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training from a program: what `diabolo train INPUT` does, without its talk. Inputs and choices: docs/training.md. */
#ifndef DIABOLO_TRAIN_H
#define DIABOLO_TRAIN_H

#include "diabolo/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a training is; handed to dia_train_progress after each epoch or iteration. */
typedef struct dia_train_state {
    int stage, nstage;
    long iteration, length; /* of the stage                                              */
    double done;            /* fraction of the whole, 0..1                               */
    double loss;            /* mean over the training points, as weighted in the input   */
    double validation;      /* the same over the validation points; NaN: not looked at now */
} dia_train_state;

/* Return false to stop: dia_train then writes a checkpoint and returns DIA_ERROR_INTERRUPTED. */
typedef bool dia_train_progress(void *context, const dia_train_state *state);

/* Trains the network that the YAML file `input` describes and writes its model file: `output`, or what the input says
 * (NULL). Goes on from OUTPUT.checkpoint if there is one of this very input and data; the result is bitwise the same
 * for any number of threads (0: all) and after any interruption. An existing model file of another training is not
 * overwritten (DIA_ERROR_INPUT). progress may be NULL. */
DIA_API DIA_MUST_USE dia_status dia_train(const char *input, const char *output, int threads,
                                          dia_train_progress *progress, void *context, dia_error *error);

#ifdef __cplusplus
}
#endif
#endif
