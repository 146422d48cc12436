/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conditions on internal coordinates, as texts: COORDINATE < VALUE, COORDINATE > VALUE (also <=, >=) or VALUE < COORDINATE <
 * VALUE, the coordinate as in coordinate.h or |COORDINATE| for its magnitude (|torsion 2 0 1 4| > 90 deg). */
#ifndef DIA_MOLECULE_CONDITION_H
#define DIA_MOLECULE_CONDITION_H

#include "molecule/coordinate.h"

typedef struct dia_bound {
    double value;
    bool closed; /* the limit itself is allowed */
} dia_bound;

typedef struct dia_condition {
    char text[240];
    dia_coordinate coordinate; /* as given                                       */
    bool magnitude;            /* of the coordinate: |...| */
    dia_bound low, high;
} dia_condition;

DIA_MUST_USE dia_status dia_condition_parse(dia_condition *condition, const char *text, const dia_molecule *molecule,
                                            dia_error *error);
/* An error if it holds for no geometry: alone, or together with one of the n others. */
DIA_MUST_USE dia_status dia_condition_check(const dia_condition *condition, int n, const dia_condition *others,
                                            dia_error *error);
bool dia_condition_holds(const dia_condition *condition, const double *R);

#endif
