/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What optimisers on shuffled batches share: one pass over the training points, the rate falling along a cosine. */
#ifndef DIA_TRAIN_EPOCH_H
#define DIA_TRAIN_EPOCH_H

#include "train/optimiser.h"

typedef struct dia_epoch {
    int epochs, batch;
    double rate, final_rate;
} dia_epoch;

/* Keys of such an optimiser whose self begins with a dia_epoch. */
#define DIA_EPOCH_OPTIONS(first_rate, last_rate)                                                                       \
    {.key = "epochs",                                                                                                  \
     .kind = DIA_OPTION_INT,                                                                                           \
     .offset = offsetof(dia_epoch, epochs),                                                                            \
     .fallback = "500",                                                                                                \
     .minimum = 1,                                                                                                     \
     .maximum = 1e9,                                                                                                   \
     .help = "passes over the training points"},                                                                       \
        {.key = "batch",                                                                                               \
         .kind = DIA_OPTION_INT,                                                                                       \
         .offset = offsetof(dia_epoch, batch),                                                                         \
         .fallback = "64",                                                                                             \
         .minimum = 1,                                                                                                 \
         .maximum = 1e9,                                                                                               \
         .help = "points of one step"},                                                                                \
        {.key = "rate",                                                                                                \
         .kind = DIA_OPTION_REAL,                                                                                      \
         .offset = offsetof(dia_epoch, rate),                                                                          \
         .fallback = first_rate,                                                                                       \
         .minimum = 1e-12,                                                                                             \
         .maximum = 1,                                                                                                 \
         .help = "size of a step at the start"},                                                                       \
    {                                                                                                                  \
        .key = "final_rate", .kind = DIA_OPTION_REAL, .offset = offsetof(dia_epoch, final_rate),                       \
        .fallback = last_rate, .minimum = 0, .maximum = 1, .help = "size of a step at the end, along a cosine"         \
    }

/* One step; `number` counts from 1 over all epochs. */
typedef dia_status dia_epoch_step(void *context, const dia_problem *p, long number, double rate,
                                  const double *gradient);

/* gradient (ntheta), order (npoint): work space. A batch whose loss is not finite takes no step. *loss: mean over the
 * epoch. */
dia_status dia_epoch_run(const dia_epoch *epoch, const dia_problem *p, long number, double *gradient, double *order,
                         dia_epoch_step *step, void *context, double *loss);

#endif
