/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flight of a swarm: divided into fixed blocks of consecutive trajectories, one task per block, recorded in a
 * journal and assembled into the swarm file (docs/swarm-file.md) when all blocks are complete.
 *
 * The blocks depend only on the number of trajectories, and a trajectory does not depend on its block: the swarm
 * file is the same for any number of threads, interrupted or not. */
#ifndef DIA_SWARM_FLIGHT_H
#define DIA_SWARM_FLIGHT_H

#include "base/digest.h"
#include "diabolo/dynamics.h"
#include "diabolo/extend.h"
#include "dynamics/options.h"
#include "swarm/file/table.h"
#include "swarm/journal.h"
#include "swarm/layout.h"

typedef struct dia_flight { /* all that determines the swarm file; everything borrowed, atomic units */
    const dia_model *model;
    const dia_dynamics *dynamics;
    int64_t count;         /* N trajectories                                           */
    const int64_t *number; /* (N) ascending: keys of their random numbers              */
    const double *R, *V;   /* (N, ncart)                                               */
    const int *state;      /* (N) adiabatic                                            */
    const double *c;       /* (N, nstate, 2) diabatic amplitudes; NULL: 1 in `state`   */
    const double *weight;  /* (N)                                                      */
    /* (N) which candidate, excitation energy, oscillator strength, for the swarm file, and what became of the candidates;
     * NULL: the state was not drawn by light */
    const int64_t *candidate;
    const double *excitation, *strength;
    const char *chosen;
    int64_t steps;     /* time steps; a multiple of `every`                        */
    int64_t every;     /* steps from one sample to the next                        */
    bool full;         /* record energies, amplitudes, positions and velocities    */
    bool single;       /* the last three in single precision                       */
    const char *input; /* text of the input, for the swarm file                    */
    const char *input_path;
    const char *resolved;   /* all settings, without the name of the output */
    const char *model_path; /* as given; "-": a block in the input          */
    int64_t block;          /* trajectories a block; 0: by their number     */
    bool extendable;        /* keep the last states */
    /* The same trajectories, shorter: each goes on from its last state there (extend.c). NULL: all begin */
    const dia_swarm *before;
    /* Of a shard: which (dia_swarm.shard), and resolved, identity and initial_digest of the whole swarm; NULL: it is none */
    const char *shard, *whole_resolved, *whole_identity, *whole_initial;
    struct dia_watch *watch; /* says when enough have been flown (swarm/until.h); NULL: all are flown */
    const char *until;       /* what it asked and found, for the swarm file; NULL: nothing            */
} dia_flight;

static inline int64_t dia_flight_samples(const dia_flight *flight)
{
    return flight->steps / flight->every + 1;
}
/* Samples and steps that the trajectories have behind them when the flight begins. */
static inline int64_t dia_flight_samples_before(const dia_flight *flight)
{
    return flight->before != NULL ? flight->before->T : 0;
}
static inline int64_t dia_flight_steps_before(const dia_flight *flight)
{
    return flight->before != NULL ? (flight->before->T - 1) * flight->before->every : 0;
}
/* Is the disagreement of a committee recorded? */
static inline bool dia_flight_watched(const dia_flight *flight)
{
    return flight->dynamics->committee.every > 0;
}
/* Has the dynamics a field of light, so that its work is recorded? */
static inline bool dia_flight_lit(const dia_flight *flight)
{
    return flight->dynamics->light != NULL;
}
/* What is recorded of a trajectory at a sample. */
void dia_flight_layout(const dia_flight *flight, dia_layout *layout);
/* Have the trajectories weights by the hopping method? */
static inline bool dia_flight_weighted(const dia_flight *flight)
{
    return dia_dynamics_populations(flight->dynamics, dia_model_shape(flight->model).nstate).weighted;
}
/* Trajectories per block (the last may have fewer), and number of blocks; the first for a flight of so many trajectories. */
int64_t dia_flight_block_of(int64_t count);
int64_t dia_flight_block(const dia_flight *flight);
int64_t dia_flight_blocks(const dia_flight *flight);

/* SHA-256 of initial conditions, masses among them. */
typedef struct dia_conditions {
    size_t n, ncart, nstate, natom;
    const int64_t *number; /* (n)                  */
    const double *R, *V;   /* (n, ncart)           */
    const double *weight;  /* (n)                  */
    const double *c;       /* (n, nstate, 2); NULL */
    const int *state;      /* (n)                  */
    const double *masses;  /* (natom)              */
} dia_conditions;
void dia_conditions_digest(const dia_conditions *conditions, char digest[DIA_DIGEST_SIZE]);
void dia_flight_initial_digest(const dia_flight *flight, char digest[DIA_DIGEST_SIZE]);

/* The identity of a flight (base/provenance.h), on the heap; NULL: out of memory. */
char *dia_flight_identity(const dia_flight *flight);

/* Opens the journal of a flight (dia_journal_open), which holds its initial conditions. On another kind of processor
 * sampling rounds otherwise: then the flight gets the conditions of the journal. *stored owns these (the caller frees
 * it); NULL: the flight has kept its own. */
DIA_MUST_USE dia_status dia_flight_journal(dia_flight *flight, dia_journal **journal, const char *path, bool fresh,
                                           char **stored, dia_error *error);

typedef struct dia_flight_progress {
    int64_t done, total; /* trajectory-steps of the whole flight, as long as it will be */
    int64_t flown;       /* of them, in this call                */
    double seconds;      /* of this call                         */
} dia_flight_progress;

/* Computes what the journal does not hold yet. On DIA_OK all blocks are complete, or with a watch those up to
 * dia_watch_taken. checkpoint: seconds between
 * segments of an unfinished block. When stopped it finishes the step and writes segments before it returns. *last:
 * progress at the end. */
DIA_MUST_USE dia_status dia_flight_fly(const dia_flight *flight, dia_journal *journal, double checkpoint,
                                       const dia_control *control, dia_flight_progress *last, dia_error *error);

/* Writes the swarm file `path` from a journal that holds all blocks; it appears under its name only when complete. */
DIA_MUST_USE dia_status dia_flight_assemble(const dia_flight *flight, const dia_journal *journal, const char *path,
                                            const dia_control *control, dia_error *error);

/* Trajectories of a complete flight that no longer count in the means, but did in flight->before; -1: with `error`. */
int64_t dia_flight_lost(const dia_flight *flight, const dia_journal *journal, dia_error *error);

/* ---- body of a segment: endings (B) | rows (samples, B) | hops (hops) | state to go on from -- */

typedef struct dia_ending {
    int64_t step; /* at which the trajectory ended; -1: not ended */
    int64_t fate; /* dia_fate                                     */
    int64_t stop; /* number of the condition that ended it; -1    */
} dia_ending;

typedef struct dia_hop_record { /* then position (ncart), then velocity (ncart) doubles */
    int64_t trajectory;
    double time, gap, kinetic_before, kinetic_after, work; /* atomic units */
    int32_t from, to, accepted, unused;
} dia_hop_record;

static inline size_t dia_hop_record_size(int ncart)
{
    return sizeof(dia_hop_record) + 2 * (size_t)ncart * sizeof(double);
}

#endif
