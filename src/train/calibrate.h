/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From spreads and errors at points that no member was trained on to limits of errors (model/calibration.h), and how well
 * such limits hold at other points. */
#ifndef DIA_TRAIN_CALIBRATE_H
#define DIA_TRAIN_CALIBRATE_H

#include <stdio.h>

#include "base/json.h"
#include "train/spread.h"

/* spread[DIA_CALIBRATED] with errors. noise: the floor is found, too, as the one for which the limits hold alike for each fifth of
 * the labels by spread; the error where members agree, factor times floor, is then a noise level (dia_calibration_noise). */
DIA_MUST_USE dia_status dia_calibrate(dia_calibration *calibration, const dia_spread *spread, bool noise,
                                      dia_error *error);

enum { DIA_COVERAGE_ROWS = DIA_CALIBRATION_GAPS + 1, DIA_COVERAGE_BINS = 5 };
typedef struct dia_coverage {  /* of one quantity; rows: classes of the gap, the last all of them */
    long n[DIA_COVERAGE_ROWS]; /* errors, of all members */
    double within[DIA_COVERAGE_ROWS][DIA_CALIBRATION_LEVELS]; /* share of them within the limits       */
    double raw[DIA_COVERAGE_ROWS];      /* share within the spread as it is                       */
    double expected[DIA_COVERAGE_ROWS]; /* mean calibrated sigma                                  */
    double observed[DIA_COVERAGE_ROWS]; /* 68 % of the errors are at most this                    */
    double bin_expected[DIA_COVERAGE_BINS],
        bin_observed[DIA_COVERAGE_BINS]; /* of a fifth of them each, by expected error */
} dia_coverage;

/* coverage[DIA_CALIBRATED]; calibration NULL: spreads as they are. */
DIA_MUST_USE dia_status dia_coverage_measure(dia_coverage *coverage, const dia_calibration *calibration,
                                             const dia_spread *spread, dia_error *error);
void dia_coverage_table(const dia_coverage *coverage, const dia_calibration *calibration, FILE *out);
/* The list `quantities` into the object that is open. */
void dia_coverage_json(const dia_coverage *coverage, const dia_calibration *calibration, dia_json *json);

#endif
