/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a model is from its data: mean absolute and root mean square errors, whole and by state, pair, gap and
 * energy. Gradients and couplings are counted by Cartesian component; couplings are gap-scaled, h_ij = <i|dH/dR|j>,
 * their signs aligned jointly for each geometry. */
#ifndef DIA_TRAIN_ERRORS_H
#define DIA_TRAIN_ERRORS_H

#include <stdio.h>

#include "base/json.h"
#include "train/dataset.h"

#define DIA_ERRORS_ENERGIES 5 /* above the lowest energy: < 2, 2-5, 5-8, 8-14, > 14 eV                    */
#define DIA_ERRORS_PAIRS (DIA_LOSS_STATES * (DIA_LOSS_STATES - 1) / 2)

typedef struct dia_deviation { /* atomic units */
    long n;
    double absolute, square; /* sums */
} dia_deviation;

typedef struct dia_errors {
    int npoint, nstate, npair;
    dia_deviation energy, gradient, coupling;
    dia_deviation energy_low, gradient_low; /* states up to 14 eV above the lowest energy */
    dia_deviation coupling_near;            /* gaps below 1 eV                            */
    dia_deviation state_energy[DIA_LOSS_STATES], state_gradient[DIA_LOSS_STATES];
    dia_deviation pair_coupling[DIA_ERRORS_PAIRS], pair_coupling_near[DIA_ERRORS_PAIRS];
    dia_deviation gap_energy[DIA_LABEL_GAPS], gap_gradient[DIA_LABEL_GAPS],
        gap_coupling[DIA_LABEL_GAPS]; /* by the gap to the nearest other state; of a pair its own */
    dia_deviation level_energy[DIA_ERRORS_ENERGIES], level_gradient[DIA_ERRORS_ENERGIES];
} dia_errors;

/* Adds n points of the data: E (n, nstate), F (n, npacked, ncart) as dia_objective_predict gives them. errors
 * zero-initialised before the first. */
void dia_errors_add(dia_errors *errors, const dia_dataset *data, int n, const int *points, const double *E,
                    const double *F);
double dia_deviation_mean(const dia_deviation *d); /* NaN if nothing was counted */
double dia_deviation_rms(const dia_deviation *d);

void dia_errors_table(const dia_errors *errors, FILE *out);
/* Keys into the object that is open: points, energies, ..., couplings_by_gap. */
void dia_label_count_json(const dia_label_count *count, dia_json *json);
/* Keys into the object that is open: npoint, energy_mae_mev, ... , by_state, by_pair, by_gap, by_energy. */
void dia_errors_json(const dia_errors *errors, dia_json *json);

#endif
