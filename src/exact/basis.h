/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of harmonic-oscillator functions, pruned by energy: all n_0, n_1, ... with sum_m w_m n_m <= limit. With a
 * function the set holds all functions below it, so a step down from a member is a member. */
#ifndef DIA_EXACT_BASIS_H
#define DIA_EXACT_BASIS_H

#include "diabolo/base.h"

typedef struct dia_basis {
    int nmode, count;
    uint16_t *quanta;  /* (count, nmode)                                                             owned */
    int *up, *down;    /* (count, nmode): index of the function with one quantum more, less; -1: none  owned */
    int *most;         /* (nmode): largest quantum number of each mode                                 owned */
    double *frequency; /* (nmode)                                                                      owned */
} dia_basis;

/* How many functions there are; above some 1e6 an estimate good to a few per cent. */
double dia_basis_count(int nmode, const double *frequency, double limit);
/* Bytes of a basis of so many functions. */
double dia_basis_bytes(int nmode, double count);
/* In lexical order of the quanta. DIA_ERROR_MEMORY: more than 2^31 functions, or no room. */
DIA_MUST_USE dia_status dia_basis_create(dia_basis *basis, int nmode, const double *frequency, double limit,
                                         dia_error *error);
void dia_basis_free(dia_basis *basis);

#endif
