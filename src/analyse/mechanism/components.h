/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Principal components of a swarm's motion ("essential dynamics": Amadei, Linssen, Berendsen, Proteins 17, 412 (1993),
 * DOI 10.1002/prot.340170408): eigenvectors of the covariance of the displacements X (aligner.h) of all samples in a
 * window of time,
 *
 *   C = sum w (X - <X>)(X - <X>)^T / sum w,     C v_k = lambda_k v_k,   lambda descending
 *
 * Signs: the component of v_k with the largest size is positive. */
#ifndef DIA_ANALYSE_MECHANISM_COMPONENTS_H
#define DIA_ANALYSE_MECHANISM_COMPONENTS_H

#include "analyse/mechanism/aligner.h"

typedef struct dia_components { /* arrays owned; X in bohr sqrt(electron mass), or bohr without weighting */
    int ncart, count, ntime, ngroup, ntrajectory;
    bool weighted;
    double from, to;    /* fs, window                                                      */
    double variance;    /* trace of C                                                      */
    double *eigenvalue; /* (ncart) descending                                              */
    double *share;      /* (ncart) of the variance                                         */
    double *vector;     /* (ncart, ncart) rows: orthonormal in X                           */
    double *mean;       /* (ncart) <X>                                                     */
    double *geometry;   /* (ncart) bohr: the mean geometry, in the frame of the reference  */
    double *projection; /* (ntrajectory, ntime, count) v_k . (X - <X>)                     */
    double *average;    /* (count, ngroup, ntime) its mean; groups: all, then by state     */
    double *error;      /* (count, ngroup, ntime) of that mean                             */
    double *deviation;  /* (count, ngroup, ntime)                                          */
} dia_components;

typedef struct dia_components_options {
    dia_weighting weighting;
    double from, to;         /* fs; to < from: to the end   */
    int count;               /* wanted; at most ncart       */
    const double *reference; /* (ncart) bohr                */
    dia_relabelling relabel;
} dia_components_options;

/* DIA_ERROR_INPUT: no sample in the window. */
DIA_MUST_USE dia_status dia_components_make(dia_components *components, const dia_mechanism_swarm *swarm,
                                            const dia_components_options *options, int threads, dia_error *error);
void dia_components_free(dia_components *components);

#endif
