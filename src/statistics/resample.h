/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bootstrap: members of a sample (trajectories) are drawn with replacement, quantities are computed from each
 * resample, and their scatter gives intervals. Efron, Tibshirani, An Introduction to the Bootstrap (1993), ch. 13. */
#ifndef DIA_STATISTICS_RESAMPLE_H
#define DIA_STATISTICS_RESAMPLE_H

#include "diabolo/base.h"

typedef struct dia_resampling {
    int n;                      /* members of the sample                                                              */
    int replicates;             /* resamples                                                                          */
    uint64_t seed;              /* replicate r depends only on (seed, r), not on threads                              */
    int threads;                /* 0: all                                                                             */
    const dia_control *control; /* asked whether to stop; NULL: never                                     */
    int nvalue;                 /* numbers computed of each                                                           */
    void *context;              /* times (n): how often each member is in the resample. values (nvalue) are initially */
    void (*evaluate)(void *context, const int *times, int thread, double *values); /* 0; NaN: none        */
    const double *centre;       /* (nvalue) of the sample itself                                                */
    const double *acceleration; /* (nvalue) for bias-corrected intervals; NULL: none are wanted               */
} dia_resampling;

typedef struct dia_interval {
    int failed;       /* replicates that gave NaN                                                          */
    double spread;    /* standard deviation over the replicates                                            */
    double low, high; /* 95 %, percentiles; NaN if all failed                                              */
    double bca[2];    /* 95 %, bias-corrected and accelerated (Efron, J. Am. Stat. Assoc. 82, 171 (1987));
                         the percentiles where no correction is defined                                    */
} dia_interval;

/* interval (nvalue). DIA_ERROR_INTERRUPTED: the caller wants to stop. */
DIA_MUST_USE dia_status dia_resample(const dia_resampling *resampling, dia_interval *interval, dia_error *error);

/* Of a sample of more than DIA_RESAMPLE_LARGE groups of members are drawn in place of single ones, so that a resample costs no more the
 * larger the sample is. Who is in which is drawn, too, so that groups are as independent as members, in whatever order these come. The
 * spread is then known to 1/sqrt(2 DIA_RESAMPLE_GROUPS), 1.6 %; that of a thousand resamples is to 2.2 %. */
enum { DIA_RESAMPLE_GROUPS = 2000, DIA_RESAMPLE_LARGE = 2 * DIA_RESAMPLE_GROUPS };
/* What is drawn of a sample of n: the number of groups, or n. */
int dia_resample_units(int n);
/* That in which member j of n is; itself if there are no groups. */
int dia_resample_unit(uint64_t seed, int n, int j);

#endif
