/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an examination of a data set found, as text and as JSON. */
#ifndef DIA_CHECK_DATASET_PAGE_H
#define DIA_CHECK_DATASET_PAGE_H

#include "check/data/checkup.h"

typedef struct dia_dataset_page {
    const dia_checkup *x;
    const dia_checkup_line *line;
    const char *repaired; /* path of the copy that is written; NULL: none */
} dia_dataset_page;

void dia_dataset_page_text(const dia_dataset_page *page, FILE *out);
void dia_dataset_page_json(const dia_dataset_page *page, dia_json *json);

#endif
