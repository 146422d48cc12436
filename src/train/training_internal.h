/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a training: built by training_open.c, run by training.c. */
#ifndef DIA_TRAIN_TRAINING_INTERNAL_H
#define DIA_TRAIN_TRAINING_INTERNAL_H

#include "train/settings.h"
#include "train/training.h"

struct dia_training {
    dia_training_settings settings;
    dia_config *config; /* borrowed */
    dia_dataset data;
    int *train, *validation, ntrain, nvalidation;
    dia_model *model;
    dia_network *network;         /* inside the model */
    char *text;                   /* resolved input   */
    char digest[DIA_DIGEST_SIZE]; /* of the resolved input and the data */
    char *output, *checkpoint;
    double *best; /* (ntheta) parameters of the lowest validation loss */
    double best_value;
    dia_errors errors[2]; /* training, validation */
};

#endif
