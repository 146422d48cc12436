/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flying until requested errors are reached: the block `until` of an input, and what is watched during the flight.
 *
 * The swarm grows by batches of a fixed number of trajectories, in the order of their numbers. After each one every target
 * is estimated from all trajectories so far; the flight ends when all errors are small enough, or with the last trajectory
 * of `initial`. Nothing here depends on threads or interruptions, so neither does the swarm. Several methods end together: with the
 * first number of trajectories after which all errors of all of them are small enough. */
#ifndef DIA_SWARM_UNTIL_H
#define DIA_SWARM_UNTIL_H

#include "base/config.h"
#include "swarm/flight.h"

enum { DIA_TARGETS = 16, DIA_TARGET_TEXT = 120 };

typedef struct dia_until_target {
    enum { DIA_TARGET_POPULATION, DIA_TARGET_OUTCOME, DIA_TARGET_LIFETIME } kind;
    char text[DIA_TARGET_TEXT]; /* as given: "population S0 at 100 fs"                              */
    char asked[40];             /* as given: "0.01", "5 %"                                          */
    int state;                  /* adiabatic; of an outcome also -1: any                            */
    double time;                /* of a population, atomic units; -1: the end                       */
    int64_t sample;             /* made by dia_until_fit                                            */
    char outcome[64];           /* name of a condition of `stop`, "inside", "dissociated"           */
    double error;               /* one standard error: of a share, or atomic units of time ...      */
    bool relative;              /* ... or relative to the value                                     */
} dia_until_target;

typedef struct dia_until {
    int n;
    dia_until_target target[DIA_TARGETS];
    int64_t least, batch; /* trajectories: before the errors are looked at; from one look to the next */
} dia_until;

/* Reads the block; mistakes are noted in the configuration. *until: heap, freed by free(); NULL: node is NULL. */
DIA_MUST_USE dia_status dia_until_read(dia_until **until, dia_config *config, const dia_node *node, dia_error *error);
/* What needs the rest of the input: states, samples, conditions. Mistakes are noted. */
void dia_until_fit(dia_until *until, dia_config *config, const dia_node *node, const dia_dynamics *dynamics, int nstate,
                   int64_t steps, int64_t every);
/* "population S0 at 100 fs: 0.01, lifetime S1: 5 %; at least 200, in batches of 256", on the heap; NULL: out of memory. */
char *dia_until_text(const dia_until *until);
/* Trajectories of a block of such a flight: a multiple of 8 that divides the batch. */
int64_t dia_until_block(const dia_until *until);

/* ---- during the flight ----------------------------------------------------------------------- */

typedef struct dia_watch dia_watch;

typedef struct dia_estimated {
    double value, error; /* a share; atomic units of time. NaN, infinite: nothing is known yet */
    double asked;        /* the error, absolute                                                */
    bool reached;
} dia_estimated;

/* least: the flight does not end with fewer trajectories, a number after a batch; 0: any. */
DIA_MUST_USE dia_status dia_watch_create(dia_watch **watch, const dia_until *until, const dia_flight *flight,
                                         int64_t least, dia_error *error);
void dia_watch_free(dia_watch *watch); /* NULL is fine */
/* Trajectories flown when the next look is taken; the first look: after none. */
int64_t dia_watch_next(const dia_watch *watch);
/* Takes in all trajectories up to dia_watch_next; their blocks are complete in the journal. */
DIA_MUST_USE dia_status dia_watch_take(dia_watch *watch, const dia_journal *journal, dia_error *error);
int64_t dia_watch_taken(const dia_watch *watch);
bool dia_watch_reached(const dia_watch *watch); /* all targets, and not fewer than the least number */
/* How many trajectories all targets need, as the errors fall with the root of their number; at most those of the flight. */
int64_t dia_watch_needed(const dia_watch *watch);
/* "population S0 0.431 +- 0.022 (asked 0.01)" of the target that needs most; "" before the first look. */
void dia_watch_note(const dia_watch *watch, size_t size, char *text);
/* What was asked and reached, for the swarm file: dia_until_text, then a line a target. On the heap; NULL: out of memory. */
char *dia_watch_text(const dia_watch *watch);

#endif
