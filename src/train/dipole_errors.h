/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far the dipoles of a model are from those of a data set. Reference dipoles have the arbitrary signs of that point's states,
 * jointly with the couplings: signs are chosen as in the fit (docs/spectra.md), by couplings and dipoles together. */
#ifndef DIA_TRAIN_DIPOLE_ERRORS_H
#define DIA_TRAIN_DIPOLE_ERRORS_H

#include "diabolo/model.h"
#include "train/errors.h"

typedef struct dia_dipole_errors {
    bool measured;                       /* both the model and the data have dipoles                         */
    int nstate;                          /* states compared                                                  */
    long npoint, left;                   /* points compared; left out: two of the states within 20 meV       */
    dia_deviation permanent, transition; /* e bohr, by component                                             */
    dia_deviation size[2];               /* what the reference permanent and transition dipoles are          */
    dia_deviation strength[DIA_DATASET_STATES],
        reference[DIA_DATASET_STATES]; /* S0 to state k: deviation, what it is   */
} dia_dipole_errors;

/* At points (n) of the data; the lowest `states` count, those with an energy. A label that is NaN is not compared. */
DIA_MUST_USE dia_status dia_dipole_errors_measure(dia_dipole_errors *errors, const dia_model *model,
                                                  const dia_dataset *data, int states, int n, const int *points,
                                                  dia_error *error);
void dia_dipole_errors_table(const dia_dipole_errors *errors, FILE *out); /* nothing if not measured */
void dia_dipole_errors_json(const dia_dipole_errors *errors, dia_json *json);

/* The factor of a product of couplings beside one of dipoles where signs are chosen; gap in hartree. At large gaps couplings are not
 * those of any matrix. */
double dia_dipole_coupling_weight(double gap);

/* Adiabatic dipoles of the model at R (npoint, ncart): mu (npoint, nstate, nstate, 3), of arbitrary signs. */
DIA_MUST_USE dia_status dia_dipoles_predict(const dia_model *model, int npoint, const double *R, double *mu,
                                            dia_error *error);

#endif
