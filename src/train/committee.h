/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training the members of a committee, one after the other, and putting them into one file. */
#ifndef DIA_TRAIN_COMMITTEE_H
#define DIA_TRAIN_COMMITTEE_H

#include "train/training.h"

/* whole: opened from `input`, not a member. Each member is a training of its own, OUTPUT.memberK with a checkpoint, so that
 * the same command goes on where it stopped; at the end they are put into OUTPUT and removed. *page: their errors and
 * calibration on the validation points, heap. */
DIA_MUST_USE dia_status dia_committee_train(const dia_training *whole, const dia_input *input, bool fresh,
                                            const dia_control *control, char **page, dia_error *error);
/* Of a committee that is complete: removes members that a kill between its writing and their removal left. */
void dia_committee_tidy(const dia_training *whole);

#endif
