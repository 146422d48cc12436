/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Means over trajectories of several populations at all samples, with standard errors and with bootstrap intervals. */
#ifndef DIA_ANALYSE_POPULATIONS_ESTIMATE_H
#define DIA_ANALYSE_POPULATIONS_ESTIMATE_H

#include "analyse/record.h"

typedef struct dia_estimate {
    int ntime, n;          /* samples; populations                                                  */
    double *value, *error; /* (ntime, n) mean and one standard error (docs/swarm-file.md), owned     */
    double *spread;        /* (ntime, n) standard deviation over the resamples; NULL: none, owned    */
    double *low, *high;    /* (ntime, n) 95 % percentile interval; NULL: none                        */
} dia_estimate;

typedef struct dia_estimate_options {
    int ratio; /* 0: means. Else values are contributions (statistics/population.h), of which those of the first so many
                      populations add up to what all are divided by: sum w x / sum w s at each sample */
    bool binomial;              /* the values are 0 or 1: the error is that of a share               */
    int bootstrap;              /* resamplings of trajectories; 0: none                              */
    uint64_t seed;              /* the same seed resamples all estimates alike                       */
    const dia_control *control; /* its threads, and whether to stop; NULL: all, never */
} dia_estimate_options;

/* Rows come one after the other, in pieces of any size. They are added up; single ones are kept only where they are resampled one by
 * one (at most DIA_RESAMPLE_LARGE of them: of more, groups are drawn). */
typedef struct dia_estimate_rows dia_estimate_rows;
/* weight (nrow) > 0, borrowed until the end. */
DIA_MUST_USE dia_status dia_estimate_open(dia_estimate_rows **rows, int nrow, int ntime, int n, const double *weight,
                                          const dia_estimate_options *options, dia_error *error);
void dia_estimate_take(dia_estimate_rows *rows, int count, const double *values); /* (count, ntime, n), the next ones */
/* What they make; NULL: nothing is wanted. *rows = NULL. */
DIA_MUST_USE dia_status dia_estimate_close(dia_estimate_rows **rows, dia_estimate *estimate, dia_error *error);
void dia_estimate_free(dia_estimate *estimate);

#endif
