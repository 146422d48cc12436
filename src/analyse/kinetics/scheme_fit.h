/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A kinetic scheme (scheme.h, kinetics.h) fitted to a swarm (regression.h), and what is reported of it:
 * time constants of the steps, branching ratios, start, delay, width of the response, and warnings where the data do
 * not determine them. */
#ifndef DIA_ANALYSE_KINETICS_SCHEME_FIT_H
#define DIA_ANALYSE_KINETICS_SCHEME_FIT_H

#include "analyse/kinetics/kinetics.h"
#include "analyse/kinetics/regression.h"

typedef struct dia_scheme_quantity {
    char name[2 * DIA_SCHEME_NAME + 24]; /* "S2 -> S1", "branching S2 -> S1", "start S2", "delay", "response" */
    const char *kind;                    /* "time_constant", "branching", "start", "delay", "response_fwhm"   */
    const char *unit;                    /* "fs" or "1"                                                       */
    bool beyond; /* a time constant at its upper bound (the step is not needed) or lower one (not resolved)   */
} dia_scheme_quantity;

enum { DIA_SCHEME_WARNINGS = 12, DIA_SCHEME_TRAJECTORIES = 10 };

typedef struct dia_scheme_fit {
    dia_scheme scheme;
    dia_kinetics_form form;
    char refused[240]; /* why there is no fit; empty if there is one */
    dia_regression regression;
    dia_scheme_quantity quantity[DIA_REGRESSION_QUANTITIES]; /* names of regression.quantity */
    int nwarning;
    char warning[DIA_SCHEME_WARNINGS][240];
    double uncovered; /* largest share of trajectories in none of the species, over time */
} dia_scheme_fit;

/* data: species in the order of the scheme. A fit that makes no sense is no error: see refused. */
DIA_MUST_USE dia_status dia_scheme_fit_create(dia_scheme_fit *fit, const dia_scheme *scheme,
                                              const dia_kinetics_form *form, const dia_occupation *data,
                                              const double *time, const dia_regression_options *options,
                                              dia_error *error);
void dia_scheme_fit_free(dia_scheme_fit *fit);

#endif
