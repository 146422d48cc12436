/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A baseline of a network: a simple H that is fitted to the labels before the training and stays as it is,
 *
 *   H(R) = baseline(R) + shift + scale * y(u(R)),
 *
 * so that the network learns a correction, and what it does beyond the data, where it may do anything, is added to
 * something sensible. One file with one const struct, src/model/baseline/NAME.c; CMake makes the list from the file
 * names, and tests/conform/architectures.c examines every one of them. Evaluated in models/network.c alone; architectures do
 * not know of it. Panels of eight lanes as in architecture.h: x (ncart, L), u (nfeature, L) standardised features. H is
 * (npacked, L), hartree, covariant under the network's group. */
#ifndef DIA_MODEL_BASELINE_H
#define DIA_MODEL_BASELINE_H

#include <stdio.h>

#include "diabolo/extend.h"
#include "model/network.h"

typedef struct dia_baseline_labels {                /* what it is fitted to; all borrowed, atomic units         */
    int npoint, nstate;                             /* nstate: at most that of the network                      */
    const int *points;                              /* (npoint) rows of the arrays                              */
    const double *R, *energy, *gradient, *coupling; /* as in a data set (dataset/dataset.h); NaN: missing      */
    double lowest;                                  /* energy from which heights are counted                    */
} dia_baseline_labels;

struct dia_baseline_type {
    const char *name, *summary, *reference;
    const dia_option *options; /* none has any yet: NULL */
    /* Its numbers are a table p (rows, columns), row-major, kept in the model file; all zero: H = 0. Why not, if this
     * molecule or network can have no such baseline. */
    dia_status (*extent)(const dia_network *net, int *rows, int *columns, dia_error *error);
    /* Fills p, deterministically. The features are standardised already. */
    dia_status (*fit)(const dia_network *net, const dia_baseline_labels *labels, double *p, dia_error *error);
    void (*tell)(const dia_network *net, const double *p, FILE *out); /* some lines for the user, each ends with \n */
    /* H += baseline */
    void (*forward)(const dia_network *net, const double *p, const double *x, const double *u, double *H);
    /* Hbar: derivative with respect to each packed element; xbar and ubar get theirs added. */
    void (*reverse)(const dia_network *net, const double *p, const double *x, const double *u, const double *Hbar,
                    double *xbar, double *ubar);
    /* dH += derivative along v (ncart, L), udot (nfeature, L) */
    void (*tangent)(const dia_network *net, const double *p, const double *x, const double *u, const double *v,
                    const double *udot, double *dH);
};

extern const dia_baseline_type *const dia_baseline_types[];        /* NULL-terminated, in alphabetical order */
const dia_baseline_type *dia_baseline_type_find(const char *name); /* NULL: none */

/* H (npacked) of the network's baseline at R (ncart). */
DIA_MUST_USE dia_status dia_baseline_evaluate(const dia_network *net, const double *R, double *H, dia_error *error);

/* Least squares of a potential sum_j c_j phi_j(R), the same for all states, against the energies and gradients of all
 * labelled states, each state with its own constant (eliminated), with bounds on c: normal equations of all functions
 * that might be taken; then any choice of some of them is a small problem. */
typedef struct dia_baseline_normal {
    int n, nc, nstate;
    double *A, *b;            /* (n, n), (n)                                     owned, one piece of memory */
    double *weight, *e, *phi; /* (nstate), (nstate), (nstate, n) sums over points of the energies           */
    double *rows;             /* (nc + 1, n) */
} dia_baseline_normal;

DIA_MUST_USE dia_status dia_baseline_normal_create(dia_baseline_normal *normal, int n, int nc, int nstate,
                                                   dia_error *error);
void dia_baseline_normal_free(dia_baseline_normal *normal);
/* Labels of row `point` of the arrays. phi (n), dphi (nc, n) are changed. */
void dia_baseline_normal_add(dia_baseline_normal *normal, const dia_baseline_labels *labels, int point, double *phi,
                             double *dphi);
void dia_baseline_normal_finish(dia_baseline_normal *normal);
/* c (m) of the functions chosen[0..m-1] within low..high (m); returns the value of the loss up to a constant. */
double dia_baseline_normal_solve(const dia_baseline_normal *normal, int m, const int *chosen, const double *low,
                                 const double *high, double *c);

#endif
