/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantum yields: shares of trajectories by product class (molecule/geometry_classes.h) and state at a chosen time. Intervals of
 * 95 %: Wilson (J. Am. Stat. Assoc. 22, 209 (1927)) with the effective number of trajectories (Kish), which also holds
 * for shares of 0 and 1; and percentiles of the bootstrap over trajectories. */
#ifndef DIA_ANALYSE_POPULATIONS_YIELDS_H
#define DIA_ANALYSE_POPULATIONS_YIELDS_H

#include "analyse/record.h"
#include "molecule/geometry_classes.h"
#include "statistics/share.h"

typedef struct dia_yield {
    dia_share share;
    double low, high; /* percentiles of the bootstrap; NaN: none */
} dia_yield;

typedef struct dia_yields {
    int nclass, nstate;         /* nclass: with "other", the last */
    const dia_classes *classes; /* borrowed */
    double time;                /* fs, of the sample looked at */
    int counted;                /* trajectories                */
    double effective;
    dia_yield *cell;     /* (nclass, nstate), owned, and behind it ... */
    dia_yield *by_class; /* (nclass)                                   */
    dia_yield *by_state; /* (nstate)                                   */
    int *claimed;        /* (nclass) trajectories that fulfil the conditions, whatever earlier classes took; owned */
} dia_yields;

/* time: fs; NaN: the last sample. */
DIA_MUST_USE dia_status dia_yields_create(dia_yields *yields, const dia_record *record, const dia_classes *classes,
                                          double time, int bootstrap, uint64_t seed, const dia_control *control,
                                          dia_error *error);
void dia_yields_free(dia_yields *yields);

/* Class (0..n; n: other) of every row at every sample, (ntrajectory, ntime). */
DIA_MUST_USE dia_status dia_classes_series(const dia_record *record, const dia_classes *classes,
                                           const dia_control *control, int8_t *series, dia_error *error);

#endif
