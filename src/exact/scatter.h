/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One-dimensional scattering by renormalised Numerov (B. R. Johnson, J. Chem. Phys. 69, 4678 (1978)) in the diabatic
 * basis: psi'' = 2 m (H(x) - E) psi for any number of coupled states, waves coming in from either side.
 *
 * Beyond the ends of the grid H is taken as constant. There the waves are those of the difference equation itself, so
 * the S matrix is unitary to rounding at any step, and only phases and probabilities carry the error of order step^4.
 * Atomic units. A channel is an adiabatic state at an end; side 0 is the left end, 1 the right. */
#ifndef DIA_EXACT_SCATTER_H
#define DIA_EXACT_SCATTER_H

#include <complex.h>

#include "diabolo/base.h"

/* H at points x_i = left + i step, packed as in model.h: n(n+1)/2 numbers a point, n^2 if it is complex Hermitian. A kink of H costs no accuracy where it is a point. */
typedef struct dia_scatter_grid {
    int n, npoint;
    bool hermitian; /* H is complex */
    double mass, left, step;
    const double *H; /* (npoint, packed) hartree, borrowed */
} dia_scatter_grid;

/* At one energy. Channel c = side * n + state, states by ascending energy. */
typedef struct dia_scatter {
    int n;
    double energy;
    double *level;     /* (2 n): energy of the channel's surface at its end                               owned */
    double *momentum;  /* (2 n): sqrt(2 m (energy - level)); 0: the channel is closed                     owned */
    double complex *S; /* (2 n, 2 n): S[to * 2 n + from], waves exp(+-ikx)/sqrt(k); 0 if one is closed    owned */
    double flux;       /* largest |sum over outgoing channels of |S|^2 - 1| of an incoming one                  */
    double unitarity;  /* largest element of |S^H S - 1| among open channels                                    */
    double symmetry;   /* largest |S - S^T|: of a real H time reversal makes it 0, in two independent sweeps      */
} dia_scatter;

void dia_scatter_free(dia_scatter *scatter);

/* DIA_ERROR_INPUT: fewer than three points, or a step too long for the energy. DIA_ERROR_NUMERIC: H is not finite. No
 * open channel is no error: S is zero. On failure *scatter is empty. */
DIA_MUST_USE dia_status dia_scatter_solve(const dia_scatter_grid *grid, double energy, dia_scatter *scatter,
                                          dia_error *error);

/* Largest |probability - probability| between two solutions at one energy. */
double dia_scatter_change(const dia_scatter *a, const dia_scatter *b);

/* Longest step at which the difference equation holds some digits: wave number times step of at most 1/2, in regions
 * that are closed as well. */
double dia_scatter_step(const dia_scatter_grid *grid, double energy);

#endif
