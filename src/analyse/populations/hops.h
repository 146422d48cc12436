/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attempted hops by direction: how many, at what gap, when. Hops of trajectories left out of the populations are left
 * out here too. */
#ifndef DIA_ANALYSE_POPULATIONS_HOPS_H
#define DIA_ANALYSE_POPULATIONS_HOPS_H

#include "analyse/record.h"

typedef enum dia_attempt {
    DIA_FRUSTRATED,
    DIA_ACCEPTED,
    DIA_BY_LIGHT,
    DIA_ATTEMPTS
} dia_attempt; /* BY_LIGHT: of the accepted ones */

typedef struct dia_hop_group {
    int count;
    double rate;      /* weighted mean number a trajectory                                     */
    double gap[3];    /* |E_to - E_from|: quartiles (25, 50, 75 %), hartree, weighted; NaN if none */
    double mean_time; /* fs, weighted; NaN if none                                             */
} dia_hop_group;

typedef struct dia_hop_pair {
    int from, to;
    dia_hop_group group[DIA_ATTEMPTS];
} dia_hop_pair;

typedef struct dia_hop_census {
    int npair;
    dia_hop_pair *pair; /* (npair) owned; directions that occur, by from, then to     */
    int total[DIA_ATTEMPTS];
    int left_out; /* hops of trajectories that do not count */
} dia_hop_census;

DIA_MUST_USE dia_status dia_hop_census_create(dia_hop_census *census, const dia_record *record, dia_error *error);
void dia_hop_census_free(dia_hop_census *census);

#endif
