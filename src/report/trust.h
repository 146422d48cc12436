/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a swarm can be trusted: what the doctor said of its model, how often it left the training data, and by how much the
 * members of a committee differ along it. */
#ifndef DIA_REPORT_TRUST_H
#define DIA_REPORT_TRUST_H

#include "analyse/record.h"
#include "base/config.h"

enum { DIA_DOUBT_ENERGY, DIA_DOUBT_GAP, DIA_DOUBT_HOP, DIA_DOUBTS };        /* of the swarm file's group `committee` */
enum { DIA_DOUBT_MEDIAN, DIA_DOUBT_MOST, DIA_DOUBT_ALL, DIA_DOUBT_CURVES }; /* quantiles 50, 90, 100 %               */

typedef struct dia_trust { /* arrays owned */
    int ntime;
    int outside,
        uncertain; /* trajectories that left the training data, that the committee found uncertain; -1: not known */
    double outside_share, uncertain_share; /* at most of the time flown (dia_record_after)                    */
    double *outside_by,
        *uncertain_by; /* (ntime) share of all trajectories that were there by this time; NULL: not known */
    double *doubt[DIA_DOUBTS][DIA_DOUBT_CURVES]; /* (ntime) over the trajectories that count, unweighted; eV, hop: 1;
                                                    NULL: not watched */
    char limit[40];                              /* dynamics.committee.limit, as the swarm's input says; empty: none */
    dia_config *verdict;                         /* the doctor's file; NULL: none */
} dia_trust;

/* check: file of `diabolo check MODEL --json` or `--record` on the swarm's model; NULL: none. DIA_ERROR_INPUT: no such file, or of
 * another model. */
DIA_MUST_USE dia_status dia_trust_create(dia_trust *trust, const dia_record *record, const char *check,
                                         dia_error *error);
void dia_trust_free(dia_trust *trust);
/* One JSON object (docs/report.md); at most `most` samples of each series. */
void dia_trust_write(const dia_trust *trust, const dia_record *record, int most, FILE *out);

#endif
