/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks into one committee file, calibrated at points that none of them was trained on. */
#ifndef DIA_TRAIN_JOIN_H
#define DIA_TRAIN_JOIN_H

#include "model/committee.h"
#include "dataset/dataset.h"
#include "train/spread.h"

/* Writes the committee file of a plan without calibration; points (n) of data: those to calibrate on, 0: none. noise: as dia_calibrate. states: as
 * in the data. *page: heap; NULL if not calibrated. An intermediate file PATH.joining is removed. */
DIA_MUST_USE dia_status dia_join(const char *path, const dia_committee_plan *plan, const dia_dataset *data, int states,
                                 int n, const int *points, bool noise, const dia_control *control, char **page,
                                 dia_error *error);

/* Of the committee of a plan: do its networks fit together, and what they disagree in and miss at n points of data; all zero for none. An
 * intermediate file PATH.joining is removed. dia_spread_free whatever the status. */
DIA_MUST_USE dia_status dia_join_measure(dia_spread *spread, const char *path, const dia_committee_plan *plan,
                                         const dia_dataset *data, int states, int n, const int *points,
                                         const dia_control *control, dia_error *error);
/* Writes the committee file with the limits found from what members disagreed in and missed at points that they had not seen: spread[DIA_CALIBRATED] with errors. */
DIA_MUST_USE dia_status dia_join_calibrated(const char *path, const dia_committee_plan *plan, const dia_spread *spread,
                                            bool noise, char **page, dia_error *error);

#endif
