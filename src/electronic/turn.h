/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adiabatic states carried around a closed loop of geometries: they come back with a sign, -1 if the loop encloses an
 * odd number of intersections of the state with its neighbours (Longuet-Higgins, Opik, Pryce, Sack, Proc. R. Soc. A 244,
 * 1 (1958)); those of a complex H with a phase, which depends on the whole loop (Berry, Proc. R. Soc. A 392, 45 (1984)). The
 * states are eigenvectors in the constant diabatic basis, so the overlap of two geometries is exact, and where it is small the
 * loop is refined until the sign is certain. The phase is that of the product of overlaps, whose error per interval falls as its
 * cube: intervals are halved until that is small, and what is left is extrapolated. */
#ifndef DIA_ELECTRONIC_TURN_H
#define DIA_ELECTRONIC_TURN_H

#include "diabolo/model.h"

typedef struct dia_turn_options {
    int points;     /* >= 4, evenly spaced, before refinement                        */
    int most;       /* points at most after refinement; 0: 100000                    */
    double overlap; /* of a state with itself on the next point: at least; 0: 0.95   */
    void *context;
    /* R and V = dR/dt (ncart) at t radians; R depends on t alone, so that the loop closes. */
    dia_status (*place)(void *context, double t, double *R, double *V, dia_error *error);
    /* A point of the refined loop, in their order; after `done` of the `total` pieces. NULL: nothing. */
    dia_status (*point)(void *context, double t, const double *R, dia_error *error);
    dia_status (*tell)(void *context, int done, int total, dia_error *error);
} dia_turn_options;

typedef struct dia_turn { /* arrays of the caller */
    int *
        sign; /* (nstate) +1 or -1 after one turn; 0: uncertain, a degeneracy lies on the loop, or H is complex, of whose
                             states a sign says nothing                                                              */
    double *
        phase; /* (nstate) radians in (-pi, pi] after one turn; of a real H 0 or pi; NaN: uncertain. NULL: not wanted */
    double *overlap; /* (nstate) smallest |overlap| of neighbouring points                                          */
    double *
        coupling; /* (nstate-1) |integral of d_k,k+1 . dR| around the loop, d = <k|d/dR|k+1>, states as they are carried: pi times an odd number
                             for a small loop around one intersection of k and k+1 that meet no third state            */
    double *gap;  /* (nstate-1) hartree: smallest on the loop                                                  */
} dia_turn;

/* DIA_ERROR_NUMERIC: the model is not finite on the loop. */
DIA_MUST_USE dia_status dia_turn_make(dia_turn *turn, const dia_model *model, const dia_turn_options *options,
                                      dia_error *error);

#endif
