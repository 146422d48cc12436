/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a look at the numbers of a data set finds: placeholders, contradictions, other conventions. Each test of the
 * table in examine.c writes what it found into `notes`, a sentence a line, and may mark labels as missing (NaN). */
#ifndef DIA_TRAIN_EXAMINE_H
#define DIA_TRAIN_EXAMINE_H

#include "train/dataset.h"

DIA_MUST_USE dia_status dia_dataset_examine(dia_dataset *data, FILE *notes, dia_error *error);

#endif
