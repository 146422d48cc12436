/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The minimum of a model's lowest adiabatic state, or of a diabatic one, and the normal modes there. Samples of oscillators
 * begin from it, and the analysis of a swarm's motion uses its modes. */
#ifndef DIA_ELECTRONIC_MINIMUM_H
#define DIA_ELECTRONIC_MINIMUM_H

#include "diabolo/model.h"
#include "molecule/modes.h"

typedef struct dia_ground_minimum {
    int ncart;
    double *R;       /* (ncart) bohr                                                                   owned */
    double energy;   /* hartree                                                                              */
    dia_modes modes; /* normal modes there                                                             owned */
    bool saddle;     /* it is no minimum: `modes` has imaginary ones, and no way down was found              */
    int left;        /* saddle points that the search left along an imaginary mode; of the first one:        */
    double left_energy, left_frequency; /* hartree; the frequency is negative                                       */
} dia_ground_minimum;

enum { DIA_LOWEST_STATE = -1 };

/* diabat: the surface H_dd of this diabatic state; DIA_LOWEST_STATE: the lowest adiabatic state. Quasi-Newton search from
 * `start` (ncart; NULL: the model's reference geometry) until no component of the gradient exceeds 1e-7 hartree/bohr, then
 * the Hessian by five-point differences of gradients. If a symmetric start has led to a saddle point, the search is
 * displaced along the lowest imaginary mode (above 1 cm^-1) and continues downhill. DIA_ERROR_NUMERIC: no convergence;
 * DIA_ERROR_INTERRUPTED: stopped by `control`. On failure *minimum is zero. Call it from a task of a team, where BLAS has
 * one thread, so that the result does not depend on the number of threads. */
DIA_MUST_USE dia_status dia_ground_minimum_find(dia_ground_minimum *minimum, const dia_model *model, int diabat,
                                                const double *start, const dia_control *control, dia_error *error);
void dia_ground_minimum_free(dia_ground_minimum *minimum); /* frees the arrays, zeroes the struct */

#endif
