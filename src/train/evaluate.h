/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model against labelled points, as dia_evaluate, for callers who want the numbers. */
#ifndef DIA_TRAIN_EVALUATE_H
#define DIA_TRAIN_EVALUATE_H

#include "diabolo/train.h"
#include "train/errors.h"

/* errors and topology at all labels of the data set at `path`; errors->data is NULL. DIA_ERROR_INPUT: it holds no labels. */
DIA_MUST_USE dia_status dia_evaluate_errors(const dia_model *model, const char *path, const dia_control *control,
                                            dia_errors *errors, dia_error *error);

#endif
