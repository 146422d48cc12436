/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a call of dia_learn shares: its settings, folder, bench, and where it is. */
#ifndef DIA_LEARN_COURSE_H
#define DIA_LEARN_COURSE_H

#include "diabolo/model.h"
#include "learn/bench.h"
#include "learn/learn.h"
#include "train/spread.h"

typedef enum dia_part { DIA_PART_LABELS, DIA_PART_TRAINING, DIA_PART_SWARM, DIA_PARTS } dia_part;
typedef struct
    dia_clock { /* what was done, and how long it took: labels; labels that a committee was trained on; swarms with the choice from them */
    double units[DIA_PARTS], seconds[DIA_PARTS];
} dia_clock;

typedef struct dia_course {
    dia_learn_settings settings;
    dia_config *config; /* owned */
    const dia_control *outer;
    dia_control control; /* puts what is being done in front of messages */
    char now[100];       /* "round 3, training" */
    char *folder;        /* absolute, owned                                                         */
    char *given;         /* as inputs name it: relative to the input's folder, or absolute; owned    */
    int lock;            /* descriptor; -1: none */
    bool opened;         /* the engine           */
    bool claimed;        /* the folder: results in it are ours, and may be removed */
    dia_bench bench;
    dia_points all;  /* labels up to the round that is made                              */
    dia_points data; /* those of them that are learned                                   */
    int members;     /* of the committees */
    dia_learn_result *result;
    double begun; /* seconds of the clock of dia_seconds */
    double end;   /* when the limits of the criterion will have been reached, an estimate; NaN: not known */
    dia_clock clock;
} dia_course;

/* "FOLDER/round-003/labels.h5" (absolute), "learn/round-003/labels.h5" (as inputs name it); heap. */
DIA_MUST_USE dia_status dia_course_path(const dia_course *course, int round, const char *name, char **path,
                                        dia_error *error);
DIA_MUST_USE dia_status dia_course_given(const dia_course *course, int round, const char *name, char **path,
                                         dia_error *error);
bool dia_course_exists(const char *path);
/* Reads the input, opens the engine, claims the folder. Call dia_course_close whatever the status. */
DIA_MUST_USE dia_status dia_course_open(dia_course *course, const dia_input *input, bool fresh,
                                        const dia_control *control, dia_learn_result *result, dia_error *error);
void dia_course_close(dia_course *course);
/* folder.c: locks the folder for this course; one of other settings, or of somebody else, is refused. */
DIA_MUST_USE dia_status dia_folder_claim(dia_course *course, bool fresh, dia_error *error);
void dia_folder_release(const dia_course *course);
/* A line of log.txt, with the date: the one file that tells when what was done. */
void dia_course_log(const dia_course *course, const char *text);
/* Writes a text file that appears when it is complete. */
DIA_MUST_USE dia_status dia_course_text(const char *path, const char *text, dia_error *error);
/* What is being done, for messages. */
void dia_course_say(dia_course *course, const char *format, ...) DIA_PRINTF(2, 3);

typedef struct dia_judgement { /* spreads and errors at the judged hops of the last three rounds, for the calibration */
    int n;                     /* rounds: early committees err otherwise than later ones */
    dia_spread round[3][DIA_CALIBRATED]; /* oldest first; owned */
} dia_judgement;
void dia_judgement_free(dia_judgement *judgement);

/* ---- clock.c ---- */
void dia_clock_add(dia_clock *clock, dia_part part, double units, double seconds);
void dia_clock_read(dia_clock *clock, const char *log); /* adds what the lines of a log.txt tell */
typedef struct dia_clock_plan {
    int round, rounds;      /* that is made; the last                                                     */
    bool labelled, trained; /* that far this round has come                                               */
    double labels;          /* a round asks for                                                           */
    double total, most;     /* labels so far; the number at which no further round is begun               */
    double swarms;          /* last swarms, in units of one of a round                                    */
} dia_clock_plan;
/* Seconds from now to the last round; NaN: the rate of something is not known. */
double dia_clock_left(const dia_clock *clock, const dia_clock_plan *plan);
void dia_course_remember(dia_course *course); /* what earlier calls took, from log.txt */
void dia_course_took(dia_course *course, dia_part part, double units, double seconds);
/* Sets course->end, at a step of a round. */
void dia_course_expect(dia_course *course, int round, bool labelled, bool trained);
/* "2.3 h", from now to course->end; "": not known. */
void dia_course_left(const dia_course *course, size_t size, char *text);

/* round.c: everything of a round up to its committee. */
DIA_MUST_USE dia_status dia_course_round(dia_course *course, int round, dia_judgement *judgement, dia_error *error);

/* doctor.c: adds the labels of a round to course->all, examines these; all.h5, data.h5, check.txt, left_out.txt; course->data. */
DIA_MUST_USE dia_status dia_course_examine(dia_course *course, int round, const dia_points *labels, dia_error *error);

/* start.c: geometries around the start, chosen.h5 of round 0. */
DIA_MUST_USE dia_status dia_course_start(dia_course *course, dia_points *chosen, dia_error *error);
/* Removes the journal of the start and its wave functions but that of the minimum, once its geometries are stored. */
void dia_course_start_done(const dia_course *course);
/* Wave functions for the first labels to start from: of the minimum, the first of the geometries of round 0; of given labels some that
 * the engine makes at points far from each other, where it also tells whether its energies are those given. */
DIA_MUST_USE dia_status dia_course_start_minimum(dia_course *course, const dia_points *chosen, dia_error *error);
DIA_MUST_USE dia_status dia_course_start_given(dia_course *course, const dia_points *given, dia_error *error);

/* ---- networks.c ---- */
/* The input of the training of a round, heap; afresh: from first weights by all stages, even where rounds continue. */
DIA_MUST_USE dia_status dia_course_train_text(const dia_course *course, int round, bool afresh, char **text,
                                              dia_error *error);
/* A member in which other surfaces cross than in its labels is trained again, afresh. Then what the committee is like: round->topology,
 * round->flown. */
DIA_MUST_USE dia_status dia_course_train(dia_course *course, int round, dia_error *error);
DIA_MUST_USE dia_status dia_course_committee(const dia_course *course, int round, dia_model **committee,
                                             dia_error *error);
/* The member that flies in a round: the next in turn that is not wrong. */
int dia_course_flown(const dia_course *course, int round);
DIA_MUST_USE dia_status dia_course_fly(dia_course *course, int round, dia_error *error);
/* "model: {...}", a line of an input; member: a number, or "all". */
void dia_course_write_model(const dia_course *course, int round, const char *member, FILE *out);
/* "KEY: {...}" for each pair of a mapping but those in `without`, as text of an input. */
void dia_course_pairs(FILE *out, int indent, const dia_node *mapping, const char *const *without);

/* ---- choose.c ---- */
/* From the swarm of `round`, for the next. */
DIA_MUST_USE dia_status dia_course_choose(dia_course *course, int round, dia_points *chosen, dia_error *error);
/* May a label be asked for there? No two atoms meet, S0 = energy is not too high. */
bool dia_course_sane(const dia_course *course, const double *R, double energy);
typedef struct dia_hops { /* accepted hops of a swarm; owned, one block from R on */
    int n;
    double *R; /* (n, ncart) */
} dia_hops;
DIA_MUST_USE dia_status dia_course_hops(const dia_course *course, int round, dia_hops *hops, dia_error *error);

/* ---- judge.c ---- */
/* Of n geometries R (n, ncart): E (n, states) of the member that flew in `round`; of (n) numbers of those at which a label may be asked for,
 * *count of them; spread[DIA_CALIBRATED] of the committee there (dia_spread_free whatever the status). */
DIA_MUST_USE dia_status dia_course_differ(const dia_course *course, int round, const dia_model *committee, int n,
                                          const double *R, double *E, int *of, int *count, dia_spread *spread,
                                          dia_error *error);
/* Fills `judged` from labels of group "judge", which the committee of the round before has not seen. */
DIA_MUST_USE dia_status dia_course_judge(dia_course *course, int round, const dia_points *labels,
                                         dia_judgement *judgement, dia_learn_round *judged, dia_error *error);

/* final.c: one swarm on each member of the last committee, and their band, into course->result. */
DIA_MUST_USE dia_status dia_course_finish(dia_course *course, int round, dia_error *error);

/* ---- page.c ---- */
/* "other surfaces cross than in the labels in 1 of 4 members, after 6 trainings", behind `before`; "" where there is nothing to tell.
 * Returns its length. */
int dia_course_topology_text(const dia_learn_topology *topology, const char *before, size_t size, char *text);
/* learn.txt, learn.json, learn.html, and result->table. */
DIA_MUST_USE dia_status dia_course_write(const dia_course *course, dia_error *error);

#endif
