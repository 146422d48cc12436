/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where labels are made: an engine, several tasks at once, each in a folder of its own; what is finished is noted in a journal before
 * it is used, so that a call that was killed asks only for what is missing.
 *
 * Continuity: the wave function of an engine with `starts` begins at that of the nearest geometry of earlier rounds, and once more
 * from nothing (energies only). If both give the same energies it is the solution there; if not, the level of theory has more than
 * one, and the label is given up as "not unique". What a label starts from does not depend on the order in which labels finish. */
#ifndef DIA_LEARN_BENCH_H
#define DIA_LEARN_BENCH_H

#include "learn/points.h"
#include "learn/settings.h"
#include "swarm/journal.h"

enum { DIA_START_NAME = 32 };

typedef struct dia_bench {
    const dia_engine_type *type;
    const void *self;
    const struct dia_learn_engine *common;
    dia_molecule molecule; /* owned                                                                      */
    char *scratch, *kept;  /* folders of tasks, and of wave functions; absolute, owned                    */
    const dia_control *control;
    int nstart, room;              /* wave functions that are kept                                               */
    char (*start)[DIA_START_NAME]; /* (nstart) names of their folders in `kept`, owned                           */
    double *features;              /* (nstart, natom(natom-1)/2) of their geometries (points.h), owned           */
} dia_bench;

void dia_bench_free(dia_bench *bench);
/* A wave function that later labels may start from, if its folder is there. */
DIA_MUST_USE dia_status dia_bench_add_start(dia_bench *bench, const char *name, const double *R, dia_error *error);

/* The one nearest to R, its name; NULL: there is none. */
const char *dia_bench_nearest(const dia_bench *bench, const double *R);
/* Of more than `most` wave functions those that are far from each other stay; the folders of the others are removed. Killed in between, the
 * same stay. */
DIA_MUST_USE dia_status dia_bench_prune(dia_bench *bench, int most, dia_error *error);

typedef enum dia_outcome_of_label {
    DIA_LABELLED,
    DIA_LABEL_FAILED,
    DIA_LABEL_NOT_UNIQUE,
    DIA_LABEL_OUTCOMES
} dia_outcome_of_label;

typedef struct dia_bench_result {
    int count[DIA_LABEL_OUTCOMES];
    double seconds; /* sum over labels of what each took */
    int timed;      /* of so many labels                 */
} dia_bench_result;

/* One task, of whatever wish: its folder is made and removed. start, keep: names in `kept`; NULL: none. */
DIA_MUST_USE dia_status dia_bench_task(const dia_bench *bench, const char *name, const double *R, dia_engine_wish wish,
                                       const char *start, const char *keep, dia_engine_label *label, dia_error *error);

/* Labels all points that were chosen: appends them to `labelled` in their order; a line of `failures` for each that failed.
 * prefix: of the names of kept wave functions. The journal stays at `path`; who has stored the labels removes it. If every label fails it is an
 * error that quotes the first, and nothing is noted. */
DIA_MUST_USE dia_status dia_bench_label(const dia_bench *bench, const dia_points *chosen, const char *prefix,
                                        const char *path, dia_points *labelled, FILE *failures,
                                        dia_bench_result *result, dia_error *error);

/* ---- the journal, for tasks one after the other (start.c) ------------------------------------ */

DIA_MUST_USE dia_status dia_bench_journal(dia_journal **journal, const dia_bench *bench, const char *path, int n,
                                          const char *what, dia_error *error);
/* Is task i in it? Then label, outcome, seconds and note (DIA_BENCH_NOTE) are what was noted. */
enum { DIA_BENCH_NOTE = 1000 };
DIA_MUST_USE dia_status dia_bench_find(const dia_bench *bench, const dia_journal *journal, int i, bool *found,
                                       dia_engine_label *label, int *outcome, double *seconds, char *note,
                                       dia_error *error);
DIA_MUST_USE dia_status dia_bench_note(const dia_bench *bench, dia_journal *journal, int i,
                                       const dia_engine_label *label, int outcome, double seconds, const char *note,
                                       dia_error *error);
/* Room for the label of one geometry, all NaN; one block of memory, freed by free(label->E). */
DIA_MUST_USE dia_status dia_label_room(dia_engine_label *label, int nstate, int ncart, dia_error *error);

#endif
