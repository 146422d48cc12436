/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model examined: every test of check/model/, and what they found as a page of text, JSON and HTML. */
#ifndef DIA_CHECK_MODEL_H
#define DIA_CHECK_MODEL_H

#include "check/model/test.h"
#include "diabolo/model.h"

typedef struct dia_model_check {
    dia_exam *exam;      /* one a test, in the order of dia_model_tests   owned */
    dia_verdict verdict; /* fail if one failed */
    double seconds;      /* of the processor */
    char summary
        [300]; /* "pass; 8 tests passed, 3 not applicable", "fail: holes, symmetry; 6 tests passed, 3 not applicable" */
    char *text, *json, *html; /* owned */
} dia_model_check;

#endif
