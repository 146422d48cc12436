/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far trainings and courses of `diabolo learn` are: read from what they leave beside their results, which disturbs nothing. */
#ifndef DIA_CLI_STATUS_OTHER_H
#define DIA_CLI_STATUS_OTHER_H

#include "base/json.h"
#include "diabolo/base.h"

enum { DIA_OTHER_TEXT = 200 };

typedef struct dia_other {
    char *path;                 /* heap */
    bool learning;              /* else a training */
    const char *state;          /* "finished", "running", "stopped" */
    int member;                 /* of a committee that is trained, now; -1: none */
    int64_t stage, iteration;   /* of a training as last saved, counted from 0; -1: not known */
    int round;                  /* of a course: the latest, 0: the start; -1: none yet */
    double age;                 /* seconds since something was saved; NaN: not known */
    char ended[DIA_OTHER_TEXT]; /* why a course has ended */
} dia_other;

/* *found: `path` is one. DIA_ERROR_INPUT: it is a file of another kind than a swarm. */
DIA_MUST_USE dia_status dia_other_look(const char *path, dia_other *other, bool *found, dia_error *error);
void dia_other_print(const dia_other *other);
void dia_other_json(const dia_other *other, dia_json *json); /* an object */

#endif
