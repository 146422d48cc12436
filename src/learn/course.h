/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a call of dia_learn shares: its settings, folder, bench, and where it is. */
#ifndef DIA_LEARN_COURSE_H
#define DIA_LEARN_COURSE_H

#include "diabolo/model.h"
#include "learn/bench.h"
#include "learn/learn.h"

typedef struct dia_course {
    dia_learn_settings settings;
    dia_config *config; /* owned */
    const dia_control *outer;
    dia_control control; /* puts what is being done in front of messages */
    char now[100];       /* "round 3, training" */
    int piece, pieces;   /* of several like trainings, told as one; pieces 0: of nothing */
    char *folder;        /* absolute, owned                                                         */
    char *given;         /* as inputs name it: relative to the input's folder, or absolute; owned    */
    int lock;            /* descriptor; -1: none */
    bool opened;         /* the engine           */
    bool claimed;        /* the folder: results in it are ours, and may be removed */
    dia_bench bench;
    dia_points data; /* all labels up to the round that is made */
    dia_learn_result *result;
    double begun; /* seconds */
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
/* A line of log.txt, with the date: the one file that tells when what was done. */
void dia_course_log(const dia_course *course, const char *text);
/* Writes a text file that appears when it is complete. */
DIA_MUST_USE dia_status dia_course_text(const char *path, const char *text, dia_error *error);
/* What is being done, for messages. */
void dia_course_say(dia_course *course, const char *format, ...) DIA_PRINTF(2, 3);

struct dia_calibration;
/* round.c: everything of a round up to its networks. pooled: see below. */
DIA_MUST_USE dia_status dia_course_round(dia_course *course, int round, struct dia_calibration *pooled,
                                         dia_error *error);

/* start.c: geometries around the start, chosen.h5 of round 0. */
DIA_MUST_USE dia_status dia_course_start(dia_course *course, dia_points *chosen, dia_error *error);

/* Removes the journal of the start, once its geometries are stored. */
void dia_course_start_done(const dia_course *course);

/* networks.c */
DIA_MUST_USE dia_status dia_networks_train(dia_course *course, int round, dia_error *error);
typedef struct dia_networks {
    int n;
    dia_model *model[DIA_LEARN_MEMBERS]; /* owned */
} dia_networks;
DIA_MUST_USE dia_status dia_networks_open(dia_networks *networks, const dia_course *course, int round,
                                          dia_error *error);
void dia_networks_close(dia_networks *networks);
/* The member that flies in a round. */
int dia_course_flown(const dia_course *course, int round);
DIA_MUST_USE dia_status dia_course_fly(dia_course *course, int round, dia_error *error);

/* Disagreement at n geometries: E (n, nstate) of the member that flew, spread (n, nstate) the standard deviation of the members'
 * energies, score (n) = largest spread of an energy + 0.1 Angstrom times the largest (root mean square over components) spread of a gradient; hartree. G (n, nstate,
 * ncart) of the member that flew. Any may be NULL. */
DIA_MUST_USE dia_status dia_networks_spread(const dia_networks *networks, const dia_course *course, int flown, int n,
                                            const double *R, double *E, double *G, double *spread, double *score,
                                            dia_error *error);

/* choose.c: from the swarm of `round`, for the next. */
DIA_MUST_USE dia_status dia_course_choose(dia_course *course, int round, dia_points *chosen, dia_error *error);
/* May a label be asked for there? No two atoms meet, S0 = energy is not too high. */
bool dia_course_sane(const dia_course *course, const double *R, double energy);

typedef struct dia_hops { /* accepted hops of a swarm; owned, one block from R on */
    int n;
    double *R; /* (n, ncart) */
} dia_hops;
DIA_MUST_USE dia_status dia_course_hops(const dia_course *course, int round, dia_hops *hops, dia_error *error);

/* judge.c: fills `round` from labels of group "judge" and the networks of the round before. The spread
 * factor is that which 68 % of the errors of the last three rounds are within: early networks err otherwise than later ones. */
typedef struct dia_calibration { /* errors over disagreement, of the rounds up to here */
    double *ratio;               /* (n), owned */
    int n, first[3];             /* where the last three rounds begin */
} dia_calibration;
DIA_MUST_USE dia_status dia_course_judge(dia_course *course, int round, const dia_points *labels,
                                         dia_calibration *pooled, dia_learn_round *judged, dia_error *error);

/* "KEY: {...}" for each pair of a mapping but those in `without`, as text of an input. */
void dia_course_pairs(FILE *out, int indent, const dia_node *mapping, const char *const *without);
/* final.c: flies the last networks and fits the lifetime of the state that most trajectories start in, into course->result. */
DIA_MUST_USE dia_status dia_course_finish(dia_course *course, int round, dia_error *error);

/* page.c: learn.txt, learn.json, learn.html, and result->table. */
DIA_MUST_USE dia_status dia_course_write(const dia_course *course, dia_error *error);

#endif
