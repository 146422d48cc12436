/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a training on disk: HDF5, format "diabolo-training", written under a temporary name and renamed.
 * Internal to this version of the program. */
#ifndef DIA_TRAIN_CHECKPOINT_H
#define DIA_TRAIN_CHECKPOINT_H

#include "diabolo/base.h"

/* The course of a training, for learning curves: a row whenever the validation loss was computed. */
typedef struct dia_history {
    double *row; /* (n, DIA_NETWORK_HISTORY): stage, iterations done in it, training loss, validation loss; heap */
    size_t n, room;
} dia_history;

DIA_MUST_USE dia_status dia_history_add(dia_history *history, int stage, long iteration, double loss, double validation,
                                        dia_error *error);

typedef struct dia_checkpoint {
    int stage;
    long iteration;
    double loss, best_value;
    double *state; /* (state_size) of the optimiser, heap; owned by the caller */
    size_t state_size;
    dia_history history;  /* owned likewise */
    const char *symmetry; /* written: that which was found, as text; NULL: none; borrowed */
} dia_checkpoint;

double dia_checkpoint_clock(void); /* seconds, monotonic */
DIA_MUST_USE dia_status dia_checkpoint_write(const char *path, const char *digest, const dia_checkpoint *at, int ntheta,
                                             const double *theta, const double *best, dia_error *error);
/* *found: there is a checkpoint of this training (same digest). A checkpoint of another training is an error, whose
 * message says what to do. */
DIA_MUST_USE dia_status dia_checkpoint_read(const char *path, const char *digest, dia_checkpoint *at, int ntheta,
                                            double *theta, double *best, bool *found, dia_error *error);
/* The symmetry in the checkpoint of this training, heap; NULL: there is none. */
DIA_MUST_USE dia_status dia_checkpoint_symmetry(const char *path, const char *digest, char **text, dia_error *error);
/* Says before the message in `error` what to do about a checkpoint that cannot be gone on from; returns its status. */
dia_status dia_checkpoint_damaged(dia_error *error);
/* Is the model file at path the result of the training with this resolved input and data? A file that is not is an
 * error.
 */
DIA_MUST_USE dia_status dia_checkpoint_output_matches(const char *path, const char *text, const char *data_digest,
                                                      bool *matches, dia_error *error);

#endif
