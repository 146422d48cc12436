/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A test of the model's doctor: one struct in one file. It gets a patient (check/model/patient.h), measures, and leaves
 * figures, those with a limit judged. */
#ifndef DIA_CHECK_MODEL_TEST_H
#define DIA_CHECK_MODEL_TEST_H

#include "diabolo/base.h"

typedef enum dia_verdict {
    DIA_VERDICT_ABSENT,
    DIA_VERDICT_PASS,
    DIA_VERDICT_FAIL
} dia_verdict;                                /* absent: not applicable */
extern const char *const dia_verdict_names[]; /* "not applicable", "pass", "fail" */

typedef struct dia_figure {
    char name[120], unit[24];
    double value;
    double limit; /* NaN: only told */
    bool least;   /* the value must be at least the limit; else at most */
} dia_figure;

enum { DIA_EXAM_FIGURES = 40 };

typedef struct dia_exam { /* what a test found */
    dia_verdict verdict;
    int n;
    dia_figure figure[DIA_EXAM_FIGURES];
    char told[800]; /* sentences: why it is not applicable, what is wrong, where; empty: nothing */
    double seconds; /* of the processor */
} dia_exam;

struct dia_patient;

typedef struct dia_model_test {
    const char *name;
    const char *measures; /* what, a sentence              */
    const char *limits;   /* why the limits are what they are */
    /* Figures and sentences into *exam by the functions below. Returns an error only if it could not be done at all. */
    dia_status (*run)(const struct dia_patient *patient, dia_exam *exam, dia_error *error);
} dia_model_test;

extern const dia_model_test *const dia_model_tests[]; /* ends with NULL */

/* A number that is told. One more than there is room for is left out. */
void dia_exam_tell(dia_exam *exam, const char *unit, double value, const char *name, ...) DIA_PRINTF(4, 5);
/* A number that must be at most (at least) the limit: else the verdict is fail. NaN fails. */
void dia_exam_most(dia_exam *exam, const char *unit, double value, double limit, const char *name, ...)
    DIA_PRINTF(5, 6);
void dia_exam_least(dia_exam *exam, const char *unit, double value, double limit, const char *name, ...)
    DIA_PRINTF(5, 6);
/* Is the figure within its limit? */
bool dia_figure_good(const dia_figure *figure);
/* Adds a sentence. */
void dia_exam_say(dia_exam *exam, const char *format, ...) DIA_PRINTF(2, 3);
/* Not applicable, with the reason. Returns DIA_OK. */
dia_status dia_exam_absent(dia_exam *exam, const char *reason);

#endif
