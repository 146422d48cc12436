/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a swarm takes from light (docs/light.md). */
#ifndef DIA_ANALYSE_POPULATIONS_LIGHT_H
#define DIA_ANALYSE_POPULATIONS_LIGHT_H

#include "analyse/record.h"

typedef struct dia_light_work {
    int ntime;       /* 0: there was no light                                                                     */
    double *mean;    /* (ntime) hartree: work of light since the start, mean over the trajectories that count; owned */
    double *error;   /* (ntime) its standard error; NaN of a single trajectory                                    */
    int64_t settled; /* sample: since then no trajectory's work changes by more than 1 meV                            */
} dia_light_work;

DIA_MUST_USE dia_status dia_light_work_create(dia_light_work *work, const dia_record *record, dia_error *error);
void dia_light_work_free(dia_light_work *work);
/* Is the light on for a part of the flight only? */
static inline bool dia_light_work_ends(const dia_light_work *work, const dia_record *record)
{
    return work->ntime > 0 && work->settled < record->ntime - 1;
}

#endif
