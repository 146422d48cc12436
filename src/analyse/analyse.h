/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All results of `diabolo analyse` for a swarm, computed once; then written as a page of text or as one JSON object
 * (the keys are in docs/analyse.md). A further analysis is one more member and one more section in each of the two
 * writers. */
#ifndef DIA_ANALYSE_ANALYSE_H
#define DIA_ANALYSE_ANALYSE_H

#include <stdio.h>

#include "analyse/exact.h"
#include "analyse/populations/energy.h"
#include "analyse/populations/hops.h"
#include "analyse/kinetics/lifetime.h"
#include "analyse/populations/populations.h"
#include "analyse/record.h"
#include "analyse/study.h"
#include "diabolo/analyse.h"

typedef struct dia_analysis {
    char *path;
    dia_record *record; /* of exact dynamics alone: without trajectories, and only populations and lifetime are made */
    dia_exact_beside *exact; /* exact dynamics, alone or beside the swarm; NULL: none */
    dia_consistency consistency;
    dia_lifetime lifetime;
    dia_hop_census hops;
    dia_conservation conservation;
    int fate[DIA_FATES];   /* trajectories of each */
    dia_outcome *outcomes; /* (noutcome) as dia_swarm_outcomes; NULL: the swarm has no conditions */
    int noutcome;
    dia_outcome *exact_outcomes; /* (nexact_outcome) as dia_exact_outcomes; NULL: none */
    int nexact_outcome;
    dia_study *study; /* estimators, schemes, yields; NULL: not made */
} dia_analysis;

/* All that `diabolo analyse` makes of an input and flags, of a swarm file or of a file of `diabolo exact`; arguments and errors as
 * dia_analyse. On failure *analysis is NULL. */
DIA_MUST_USE dia_status dia_analysis_make(dia_analysis **analysis, const dia_input *input, const char *swarm,
                                          const dia_analyse_flags *flags, const dia_control *control, dia_error *error);
/* The same without a study. */
DIA_MUST_USE dia_status dia_analysis_create(dia_analysis **analysis, const char *path,
                                            const dia_lifetime_options *options, dia_error *error);
void dia_analysis_free(dia_analysis *analysis);

/* Both write to a stream of the caller, who checks ferror(). most: samples of each series over time at most
 * (dia_json_thinned; at least 50, for all other lists are shorter); 0: all. */
void dia_analysis_write_text(const dia_analysis *analysis, FILE *out);
/* The card of a result in Markdown (page_card.c), of a swarm. members: a band of the committee's members follows. */
void dia_analysis_write_card(const dia_analysis *analysis, bool members, FILE *out);
void dia_analysis_write_json(const dia_analysis *analysis, int most, FILE *out);

#endif
