/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a look at the numbers of a data set finds, written into `notes`, a sentence a line: placeholders, which become missing (NaN), and what the brief
 * tests of the doctor (check/data) are sure of. */
#ifndef DIA_DATASET_EXAMINE_H
#define DIA_DATASET_EXAMINE_H

#include "dataset/dataset.h"

DIA_MUST_USE dia_status dia_dataset_examine(dia_dataset *data, int threads, FILE *notes, dia_error *error);

#endif
