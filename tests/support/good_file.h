/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of src/store in a folder of its own, to be harmed. */
#ifndef DIA_TESTS_GOOD_FILE_H
#define DIA_TESTS_GOOD_FILE_H

#include <stdbool.h>

#include "diabolo/base.h"

extern char directory[], path[64], temporary[64]; /* the file, and what it is written to */

int enter(void **state); /* set-up and tear-down of a group of tests */
int leave(void **state);
bool exists(const char *file);
void write_good(double value); /* with the number `value` */
void check_good(double value);
/* An error of status `expected` whose text holds both words and the name of the file; cleared here. */
void expect_text(dia_error *error, dia_status found, dia_status expected, const char *one, const char *two);

#endif
