/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces of a time step: halves of it where a crossing asks for them, and the parts before and after a hop that has a time of its
 * own. */
#ifndef DIA_DYNAMICS_PIECE_H
#define DIA_DYNAMICS_PIECE_H

#include "dynamics/internal.h"

typedef struct dia_piece {
    double from, width; /* in units of the time step                                      */
    int depth;          /* so often was it halved ...                                     */
    uint32_t place;     /* ... and this is its place among the 2^depth                    */
    uint32_t number;    /* its own among the pieces of a trajectory, for random numbers   */
} dia_piece;

/* step.c. Makes `rows` (count) the ones that take part, and this piece the present one. */
void dia_piece_begin(dia_block *s, const dia_piece *p, int count, const int *rows);
/* step.c. From the beginning of the present piece to its end: positions, frames, amplitudes; velocities but for the last kick.
 * Rows that must do the piece in halves are set back and listed in again (*n); not if `last`. */
dia_status dia_piece_fly(dia_block *s, bool last, int *n, int *again);

/* event.c: hops that have a time of their own (dia_hop_type.margin). */
enum {
    DIA_EVENTS = 64, /* of a trajectory in a step at most; what is left happens at the ends of pieces */
    DIA_EVENT_PIECES =
        8192, /* numbers of pieces from the first event of a trajectory on; those of halves are smaller */
};
/* After dia_piece_fly: takes out, and sets back, the rows whose margin is positive at the beginning of the piece and negative at
 * its end. Their `event` is set. */
void dia_events_find(dia_block *s);
/* Row b of these alone: flies to the time where its margin is zero, *p ends there. It is left where the margin is negative by
 * rounding. With nflying 0 it was lost. */
dia_status dia_event_seek(dia_block *s, dia_piece *p, int b);
/* A number for the next piece of row b. */
uint32_t dia_event_number(dia_block *s, int b);

#endif
