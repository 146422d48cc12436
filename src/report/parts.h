/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files the page is made of, inside the program: cmake/Report.cmake turns them into C. */
#ifndef DIA_REPORT_PARTS_H
#define DIA_REPORT_PARTS_H

#include <stddef.h>

typedef struct dia_report_part {
    const char *name; /* "page.css", "3dmol.js", "licence uplot" */
    const unsigned char *byte;
    size_t size;
} dia_report_part;

extern const dia_report_part *const dia_report_parts[]; /* NULL-terminated */
/* NULL: this program was built without it (third-party scripts). */
const dia_report_part *dia_report_part_find(const char *name);

#endif
