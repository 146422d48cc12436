/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The intersections of a model (docs/intersections-file.md) on the page of a swarm. */
#ifndef DIA_REPORT_CATALOGUE_DATA_H
#define DIA_REPORT_CATALOGUE_DATA_H

#include <stdio.h>

#include "report/content.h"

/* Reads options->intersections into content->intersections. DIA_ERROR_INPUT if it is of another molecule; of another
 * model of the same molecule: content->other_model, which the page says. */
DIA_MUST_USE dia_status dia_catalogue_data_read(dia_content *content, dia_error *error);
/* One JSON object, positions in Angstrom (of a model system: as they are), all else in atomic units. */
void dia_catalogue_data_write(const dia_content *content, FILE *out);

#endif
