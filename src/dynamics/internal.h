/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a block that the files of this folder share. */
#ifndef DIA_DYNAMICS_INTERNAL_H
#define DIA_DYNAMICS_INTERNAL_H

#include "base/arena.h"
#include "base/rng.h"
#include "diabolo/dynamics.h"
#include "diabolo/extend.h"
#include "dynamics/thermostat.h"

/* All arrays of real numbers, so that one loop allocates, copies, restores and saves them. */
enum {
    ROW_R,
    ROW_V,
    ROW_G,
    ROW_C,
    ROW_H,
    ROW_E,
    ROW_U,
    ROW_POTENTIAL,
    ROW_KINETIC,
    ROW_ENERGY0,
    ROW_WORK,        /* done by light                                        */
    ROW_MU,          /* (3, npacked) dipoles, where there is light           */
    ROW_FIELD,       /* (ncart) gradient of what the field adds to the active state's energy */
    ROW_HDOT,        /* dH/dt along the velocity, if the hop type needs_hdot */
    ROW_HOP,         /* memory of the hop type                               */
    ROW_DECOHERENCE, /* memory of the decoherence type                       */
    ROW_STOP,        /* (3) of the conditions: see fate.c. Width 0: there are none */
    ROW_THERMOSTAT,  /* memory of the thermostat                             */
    ROW_DOUBT,       /* differences of members of a committee: doubt.c       */
    ROW_PAST,        /* of a trajectory that flies ahead: ahead.h. It has no `old` */
    ROWS
};

typedef struct dia_rows {
    double *now, *old; /* (capacity, width): now, and at the beginning of the present step; NULL: not kept */
    size_t width;
} dia_rows;

struct dia_block_scratch {
    dia_arena *arena; /* owns everything here and every array of the block */
    dia_tape *tape;   /* batches and requests of up to `capacity`          */
    dia_rows rows[ROWS];
    dia_frame before;            /* of the beginning of the step: the `old` rows                   */
    dia_step_view view;          /* the view for the methods                                       */
    int8_t *part;                /* (capacity) does the row take part in the present (sub-)step?   */
    int nflying, *flying;        /* (capacity) rows that take part and are still flying            */
    int *whole;                  /* (capacity) rows of the whole step                              */
    int *again;                  /* (DIA_HALVINGS + 1, capacity) rows whose step is done in halves */
    int *origin;                 /* (capacity, nstate) of the view                                 */
    int *active_before;          /* (capacity) at the beginning of the (sub-)step                  */
    int8_t *unresolved;          /* (capacity) a force inside the step was that of a mixture       */
    int8_t *event;               /* (capacity) the hopping method hops inside the piece            */
    int *events;                 /* (capacity) such hops in this step                              */
    uint32_t *pieces;            /* (capacity) pieces since the first of them                      */
    double *margin;              /* (capacity, 2) of the method at both ends of the piece          */
    int *inverse;                /* (nstate)                                                       */
    uint32_t piece;              /* of a divided step: a number of its own; 0: a whole step        */
    int *tape_row;               /* (capacity) index of row b in the batch last given to the model */
    int *request;                /* (capacity) rows of a request, as places on the tape            */
    int *plain;                  /* (capacity) of eigenproblems                                    */
    int *hopper, *target;        /* (capacity)                                                     */
    double *batch_R;             /* (capacity, ncart) vectors of a request to the model            */
    double *batch_H;             /* (capacity, npacked)                                            */
    double *W;                   /* (capacity, npacked), and room for a vector                     */
    double *answer;              /* (capacity, max(ncart, npacked)) results of the model           */
    double *coupling, *gradient; /* (capacity, ncart) of those that want to hop                    */
    double *rigid;               /* (6, ncart) of one hopper                                       */
    double *T;                   /* (capacity, nstate, nstate, 2)                                  */
    double *c_before, *c_after;  /* (capacity, nstate, 2) adiabatic                                */
    double *masses;              /* (capacity, ncart) those of the block, once a row               */
    double *uniform;             /* (capacity)                                                     */
    double *arrival;             /* (ncart) velocity of one hopper before its momentum is adjusted */
    double *meeting;             /* (ncart) where two states that exchange meet                    */
    double *work;                /* of eigenproblem and propagator                                 */
    double now;                  /* time of the present geometries                                 */
    double *batch_mu;            /* (capacity, 3, npacked); with light, like the next three        */
    double *pull;                /* (capacity, ncart) of a request: gradient by the field          */
    double *flux;                /* (capacity, 2, nstate) moved from the active state by field, nuclei */
    double *drive;               /* of the propagator with a field                                 */
    int *atoms;                  /* (2 natom) of the search for fragments                          */
    struct dia_doubt *doubt;     /* of a committee that is watched; NULL: none                     */
    struct dia_ahead *ahead;     /* of a method with time uncertainty; NULL: none         */
    struct dia_stop_test *stops; /* conditions of the dynamics for this model; NULL: none          */
};

/* evaluate.c: calls of the model and electronic quantities, for the rows that have not ended. */
void dia_block_list_flying(dia_block *s);
void dia_block_set_back(dia_block *s, int b); /* row b, to the beginning of the (sub-)step */
/* The same, and it ends with fate NAN; call dia_block_list_flying afterwards. */
void dia_block_lose(dia_block *s, int b);
dia_status dia_block_hamiltonian(dia_block *s); /* R -> frame; rows with NaN end */
/* The same at the end of a step of length dt, and amplitudes without a field -> T, c_before, c_after. */
dia_status dia_block_arrive(dia_block *s, double dt);
/* W (n, npacked) of `n` rows -> out (n, ncart). */
dia_status dia_block_contract(dia_block *s, int n, const int *rows, const double *W, double *out);
dia_status dia_block_derivative(dia_block *s, int n, const int *rows); /* V -> rows ROW_HDOT */
/* scratch W, in the order of `flying` -> G; rows with NaN end. inner: within a step */
dia_status dia_block_gradients(dia_block *s, bool inner);
dia_status dia_block_forces(dia_block *s);       /* those of the active states, or of the mean field */
dia_status dia_block_inner_forces(dia_block *s); /* of active states within a step, through its crossings */
void dia_block_energies(dia_block *s);           /* -> potential, kinetic   */
double dia_block_potential(const dia_block *s, int b, int active);
double dia_block_kinetic(const dia_block *s, int b);

/* The view of a block at the end of a step, for a method that draws its random numbers from `stream`. */
const dia_step_view *dia_block_view(dia_block *s, dia_purpose stream);
/* Memory of trajectory b; `which`: ROW_HOP or ROW_DECOHERENCE. */
static inline double *dia_block_memory(const dia_block *s, int which, int b)
{
    return s->scratch->rows[which].now + (size_t)b * s->scratch->rows[which].width;
}

/* block.c: frames where their rows are */
void dia_block_place_frames(dia_block *s);

/* step.c: rows (count) through the step that follows s->step, and nothing else. */
dia_status dia_block_fly(dia_block *s, int count, const int *rows);

/* motion.c: parts of a step of the nuclei */
void dia_block_kick(dia_block *s, double dt);  /* V <- V - dt G/m */
void dia_block_drift(dia_block *s, double dt); /* R <- R + dt V */
/* The heat bath, at the ends of a step of length dt or in its middle. What it gives belongs to the energy from now on. */
void dia_block_bathe(dia_block *s, double dt, bool middle);
static inline bool dia_bath_at_ends(const dia_block *s)
{
    return s->dynamics->thermostat != NULL && s->dynamics->thermostat->ends != NULL;
}
static inline bool dia_bath_in_middle(const dia_block *s)
{
    return s->dynamics->thermostat != NULL && s->dynamics->thermostat->middle != NULL;
}

/* mean_field.c: methods whose force is that of their amplitudes. In light, where the field turns the amplitudes within the step,
 * they move like the others, by forces of one instant. */
static inline bool dia_moves_together(const dia_block *s)
{
    return s->dynamics->hop->mean_field != NULL && s->dynamics->light == NULL;
}
dia_status dia_mean_field_fly(dia_block *s, double dt); /* positions, velocities, amplitudes, frames from t to t+dt */
dia_status dia_mean_field_forces(dia_block *s);         /* of c_after -> G                                          */
double dia_mean_field_potential(const dia_block *s, int b);
dia_status dia_mean_field_decay(dia_block *s); /* what the method does at the end of a step */

/* crossing.c: crossings of the active state inside a step */
enum { DIA_HALVINGS = 12 }; /* of a step at most */
typedef enum dia_passed { DIA_PASSED, DIA_PASSED_EXCHANGED, DIA_PASSED_UNRESOLVED } dia_passed;
/* Flying rows (their number is returned) of which dia_crossing_judge may have something to say; all others have passed. */
int dia_crossings_find(const dia_block *s, int *rows);
/* After the propagator of the step is known: what became of the active state of row b. to: the state that continues it. */
dia_passed dia_crossing_judge(dia_block *s, int b, int *to);
/* Row b goes on in state `to`; everything of the beginning of the step is given the numbers of its end. */
void dia_crossing_exchange(dia_block *s, int b, int to);
/* The state that row b is in at a geometry within the step, before its end is known; notes where none can be told. */
int dia_crossing_inner(dia_block *s, int b);
void dia_crossing_begin(dia_block *s, int b); /* a new step: each state continues itself               */
void dia_crossings_begin(dia_block *s);       /* of all flying rows                                    */
void dia_crossing_undo(dia_block *s, int b);  /* before row b is set back to the beginning of the step */
void dia_crossing_tell(dia_block *s, int b);  /* on_hop, if the states of row b have exchanged         */

/* hop.c: propose hops, adjust momenta, use the new force. */
dia_status dia_block_hop(dia_block *s);
/* Of rows `hopper` (n) to `target`: directions along which their momenta may change -> scratch `coupling` (n, ncart). */
dia_status dia_block_directions(dia_block *s, int n);
/* Kinetic energy that can pay for a hop of row b across `gap`, in the direction h or as the settings say, less the gap: not negative
 * exactly where the hop is accepted. */
double dia_block_spare(dia_block *s, int b, const double *h, double gap);
/* Of the view: couplings of the active states with k, directions -> scratch `coupling`; a covector without rigid motions. */
dia_status dia_block_couplings(dia_block *s, int k);
void dia_block_vibration(dia_block *s, int b, double *h);
/* May this adiabatic state be active? */
static inline bool dia_state_permitted(const dia_dynamics *dynamics, int state)
{
    return dynamics->states == 0 || (state < 64 && dynamics->states >> state & 1);
}

/* fate.c */
void dia_block_settle_fates(dia_block *s);

#endif
