/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of an assembly (assemble.c); private to src/swarm/assemble*.c. */
#ifndef DIA_SWARM_ASSEMBLY_H
#define DIA_SWARM_ASSEMBLY_H

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
    size_t hops_written;
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
    double *end, *drift;             /* (N) fs, hartree                                                           */
    double *outside, *novelty;       /* (N) first time outside the training data, fs, NaN: never; largest novelty */
    double *uncertain;               /* (N) first time the committee was too uncertain, fs; NaN: never */
    double first_outside;            /* fs, of all trajectories; text: which, and why; empty: none                */
    int64_t first_number;
    char first_text[500];
    double *potential0, *kinetic0; /* (N) hartree, of the first sample                                          */
    dia_body body;
    const dia_control *control;
    double begun; /* seconds */
    bool told;
} dia_assembly;

/* Writes the hops of a block (size trajectories), sorted by trajectory and time; counts those to states that were not fitted.
 * DIA_ERROR_FILE, _MEMORY. */
DIA_MUST_USE dia_status dia_assembly_hops(dia_assembly *a, int64_t block, size_t size, dia_error *error);

#endif
