/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scans, interpolations, seams, loops and descents of an input of `diabolo intersect`: checked before the searches,
 * done after them, for they begin at the points that were found. A task that fails is told and noted in the file; it
 * harms nothing else. */
#ifndef DIA_CLI_INTERSECT_TASKS_H
#define DIA_CLI_INTERSECT_TASKS_H

#include <stdio.h>

#include "base/json.h"
#include "cli/intersect_input.h"
#include "intersect/catalogue.h"

/* Notes every mistake that can be seen before the points are known in the configuration. */
dia_status intersect_tasks_check(intersect_plan *plan, dia_error *error);
/* Does them all and writes a group each, with the attribute `summary` (text) and, if it failed, the dataset `failed`
 * (why). */
DIA_MUST_USE dia_status intersect_tasks_run(const intersect_plan *plan, const dia_catalogue *catalogue, bool quiet,
                                            dia_store *store, dia_error *error);
/* The summaries from the file, as text or as the array "tasks"; *failed: how many did. */
DIA_MUST_USE dia_status intersect_tasks_tell(const intersect_plan *plan, const dia_store *store, FILE *out,
                                             dia_json *json, int *failed, dia_error *error);

#endif
