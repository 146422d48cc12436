/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the analysis knows of a swarm: a view of its file as dia_swarm_open returns it, the active states of all
 * samples, and which trajectories count. Times in fs, energies in hartree. */
#ifndef DIA_ANALYSE_RECORD_H
#define DIA_ANALYSE_RECORD_H

#include "diabolo/swarm.h"
#include "statistics/population.h"

/* The three kinds, in the order of the arrays below. */
typedef enum dia_population {
    DIA_POPULATION_ACTIVE,     /* share of trajectories whose active state is k          */
    DIA_POPULATION_ELECTRONIC, /* mean |c_k|^2, adiabatic amplitudes, scaled by the rule */
    DIA_POPULATION_DIABATIC,   /* mean |c_i|^2, diabatic amplitudes, the same            */
    DIA_POPULATION_KINDS
} dia_population;
extern const char *const dia_population_names[DIA_POPULATION_KINDS]; /* "active", ... */

typedef struct dia_record {
    dia_swarm *swarm; /* owned; the arrays that are const are its own */
    const dia_control
        *control; /* whoever walks the record asks it whether to stop; borrowed. dia_record_load: NULL, never */
    int ntime, nstate, ntrajectory, nhop;
    const double *time;                             /* (ntime) fs, ascending                                         */
    const double *population[DIA_POPULATION_KINDS]; /* (ntime, nstate) as stored                                     */
    const double *error[DIA_POPULATION_KINDS];      /* (ntime, nstate) one standard error, as stored                 */
    dia_population_rule rule;                       /* what the method's trajectories say of populations             */
    dia_population own;    /* the populations that are the method's: ACTIVE, or ELECTRONIC of a mean field      */
    const int64_t *number; /* (ntrajectory) number in the swarm                             */
    int8_t *active;        /* (ntrajectory, ntime)                                          */
    const int8_t *fate;    /* (ntrajectory)                                                 */
    const int8_t *start;   /* (ntrajectory) state at the start                              */
    const double *end;     /* (ntrajectory) fs, last time that counts                       */
    double *weight;        /* (ntrajectory) > 0; 0 for those left out of the means (dia_fate_counts): so
                                          every sum leaves them out                                                  */
    const double *given;   /* (ntrajectory) weight as in the file, left out or not                       */
    int ncounted;          /* trajectories that are not left out                                         */
    bool has_amplitudes, has_energies; /* trajectories/amplitudes, energies are in the file                          */

    const int64_t *hop_row;           /* (nhop) row of its trajectory in the arrays above              */
    const double *hop_time, *hop_gap; /* (nhop) fs, hartree (E_to - E_from)                            */
    const double *hop_work;           /* (nhop) hartree: what light paid of the gap; NULL: there was no light */

    double *
        work; /* (ntime) hartree: work of light since the start, mean over those that count; NULL: there was none. owned */
    double *work_error; /* (ntime) its standard error; NaN of a single trajectory */
    int settled;        /* sample since which no trajectory's work changes by more than 1 meV; without light 0 */
    int first; /* sample at which lifetimes and kinetic schemes begin: `settled`, unless the user says otherwise */
    const int8_t *hop_from, *hop_to, *hop_accepted; /* (nhop)                                                        */
} dia_record;

/* Opens and checks (dia_swarm_open); on failure *record is NULL. */
DIA_MUST_USE dia_status dia_record_load(dia_record **record, const char *path, dia_error *error);
void dia_record_free(dia_record *record);

/* Did light make the hop k? */
static inline bool dia_record_by_light(const dia_record *record, int k)
{
    return record->hop_work != NULL && record->hop_work[k] != 0.0;
}

/* Lifetimes and kinetic schemes begin at the last sample that is not after `since`, fs. DIA_ERROR_INPUT: the swarm has ended then. */
DIA_MUST_USE dia_status dia_record_begin(dia_record *record, double since, dia_error *error);

/* Why row j is left out of the means (a phrase: "dissociated", ...). */
const char *dia_record_left_out(const dia_record *record, int row);

/* How trajectories that the means leave out may count. */
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

/* Of the rows with a time in `since` ((ntrajectory) fs; NaN: never), such as when they left the training data: how many they are, and the
 * share of the time flown by all rows that came after it, 0 if none was flown. At most so much was spent there, since a trajectory may have
 * come back. */
int dia_record_after(const dia_record *record, const double *since, double *share);

/* Weight of a row by how its method drew the start; 1 where it has none. */
static inline double dia_record_start_weight(const dia_record *record, int row)
{
    return record->swarm != NULL && record->swarm->start_weight != NULL ? record->swarm->start_weight[row] : 1.0;
}

/* The sample shown in line `line` of a table against time whose last line is `last`: evenly spread. */
int dia_record_sample(const dia_record *record, int line, int last);

/* DIA_ERROR_INPUT with the cure if the file holds no positions; `what` needs them. */
DIA_MUST_USE dia_status dia_record_need_positions(const dia_record *record, const char *what, dia_error *error);

enum { DIA_RECORD_ARRAYS = 5 };
/* What to do with rows [first, first+count) of some arrays: values[i] (count, row size), valid during the call. False:
 * that is enough. */
typedef bool dia_record_visitor(void *context, int first, int count, double *const *values);
/* Goes through the whole swarm in slabs of some 8 MiB, in order. names (n): arrays of trajectories as dia_swarm_rows
 * takes them; those that the file does not have are NULL in values. */
DIA_MUST_USE dia_status dia_record_walk(const dia_record *record, int n, const char *const *names,
                                        dia_record_visitor *visit, void *context, dia_error *error);

#endif
