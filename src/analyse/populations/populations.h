/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Populations recomputed from the trajectories, and internal consistency: in surface hopping the share of trajectories
 * on state k and the mean |c_k|^2 should be the same number; where they differ, the cause is the method (too little
 * decoherence, frustrated hops). Granucci, Persico, JCP 126, 134114 (2007), DOI 10.1063/1.2715585. */
#ifndef DIA_ANALYSE_POPULATIONS_POPULATIONS_H
#define DIA_ANALYSE_POPULATIONS_POPULATIONS_H

#include "analyse/record.h"

typedef struct dia_consistency {
    /* (ntime, nstate), owned: active share minus mean |c_k|^2, and the standard error of that difference over
     * trajectories (the two are correlated, so it is taken per trajectory). Without amplitudes in the file the errors
     * are NaN. */
    double *difference, *error;
    double rms;   /* of the difference over all samples and states                                      */
    double noise; /* rms of its standard errors: what `rms` would be by chance alone if consistent; NaN without
                     amplitudes */
    double max, max_error, max_time; /* largest |difference| (signed), its error, its time (fs)         */
    int max_state;
    double stored; /* largest |stored - recomputed| of the active populations (and the electronic, if there are
                      amplitudes): rounding (single precision amplitudes: some 1e-7), or the file contradicts itself  */
    double norm;   /* largest |sum_k |c_k|^2 - 1|; NaN without amplitudes                                */
} dia_consistency;

/* Share p (ntime, nstate) of active states among the trajectories that count, and its binomial error (same shape; NULL:
 * not wanted). */
void dia_population_active_share(const dia_record *record, double *p, double *error);

DIA_MUST_USE dia_status dia_consistency_create(dia_consistency *consistency, const dia_record *record,
                                               dia_error *error);
void dia_consistency_free(dia_consistency *consistency);

#endif
