/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A swarm file made up by known laws, in the layout of docs/swarm-file.md, for the tests of whatever reads swarms.
 * Every trajectory starts in `from`, waits `delay` and then leaves to the state below with the constant rate 1/lifetime
 * (never to come back); with `slow_share` of them at the slow lifetime. The departure is one accepted hop. */
#ifndef DIA_TEST_SYNTHETIC_H
#define DIA_TEST_SYNTHETIC_H

#include "store/store.h"

typedef struct synthetic_swarm {
    int ntrajectory, ntime, nstate, from;
    double every;                                      /* fs between samples */
    double lifetime, delay, slow_lifetime, slow_share; /* fs */
    uint64_t seed;
    double excess; /* |c|^2 of the active state is 1 - excess, the rest on the state below (above for state 0) */
    bool no_amplitudes;
    double drift;            /* hartree, or less than 0: trajectory j ends with j/(ntrajectory-1) of it */
    int nan_every;           /* every so many-th trajectory has fate NaN; 0: none        */
    bool weighted;           /* weights 1, 2, 3, 1, 2, 3, ... instead of 1               */
    const char *populations; /* attribute of that name; NULL: none              */
} synthetic_swarm;

/* Departure of trajectory j, fs. */
double synthetic_departure(const synthetic_swarm *swarm, int j);
/* The same without molecule and hops, for the caller to put in and to commit. */
dia_store *synthetic_swarm_begin(const synthetic_swarm *swarm, const char *path);
void synthetic_swarm_write(const synthetic_swarm *swarm, const char *path);

#endif
