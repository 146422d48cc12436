/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evaluation of vibronic coupling models, shared by the types of model that are one (models/vibronic.c,
 * models/spin_boson.c):
 *
 *   H_ij(Q) = delta_ij sum_m w_m Q_m^2 / 2 + epsilon_ij + sum_m lambda_ij^m Q_m + sum_mk gamma_ij^mk Q_m Q_k
 *             + powers value Q_m^p + Morse potentials of single modes
 *
 * in dimensionless normal coordinates Q. For a molecule: Q_m = sqrt(w_m) sum_c K_mc sqrt(M_c) (z_c - y_c), where the
 * geometry has been aligned onto the reference (molecule/align.h), so that H does not change when the molecule is
 * translated or rotated; the derivatives include the rotation of that alignment exactly. Without a molecule the
 * coordinates are Q itself, of mass 1/w_m, so that the kinetic energy is w_m P_m^2 / 2. */
#ifndef DIA_MODEL_VIBRONIC_CORE_H
#define DIA_MODEL_VIBRONIC_CORE_H

#include "model/vibronic.h"

/* Fills the core of a type's self, shape and molecule. On failure leaves nothing allocated. */
DIA_MUST_USE dia_status dia_vibronic_core_make(dia_vibronic_core *core, const dia_vibronic *data, dia_shape *shape,
                                               dia_molecule *molecule, dia_error *error);

/* The functions of a dia_model_type whose self begins with a core. */
void dia_vibronic_core_close(void *self);
size_t dia_vibronic_core_tape_size(const void *self, int batch_max, int request_max);
void dia_vibronic_core_hamiltonian(const void *self, void *work, int batch, const double *R, double *H);
void dia_vibronic_core_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                                double *G);
void dia_vibronic_core_derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                                  double *dH);
int dia_vibronic_core_oscillators(const void *self, double *frequency, double *vector);
bool dia_vibronic_core_dipolar(const void *self);
bool dia_vibronic_core_spin(const void *self, int *multiplicity, int *projection);
void dia_vibronic_core_dipole(const void *self, void *work, const double *R, int n, const int *row, double *mu);
void dia_vibronic_core_dipole_contract(const void *self, void *work, const double *R, int n, const int *row,
                                       const double *W, double *G);

#define DIA_VIBRONIC_CORE                                                                                              \
    .close = dia_vibronic_core_close, .tape_size = dia_vibronic_core_tape_size,                                        \
    .hamiltonian = dia_vibronic_core_hamiltonian, .contract = dia_vibronic_core_contract,                              \
    .derivative = dia_vibronic_core_derivative, .oscillators = dia_vibronic_core_oscillators,                          \
    .dipolar = dia_vibronic_core_dipolar, .dipole = dia_vibronic_core_dipole,                                          \
    .dipole_contract = dia_vibronic_core_dipole_contract, .spin = dia_vibronic_core_spin

#endif
