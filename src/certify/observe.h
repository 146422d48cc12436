/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is compared: the same m numbers of the exact dynamics and of each trajectory of a swarm.
 *
 *   outcomes    of an input with conditions `stop`: the probability to meet each in each adiabatic state, the last: to meet none
 *               (channels of dia_exact_outcomes and dia_swarm_outcomes), m = channels * n, weights 1/2. Of waves the channels
 *               are the two ends, of which the conditions speak, x < ... and x > ...
 *   adiabatic   populations of the adiabatic states at all samples but the first; of a trajectory 1 of its active state.
 *               m = T n, weights 1/(2 T): the mean square is that of a population of two states
 *   diabatic    where the exact engine knows no adiabatic ones: the mixed estimator of Landry, Falk, Subotnik, JCP 139, 211101
 *               (2013), U_i,lambda^2 + coherences of the amplitudes (analyse/populations/estimators.h) */
#ifndef DIA_CERTIFY_OBSERVE_H
#define DIA_CERTIFY_OBSERVE_H

#include "diabolo/exact.h"
#include "diabolo/model.h"

typedef enum dia_compared { DIA_COMPARED_OUTCOMES, DIA_COMPARED_ADIABATIC, DIA_COMPARED_DIABATIC } dia_compared;
extern const char *const dia_compared_names[]; /* "outcomes", ... */

enum { DIA_CHANNELS = 16 };
typedef struct dia_target { /* the exact answer */
    dia_compared what;
    int nstate, m;
    int64_t samples;                /* T; 1 of outcomes                                                  */
    bool ends;                      /* channels are the lower and the upper end                          */
    char channel[DIA_CHANNELS][64]; /* names of outcomes                                         */
    double *value, *weight;         /* (m) owned; by sample (outcomes: channel), then state              */
    double change; /* largest change of a number when the exact dynamics was repeated; NaN: it was not */
} dia_target;

/* stops: the input has conditions `stop`, which the exact dynamics has counted, or which say where a wave's ends are. DIA_ERROR_INPUT: the exact dynamics has nothing that can be compared. */
DIA_MUST_USE dia_status dia_target_make(dia_target *target, const dia_exact_result *exact, bool stops,
                                        dia_error *error);
void dia_target_free(dia_target *target);

/* The numbers of each trajectory of a swarm file: *x (*n, m), freed by free(). NaN: it does not count (dia_fate_counts). model: that
 * flew it. */
DIA_MUST_USE dia_status dia_observe(const dia_target *target, const char *path, const dia_model *model, int *n,
                                    double **x, dia_error *error);

#endif
