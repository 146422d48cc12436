/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Swarms from the same initial conditions, trajectory by trajectory: the mean of x_A - x_B over the trajectories that both
 * have, for shares of states, outcomes and times. Its standard error is that of the mean of the differences (statistics/mean.h),
 * which is smaller than sqrt(s_A^2 + s_B^2)/sqrt(N), as for independent swarms, by what the two have in common:
 * var(A - B) = var A + var B - 2 cov(A, B) (common random numbers: Glasserman and Yao, Manag. Sci. 38, 884 (1992)). */
#ifndef DIA_COMPARE_COMPARE_H
#define DIA_COMPARE_COMPARE_H

#include <stdio.h>

#include "diabolo/base.h"
#include "diabolo/swarm.h"

typedef struct dia_pair { /* a swarm against the reference; all arrays owned */
    char path[4096], method[64];
    char setting[900]; /* the first setting in which they differ, `there: ...; now: ...`; ""                      */
    bool by_amplitudes
        [2];          /* reference, swarm: its populations are those of its amplitudes, not shares of active states */
    bool same_seed;   /* the random numbers are the same too                                                      */
    int64_t count;    /* trajectories that both have and that count in both                                       */
    int64_t left_out; /* that both have, but one or both do not count (dia_fate_counts)                           */
    int64_t alone;    /* that only one of the files has                                                           */
    int ntime, nstate, nchannel;
    bool lit;     /* one or both had light */
    double *time; /* (ntime) fs, samples in common                                                                */
    char (*channel)[64]; /* (nchannel) outcomes of conditions, inside, dissociated; 0: no conditions              */
    /* Quantities, in this order: share in state k at time t (ntime, nstate); share of channel and final state, last any
     * (nchannel, nstate + 1); time until the first state is left, fs; accepted hops a trajectory; with light those that it made, and its
     * work until the last sample, eV. */
    size_t n;
    double *reference, *value;             /* (n) means of reference and swarm                 */
    double *difference;                    /* (n) mean of the differences, value - reference   */
    double *error, *unpaired;              /* (n) its standard error; as if independent        */
    double *reference_error, *value_error; /* (n)                                              */
} dia_pair;

static inline size_t dia_pair_outcome(const dia_pair *pair, int channel, int state)
{
    return (size_t)pair->ntime * (size_t)pair->nstate + (size_t)channel * (size_t)(pair->nstate + 1) + (size_t)state;
}
static inline size_t dia_pair_stay(const dia_pair *pair)
{
    return pair->n - (pair->lit ? 4 : 2);
}
static inline size_t dia_pair_hops(const dia_pair *pair)
{
    return dia_pair_stay(pair) + 1;
}
static inline size_t dia_pair_by_light(const dia_pair *pair)
{
    return dia_pair_stay(pair) + 2;
}
static inline size_t dia_pair_work(const dia_pair *pair)
{
    return dia_pair_stay(pair) + 3;
}

/* DIA_ERROR_INPUT: they are no pair (other atoms, states, masses; a trajectory that starts elsewhere; no sample or no
 * trajectory in common), and what differs. */
DIA_MUST_USE dia_status dia_pair_create(dia_pair *pair, const dia_swarm *reference, const dia_swarm *swarm,
                                        const dia_control *control, dia_error *error);
void dia_pair_free(dia_pair *pair);

typedef struct dia_pairing {
    char path[4096], method[64]; /* of the reference */
    int npair;
    dia_pair *pair; /* (npair) */
} dia_pairing;

#endif
