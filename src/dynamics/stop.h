/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conditions that end a trajectory: the block `stop` of the dynamics. A condition is a text,
 *
 *   position 0 > 10 bohr     |distance 0 1 - distance 0 2| > 3 Angstrom     a coordinate (molecule/coordinate.h), or its size
 *   x < -10                  the first, second, third coordinate of a model system are also x, y, z
 *   state 0                  the active state
 *   state 0 for 20 fs        the active state, without a break
 *
 * under a name. It is read without a model; dia_stop_resolve fits it to one. */
#ifndef DIA_DYNAMICS_STOP_H
#define DIA_DYNAMICS_STOP_H

#include <stdio.h>

#include "base/config.h"
#include "diabolo/dynamics.h"
#include "molecule/coordinate.h"

enum { DIA_STOPS = 32, DIA_STOP_NAME = 40, DIA_STOP_TEXT = 240 };

typedef struct dia_stop_condition {
    char name[DIA_STOP_NAME], text[DIA_STOP_TEXT];
    bool on_state;                  /* else on a coordinate                             */
    int state;                      /* adiabatic                                        */
    double time;                    /* atomic units: for so long without a break; 0: at once */
    bool absolute, below;           /* |coordinate|; < rather than >                    */
    char coordinate[DIA_STOP_TEXT]; /* and its limit, as texts: their unit depends on the model */
    char limit[DIA_STOP_NAME];
} dia_stop_condition;

typedef struct dia_stops {
    int n;
    dia_stop_condition condition[DIA_STOPS];
} dia_stops;

typedef struct dia_stop_test { /* a condition for a model */
    const dia_stop_condition *condition;
    dia_coordinate coordinate;
    double limit; /* bohr or radians */
} dia_stop_test;

/* Reads the block; mistakes are noted in the configuration. *stops: heap, freed by free(); NULL if there is none. */
DIA_MUST_USE dia_status dia_stops_read(dia_stops **stops, dia_config *config, const dia_node *node, dia_error *error);
/* Writes the block as in an input; nothing if there is none. */
void dia_stops_write(FILE *out, int indent, const dia_stops *stops);

/* "NAME: CONDITION" a line, on the heap; NULL: there is none, or out of memory. */
char *dia_stops_text(const dia_stops *stops);

/* DIA_ERROR_INPUT: the model has no such state or coordinate, or the limit has no unit of it. */
DIA_MUST_USE dia_status dia_stop_resolve(dia_stop_test *test, const dia_stop_condition *condition,
                                         const dia_model *model, dia_error *error);
/* The same for all conditions of a dynamics (which may have none), to learn of mistakes early. */
DIA_MUST_USE dia_status dia_stops_fit(const dia_dynamics *dynamics, const dia_model *model, dia_error *error);

/* Is it met by a trajectory at R (ncart) that has been in the active state for `time`? */
bool dia_stop_met(const dia_stop_test *test, const double *R, int active, double time);

#endif
