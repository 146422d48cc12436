/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `diabolo intersect` says of the points it found: a page of text, one JSON object, an extended XYZ file. */
#ifndef DIA_CLI_INTERSECT_REPORT_H
#define DIA_CLI_INTERSECT_REPORT_H

#include <stdio.h>

#include "base/json.h"
#include "intersect/catalogue.h"
#include "intersect/survey.h"

typedef struct intersect_result { /* borrowed */
    const dia_catalogue *catalogue;
    const dia_survey *survey; /* its endings alone are looked at */
    const char *model_type, *path;
} intersect_result;

void intersect_write_text(const intersect_result *result, FILE *out);
/* Keys of an object that is open; the caller closes it. */
void intersect_write_json(const intersect_result *result, dia_json *json);
/* One frame a point; g, h, s in eV/Angstrom, x and y as columns. Molecules only. */
DIA_MUST_USE dia_status intersect_write_xyz(const dia_catalogue *catalogue, const char *path, dia_error *error);

#endif
