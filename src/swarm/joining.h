/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of dia_join_write; private to join.c and join_rest.c. */
#ifndef DIA_SWARM_JOINING_H
#define DIA_SWARM_JOINING_H

#include "swarm/assembly.h"
#include "swarm/join.h"

typedef struct dia_joining {
    const dia_join *join;
    dia_store *store;
    dia_swarm swarm; /* what is written */
    size_t *at;      /* (n + 1) the first row of each part; the last: all of them */
    dia_layout record;
    dia_pieces pieces;
    size_t N, T, n;
    size_t start, S; /* the present window of samples */
    double *values[DIA_FIELD_COUNT];
    int8_t *active;
    double *occupied;
    dia_population_rule rule;
    dia_mean means[3];
    size_t hops; /* written so far */
    char *identity;
    char initial[DIA_DIGEST_SIZE], digest[DIA_DIGEST_SIZE];
    const dia_control *control;
} dia_joining;

static inline dia_status dia_joining_memory(dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to join swarm files");
}

static inline size_t dia_joining_size(dia_number number) /* bytes */
{
    return number == DIA_NUMBER_INT8 ? 1 : number == DIA_NUMBER_INT ? sizeof(int) : 8;
}

/* Writes the last states of a block of trajectories, first .. first+size-1. */
DIA_MUST_USE dia_status dia_joining_states(dia_joining *now, size_t first, size_t size, dia_error *error);
/* Writes the hops, beyond those that are written, of the trajectories before row `past`. */
DIA_MUST_USE dia_status dia_joining_hops(dia_joining *now, size_t past, dia_error *error);
/* Writes initial conditions and all that is not written in pieces. *rounded: dia_join_write. */
DIA_MUST_USE dia_status dia_joining_rest(dia_joining *now, bool *rounded, dia_error *error);

#endif
