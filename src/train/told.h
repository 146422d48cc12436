/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signs that the data tell without any training. Where a geometry is its own image under an operation the coupling of two
 * states says whether they are alike under it (characters.h). Signs of all generators are right together if the states of
 * every such geometry can be diabats with these signs; a state from above that has come among the lowest makes exceptions. */
#ifndef DIA_TRAIN_TOLD_H
#define DIA_TRAIN_TOLD_H

#include "train/training.h"

typedef struct dia_told {
    int points;    /* that tell something                                                               */
    int preferred; /* the pattern that explains most of them, and of those in the order of the energies most */
    bool ruled[1 << (DIA_DATASET_STATES - 1)]; /* by pattern: it is contradicted                           */
} dia_told;

/* Of the generators `all` (n) the first `known` have signs, the next is asked about, the others have none yet. Pattern v of its
 * signs: sign k is -1 where bit k-1 of v is set. Contradicted is one that even with the best signs of the others fails at more than
 * a tenth of the points, at five, and at three times as many as the best pattern, or with which there is no representation of
 * the group. (With surplus diabats a few points of an intruding state would else speak for signs that allow more.) Nothing is, if
 * fewer than five points tell something or more than a tenth of them contradict every pattern. */
DIA_MUST_USE dia_status dia_told_signs(dia_told *told, const dia_training *t, const dia_generator *all, int n,
                                       int known, dia_error *error);

#endif
