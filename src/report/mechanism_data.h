/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mechanism of a swarm (docs/mechanism.md, "The file") on its page. */
#ifndef DIA_REPORT_MECHANISM_DATA_H
#define DIA_REPORT_MECHANISM_DATA_H

#include "base/json.h"
#include "report/content.h"

void dia_mechanism_data_write(const dia_content *content, FILE *out);
/* Modes, components and clusters, as items of the object that is open. */
void dia_motion_data_write(const dia_content *content, dia_json *json);

#endif
