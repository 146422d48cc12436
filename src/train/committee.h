/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training the members of a committee, one after the other, and putting them into one file. */
#ifndef DIA_TRAIN_COMMITTEE_H
#define DIA_TRAIN_COMMITTEE_H

#include "diabolo/train.h"
#include "train/training.h"

/* whole: opened from `input`, not a member. Each member is a training of its own, OUTPUT.memberK with a checkpoint, so that
 * the same command goes on where it stopped; at the end they are put into OUTPUT and removed. *page: their errors and
 * calibration on the validation points, heap. A member in which other surfaces cross than in its training points is trained again, at
 * most committee.again times, by the input `again` (NULL: by the same) from first weights; the best of its trainings is kept. */
DIA_MUST_USE dia_status dia_committee_train(const dia_training *whole, const dia_input *input, const dia_input *again,
                                            bool fresh, const dia_control *control, char **page, dia_error *error);
/* dia_train (diabolo/train.h) with such an input `again`, NULL: as dia_train. */
DIA_MUST_USE dia_status dia_train_again(const dia_input *input, const dia_input *again, bool fresh,
                                        const dia_control *control, dia_train_result *result, dia_error *error);
/* Of a committee that is complete: removes members that a kill between its writing and their removal left. */
void dia_committee_tidy(const dia_training *whole);

#endif
