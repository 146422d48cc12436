/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the analysis knows of a swarm: the swarm file (docs/swarm-file.md), checked. Small arrays are held; those of
 * every sample and coordinate stay in the file, which remains open, and are read in slabs of trajectories. Times in fs,
 * as in the file; energies in hartree. */
#ifndef DIA_ANALYSE_RECORD_H
#define DIA_ANALYSE_RECORD_H

#include "diabolo/swarm.h"
#include "store/store.h"

/* The three kinds, in the order of the arrays below. */
typedef enum dia_population {
    DIA_POPULATION_ACTIVE,     /* share of trajectories whose active state is k          */
    DIA_POPULATION_ELECTRONIC, /* mean |c_k|^2, adiabatic amplitudes                     */
    DIA_POPULATION_DIABATIC,   /* mean |c_i|^2, diabatic amplitudes                      */
    DIA_POPULATION_KINDS
} dia_population;
extern const char *const dia_population_names[DIA_POPULATION_KINDS]; /* "active", ... */

typedef struct dia_record {
    dia_store *store;
    char *model_type, *model_path, *method, *program; /* for the head of a report */
    int64_t seed;
    double timestep; /* fs */

    int ntime, nstate, ntrajectory, nhop;
    double *time;                             /* (ntime) fs, ascending                                         */
    double *population[DIA_POPULATION_KINDS]; /* (ntime, nstate) as stored                                     */
    double *error[DIA_POPULATION_KINDS];      /* (ntime, nstate) one standard error, as stored                 */
    int64_t *number;                          /* (ntrajectory) number in the swarm                             */
    int8_t *active;                           /* (ntrajectory, ntime)                                          */
    int8_t *fate;                             /* (ntrajectory)                                                 */
    int8_t *start;                            /* (ntrajectory) state at the start                              */
    double *end;                              /* (ntrajectory) fs, last time that counts                       */
    double *weight;                           /* (ntrajectory) > 0; 0 for those left out of the means (fates NaN
                                                 and drift, docs/swarm-file.md): so every sum leaves them out  */
    double *given;                            /* (ntrajectory) weight as in the file, left out or not          */
    int ncounted;                             /* trajectories that are not left out                            */
    bool has_amplitudes, has_energies;        /* trajectories/amplitudes, energies are in the file             */

    int *hop_row;                             /* (nhop) row of its trajectory in the arrays above              */
    double *hop_time, *hop_gap;               /* (nhop) fs, hartree (E_to - E_from)                            */
    int8_t *hop_from, *hop_to, *hop_accepted; /* (nhop)                                                        */
} dia_record;

/* Opens and checks; on failure *record is NULL and the error names file, dataset, what was expected and found. */
DIA_MUST_USE dia_status dia_record_load(dia_record **record, const char *path, dia_error *error);
void dia_record_free(dia_record *record);

/* Why row j is left out of the means (a phrase: "dissociated", ...). */
const char *dia_record_left_out(const dia_record *record, int row);

/* What is done with the trajectories that the means leave out. */
typedef enum dia_discarded {
    DIA_DISCARDED_LEAVE_OUT, /* they do not count at any time                        */
    DIA_DISCARDED_UNTIL_END, /* they count up to the time when they went wrong       */
    DIA_DISCARDED_AS_IS,     /* they count at all times, frozen in their last sample */
    DIA_DISCARDED_WAYS
} dia_discarded;
extern const char *const dia_discarded_names[DIA_DISCARDED_WAYS]; /* "leave_out", ... */
/* Weight of row j under a way of counting; 0: it does not count. */
double dia_record_weight(const dia_record *record, int row, dia_discarded discarded);
/* Does row j count at sample t (given that its weight is not 0)? */
bool dia_record_present(const dia_record *record, int row, int t, dia_discarded discarded);

/* Rows [first, first+count) of "trajectories/NAME" as doubles: (count, ntime, tail[0], ..., tail[ntail-1]). */
DIA_MUST_USE dia_status dia_record_rows(const dia_record *record, const char *name, int ntail, const int *tail,
                                        int first, int count, double *values, dia_error *error);
/* How many trajectories of so many doubles a sample make a slab of some 8 MiB (at least 1). */
int dia_record_slab(const dia_record *record, int width);

#endif
