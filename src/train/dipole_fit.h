/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Squared deviation of adiabatic dipoles, in the units of a mean over points, and its gradient by the parameters of the dipole
 * matrix (model/dipoles.h): what an optimiser minimises while H is frozen.
 *
 *   L = (1/N) sum_points sum_ij w_ij |(U^T mu U)_ij - s_i s_j mu0_ij|^2      both triangles
 *
 * By a team of threads: chunks of fixed size, added in their order, so that the result is the same for any number of them. */
#ifndef DIA_TRAIN_DIPOLE_FIT_H
#define DIA_TRAIN_DIPOLE_FIT_H

#include "model/dipoles.h"
#include "model/mlp.h"
#include "train/dipole_label.h"
#include "train/optimiser.h"

typedef struct dia_dipole_fit dia_dipole_fit;

/* form (dia_dipoles_init; its features get mean and deviation), labels, data are borrowed; the first parameters are those of
 * seed and member. */
DIA_MUST_USE dia_status dia_dipole_fit_create(dia_dipole_fit **fit, dia_dipoles *form, const dia_dipole_labels *labels,
                                              const dia_dataset *data, int nthread, uint64_t seed, uint64_t number,
                                              dia_error *error);
void dia_dipole_fit_free(dia_dipole_fit *fit);
/* What an optimiser gets; its points are rows of the labels. Borrowed from the fit. */
const dia_function *dia_dipole_fit_function(const dia_dipole_fit *fit);
/* Signs of the labels of all rows by couplings and the present parameters, or by couplings alone, into choice (nrow). */
void dia_dipole_fit_choose(dia_dipole_fit *fit, bool alone, double *choice);
/* The choices (nrow; borrowed) that evaluate goes by from now on, negative or NULL: as above at every evaluation. */
void dia_dipole_fit_set(dia_dipole_fit *fit, const double *choice);
int dia_dipole_fit_parameters(const dia_dipole_fit *fit);
int dia_dipole_fit_blocks(const dia_dipole_fit *fit, dia_matrix_block *blocks); /* (DIA_DIPOLE_LAYERS) */
/* The parameters go into the form. */
void dia_dipole_fit_take(const dia_dipole_fit *fit, const double *theta);

#endif
