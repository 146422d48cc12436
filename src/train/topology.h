/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does a model have the intersections that the data have? They are known from labels: at a point where two neighbouring
 * states are closer than 0.1 eV, their gradients and coupling say to first order where they meet,
 *
 *   gap/2 + g.d = 0,  h.d = 0,   g = (grad E_upper - grad E_lower)/2,  h = <lower|dH/dR|upper>,  d in span(g, h);
 *
 * points whose interatomic distances, sorted, are nearly the same count once. From there Newton steps in the model's own
 * plane lead to where its two states meet, and they are carried once around that place (electronic/turn.h), on a circle in
 * the plane of the labels' g and h. The states up to the lower one must come back with a factor -1 in all, whatever
 * other states do among themselves (Herzberg, Longuet-Higgins, Discuss. Faraday Soc. 35, 77 (1963)). */
#ifndef DIA_TRAIN_TOPOLOGY_H
#define DIA_TRAIN_TOPOLOGY_H

#include "diabolo/model.h"
#include "train/errors.h"

typedef struct dia_named { /* geometries that the user says are intersections, without labels: all borrowed */
    int n, lower;          /* the states lower and lower+1 meet                        */
    double *R;             /* (n, ncart)                                               */
} dia_named;

/* Fills errors->known from n points of the data, of whose states the lowest `states` count, and from `named` (NULL:
 * none). A model that is not finite there does not have the intersection. */
DIA_MUST_USE dia_status dia_topology_check(dia_errors *errors, const dia_model *model, const dia_dataset *data,
                                           int states, int n, const int *points, const dia_named *named,
                                           dia_error *error);

#endif
