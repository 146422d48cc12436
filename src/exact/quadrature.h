/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adiabatic populations of a wave function in a basis of oscillator products, by regions of dynamics.stop: by quadrature on the
 * product of all modes, which grows with the power of their number. Gauss-Hermite; along modes that a region limits Gauss-Legendre
 * between the limits, so that these cost no accuracy. */
#ifndef DIA_EXACT_QUADRATURE_H
#define DIA_EXACT_QUADRATURE_H

#include "exact/product.h"
#include "exact/regions.h"

typedef struct dia_quadrature {
    const dia_product *product; /* borrowed */
    int nmode, width;           /* width: 2 nstate numbers a point                                              */
    size_t points;
    int *in, *out;      /* (nmode): functions of each mode, points of each mode                        owned */
    double **transform; /* (nmode) of (in, out): function n at node g times sqrt of its weight         owned */
    double **node;      /* (nmode) of (out): Q                                                         owned */
    double *from, *to;  /* (points, nstate, 2) each                                                    owned */
    const dia_exact_regions *regions; /* borrowed; NULL: none */
    int channels;                     /* regions and, the last, none of them: at least 1 */
    double *partial; /* (chunks, channels, nstate): added in their order                            owned */
    double *scratch; /* (threads, ...)                                                              owned */
    size_t scratch_each;
    int parts;     /* of a cell in each mode, where states turn                                     */
    double *slope; /* (nmode): largest change of an element of H per Q, linear terms             owned */
    int *index;    /* (threads, nmode)                                                           owned */
} dia_quadrature;

/* Points of mode m with `in` functions. */
int dia_quadrature_nodes(const dia_polynomial *polynomial, int m, int in, double density,
                         const dia_exact_regions *regions);
/* density: points of each mode in multiples of its functions, at least 1. regions: NULL, or of conditions on single coordinates
 * (dia_exact_regions_limits). */
DIA_MUST_USE dia_status dia_quadrature_create(dia_quadrature *quadrature, const dia_product *product, double density,
                                              const dia_exact_regions *regions, dia_error *error);
void dia_quadrature_free(dia_quadrature *quadrature);
/* population (nstate), by ascending energy; they add up to the norm. outcome (channels, nstate): the parts of them in each region
 * and in none; NULL: not wanted. */
void dia_quadrature_adiabatic(dia_quadrature *quadrature, const double *psi, double *population, double *outcome);
/* psi, a packet times amplitudes of adiabatic states, becomes the same in diabatic states: at each point the eigenvectors,
 * each with the sign that agrees with that at Q (nmode). */
void dia_quadrature_turn(dia_quadrature *quadrature, const double *Q, double *psi);

#endif
