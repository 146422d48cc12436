/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Neighbouring geometries of a data set, superposed: what the tests that compare energies with slopes work on. */
#ifndef DIA_CHECK_DATA_NEAR_H
#define DIA_CHECK_DATA_NEAR_H

#include "dataset/dataset.h"

/* Each point with up to this many neighbours. */
enum { DIA_NEAR_EACH = 6 };
/* Neighbours differ by less than this in every distance between atoms, and by more than that in some, bohr: over the
 * first the third-order error of a mean slope, f''' dx^3/12, stays below a tenth of an eV for the stiffest bonds; below the
 * second, differences of energies are lost in their last digits. */
#define DIA_NEAR_FAR 0.3
#define DIA_NEAR_SAME 1e-3

typedef struct dia_near_pair {
    int a, b;
    double length; /* |dx|, bohr: root of the sum of squares over all coordinates */
} dia_near_pair;

typedef struct dia_near {
    int npair, ncart;
    dia_near_pair *pair; /* (npair)                                                                     owned */
    double *dx;          /* (npair, ncart) b, superposed on a, minus a; mirrored if that fits better    owned */
    double *turn;        /* (npair, 9) turns a vector of an atom at b into the frame of a               owned */
    int *begin;          /* (npoint + 1) of the list of a point                                         owned */
    int *list;           /* (2 npair) numbers of the pairs of each point                                owned */
} dia_near;

/* skip (npoint): points that are left out; NULL: none. */
DIA_MUST_USE dia_status dia_near_find(dia_near *near, const dia_dataset *data, const bool *skip, dia_error *error);
void dia_near_free(dia_near *near);

/* For each row of X (n, m) the other rows nearer than `limit` (root of the sum of squares) and farther than `least`, at most `most`
 * of them, the nearest first: neighbour (n, most), -1 where there is none. Rows are sorted by a projection, whose
 * differences bound the distance from below: exact up to a few thousand rows, nearly so beyond. Rows with skip are left out. */
DIA_MUST_USE dia_status dia_near_rows(int n, int m, const double *X, const bool *skip, double least, double limit,
                                      int most, int *neighbour, dia_error *error);

#endif
