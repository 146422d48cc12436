/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The threads that fly a swarm, shared by the files of the flight. */
#ifndef DIA_SWARM_CREW_H
#define DIA_SWARM_CREW_H

#include <stdatomic.h>

#include "swarm/flight.h"
#include "swarm/journal.h"

typedef struct dia_worker { /* of one thread: a block and the segment it is filling */
    dia_block *block;
    dia_segment segment;
    int64_t row_capacity, hop_capacity; /* samples, hops */
    dia_ending *endings;                /* (block size) */
    unsigned char *hops;
    unsigned char *piece; /* before | endings | rows | hops | state | after */
    size_t room;          /* bytes of piece */
    double saved;         /* when the last segment was written, seconds */
    bool lost;            /* a hop, for want of memory: the step cannot be kept */
} dia_worker;

typedef struct dia_crew {
    const dia_flight *flight;
    const dia_control *control;
    int nthread;
    double checkpoint; /* seconds */
    dia_journal *journal;
    dia_layout record;
    int64_t *pending;    /* (npending) blocks not finished yet, ascending */
    int npending, begun; /* begun: of them, before the present batch   */
    int64_t expected;    /* trajectories that will be flown, as far as known */
    dia_worker *workers; /* (nthread) */
    /* under the team's lock */
    int64_t apart;    /* samples from one that is counted to the next: flight.c */
    double *share;    /* (counted, nstate) of trajectories, so far: the sum of the populations of the method */
    int64_t *reached; /* (counted) trajectories recorded there */
    double *work;     /* (counted) of light on them, hartree   */
    int64_t done, flown;
    double start, reported, synced;
    dia_error first; /* error of a worker */
    atomic_bool failed;
} dia_crew;

int64_t dia_flight_block_count(const dia_flight *flight, int64_t block); /* trajectories of a block */

/* Progress (flight_progress.c), under the team's lock. A sample, by its number in the journal, of `count` trajectories; its rows. */
void dia_crew_count_sample(dia_crew *all, int64_t sample, int64_t count, const unsigned char *rows);
void dia_crew_report(dia_crew *all, int64_t steps); /* so many trajectory-steps more */
void dia_crew_tell(const dia_crew *all, const char *note);

/* A block (flight_block.c). The first error of any worker ends the flight. */
DIA_MUST_USE dia_status dia_crew_worker_create(const dia_crew *all, dia_worker *own, dia_error *error);
void dia_crew_fly_block(void *crew, int task, int thread); /* a task of the team: the block pending[begun + task] */

#endif
