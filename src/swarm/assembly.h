/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of an assembly (assemble.c); private to src/swarm/assemble*.c. */
#ifndef DIA_SWARM_ASSEMBLY_H
#define DIA_SWARM_ASSEMBLY_H

#include "dynamics/options.h"
#include "dynamics/save.h"
#include "statistics/mean.h"
#include "swarm/file/table.h"
#include "swarm/flight.h"

typedef struct dia_assembly {
    const dia_flight *flight;
    const dia_journal *journal;
    dia_store *store;
    dia_layout record;
    dia_swarm swarm; /* what is written; its arrays belong to this struct or to the flight */
    size_t N, T, n, ncart;
    size_t hops_written, hops_read;  /* hops_read: of the swarm before */
    int64_t stopped_at_once;         /* trajectories that meet a condition at their start                         */
    int64_t unfitted;                /* trajectories that hopped to states which were not fitted                  */
    size_t block, most;              /* trajectories of a block, samples of a window (the last may have fewer)    */
    size_t piece;                    /* trajectories that are written at once: whole blocks                       */
    size_t start, S;                 /* the present window: samples start .. start+S-1                            */
    double *values[DIA_FIELD_COUNT]; /* (piece, S, width)                                                         */
    int8_t *active;                  /* (piece, S)                                                                */
    double *occupied;                /* (S, n) one trajectory's active state as 0 or 1                            */
    dia_mean means[3];               /* active, electronic, diabatic; (S, n)                                      */
    int8_t *fate, *state, *stop;     /* (N)                                                                       */
    char *remarks;                   /* on the model; NULL: none                                                  */
    char *conditions;                /* of dynamics.stop, one a line; NULL: none                                  */
    dia_population_rule rule;        /* of the method                                     */
    char populations[DIA_POPULATION_TEXT]; /* the same as text; "": that of active states       */
    double *end, *drift;       /* (N) fs, hartree                                                           */
    double *outside, *novelty; /* (N) first time outside the training data, fs, NaN: never; largest novelty */
    double *uncertain;         /* (N) first time the committee was too uncertain, fs; NaN: never */
    double *start_weight;      /* (N) by the method                                              */
    double first_outside;      /* fs, of all trajectories; text: which, and why; empty: none                */
    int64_t first_number;
    char first_text[500];
    double *potential0, *kinetic0; /* (N) hartree, of the first sample                                          */
    dia_block *like;               /* of the flight's kind, to read states of trajectories; NULL: they are not kept */
    double *states;                /* (block, swarm.width)                                                      */
    dia_body body;
    const dia_control *control;
    double begun; /* seconds */
    bool told;
} dia_assembly;

/* A number of steps in fs. */
static inline double dia_assembly_time(const dia_assembly *a, int64_t steps)
{
    return (double)steps * a->flight->dynamics->timestep / DIA_FEMTOSECOND;
}

/* Samples start .. start+count-1, or up to the last, and with the first window all that is no row of samples. */
DIA_MUST_USE dia_status dia_assembly_window(dia_assembly *a, size_t start, size_t count, dia_error *error);

/* Trajectories written at once, and samples of a window, for rows of this kind in blocks of so many. A file that is joined from
 * others is written in the same pieces, so that its bytes are the same. */
typedef struct dia_pieces {
    size_t block, piece, most;
} dia_pieces;
dia_pieces dia_assembly_pieces(const dia_layout *record, size_t N, size_t T, size_t block);
/* The dataset of a field; NULL: it is not written. */
const char *dia_assembly_dataset(dia_field field, bool shard);
/* Times (S), then populations, and the sums for an extension, at the samples start .. start+S-1; means[0]: of active states. */
DIA_MUST_USE dia_status dia_assembly_means(const dia_swarm *swarm, dia_store *store, const dia_mean means[3],
                                           size_t start, size_t S, const double *time, dia_error *error);
/* means (3) of the window: ratios where the rule says so. DIA_ERROR_MEMORY. */
DIA_MUST_USE dia_status dia_assembly_means_create(dia_mean means[3], const dia_population_rule *rule, size_t S,
                                                  size_t n, dia_error *error);
/* Adds a trajectory: its active states (S), populations (S, nstate); occupied: room (S, nstate). */
void dia_assembly_add(dia_mean means[3], double weight, size_t S, size_t n, const int8_t *active,
                      const double *electronic, const double *diabatic, double *occupied);

/* Writes the hops of a block (size trajectories), sorted by trajectory and time; counts those to states that were not fitted.
 * DIA_ERROR_FILE, _MEMORY. */
DIA_MUST_USE dia_status dia_assembly_hops(dia_assembly *a, int64_t block, size_t size, dia_error *error);

#endif
