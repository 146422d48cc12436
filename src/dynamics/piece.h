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

/* step.c. Rows (count) through the piece, with all that happens at its end, in halves where they ask for it. */
dia_status dia_piece_advance(dia_block *s, const dia_piece *p, int count, const int *rows);

/* event.c. Zero of a function that is >= 0 at lo and < 0 at hi: begin with both and last = hi - lo, the rest 0. The Illinois form of
 * regula falsi (Dowell, Jarratt, BIT 11, 168 (1971), DOI 10.1007/BF01934364); halving wherever that has not halved the interval
 * within three looks. */
typedef struct dia_bracket {
    double lo, hi, f_lo, f_hi, last;
    int side, looks;
} dia_bracket;
/* Where to look next; false: there is nothing between lo and hi, or after DIA_LOOKS of them. */
enum { DIA_LOOKS = 150 }; /* 50 halvings take the interval to rounding; at worst each third look is one */
bool dia_bracket_next(dia_bracket *bracket, double *x);
void dia_bracket_take(dia_bracket *bracket, double x, double value);

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
