/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the neighbours of a point say of its energies and gradients: regression by a Gaussian process on inverse distances that is taught their energies and
 * gradients alike, all states with one kernel (Matern, nu = 5/2). The point itself is left out. */
#ifndef DIA_CHECK_DATA_LOCAL_H
#define DIA_CHECK_DATA_LOCAL_H

#include "check/data/test.h"

typedef struct dia_local dia_local;

/* Labels and predictions of one point in coordinates in which the error of a prediction is a vector of independent numbers of variance 1 in each state: the
 * gradient first, its `width` - 1 components, the energy last, its error when the gradient of the point is known. All linear in the labels. */
typedef struct dia_whitened {
    int width;
    double *gradient;  /* (nstate, width) of the label of the gradient alone    */
    double *energy;    /* (nstate) the same of the energy: its last component   */
    double *predicted; /* (nstate, width)                                       */
    double *sigma;     /* (nstate) hartree: of the energy, the gradient known   */
} dia_whitened;

/* Of the states whose energies and gradients are known at most points, at the points where those of all of them are known; below, nstate is their number.
 * *local == NULL with DIA_OK: fewer than `least` such points. */
DIA_MUST_USE dia_status dia_local_open(dia_local **local, const dia_checkup *x, int least, dia_error *error);
void dia_local_close(dia_local *local);
bool dia_local_has(const dia_local *local, int point);
int dia_local_states(const dia_local *local, const int **state); /* how many, and which of the set */
/* Is a neighbour of the point marked among those that are used where none is? */
bool dia_local_touches(const dia_local *local, int point, const bool *marked);

/* Work space of one thread. */
typedef struct dia_local_work dia_local_work;
DIA_MUST_USE dia_local_work *dia_local_work_create(const dia_local *local); /* NULL: no memory */
void dia_local_work_free(dia_local_work *work);
/* From neighbours that are not avoided (npoint; NULL: all). NULL: too few neighbours. Borrowed from the work space, until the next call. */
const dia_whitened *dia_local_predict(const dia_local *local, int point, const bool *avoid, dia_local_work *work);

#endif
