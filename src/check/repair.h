/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cleaned copy of a data set that was examined. */
#ifndef DIA_CHECK_REPAIR_H
#define DIA_CHECK_REPAIR_H

#include "check/data/checkup.h"

/* Before the work: may the copy be written there? An existing file is only replaced if it is a copy of this command. */
DIA_MUST_USE dia_status dia_repair_check(const char *original, const char *path, dia_error *error);
/* Does any point stay? */
bool dia_repair_leaves(const dia_checkup *x);
/* Writes what the tests left, without the points that were dropped, in atomic units; attributes `repaired` (what was done, a line each) and
 * `repaired_from` (SHA-256 of the original). The working copy is used up: its points are moved together. */
DIA_MUST_USE dia_status dia_repair_write(dia_checkup *x, const char *path, dia_error *error);

#endif
