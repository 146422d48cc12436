/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analysis of a swarm: populations, kinetics and yields (`diabolo analyse`), its mechanism (`diabolo
 * mechanism`), and swarms against each other (`diabolo compare`). */
#ifndef DIABOLO_ANALYSE_H
#define DIABOLO_ANALYSE_H

#include "diabolo/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_analyse_flags { /* options of the command line; they override the input. Zero-initialise */
    const char *model;             /* file of the swarm's model; NULL: as the input or the swarm says       */
    const char *fit;               /* a decay model, as --fit; NULL: as the input says                      */
    int nscheme;                   /* further kinetic schemes, beside those of the input                    */
    const char *const *scheme;
    const int *from, *bootstrap, *seed; /* state, resamplings, seed; NULL: as the input says */
    const char *exact; /* file of `diabolo exact`, of the same input, to stand beside the swarm; NULL: none */
    bool card;         /* the page is the card of the result (docs/analyse.md); of a swarm only */
    bool members;      /* the card points to a band of the members of a committee that follows it */
    bool plain;        /* without a study: neither estimators, schemes nor yields (the page of a swarm by default) */
} dia_analyse_flags;

/* Analyses the swarm file, or a file of `diabolo exact`, of which there are no trajectories. input: groups, schemes, classes (docs/analyse.md); NULL: none. The results are texts on
 * the heap, freed by free(): a page to read, and one JSON object with the keys of docs/analyse.md; pass NULL for one
 * that is not wanted. On failure both are NULL. DIA_ERROR_INPUT: a mistake in the input or a flag; DIA_ERROR_FILE,
 * _MEMORY, _NUMERIC. */
DIA_API DIA_MUST_USE dia_status dia_analyse(const dia_input *input, const char *swarm, const dia_analyse_flags *flags,
                                            const dia_control *control, char **page, char **json, dia_error *error);

/* The mechanism of a swarm by an input of `diabolo mechanism` (docs/mechanism.md). Writes output.file and the
 * geometries of the clusters, and returns page and JSON as above. DIA_ERROR_INPUT: a mistake in the input, or an
 * output that would replace an input or a file of another kind; DIA_ERROR_INTERRUPTED: stopped, nothing is written. */
DIA_API DIA_MUST_USE dia_status dia_mechanism(const dia_input *input, const dia_control *control, char **page,
                                              char **json, dia_error *error);

/* Differences of swarms from the first of them, trajectory by trajectory, with the standard errors of such pairs
 * (docs/methods.md). Page and JSON as above. DIA_ERROR_INPUT: fewer than two, or swarms that do not start alike. */
DIA_API DIA_MUST_USE dia_status dia_compare(int nswarm, const char *const *swarms, const dia_control *control,
                                            char **page, char **json, dia_error *error);

/* Swarms of the members of one committee, from the same initial conditions and random numbers (docs/committee.md): means, with a
 * band that joins the error of the sample with that of the model. Page and JSON as above. DIA_ERROR_INPUT: fewer than two,
 * or swarms that do not start alike or have other seeds. */
DIA_API DIA_MUST_USE dia_status dia_analyse_members(int nswarm, const char *const *swarms, const dia_control *control,
                                                    char **page, char **json, dia_error *error);

#ifdef __cplusplus
}
#endif
#endif
