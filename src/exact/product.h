/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A polynomial Hamiltonian in a basis of oscillator products and diabatic states. Matrix elements in closed form
 * (Q = (a + a^+)/sqrt 2), never stored. A wave function is (count, nstate, 2) numbers: functions, states, real and
 * imaginary part. */
#ifndef DIA_EXACT_PRODUCT_H
#define DIA_EXACT_PRODUCT_H

#include "exact/basis.h"
#include "exact/polynomial.h"
#include "math/chebyshev.h"

typedef struct dia_product {
    const dia_polynomial *polynomial; /* borrowed */
    const dia_basis *basis;           /* borrowed */
    int threads;
    double lowest; /* energy of no quanta, hartree                                     */
    int nentry;    /* elements of all matrices of states that are not 0                */
    int *first;    /* (1 + nmode + nquadratic + 1): first entry of each term       owned */
    int *row, *column;
    double *value;   /* (nentry) each; both triangles                                owned */
    double *root;    /* root[n] = sqrt(n/2)                                         owned */
    double *scratch; /* (threads, 4 nstate)                                         owned */
} dia_product;

DIA_MUST_USE dia_status dia_product_create(dia_product *product, const dia_polynomial *polynomial,
                                           const dia_basis *basis, int threads, dia_error *error);
void dia_product_free(dia_product *product);
/* y = factor (H - shift) x - y0: a dia_operator, context a dia_product. */
void dia_product_apply(void *context, const double *x, double factor, double shift, const double *y0, double *y);

/* A Gaussian in the dimensionless coordinates: psi ~ exp[-(Q-centre)^T A (Q-centre)/2 + i momentum.(Q-centre)]; A
 * (nmode, nmode) symmetric, positive; the ground state of the oscillators is A = 1. */
typedef struct dia_product_packet {
    const double *centre, *momentum, *A;
} dia_product_packet;

/* psi = Gaussian times amplitude (nstate, 2). *missing: what the basis cannot hold of its norm 1. DIA_ERROR_INPUT: A is not
 * positive. */
DIA_MUST_USE dia_status dia_product_start(const dia_product *product, const dia_product_packet *packet,
                                          const double *amplitude, double *psi, double *missing, dia_error *error);

typedef struct dia_product_moments { /* arrays (nmode) are the caller's */
    double norm, energy, kinetic;    /* not divided by the norm          */
    double *Q, *Q2, *P, *P2;         /* means, and means of squares: divided by the norm */
} dia_product_moments;

/* density (nstate, nstate, 2) = sum over functions of psi_i conj(psi_j). work: as large as psi. */
void dia_product_density(const dia_product *product, const double *psi, double *density);
void dia_product_measure(const dia_product *product, const double *psi, double *work, dia_product_moments *moments);

#endif
