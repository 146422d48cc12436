/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the writer and the reader of the file share: columns of the table of the census. */
#ifndef DIA_ANALYSE_MECHANISM_LAYOUT_H
#define DIA_ANALYSE_MECHANISM_LAYOUT_H

#include "analyse/mechanism/census.h"

typedef struct dia_census_column { /* /census/table/NAME (rows, 2, width), or (rows, 2) for width 1 */
    const char *name, *unit;
    size_t offset; /* in dia_census_group */
    int width;     /* doubles             */
} dia_census_column;

extern const dia_census_column dia_census_columns[]; /* ends with name == NULL */

#endif
