/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Do a network's surfaces cross where those of its own training points do? As its training judged it (errors.h, topology.h) and left in
 * the model file: what decides whether a member of a committee is trained again. Points that are kept out have no say. */
#ifndef DIA_TRAIN_JUDGED_H
#define DIA_TRAIN_JUDGED_H

#include "diabolo/base.h"

typedef struct dia_judged {
    int known, right;   /* intersections that the training points know; those of them that it has            */
    int couplings, off; /* labels at gaps below 0.5 eV; those from which its norm is off by more than half   */
    bool wrong;         /* dia_errors_wrong; never where the labels know too little                          */
    int trainings;      /* of the member, until this one was kept; 1 if the file does not say it             */
} dia_judged;

/* Of each network of a model file, at most `room` of them: *n. Of one that says nothing of its errors all is 0. */
DIA_MUST_USE dia_status dia_judged_read(const char *path, int room, dia_judged *judged, int *n, dia_error *error);
/* Is a better than b? Not wrong; more intersections; fewer couplings off. */
bool dia_judged_better(const dia_judged *a, const dia_judged *b);
/* "2 of 9 intersections known from the labels", or what else decides. */
void dia_judged_text(const dia_judged *judged, size_t size, char *text);

#endif
