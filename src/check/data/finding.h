/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an examination found: a list of findings, each with its place, how sure it is, and what to do. */
#ifndef DIA_CHECK_DATA_FINDING_H
#define DIA_CHECK_DATA_FINDING_H

#include "base/json.h"
#include "diabolo/base.h"

typedef enum dia_severity {
    DIA_SEVERITY_NOTE,  /* good to know                                                       */
    DIA_SEVERITY_DOUBT, /* may be wrong, or is wrong at a few points: look at it              */
    DIA_SEVERITY_FAULT  /* wrong, and spoils whatever is made from it                         */
} dia_severity;
extern const char *const dia_severity_names[]; /* "note", "doubt", "fault" */

typedef struct dia_finding {
    const char *test; /* name of the test that found it                                       */
    dia_severity severity;
    int kind;            /* of the test's own: what its repair needs                             */
    const char *dataset; /* "gradients"; NULL: no single one                                     */
    char *what;          /* a sentence without full stop                                  owned  */
    char *sure;          /* how it is told: numbers; NULL                                 owned  */
    char *cure;          /* what to do                                                    owned  */
    char *done;          /* what a repair did; NULL: nothing                              owned  */
    int npoint;          /* 0: the whole set, or no point                                        */
    int *point;          /* (npoint) ascending                                            owned  */
    int state, other;    /* the states it is about; -1: all, or none                             */
    double factor;       /* a measured factor and its standard error; NaN: none                  */
    double error;
} dia_finding;

typedef struct dia_findings {
    int n, room;
    dia_finding *item;
    bool failed; /* out of memory: what follows is lost */
} dia_findings;

/* A new finding, to be filled further; valid until the next one is added. Never NULL: without memory it is a spare one
 * that is not kept. */
dia_finding *dia_findings_add(dia_findings *findings, const char *test, dia_severity severity, const char *dataset);
void dia_findings_free(dia_findings *findings);
/* Sets a text of a finding: dia_finding_text(f, &found->what, "..."). */
void dia_finding_text(dia_findings *findings, char **text, const char *format, ...) DIA_PRINTF(3, 4);
/* The points p with marked[p], 0 <= p < n. */
void dia_finding_points(dia_findings *findings, dia_finding *finding, int n, const bool *marked);

/* "points 3, 7, 10-19 and 24 more" */
void dia_points_text(int n, const int *point, size_t size, char *text);
dia_severity dia_findings_worst(const dia_findings *findings); /* a note if there are none */
int dia_findings_count(const dia_findings *findings, dia_severity severity);
/* One finding as an object of the open array. */
void dia_finding_json(const dia_finding *finding, dia_json *json);

#endif
