/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model that is a formula of a few coordinates only has to say H and dH/dR at one point, or at eight side by side, and mu and dmu/dR
 * at one if it has dipoles; the rest is here. Its self begins with a dia_pointwise, which `open` fills by dia_pointwise_open. H and dH/dR
 * are evaluated once a geometry and kept on the tape. */
#ifndef DIA_MODEL_POINTWISE_H
#define DIA_MODEL_POINTWISE_H

#include "diabolo/extend.h"

typedef struct dia_pointwise {
    int ncart, npacked;
    int nreal; /* of the elements, the first: real parts */
    /* H (npacked) and D (npacked, ncart) = dH/dR at R (ncart). Both are zero before the call. */
    void (*point)(const void *self, const double *R, double *H, double *D);
    /* The same for DIA_LANES points, one a lane: R (ncart, L), H (npacked, L), D (npacked, ncart, L), 64-byte aligned. NULL: by `point`. */
    void (*points)(const void *self, const double *R, double *H, double *D);
    /* mu (3, npacked) e bohr and D (3, npacked, ncart) = dmu/dR, likewise. NULL: no dipoles. */
    void (*dipole)(const void *self, const double *R, double *mu, double *D);
} dia_pointwise;

/* Abstract coordinates, all of the given masses (ncart), with nstate states; fills shape and molecule, whose reference is zero. */
DIA_MUST_USE dia_status dia_pointwise_open(dia_pointwise *pointwise, int ncart, int nstate, const double *masses,
                                           void (*point)(const void *self, const double *R, double *H, double *D),
                                           dia_shape *shape, dia_molecule *molecule, dia_error *error);

/* After it, with `point` NULL: H and D of eight points at a time. Each lane is to be the same whatever is in the others. */
void dia_pointwise_side_by_side(dia_pointwise *pointwise,
                                void (*points)(const void *self, const double *R, double *H, double *D));

/* After it: H is complex, and the packed arrays hold its imaginary parts behind the real ones (model.h). */
void dia_pointwise_hermitian(dia_pointwise *pointwise, dia_shape *shape);

/* After these: the model has dipoles. */
void dia_pointwise_dipolar(dia_pointwise *pointwise,
                           void (*dipole)(const void *self, const double *R, double *mu, double *D));

/* Functions of a dia_model_type. */
size_t dia_pointwise_tape_size(const void *self, int batch_max, int request_max);
void dia_pointwise_hamiltonian(const void *self, void *work, int batch, const double *R, double *H);
void dia_pointwise_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                            double *G);
void dia_pointwise_derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                              double *dH);
bool dia_pointwise_has_dipoles(const void *self);
void dia_pointwise_dipole(const void *self, void *work, const double *R, int n, const int *row, double *mu);
void dia_pointwise_dipole_contract(const void *self, void *work, const double *R, int n, const int *row,
                                   const double *W, double *G);

#define DIA_POINTWISE                                                                                                  \
    .tape_size = dia_pointwise_tape_size, .hamiltonian = dia_pointwise_hamiltonian,                                    \
    .contract = dia_pointwise_contract, .derivative = dia_pointwise_derivative, .dipolar = dia_pointwise_has_dipoles,  \
    .dipole = dia_pointwise_dipole, .dipole_contract = dia_pointwise_dipole_contract

#endif
