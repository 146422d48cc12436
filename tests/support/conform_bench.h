/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the harness of conform.h share: a model with random geometries, and its answers. */
#ifndef DIA_TEST_CONFORM_BENCH_H
#define DIA_TEST_CONFORM_BENCH_H

#include "conform.h"

enum { BATCH = 19 }; /* odd and more than any lane count, so that every last, incomplete panel occurs */

typedef struct bench { /* a model with BATCH random geometries and its answers to one request a row */
    dia_model *model;
    const conform *settings;
    dia_shape shape;
    dia_tape *tape;
    uint64_t seed;
    uint32_t draws;
    double *R;             /* (BATCH, ncart)   */
    double *W;             /* (BATCH, npacked) */
    double *V;             /* (BATCH, ncart)   */
    double *H;             /* (BATCH, npacked) */
    double *G;             /* (BATCH, ncart)   */
    double *dH;            /* (BATCH, npacked) */
    double *H1, *G1, *dH1; /* the same, to compare */
    int row[BATCH];
} bench;

/* Geometries that no molecule has: numbers up to FAR_AWAY are finite; of the others nothing is known but that they do no harm to
 * their neighbours. */
enum {
    REFERENCE,
    MIRROR,
    HALF_TURN,
    COLLINEAR,
    PLANAR,
    FAR_AWAY,
    COINCIDENT,
    TWO_COINCIDENT,
    EXPLODED,
    HUGE,
    INFINITE,
    NOT_A_NUMBER,
    STRANGE
};
void bench_strange(bench *t, int kind, double *R);

void bench_open(bench *t, dia_model *model, const conform *settings);
void bench_close(bench *t);
/* Answers to the requests, for the present parameters -> H, G, dH. */
void bench_answer(bench *t);

double bench_draw(bench *t);                   /* of a normal distribution */
double *bench_numbers(size_t n);               /* zeros; the caller frees them */
void bench_geometry(bench *t, double *R);      /* about the reference, as far as the settings say */
void bench_rotation(bench *t, double Q[3][3]); /* by a random unit quaternion */
/* to = Q from + shift (1, 2, 3), atom by atom */
void bench_rotate(int natom, double Q[3][3], const double *from, double shift, double *to);

/* <W, X> = sum over all i, j of the products of real parts, and of imaginary ones: what is off the diagonal counts twice; scale += the
 * sum of their sizes. */
double bench_inner(const dia_shape *shape, const double *W, const double *X, double *scale);
double bench_largest(int n, const double *x); /* absolute value */
bool bench_finite(int n, const double *x);
/* Bitwise, so that NaN equals the same NaN. */
void assert_same(const double *a, const double *b, int n);

/* Parts of conform_model. conform_strange.c */
void conform_strange(bench *t);
void conform_invariance(bench *t);
/* conform_dipoles.c */
void conform_dipole_values(bench *t);
void conform_dipole_gradients(bench *t);
/* conform_parameters.c */
void conform_pullback(bench *t);
void conform_gradients(bench *t);

#endif
