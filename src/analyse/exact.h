/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact dynamics (a file of `diabolo exact`): alone, as a record without trajectories, or beside a swarm of the same
 * input, with the deviation of the swarm's populations from the exact ones. */
#ifndef DIA_ANALYSE_EXACT_H
#define DIA_ANALYSE_EXACT_H

#include "analyse/record.h"
#include "diabolo/exact.h"

/* Swarm minus exact for the population of one state, over all samples. Times in fs. The standard error of a difference is
 * that of the swarm (of a share of trajectories the binomial one of the exact population), the largest change in the
 * tests of convergence of the exact one, and the rounding of a file together. NaN: no trajectory counts. */
typedef struct dia_deviation {
    int state;
    double largest, largest_error, largest_time; /* where its magnitude is largest                               */
    double most, most_time;                      /* where it is the largest number of standard errors: that number */
    double mean, mean_error; /* over the samples; the mean of their errors, which that of the mean is at most     */
    double rms;
    double beyond; /* share of the samples with more than two standard errors */
} dia_deviation;

typedef struct dia_exact_beside {
    char *path;
    dia_exact_result result;
    const double *population[DIA_POPULATION_KINDS]; /* (ntime, nstate) what each population of a swarm is compared with;
                                                       NULL: the engine does not know it. Of the result            */
    const double *error[DIA_POPULATION_KINDS];      /* the same: change in the tests of convergence; NULL: none     */
    dia_deviation *deviation[DIA_POPULATION_KINDS]; /* (nstate) owned; NULL: not compared                           */
    char note[400]; /* what speaks against the comparison, and what is not compared; empty: nothing */
} dia_exact_beside;

/* Reads the file and makes a record of it: populations, no trajectories, `swarm` NULL. DIA_ERROR_INPUT: it holds no
 * populations against time. Call the two free functions also after a failure. */
DIA_MUST_USE dia_status dia_exact_alone(dia_exact_beside *beside, dia_record **record, const char *path,
                                        dia_error *error);
/* Reads the file and compares. DIA_ERROR_INPUT: it is not of the model, the states, the start or the times of the swarm;
 * the message says what differs. */
DIA_MUST_USE dia_status dia_exact_compare(dia_exact_beside *beside, const dia_record *record, const char *path,
                                          dia_error *error);
/* Largest change of a population in the tests of convergence; NaN: none was made. */
double dia_exact_beside_change(const dia_exact_beside *beside);
void dia_exact_beside_free(dia_exact_beside *beside);

#endif
