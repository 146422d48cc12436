/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Geometries that searches begin at, and where they come from. Atomic units. */
#ifndef DIA_INTERSECT_STARTS_H
#define DIA_INTERSECT_STARTS_H

#include "base/digest.h"
#include "diabolo/molecule.h"
#include "molecule/match.h"

typedef enum dia_start_source {
    DIA_START_REFERENCE, /* the model's reference geometry */
    DIA_START_INPUT,     /* written in the input           */
    DIA_START_FILE,      /* a frame of an XYZ file         */
    DIA_START_HOP,       /* a hop of a swarm               */
    DIA_START_SOURCES
} dia_start_source;

typedef struct dia_start {
    dia_start_source source;
    int64_t index;      /* in its source: frame, row of /hops, entry of the input                        */
    int64_t trajectory; /* of a hop: its number in the swarm; else -1                                    */
    double time;        /* of a hop, fs; else NaN                                                        */
    int lower, upper;   /* of a hop: the states between which it was; else -1                            */
    int copy;           /* 0: the geometry itself; 1, 2, ...: displaced at random                        */
} dia_start;

typedef struct dia_starts { /* arrays owned; zero-initialise */
    int n, room, ncart;
    dia_start *start; /* (n)             */
    double *R;        /* (n, ncart) bohr */
} dia_starts;

typedef enum dia_hop_choice { DIA_HOPS_ACCEPTED, DIA_HOPS_FRUSTRATED, DIA_HOPS_ALL } dia_hop_choice;
typedef enum dia_start_choice { DIA_CHOOSE_RANDOM, DIA_CHOOSE_FARTHEST } dia_start_choice;

/* Appends one geometry (ncart of the molecule that comes first). */
DIA_MUST_USE dia_status dia_starts_add(dia_starts *starts, int ncart, const dia_start *start, const double *R,
                                       dia_error *error);
/* All frames of an (extended) XYZ file, which must be of this molecule. */
DIA_MUST_USE dia_status dia_starts_add_xyz(dia_starts *starts, const dia_molecule *molecule, const char *path,
                                           dia_error *error);
/* The hops of a swarm file, which must be of this molecule and have no states beyond nstate. *digest: of the model that
 * it was flown on. A swarm without such hops is DIA_ERROR_INPUT. */
DIA_MUST_USE dia_status dia_starts_add_hops(dia_starts *starts, const dia_molecule *molecule, int nstate,
                                            const char *path, dia_hop_choice choice, char digest[DIA_DIGEST_SIZE],
                                            dia_error *error);
/* Leaves at most `limit` hops of each pair of states, drawn at random (each hop has its own number of the seed, so a
 * longer swarm keeps most of the choice), or each the farthest from those chosen before, beginning with the first. The
 * order stays. limit 0: all. */
DIA_MUST_USE dia_status dia_starts_choose(dia_starts *starts, int limit, dia_start_choice choice, uint64_t seed,
                                          const dia_match *match, dia_error *error);
/* Adds `copies` copies after each start, every coordinate displaced by a normal deviate of standard deviation `spread`,
 * bohr. */
DIA_MUST_USE dia_status dia_starts_displace(dia_starts *starts, int copies, double spread, uint64_t seed,
                                            dia_error *error);
/* SHA-256 over geometries and pairs of states. */
DIA_MUST_USE dia_status dia_starts_digest(const dia_starts *starts, char digest[DIA_DIGEST_SIZE], dia_error *error);
/* Is this start suitable for a search of states first .. first+count-1? Of hops: those between two of them, or, for one
 * state, those from or to it. */
bool dia_start_serves(const dia_start *start, int first, int count);
void dia_starts_free(dia_starts *starts);

#endif
