/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes beyond a swarm's own populations: the input of `diabolo analyse` (groups of states, kinetic schemes,
 * product classes) and what is computed from it. */
#ifndef DIA_ANALYSE_STUDY_H
#define DIA_ANALYSE_STUDY_H

#include "analyse/populations/estimators.h"
#include "analyse/kinetics/lifetime.h"
#include "analyse/kinetics/scheme_fit.h"
#include "analyse/populations/yields.h"
#include "base/arena.h"
#include "base/config.h"

enum { DIA_STUDY_SCHEMES = 16 };

/* ---- input ----------------------------------------------------------------------------------- */

typedef struct dia_study_settings { /* zero: all defaults, as `diabolo analyse SWARM.h5` */
    const char *model;              /* file of the model that flew the swarm; NULL: where the swarm says          */
    const dia_node *groups, *diabatic_groups, *schemes, *classes; /* NULL: none                                   */
    double since;                                                 /* atomic units; 0: dia_record.first as it is */
    struct dia_decay_settings {
        int model; /* 0: the one that the data support; else 1 + index into dia_decay_types */
        int from;  /* -1: most common start      */
    } decay;
    struct dia_yields_settings {
        double time; /* atomic units; negative: the end */
    } yields;
    struct dia_bootstrap_settings {
        int resamplings, seed;
    } bootstrap;
} dia_study_settings;

extern const dia_option dia_study_options[]; /* of dia_study_settings */

/* ---- results --------------------------------------------------------------------------------- */

typedef struct dia_study_scheme {
    char name[DIA_SCHEME_NAME];
    dia_scheme_fit fit;
    dia_rank rank;                                /* among all schemes of the same species */
    dia_scheme_fit discarded[DIA_DISCARDED_WAYS]; /* with the trajectories that are left out */
} dia_study_scheme;

typedef struct dia_study {
    dia_arena *arena; /* of names */
    int ngroup, ndiabatic_group;
    dia_group group[DIA_GROUPS], diabatic_group[DIA_GROUPS];
    dia_estimators estimators;
    int nscheme;
    dia_study_scheme *scheme;                   /* (nscheme) owned */
    dia_classes *classes;                       /* NULL: none      */
    dia_yields yields;                          /* if there are classes */
    bool leaves_out;                            /* are trajectories left out, and others not? */
    dia_lifetime discarded[DIA_DISCARDED_WAYS]; /* then: the lifetime with them                */
    int bootstrap;
    uint64_t seed;
} dia_study;

typedef struct dia_study_request { /* beside the input */
    const dia_study_settings *settings;
    dia_config *config; /* of the input, for the place of mistakes; NULL: no input                     */
    int nscheme;        /* schemes of the command line: delay fitted, no response                      */
    const char *const *scheme;
    dia_lifetime_options lifetime; /* bootstrap, seed, control are those of everything                            */
} dia_study_request;

/* DIA_ERROR_INPUT: mistakes in the input (with line and column), a scheme with an unknown species, no geometries for
 * classes, another model. */
DIA_MUST_USE dia_status dia_study_create(dia_study **study, const dia_record *record, const dia_lifetime *lifetime,
                                         const dia_study_request *request, dia_error *error);
void dia_study_free(dia_study *study);

#endif
