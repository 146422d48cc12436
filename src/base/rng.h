/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counter-based random numbers (Philox 4x64-10, Random123; Salmon et al., SC11, DOI 10.1145/2063384.2063405).
 * A number is a pure function of (seed, trajectory, step, purpose, index). There is no state, so a trajectory is the
 * same alone, in any swarm, on any number of threads and after a restart. */
#ifndef DIA_BASE_RNG_H
#define DIA_BASE_RNG_H

#include <stdint.h>

/* Separate streams. Only append: the numbers depend on the order. */
typedef enum dia_purpose {
    DIA_PURPOSE_INITIAL = 1,   /* initial positions and velocities */
    DIA_PURPOSE_HOP = 2,       /* one number per step              */
    DIA_PURPOSE_NETWORK = 3,   /* initial weights                  */
    DIA_PURPOSE_SHUFFLE = 4,   /* order of training points, splits */
    DIA_PURPOSE_BOOTSTRAP = 5, /* resampling in the analysis       */
    DIA_PURPOSE_TEST = 6,
    DIA_PURPOSE_START = 7,       /* choice and displacement of starting geometries */
    DIA_PURPOSE_METHOD = 8,      /* further numbers of a hopping method            */
    DIA_PURPOSE_DECOHERENCE = 9, /* numbers of a decoherence method                */
    DIA_PURPOSE_STATE = 10,      /* the state that a trajectory starts in          */
    DIA_PURPOSE_THERMOSTAT = 11, /* noise of a heat bath                           */
    DIA_PURPOSE_MEMBER = 12,     /* training points of a member of a committee     */
    DIA_PURPOSE_EXCITATION = 13, /* which candidates light excites, to which state */
    DIA_PURPOSE_LIGHT = 14       /* how a molecule stands in a field; whether light pays for a hop */
} dia_purpose;

/* Uniform in the open interval (0,1): an odd multiple of 2^-53. */
double dia_rng_uniform(uint64_t seed, uint64_t trajectory, uint64_t step, dia_purpose purpose, uint32_t index);
/* Standard normal (Box-Muller on two uniforms of one Philox block). */
double dia_rng_normal(uint64_t seed, uint64_t trajectory, uint64_t step, dia_purpose purpose, uint32_t index);
/* Uniform integer in 0..n-1. */
uint64_t dia_rng_integer(uint64_t seed, uint64_t trajectory, uint64_t step, dia_purpose purpose, uint32_t index,
                         uint64_t n);

#endif
