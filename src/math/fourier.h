/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Discrete Fourier transforms, by FFTW. */
#ifndef DIA_MATH_FOURIER_H
#define DIA_MATH_FOURIER_H

#include "diabolo/base.h"

typedef struct dia_fourier dia_fourier; /* const after it is made: many threads may use it at once */

/* Transforms of n complex numbers. The algorithm follows from n alone, never from measured times, so that results are
 * bitwise the same in each run. NULL: out of memory. */
dia_fourier *dia_fourier_create(int n);
void dia_fourier_free(dia_fourier *fourier); /* NULL is fine */
/* In place, x (n, 2): X_k = sum_j x_j exp(-+ 2 pi i j k / n), - forward, + backward. Backward after forward gives n x. */
void dia_fourier_forward(const dia_fourier *fourier, double *x);
void dia_fourier_backward(const dia_fourier *fourier, double *x);
/* The smallest length of at least n that is quick: 2^a 3^b 5^c, even. */
int dia_fourier_length(int n);

#endif
