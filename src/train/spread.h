/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By how much the members of a committee differ at geometries, in what does not depend on their diabatic basis: adiabatic
 * energies, gradients, and couplings h_ij = <i|dH/dR|j>. Elements of H are never compared: a constant rotation of them is
 * nothing, and one that changes with the geometry is what independent trainings differ in.
 *
 * Members are compared in pairs, as a model is with a label (reference.h): the signs of the states jointly for the geometry,
 * nearly degenerate states up to a rotation among them. The squared spread is half the mean squared difference of a pair:
 * the sample variance, wherever a common choice of signs exists, without one member that all others refer to, so that it does
 * not depend on their order.
 *
 * Hops: the probability of one passage to the nearest state, dia_passage_probability, with velocities drawn at 1000 K for each
 * geometry, the same for all members and the label. There are errors of it where the mean gap is below 1 eV and a member says 1 % or more:
 * elsewhere everyone says 0. */
#ifndef DIA_TRAIN_SPREAD_H
#define DIA_TRAIN_SPREAD_H

#include "diabolo/model.h"
#include "model/calibration.h"
#include "dataset/dataset.h"

enum { DIA_SPREAD_VELOCITIES = 4 };
typedef struct dia_spread { /* of energies, gradients, couplings, gaps or hops; atomic units; arrays owned */
    int npoint, count;  /* geometries; states, pairs of states (i < j) at j(j-1)/2 + i, of hops (states, velocities) */
    int width, nmember; /* components of one error: 1, ncart, ncart, 1, 1                  */
    double *gap;        /* (npoint, count) to the nearest other state, of a pair its own: means of the members */
    double *spread;     /* (npoint, count) rms over the components                         */
    double *error;      /* (npoint, count, nmember, width) of each member; NaN: no label; NULL: not asked for */
} dia_spread;

/* Fills spread[DIA_CALIBRATED] for the lowest `states` of n points. labelled: errors too. DIA_ERROR_INPUT: fewer than two
 * members. dia_spread_free whatever the status. */
DIA_MUST_USE dia_status dia_spread_measure(dia_spread *spread, const dia_model *committee, const dia_dataset *data,
                                           int states, int n, const int *points, bool labelled,
                                           const dia_control *control, dia_error *error);
/* one (npoint) and then other (npoint) of the same members, into one[DIA_CALIBRATED]; one may be all zero. */
DIA_MUST_USE dia_status dia_spread_append(dia_spread *one, const dia_spread *other, dia_error *error);
void dia_spread_free(dia_spread *spread);

#endif
