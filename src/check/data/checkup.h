/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A data set examined by all tests. */
#ifndef DIA_CHECK_DATA_CHECKUP_H
#define DIA_CHECK_DATA_CHECKUP_H

#include "check/data/test.h"

typedef struct dia_checkup_line { /* what one test said */
    const dia_data_test *test;
    char *told;     /* owned */
    bool undecided; /* it could decide nothing */
} dia_checkup_line;

/* Opens the file, reads it without judging it, runs the tests. *x is zeroed here; free it whatever the status. line (as many as there are
 * tests; NULL: not wanted). */
DIA_MUST_USE dia_status dia_checkup_run(dia_checkup *x, const char *path, const dia_control *control,
                                        dia_checkup_line *line, dia_error *error);
int dia_data_tests_count(void);
/* The tests marked brief on a set in memory, which is not changed: what is surely wrong, a sentence a line. threads: as in a dia_control. */
DIA_MUST_USE dia_status dia_checkup_brief(const dia_dataset *data, int threads, FILE *notes, dia_error *error);
void dia_checkup_free(dia_checkup *x);

#endif
