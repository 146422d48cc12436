/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A text file read strictly, line by line, token by token: every error names file and line. */
#ifndef DIA_MOLECULE_LINES_H
#define DIA_MOLECULE_LINES_H

#include "diabolo/base.h"

typedef struct dia_lines {
    const char *path; /* borrowed                                              */
    char *text;       /* the whole file                                  owned */
    char *next;       /* start of the next line; NULL: none is left            */
    char *cursor;     /* within the present line                               */
    int number;       /* of the present line, from 1                           */
} dia_lines;

/* At most 1 GiB; a zero byte in it is an error (not text). Characters of other systems and word processors are
 * replaced: a byte order mark is skipped; line ends of Windows and old Macintoshes become \n; no-break and other
 * wide spaces become blanks, the minus sign of Unicode a hyphen. */
DIA_MUST_USE dia_status dia_lines_open(dia_lines *lines, const char *path, dia_error *error);
void dia_lines_close(dia_lines *lines);

/* The next line, without its end; NULL after the last. The functions below read its tokens. */
char *dia_lines_next(dia_lines *lines);
/* The same, but skips empty lines. */
char *dia_lines_next_filled(dia_lines *lines);
/* The next blank-separated token of the present line; NULL: no more. Cuts the line. */
char *dia_lines_token(dia_lines *lines);

/* The rest of the present line. */
const char *dia_lines_rest(const dia_lines *lines);

/* "PATH:LINE: " and the formatted text; returns `status`. */
dia_status dia_lines_error(const dia_lines *lines, dia_error *error, dia_status status, const char *format, ...)
    DIA_PRINTF(4, 5);
/* The next token as a finite number (Fortran's 1.0D-02 as well) or an integer within bounds; `what` names it in the
 * message. */
DIA_MUST_USE dia_status dia_lines_real(dia_lines *lines, const char *what, double *value, dia_error *error);
DIA_MUST_USE dia_status dia_lines_int(dia_lines *lines, const char *what, int minimum, int maximum, int *value,
                                      dia_error *error);
/* The rest of the present line, *n integers within bounds: value (room). More than there is room for is an error. */
DIA_MUST_USE dia_status dia_lines_ints(dia_lines *lines, const char *what, int minimum, int maximum, int room, int *n,
                                       int *value, dia_error *error);
/* The next token as an element, perhaps an isotope by name (see molecule/elements.h). */
DIA_MUST_USE dia_status dia_lines_element(dia_lines *lines, int *number, double *mass, dia_error *error);
/* An error unless all of the present line has been read. */
DIA_MUST_USE dia_status dia_lines_end(dia_lines *lines, dia_error *error);

#endif
