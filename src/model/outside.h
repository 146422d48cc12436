/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many of some geometries are outside the region of the model's training data, and why: one sentence for all who tell. */
#ifndef DIA_MODEL_OUTSIDE_H
#define DIA_MODEL_OUTSIDE_H

#include "diabolo/model.h"

/* Of n geometries R (n, ncart): how many are outside. novelty (n): of each; NULL: not wanted. control: its threads; is told how far it is (NULL:
 * all threads, nothing is told). text (size bytes): "3 of 20 WHAT (1, 5, 7; counted from 0) are outside ...; farthest is 5 (novelty 2.1, ...): why", "" if there are none. */
int dia_model_outside(const dia_model *model, int n, const double *R, const char *what, const dia_control *control,
                      double *novelty, size_t size, char *text);

#endif
