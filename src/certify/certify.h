/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The certificate: how far each method is from exact quantum dynamics, model by model (docs/certificate.md).
 *
 * A case is an input that a swarm and an exact engine both take: those of case.c, or a user's own. For each case the exact
 * dynamics is solved, then each method flies it twice, the second time with half the step. All results are files in one
 * folder, as `diabolo exact` and `diabolo run` write them; what is there already is not made again, so an interrupted call
 * goes on. A method that cannot fly a case has the reason in its cell. */
#ifndef DIA_CERTIFY_CERTIFY_H
#define DIA_CERTIFY_CERTIFY_H

#include "certify/deviation.h"
#include "certify/method.h"
#include "certify/observe.h"

typedef struct dia_certify_case {
    const char *name, *input;  /* input: the model's usual one (dia_model_inputs)   */
    const char *const set[10]; /* what is changed in it, as --set; ends with NULL   */
    const char *differs;       /* where the two differ in principle, and other notes */
} dia_certify_case;
extern const dia_certify_case dia_certify_cases[]; /* ends with name == NULL */

typedef struct dia_certify_request {
    int ncase;
    const char *const *cases; /* (ncase) names, or paths of inputs; 0: all of case.c                         */
    int nmethod;
    const char *const *methods; /* (nmethod) as dia_certify_methods                                          */
    bool variants;
    int trajectories; /* 0: those of the input, of a case of case.c DIA_CERTIFY_TRAJECTORIES                 */
    int nset;
    const char *const *set; /* (nset) further changes of all inputs                                          */
    const char *directory;
} dia_certify_request;
enum { DIA_CERTIFY_TRAJECTORIES = 1000 };

typedef struct dia_certify_cell {    /* a method in a case                                                      */
    char reason[500];                /* why it is empty; "": it is not                                          */
    dia_certify_deviation deviation; /* from exact                                                              */
    dia_certify_deviation change;    /* of the same numbers with half the step, the same starts and the same seed */
    int left_out;                    /* trajectories that do not count                                          */
    int largest;                     /* place, among those at the end, of the largest difference                */
    double end, end_error;           /* that difference, swarm minus exact, and its standard error              */
} dia_certify_cell;

typedef struct dia_certify_row { /* a case */
    char name[120];
    char reason[500]; /* why it is empty; "": it is not */
    const char *differs;
    char model[80], engine[64], settings[400];
    dia_target target;
    double timestep, duration; /* atomic units */
    int trajectories;
    dia_certify_cell *cell; /* (nmethod) */
} dia_certify_row;

typedef struct dia_certificate {
    int nmethod, ncase;
    dia_certify_method *method; /* (nmethod) */
    dia_certify_row *row;       /* (ncase)   */
    double seconds;             /* of this call */
    char path[4096];            /* of the JSON file */
} dia_certificate;

/* Makes what is missing and writes DIRECTORY/certificate.json. Call dia_certificate_free, also after a failure. */
DIA_MUST_USE dia_status dia_certify(const dia_certify_request *request, const dia_control *control,
                                    dia_certificate *certificate, dia_error *error);
void dia_certificate_free(dia_certificate *certificate);

/* "S1", "reflected, S1": what number `place` of those at the end is. */
void dia_certify_place_text(const dia_target *target, int place, size_t size, char *text);
/* The column of which column `method` is a copy, because no trajectory differs where adiabatic states are compared (a hopping method
 * that does not look at amplitudes does not see decoherence); -1: of none. */
int dia_certificate_same(const dia_certificate *certificate, int method);
DIA_MUST_USE dia_status dia_certificate_write(const dia_certificate *certificate, dia_error *error);

#endif
