/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mechanism of a swarm (docs/mechanism.md, "The file") on its page. */
#ifndef DIA_REPORT_MECHANISM_DATA_H
#define DIA_REPORT_MECHANISM_DATA_H

#include "report/content.h"

void dia_mechanism_data_write(const dia_content *content, FILE *out);

#endif
