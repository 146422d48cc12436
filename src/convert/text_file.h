/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A text file that appears under its name only when it is whole: written to PATH.tmp, synced, renamed. */
#ifndef DIA_CONVERT_TEXT_FILE_H
#define DIA_CONVERT_TEXT_FILE_H

#include <stdio.h>

#include "diabolo/base.h"

typedef struct dia_text_file {
    FILE *file;
    char path[4096], temporary[4096];
} dia_text_file;

DIA_MUST_USE dia_status dia_text_file_open(dia_text_file *text, const char *path, dia_error *error);
/* Ends it: renamed if `status` is DIA_OK and all was written, removed otherwise. Returns the first thing that went
 * wrong. */
DIA_MUST_USE dia_status dia_text_file_close(dia_text_file *text, dia_status status, dia_error *error);

#endif
