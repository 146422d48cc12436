/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model that is a formula of a few coordinates only has to say H and dH/dR at one point; the rest is here. Its self begins
 * with a dia_pointwise, which `open` fills by dia_pointwise_open. */
#ifndef DIA_MODEL_POINTWISE_H
#define DIA_MODEL_POINTWISE_H

#include "diabolo/extend.h"

enum {
    DIA_POINTWISE_COORDINATES = 32, /* most coordinates               */
    DIA_POINTWISE_PACKED = 210      /* most elements of H: 20 states  */
};

typedef struct dia_pointwise {
    int ncart, npacked;
    int nreal; /* of the elements, the first: real parts */
    /* H (npacked) and D (npacked, ncart) = dH/dR at R (ncart). Both are zero before the call. */
    void (*point)(const void *self, const double *R, double *H, double *D);
} dia_pointwise;

/* Abstract coordinates, all of the given masses (ncart), with nstate states; fills shape and molecule, whose reference is zero. */
DIA_MUST_USE dia_status dia_pointwise_open(dia_pointwise *pointwise, int ncart, int nstate, const double *masses,
                                           void (*point)(const void *self, const double *R, double *H, double *D),
                                           dia_shape *shape, dia_molecule *molecule, dia_error *error);

/* After it: H is complex, and the packed arrays hold its imaginary parts behind the real ones (model.h). */
void dia_pointwise_hermitian(dia_pointwise *pointwise, dia_shape *shape);

/* Functions of a dia_model_type. */
size_t dia_pointwise_tape_size(const void *self, int batch_max, int request_max);
void dia_pointwise_hamiltonian(const void *self, void *work, int batch, const double *R, double *H);
void dia_pointwise_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                            double *G);
void dia_pointwise_derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                              double *dH);

#define DIA_POINTWISE                                                                                                  \
    .tape_size = dia_pointwise_tape_size, .hamiltonian = dia_pointwise_hamiltonian,                                    \
    .contract = dia_pointwise_contract, .derivative = dia_pointwise_derivative

#endif
