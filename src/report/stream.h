/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trajectories of a swarm as the page holds them: rounded, then each quantity's time series in few bits
 * (channel.h). Each trajectory starts at a byte, so that the page unpacks the one it shows.
 *
 * Channels of a trajectory, each over its first `samples` samples:
 *   natom * dimension   positions, if the swarm holds them: atom by atom, x y z; in units of position_quantum Angstrom
 *                       (of a model system: bohr)
 *   nstate (or 1)       adiabatic energies; without them the energy of the active state alone; energy_quantum eV above zero
 *   1                   total energy less the work of light; total_quantum eV above zero
 *   1                   work of light, if there is any; total_quantum eV
 *   1                   active state */
#ifndef DIA_REPORT_STREAM_H
#define DIA_REPORT_STREAM_H

#include "analyse/record.h"
#include "report/channel.h"

/* A thousandth of an Angstrom and of an eV: below what a picture shows; the total energy finer, since its drift is
 * shown. */
#define DIA_STREAM_POSITION 1e-3
#define DIA_STREAM_ENERGY 1e-3
#define DIA_STREAM_TOTAL 1e-4

typedef struct dia_stream {
    int natom, dimension, nstate;
    int ntime;                       /* samples in the swarm file                                        */
    int most;                        /* samples of the page, as dia_json_thinned takes them              */
    bool positions, energies, light; /* which channels there are                                  */
    int count;                       /* trajectories: the first `count` of the swarm                     */
    int wanted;                      /* how many it should have been; more than count: they did not fit  */
    int *samples;   /* (count) samples of the page of each: up to its end, or to the first that is no number owned */
    size_t *offset; /* (count) where it starts in bits.byte                                         owned */
    dia_bits bits;  /*                                                                              owned */
} dia_stream;

/* natom, dimension 0: no positions. zero: hartree. most: samples (base/json.h). limit: trajectories at most; bytes: size
 * at most (a trajectory that would exceed it, and all behind it, are left out). */
DIA_MUST_USE dia_status dia_stream_create(dia_stream *stream, const dia_record *record, int natom, int dimension,
                                          double zero, int most, int limit, size_t bytes, dia_error *error);
void dia_stream_free(dia_stream *stream);

#endif
