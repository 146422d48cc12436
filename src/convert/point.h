/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One geometry with its labels, for readers that meet them in any order: NaN until it is read. */
#ifndef DIA_CONVERT_POINT_H
#define DIA_CONVERT_POINT_H

#include "convert/import.h"

typedef struct dia_import_point { /* zero-initialise */
    int natom, nstate;
    int *numbers;     /* (natom)                                              owned */
    double *R;        /* (natom, 3)                                           owned */
    double *energy;   /* (nstate)                                             owned */
    double *gradient; /* (nstate, natom, 3)                                   owned */
    double *dipole;   /* (nstate, nstate, 3)                                  owned */
    double *coupling; /* (npair, natom, 3), pair (i < j) at j(j-1)/2+i        owned */
} dia_import_point;

/* Takes the memory, if natom or nstate change; all labels become missing. */
DIA_MUST_USE dia_status dia_import_point_reset(dia_import_point *point, const dia_import *import, int natom, int nstate,
                                               dia_error *error);
void dia_import_point_free(dia_import_point *point);
/* Where the vector of a state, or of a pair i, j in any order, belongs. */
double *dia_import_point_gradient(const dia_import_point *point, int state);
double *dia_import_point_coupling(const dia_import_point *point, int i, int j);
/* Gives it to the import; kinds of labels of which none is known are not mentioned. Vectors of zeros are placeholders. */
DIA_MUST_USE dia_status dia_import_point_add(dia_import *import, const dia_import_point *point, const char *group,
                                             dia_error *error);

#endif
