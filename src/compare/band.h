/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Populations, outcomes and times of a committee, one swarm for each member from the same initial conditions and random
 * numbers, with an error that joins that of the sample and that of the model.
 *
 * Y = mean over the M members of the means y_m over the N trajectories.
 *
 *   statistical   v_s = sum_ml cov_ml/M^2,  cov_ml = (e_m^2 + e_l^2 - e_ml^2)/2: e_m standard error of y_m, e_ml of y_m - y_l from
 *                 the differences trajectory by trajectory (compare.h). It is no smaller for more members with the same start
 *                 and the same random numbers
 *   model         v_m = max(0, B - n),  B = sum_m (y_m - Y)^2/(M - 1), n = mean of e_ml^2/2 over all pairs, what B would be by
 *                 the sample alone. Not divided by M: errors that all members have in common do not average out, so that the
 *                 mean is held to be no better than a member
 *   band          Y +- t(97.5 %, f) sqrt(v_s + v_m), Student's t with f = (v_s + v_m)^2/(v_s^2/(N - 1) + v_m^2/(M - 1))
 *                 (Satterthwaite, Biometrics Bull. 2, 110 (1946)): few members do not know their own spread */
#ifndef DIA_COMPARE_BAND_H
#define DIA_COMPARE_BAND_H

#include "base/json.h"
#include "compare/compare.h"

typedef struct dia_band { /* arrays (n) owned; quantities in the order of `layout`, then the lifetime */
    int nmember;
    char (*path)[4096]; /* (nmember) */
    dia_pair layout;    /* of the first two: times, states, channels */
    size_t n;
    int state; /* most trajectories start in it: whose lifetime; NaN if fewer than 10 left it */
    double *mean, *statistical, *model; /* standard deviations; fractions and fs */
    double *low, *high;                 /* 95 % band */
    double *member;                     /* (nmember, n) */
} dia_band;

/* swarms (n >= 2). */
DIA_MUST_USE dia_status dia_band_create(dia_band *band, int n, const char *const *swarms, const dia_control *control,
                                        dia_error *error);
void dia_band_free(dia_band *band);
void dia_band_text(const dia_band *band, FILE *out);
/* The same pairs into the object that is open. */
void dia_band_object(const dia_band *band, dia_json *json);

#endif
