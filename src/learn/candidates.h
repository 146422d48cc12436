/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Geometries that may be labelled, from the swarm of a round. */
#ifndef DIA_LEARN_CANDIDATES_H
#define DIA_LEARN_CANDIDATES_H

#include "learn/course.h"

typedef enum dia_kind { DIA_KIND_HOP, DIA_KIND_GAP, DIA_KIND_SEAM, DIA_KIND_FRAME, DIA_KIND_NEAR, DIA_KINDS } dia_kind;
extern const char *const dia_kind_names[DIA_KINDS]; /* groups of their labels: "hop", "gap", "seam", "frame", "near" */

typedef struct dia_candidates { /* one list for all kinds; owned */
    int n, room;
    double *R; /* (n, ncart) */
    dia_kind *what;
    double *E, *score; /* (n, nstate), (n); after they are measured */
    double *features;  /* (n, natom(natom-1)/2)                     */
    bool *out;         /* (n) not sane, or chosen                   */
} dia_candidates;

/* Hops, frames, and points near intersections of the network that flew; none where the round has no swarm. */
DIA_MUST_USE dia_status dia_candidates_of_swarm(dia_course *course, int round, dia_candidates *all, dia_error *error);
/* n geometries around those that are learned: each atom displaced at random. */
DIA_MUST_USE dia_status dia_candidates_near(const dia_course *course, int round, int n, dia_candidates *all,
                                            dia_error *error);
void dia_candidates_free(dia_candidates *all);

#endif
