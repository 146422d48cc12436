/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reading half of the format sharc. Private to src/convert. */
#ifndef DIA_CONVERT_SHARC_READ_H
#define DIA_CONVERT_SHARC_READ_H

#include "convert/import.h"

bool dia_sharc_recognise(const char *path);
DIA_MUST_USE dia_status dia_sharc_read(dia_import *import, dia_error *error);
/* The states of the multiplicity that was asked for, or of the first that has states, in SHARC's list of all: *first (from 0), *count. Said
 * once if there are others. multiplet (nmultiplet): states of multiplicity 1, 2, ... */
DIA_MUST_USE dia_status dia_sharc_choose(dia_import *import, const char *path, int nmultiplet, const int *multiplet,
                                         int *first, int *count, dia_error *error);
/* sharc_conditions.c: initconds.excited */
bool dia_sharc_is_conditions(const char *path);
DIA_MUST_USE dia_status dia_sharc_read_conditions(dia_import *import, const char *path, dia_error *error);

#endif
