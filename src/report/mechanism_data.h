/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mechanism of a swarm (docs/mechanism.md, "The file") on its page. */
#ifndef DIA_REPORT_MECHANISM_DATA_H
#define DIA_REPORT_MECHANISM_DATA_H

#include "report/content.h"

/* Reads options->mechanism into content->mechanism, one JSON object (docs/report.md). DIA_ERROR_INPUT: another format,
 * or made from another swarm than the page. */
DIA_MUST_USE dia_status dia_mechanism_data_read(dia_content *content, dia_error *error);

#endif
