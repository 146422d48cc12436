/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For each trajectory and sample the species (state, group of states, product class) it is in. Shares of species, and
 * everything that is fitted to them, are means over the trajectories; the bootstrap draws trajectories. */
#ifndef DIA_ANALYSE_KINETICS_OCCUPATION_H
#define DIA_ANALYSE_KINETICS_OCCUPATION_H

#include "diabolo/base.h"

enum {
    DIA_OCCUPATION_NONE = -1, /* in none of the species */
    DIA_OCCUPATION_ABSENT = -2
}; /* not counted at this time: a trajectory that went wrong before */

typedef struct dia_occupation {
    int n, ntime, nspecies;
    double *weight;  /* (n) > 0                                  owned */
    int8_t *species; /* (n, ntime) 0..nspecies-1 or as above     owned */
} dia_occupation;

/* Room for at most n trajectories; occupation->n is 0 and grows as the caller fills. */
DIA_MUST_USE dia_status dia_occupation_create(dia_occupation *occupation, int n, int ntime, int nspecies,
                                              dia_error *error);
void dia_occupation_free(dia_occupation *occupation);
/* Shares p (ntime, nspecies) of a sample that holds trajectory j times[j] times (NULL: once each), and total (ntime;
 * NULL: not wanted): the weight that is present. */
void dia_occupation_shares(const dia_occupation *occupation, const int *times, double *p, double *total);
/* The same of resamples of a large sample, of which groups are drawn (resample.h): what a group adds to the shares. */
typedef struct dia_occupation_groups {
    int n, ntime, nspecies;
    double *share, *present; /* (n, ntime, nspecies) weight of the species; (n, ntime) weight that is present; owned */
} dia_occupation_groups;
DIA_MUST_USE dia_status dia_occupation_groups_create(dia_occupation_groups *groups, const dia_occupation *occupation,
                                                     uint64_t seed, dia_error *error);
void dia_occupation_groups_free(dia_occupation_groups *groups);
/* times (n): how often each group is in the resample. */
void dia_occupation_groups_shares(const dia_occupation_groups *groups, const int *times, double *p);
/* (sum w)^2 / sum w^2 */
double dia_occupation_effective(const dia_occupation *occupation);

#endif
