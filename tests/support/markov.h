/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trajectories of a Markov scheme with known constants: each waits `delay`, then hops from species to species with
 * exponential waiting times. What a kinetic fit must find again. */
#ifndef DIA_TEST_MARKOV_H
#define DIA_TEST_MARKOV_H

#include "analyse/kinetics/occupation.h"
#include "analyse/kinetics/scheme.h"

typedef struct markov {
    const char *scheme;
    double rate[DIA_SCHEME_STEPS]; /* 1/fs, in the order of the scheme's steps           */
    double delay;                  /* fs                                                 */
    int start;                     /* species                                            */
    int n, ntime;
    double every; /* fs */
    uint64_t seed;
} markov;

/* Fills *scheme, time (ntime) and *data, which the caller frees. */
void markov_fly(const markov *m, dia_scheme *scheme, double *time, dia_occupation *data);

#endif
