/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What optimisers with shuffled batches share: one pass over the training points, with a learning rate that falls along
 * a cosine. */
#ifndef DIA_TRAIN_EPOCH_H
#define DIA_TRAIN_EPOCH_H

#include "train/optimiser.h"

typedef struct dia_epoch {
    int epochs, batch, warmup;
    double rate, final_rate, decay;
} dia_epoch;

/* Keys of such an optimiser whose self begins with a dia_epoch. */
#define DIA_EPOCH_OPTIONS(first_rate, last_rate)                                                                       \
    DIA_INT(dia_epoch, epochs, "500", "passes over the training points", DIA_RANGE(1, 1e9)),                           \
        DIA_INT(dia_epoch, batch, "64", "points of one step", DIA_RANGE(1, 1e9)),                                      \
        DIA_INT(dia_epoch, warmup, "0", "steps at the start over which the size of a step rises from zero",            \
                DIA_RANGE(0, 1e9)),                                                                                    \
        DIA_REAL(dia_epoch, rate, DIA_PURE, first_rate, "size of a step at the start", DIA_RANGE(1e-12, 1)),           \
        DIA_REAL(dia_epoch, final_rate, DIA_PURE, last_rate, "size of a step at the end, along a cosine",              \
                 DIA_RANGE(0, 1)),                                                                                     \
        DIA_REAL(dia_epoch, decay, DIA_PURE, "0",                                                                      \
                 "weights shrink by rate * decay at each step, which keeps the network smooth where there are no "     \
                 "data",                                                                                               \
                 DIA_RANGE(0, 10))

/* One step; `number` counts from 1 over all epochs. */
typedef dia_status dia_epoch_step(void *context, const dia_problem *p, long number, double rate,
                                  const double *gradient);

/* gradient (ntheta), order (npoint): work space. A batch whose loss is not finite takes no step. *loss: mean over the
 * epoch. */
dia_status dia_epoch_run(const dia_epoch *epoch, const dia_problem *p, long number, double *gradient, double *order,
                         dia_epoch_step *step, void *context, double *loss);

#endif
