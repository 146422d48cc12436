/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a model is from its data: mean absolute and root mean square errors, whole and by state, pair, gap and
 * energy; the worst labels; whether the couplings at small gaps and the intersections are those of the data (the
 * topology of the surfaces).
 *
 * Gradients and couplings are counted by Cartesian component. Couplings are gap-scaled, h_ij = <i|dH/dR|j>, projected
 * on internal motions. The label of each geometry is turned onto the model as in the loss (reference.h): signs of the
 * states jointly, states nearly degenerate up to a rotation among them. Energies are compared as they are. */
#ifndef DIA_TRAIN_ERRORS_H
#define DIA_TRAIN_ERRORS_H

#include <stdio.h>

#include "base/json.h"
#include "dataset/dataset.h"
#include "train/loss.h"

#define DIA_ERRORS_ENERGIES 5 /* above the lowest energy: < 2, 2-5, 5-8, 8-14, > 14 eV                    */
#define DIA_ERRORS_PAIRS (DIA_DATASET_STATES * (DIA_DATASET_STATES - 1) / 2)

typedef struct dia_deviation { /* atomic units */
    long n;
    double absolute, square; /* sums */
} dia_deviation;

enum { DIA_WORST_ENERGY, DIA_WORST_GRADIENT, DIA_WORST_COUPLING, DIA_WORST_NORM, DIA_WORST_KINDS, DIA_WORST = 5 };

typedef struct dia_worst {   /* a label */
    int point, lower, upper; /* number of the point in its file; state(s) */
    double error;            /* mean over components; of a norm the difference from the reference, as a share of it */
} dia_worst;

typedef struct dia_known { /* an intersection that the data know, topology.h */
    int point, lower;      /* number of the point in its file (-1, -2, ...: geometries that the input names); the states
                              lower and lower+1 meet */
    double gap;            /* hartree, of the reference at the point                                          */
    bool meets;            /* do the model's states meet near there? Then:                                    */
    double model_gap, moved; /* hartree; bohr from where the reference has it, norm over all atoms            */
    int diabat[2];           /* which diabats meet ...                                                          */
    double share;            /* ... and what share of both states they are                                      */
    double plane;            /* how much of the branching plane is that of the reference: 1 if they are one     */
    int sign;                /* after one turn: must be -1; 0: uncertain                                        */
} dia_known;

enum { DIA_KNOWN = 24, DIA_ERRORS_VERDICT = 1000 };

typedef struct dia_errors {
    const dia_dataset *data; /* borrowed: names of groups                                               */
    int npoint, nstate;
    int bare; /* points left out: no energy that counts */
    dia_deviation energy, gradient, coupling;
    dia_deviation energy_low, gradient_low;      /* states up to 14 eV above the lowest energy */
    dia_deviation coupling_near, coupling_close; /* gaps below 1 eV, 0.5 eV               */
    dia_deviation state_energy[DIA_DATASET_STATES], state_gradient[DIA_DATASET_STATES];
    dia_deviation pair_coupling[DIA_ERRORS_PAIRS], pair_coupling_near[DIA_ERRORS_PAIRS],
        pair_coupling_close[DIA_ERRORS_PAIRS];
    dia_deviation gap_energy[DIA_LABEL_GAPS], gap_gradient[DIA_LABEL_GAPS],
        gap_coupling[DIA_LABEL_GAPS]; /* by the gap to the nearest other state; of a pair its own */
    dia_deviation level_energy[DIA_ERRORS_ENERGIES], level_gradient[DIA_ERRORS_ENERGIES];
    /* Couplings at gaps below 0.5 eV; how many of them have a norm within 20 % of the reference, beyond 50 %. */
    long norm, norm_right, norm_far;
    int nknown, nright; /* intersections; those whose states come back with the sign they must */
    dia_known known[DIA_KNOWN];
    int nworst[DIA_WORST_KINDS];
    dia_worst worst[DIA_WORST_KINDS][DIA_WORST]; /* largest first */
} dia_errors;

/* Turns a label onto a model's answer, wherever no loss of an input is at hand. */
extern const dia_loss dia_errors_loss;

/* Adds n points of the data: E (n, nstate), F (n, npacked, ncart) as dia_objective_predict gives them; of the data's
 * states only the lowest `states` count. errors zero-initialised before the first. */
DIA_MUST_USE dia_status dia_errors_add(dia_errors *errors, const dia_dataset *data, int states, int n,
                                       const int *points, const double *E, const double *F, dia_error *error);
/* Do other surfaces cross than in the data? Then text (DIA_ERRORS_VERDICT) says so. Couplings at small gaps are judged
 * from five on: wrong if more than 20 % of them have a norm that is off by more than half (and 0.2 eV/A). Intersections
 * are wrong if more than a third of them are missing or have no geometric phase. */
bool dia_errors_wrong(const dia_errors *errors, size_t size, char *text);
void dia_deviation_add(dia_deviation *d, double difference);
double dia_deviation_mean(const dia_deviation *d); /* NaN if nothing was counted */
double dia_deviation_rms(const dia_deviation *d);

/* A number of a table behind a space, in a column of `width`, 8 to 30; a training that went astray has errors of any size, or none that
 * is a number. */
void dia_errors_cell(FILE *out, int width, int digits, double x);
void dia_errors_table(const dia_errors *errors, FILE *out);
/* Keys into the object that is open: points, energies, ..., couplings_by_gap. */
void dia_label_count_json(const dia_label_count *count, dia_json *json);
/* Keys into the object that is open: npoint, energy_mae_mev, ... , by_state, by_pair, by_gap, by_energy. */
void dia_errors_json(const dia_errors *errors, dia_json *json);

#endif
