/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hierarchical equations of motion (Tanimura, Kubo, J. Phys. Soc. Jpn. 58, 101 (1989)) for a system of a few states that
 * couples to harmonic baths: the exact reduced density matrix, started from system and baths apart, if the hierarchy is
 * deep enough. Matrices are scaled as in Q. Shi et al., J. Chem. Phys. 130, 084105 (2009). Atomic units. */
#ifndef DIA_EXACT_HEOM_H
#define DIA_EXACT_HEOM_H

#include "base/control.h"
#include "exact/basis.h"
#include "exact/bath.h"

typedef struct dia_heom_system { /* borrowed */
    int n;                       /* states                                                       */
    const double *H;             /* (n, n) real symmetric, row-major; may change between calls    */
    const double *imaginary;     /* (n, n) antisymmetric: H is H + i of it; NULL: 0               */
    int nbath;
    const double *V;    /* (nbath, n, n) real symmetric                                         */
    const double *rest; /* (nbath): of dia_bath_debye                                           */
    int nterm;
    const dia_bath_term *term; /* (nterm)                                                        */
} dia_heom_system;

typedef struct dia_heom {
    const dia_heom_system *system;
    const dia_control *control; /* asked in each sub-step whether to stop; NULL: never; borrowed */
    int depth, threads;
    dia_basis basis;    /* which matrix: how often each term                             owned */
    double *up, *down;  /* (nterm): sqrt of the scale of a term, and its inverse         owned */
    bool *diagonal;     /* (nbath): V is diagonal                                    owned */
    double *rho;        /* (matrices, n, n, 2): the first is the density matrix          owned */
    double *next, *sum; /* as large                                                      owned */
    double *scratch;    /* (threads, 8 n n)                                              owned */
    double norm;        /* bound of the generator, 1/au of time                                */
} dia_heom;

/* Matrices of a hierarchy: those with sum_k m_k weight_k <= depth, m_k how often term k is in it; weight_k = 1 for the
 * slowest term, more for faster ones. And their bytes. */
double dia_heom_count(int nterm, const dia_bath_term *term, int depth);
double dia_heom_bytes(int nterm, double count, int n);
/* density (n, n, 2): at the start. The system is borrowed until dia_heom_free. */
DIA_MUST_USE dia_status dia_heom_create(dia_heom *heom, const dia_heom_system *system, int depth, int threads,
                                        const double *density, dia_error *error);
void dia_heom_free(dia_heom *heom);
/* DIA_ERROR_INPUT: |L| t is beyond all reason, 6e7. */
DIA_MUST_USE dia_status dia_heom_check(const dia_heom *heom, double t, dia_error *error);
/* By t: Taylor series of exp(L t) in sub-steps, to 1e-13 each; less far if the control stops it (ask it afterwards).
 * DIA_ERROR_NUMERIC: it diverges, as hierarchies do that are too shallow for a strong coupling; DIA_ERROR_INPUT: |L| t is beyond
 * all reason, 6e7. */
DIA_MUST_USE dia_status dia_heom_advance(dia_heom *heom, double t, dia_error *error);

#endif
