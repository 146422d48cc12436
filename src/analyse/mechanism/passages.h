/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Populations resolved by intersection. For the boundary between the states up to b and those above it:
 *
 *   last[i](t)   share of trajectories that are below at t and came down last through intersection i: adds up, with
 *                those that came down near none and those that began below, to the population of the states up to b
 *   first[i](t)  share of trajectories whose first passage down happened before t and through i, wherever they are
 *                now: never falls
 *
 * A passage down is an accepted hop from above to below the boundary; the census says which intersection it belongs to. */
#ifndef DIA_ANALYSE_MECHANISM_PASSAGES_H
#define DIA_ANALYSE_MECHANISM_PASSAGES_H

#include "analyse/mechanism/census.h"

typedef struct dia_passages {      /* arrays owned; columns: the points of the census, then none, then began below */
    int nboundary, ncolumn, ntime; /* nstate-1, npoint+2                                    */
    double *last, *last_error;     /* (nboundary, ncolumn, ntime) shares, binomial errors   */
    double *first, *first_error;   /* the same                                              */
    double *below;                 /* (nboundary, ntime) population of the states up to b   */
} dia_passages;

DIA_MUST_USE dia_status dia_passages_make(dia_passages *passages, const dia_census *census,
                                          const dia_mechanism_swarm *swarm, dia_error *error);
void dia_passages_free(dia_passages *passages);

#endif
