/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several networks in one model file, format "diabolo-model", type "committee": docs/model-file.md. models/committee.c
 * reads it. */
#ifndef DIA_MODEL_COMMITTEE_H
#define DIA_MODEL_COMMITTEE_H

#include "diabolo/model.h"
#include "model/calibration.h"

enum { DIA_COMMITTEE_MEMBERS = 64 }; /* at most */

typedef struct dia_committee_plan { /* what a file is made of; all borrowed, what may be missing NULL or 0 */
    int n;
    const char *const *members; /* (n) model files of networks; of a committee its members enter      */
    const int *trainings;       /* (n) of each of these networks, until this one was kept; NULL: not written */
    const char *distilled;      /* model file of a network taught by their adiabatic mean             */
    const char *training, *data_digest, *errors; /* as in dia_network_record */
    const dia_calibration *calibration;
} dia_committee_plan;

/* Writes PATH through a temporary file. DIA_ERROR_INPUT: a file that is no network, or too many of them. Do they fit
 * together? Whoever opens it finds out. */
DIA_MUST_USE dia_status dia_committee_write(const char *path, const dia_committee_plan *plan, dia_error *error);

/* The network whose numbers the model gives: a member, or the distilled one; of any other model itself. */
const dia_model *dia_model_flown(const dia_model *model);
/* How spreads of the members become limits of errors; NULL: no committee, or it was not calibrated. Borrowed. */
const dia_calibration *dia_model_calibration(const dia_model *model);

#endif
