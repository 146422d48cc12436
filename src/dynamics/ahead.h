/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trajectories that fly ahead of what their block shows: those of a hopping method with time uncertainty, whose hops may turn out
 * to have happened earlier. Its uncertainty of 0 is the reach. After each step of the block every trajectory has flown the
 * reach further, and nothing that may still happen to it changes what is shown. So samples, hops, conditions that end trajectories
 * and the doubts of a committee are those of the final path, and know nothing of all this.
 *
 * ROW_PAST of a trajectory holds its states at the ends of steps from the one shown to the last one flown, and hops that have not been
 * told yet. ROW_STOP and ROW_DOUBT, which belong to what is shown, are not among the states. */
#ifndef DIA_DYNAMICS_AHEAD_H
#define DIA_DYNAMICS_AHEAD_H

#include "dynamics/internal.h"

typedef struct dia_ahead {
    int steps;           /* of the reach                                         */
    int room;            /* hops of a trajectory that can wait to be told        */
    size_t entry, event; /* doubles of a state, and of a hop                     */
    double *spare;       /* (entry) of a search                                  */
    int *rows;           /* (capacity) that fly together                         */
    long shown;          /* step                                                 */
    bool silent;         /* a search: nothing is noted                           */
    /* (capacity) each, of the step that is being flown */
    int8_t *held;      /* no hop is proposed                                     */
    int8_t *disturbed; /* a hop, an exchange of states, a reversal               */
    int *forced;       /* a hop to this state, or -1 ...                         */
    double *when;      /* ... at this time                                       */
    double *settled;   /* attempts up to this time are frustrated                */
    int *wanted;       /* the target of an attempt without energy, or -1 ...     */
    double *attempt;   /* ... its time ...                                       */
    double *lacking;   /* ... and what it lacks, hartree                         */
    int64_t *round;    /* so often has it gone back or waited: other random numbers from then on */
} dia_ahead;

/* What ROW_PAST begins with. */
enum {
    PAST_FRONT,  /* step of the last state                                                         */
    PAST_CUT,    /* step of the first one since which nothing but the forces has acted             */
    PAST_ROUND,  /* see `round`                                                                    */
    PAST_TO,     /* 1 + the target of a hop that will happen; 0: there is none ...                 */
    PAST_STEP,   /* ... in the step after this one ...                                             */
    PAST_AT,     /* ... at this part of it; no other hop is attempted until then                   */
    PAST_EVENTS, /* hops that wait to be told                                                      */
    PAST_BEGUN,  /* 1: there is a state                                                            */
    PAST_ENDED,  /* 1: the last state is one without which it cannot fly on                        */
    PAST_HEAD
};

/* Doubles of ROW_PAST; widths (ROWS) of the other rows. 0: the method has no time uncertainty. */
size_t dia_ahead_width(const dia_dynamics *dynamics, const size_t *widths);
/* scratch->ahead, in the arena of the block; false: no memory. */
bool dia_ahead_make(dia_block *s);
/* One step of the block. */
dia_status dia_ahead_step(dia_block *s);

static inline double *dia_ahead_state(const dia_block *s, int b, long step)
{
    const dia_ahead *a = s->scratch->ahead;
    return dia_block_memory(s, ROW_PAST, b) + PAST_HEAD + (size_t)(step % (a->steps + 2)) * a->entry;
}
void dia_ahead_put(const dia_block *s, int b, double *state);
void dia_ahead_get(dia_block *s, int b, const double *state);
/* Row b is about to fly a step: with its own hops, or held. */
void dia_ahead_prepare(dia_block *s, int b, bool held);

/* What hop.c and crossing.c ask and say; each does nothing for blocks that show what they fly. */
void dia_ahead_disturb(dia_block *s, int b);
int dia_ahead_target(const dia_block *s, int b, int proposed); /* in place of the proposed one */
/* An attempt of row b that lacks so much energy is left to the search: it is as if it had not been made. */
bool dia_ahead_defers(dia_block *s, int b, int to, double lacking);
/* dia_block.on_hop, now or when it is shown. */
void dia_ahead_tell(dia_block *s, int b, const dia_hop_event *event);
/* Random numbers of a step of row b: key `step`, other ones in each round. */
static inline uint64_t dia_ahead_key(const dia_block *s, int b, uint64_t step)
{
    const dia_ahead *a = s->scratch->ahead;
    return a == NULL ? step : step + ((uint64_t)a->round[b] << 40);
}

/* uncertainty.c: the time, closest to the attempt of row b in the step from its last state on, at which the energy suffices. */
typedef struct dia_instant {
    bool found;
    long step; /* from the state of this step ... */
    double at; /* ... by this part of a step      */
} dia_instant;
dia_status dia_uncertainty_search(dia_block *s, int b, dia_instant *best);

#endif
