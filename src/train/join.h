/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks into one committee file, calibrated at points that none of them was trained on. */
#ifndef DIA_TRAIN_JOIN_H
#define DIA_TRAIN_JOIN_H

#include "model/committee.h"
#include "dataset/dataset.h"

/* Writes the committee file of a plan without calibration; points (n) of data: those to calibrate on, 0: none. noise: as dia_calibrate. states: as
 * in the data. *page: heap; NULL if not calibrated. An intermediate file PATH.joining is removed. */
DIA_MUST_USE dia_status dia_join(const char *path, const dia_committee_plan *plan, const dia_dataset *data, int states,
                                 int n, const int *points, bool noise, const dia_control *control, char **page,
                                 dia_error *error);

#endif
