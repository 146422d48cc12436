/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Populations by several estimators, adiabatic and diabatic, also summed by group of states.
 *
 * Adiabatic: active (is the active state k?), electronic (|c_k|^2).
 * Diabatic, of diabat i, with U from diagonalising the model's H at the stored geometry and lambda the active state
 * (Landry, Falk, Subotnik, JCP 139, 211101 (2013), DOI 10.1063/1.4837795, methods 1 to 3):
 *
 *   active      |U_i,lambda|^2
 *   electronic  |sum_k U_ik c_k|^2
 * The method's rule (statistics/population.h) scales |...|^2 of amplitudes and weighs coherences.
 *
 *   mixed       |U_i,lambda|^2 + sum_(k != l) U_ik c_k c_l^* U_il^*: populations from the active state, coherences from the
 *               amplitudes: what the density matrix of surface hopping should be. May leave 0..1 for one trajectory.
 *
 * Of a model that knows the spins of its diabats (electronic/spin.h) the same three of its spin-free states, U then being the
 * overlap of spin-free with spin-adiabatic states, summed over spin components; and of the diabats, summed likewise. */
#ifndef DIA_ANALYSE_POPULATIONS_ESTIMATORS_H
#define DIA_ANALYSE_POPULATIONS_ESTIMATORS_H

#include "analyse/populations/estimate.h"
#include "diabolo/frame.h"
#include "diabolo/model.h"
#include "statistics/population.h"
#include "electronic/spin.h"

enum { DIA_GROUPS = 16, DIA_GROUP_STATES = 127 };

typedef struct dia_group { /* states that are counted together */
    const char *name;      /* borrowed */
    bool member[DIA_GROUP_STATES];
} dia_group;

typedef enum dia_estimator {
    DIA_ESTIMATOR_ACTIVE,
    DIA_ESTIMATOR_ELECTRONIC,
    DIA_ESTIMATOR_MIXED, /* diabatic alone: in the adiabatic basis it is the active one */
    DIA_ESTIMATORS
} dia_estimator;
extern const char *const dia_estimator_names[DIA_ESTIMATORS];

typedef struct dia_estimators {
    int nstate, nadiabatic, ndiabatic;          /* populations of each kind: the states, then their groups   */
    dia_estimate adiabatic[DIA_ESTIMATORS];     /* (ntime, nadiabatic); value NULL: not available            */
    dia_estimate diabatic[DIA_ESTIMATORS];      /* (ntime, ndiabatic); the same                              */
    dia_spin spin;                              /* of a model that knows its spins; nstate 0: it does not; owned */
    dia_estimate spin_free[DIA_ESTIMATORS];     /* (ntime, terms and multiplicities): of spin-free states    */
    dia_estimate spin_diabatic[DIA_ESTIMATORS]; /* the same of the diabats                                  */
    char no_electronic[240], no_diabatic[400];  /* why not, or empty                                        */
    char no_signs[240];                         /* why not the diabatic electronic and mixed ones, or empty  */
    double stored; /* largest |stored - recomputed| of the diabatic electronic populations; NaN if not recomputed */
} dia_estimators;

typedef struct dia_estimators_options {
    int ngroup, ndiabatic_group;
    const dia_group *group, *diabatic_group; /* borrowed */
    const dia_model *model;                  /* that flew the swarm; NULL: none, no_model says why          */
    const char *no_model;
    int bootstrap;
    uint64_t seed;
    const dia_control *control; /* its threads, and whether to stop; NULL: all, never */
} dia_estimators_options;

DIA_MUST_USE dia_status dia_estimators_create(dia_estimators *estimators, const dia_record *record,
                                              const dia_estimators_options *options, dia_error *error);
void dia_estimators_free(dia_estimators *estimators);

/* How a trajectory counts: by the rule, with these weights of its own (dia_population_coherence, start_weight of dia_swarm or 1). */
typedef struct dia_counting {
    const dia_population_rule *rule;
    double coherence, start_weight;
} dia_counting;
/* The three diabatic populations of one sample, each (n): states of row b of the frame, c (n, 2) their amplitudes. `electronic` is the
 * contribution of the trajectory (dia_population_share). */
void dia_diabatic_populations(const dia_counting *how, const dia_frame *frame, int b, int active, const double *c,
                              double *by_active, double *electronic, double *mixed);

/* The model that flew the swarm: from `path`, or if that is NULL from where the file says it was. *model is NULL with
 * the reason in why (size) if it cannot be opened and no path was given. DIA_ERROR_INPUT: the model at `path` is
 * another one. */
DIA_MUST_USE dia_status dia_record_open_model(const dia_record *record, const char *path, dia_model **model,
                                              size_t size, char *why, dia_error *error);

#endif
