/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network as a list of steps on the rows of one panel of geometries, for architectures that are no chain of layers. Rows 0.. are its
 * inputs; every step makes rows, each of which is made once, of rows that were made before:
 *
 *   affine    to = W from + b         W one of the network's matrices, of which several steps may take the same
 *   activate  to = s(from)            tanh or SiLU
 *   shrink    to = (1 + from)^(-1/2)
 *   multiply  to = from * other       number by number; or all with the one row `other`
 *   sum       to_k = sum_t factor_t from_t, terms that are fixed
 *
 * What a map needs of a step is its derivative, and for a gradient of weights the derivative of that: so the maps of an architecture
 * (architecture.h) follow for any list. (Griewank, Walther, Evaluating Derivatives, SIAM 2008, ch. 3 to 5.) */
#ifndef DIA_MODEL_FLOW_H
#define DIA_MODEL_FLOW_H

#include "diabolo/base.h"
#include "math/panel.h"
#include "model/architecture.h"

typedef enum dia_flow_kind {
    DIA_FLOW_AFFINE,
    DIA_FLOW_ACTIVATE,
    DIA_FLOW_SHRINK,
    DIA_FLOW_MULTIPLY,
    DIA_FLOW_SUM
} dia_flow_kind;

typedef struct dia_flow_step {
    dia_flow_kind kind;
    dia_activation activation;
    int n, to, from, other;  /* rows made; the first of them and of those that are taken                      */
    bool one;                /* multiply: `other` is one row */
    bool fresh, other_fresh; /* nothing was added yet to the adjoints of from, other, on the way back */
    int at;                  /* affine: the matrix; activate, shrink: the first row of s'; sum: the first row's terms */
} dia_flow_step;

typedef struct dia_flow_term {
    int from;
    float single; /* factor, rounded: made by dia_flow_sum */
    double factor;
} dia_flow_term;

typedef struct dia_flow_range {
    int first, n;
} dia_flow_range;

typedef struct dia_flow_matrix { /* W (rows, cols) row-major at theta[weight], b at theta[bias]; bias < 0: none */
    dia_matrix_block block;
    double *packed, *transposed, *bias; /* for the kernels, bias NULL for none owned */
    struct {
        float *packed, *transposed, *bias;
    } single; /* rounded                                                            owned */
} dia_flow_matrix;

typedef struct dia_flow {
    int ninput, noutput, output; /* rows; the first row of the outputs, which are those of the last step */
    int nrow, nslope;            /* rows of values and of s', padded                                     */
    int nstep, nterm, nmatrix, ntheta;
    int widest; /* inputs of a matrix, padded */
    dia_flow_step *step;
    dia_flow_term *term;
    int *first; /* of the rows that sums make: where its terms begin; behind the last of a step, where they end */
    int nfirst;
    dia_flow_matrix *matrix;
    dia_flow_range *clear; /* rows whose adjoints begin with zero */
    int nclear;
    double *theta; /* (ntheta) borrowed */
    const dia_panel_kernel *kernel;
    struct {
        const dia_panel_single *kernel;
    } single;
    double size; /* parameters, while it is built: more than an int holds is an error */
    bool failed; /* out of memory, or too large, while it was built */
} dia_flow;

/* ---- building: calls in the order of the steps. Without memory they go on, and dia_flow_finish says so. ---- */

void dia_flow_begin(dia_flow *flow, int ninput);
int dia_flow_rows(dia_flow *flow, int n); /* n rows side by side, padded; returns the first */
int dia_flow_matrix_of(dia_flow *flow, int rows, int cols, bool biased);
/* Writes the padded rows; what belongs there is to be made afterwards. */
void dia_flow_affine(dia_flow *flow, int matrix, int from, int to);
void dia_flow_activate(dia_flow *flow, dia_activation activation, int n, int from, int to);
void dia_flow_shrink(dia_flow *flow, int n, int from, int to); /* of numbers that are not negative */
void dia_flow_multiply(dia_flow *flow, int n, int from, int other, int to);
void dia_flow_scale(dia_flow *flow, int n, int from, int row, int to); /* each row times this one */
/* Rows to .. to + n - 1: of each, count[i] terms, side by side in `terms`. */
void dia_flow_sum(dia_flow *flow, int n, int to, const int *count, const dia_flow_term *terms);
DIA_MUST_USE dia_status dia_flow_finish(dia_flow *flow, int noutput, int output, dia_error *error);
void dia_flow_free(dia_flow *flow);
void dia_flow_refresh(dia_flow *flow); /* after theta was changed */

/* ---- maps, as in architecture.h ---- */

size_t dia_flow_memory(const dia_flow *flow);  /* doubles */
size_t dia_flow_scratch(const dia_flow *flow); /* doubles */
void dia_flow_forward(const dia_flow *flow, const double *u, double *memory, double *y);
void dia_flow_reverse(const dia_flow *flow, const double *memory, const double *ybar, double *scratch, double *ubar);
void dia_flow_tangent(const dia_flow *flow, const double *memory, const double *udot, double *scratch, double *ydot);
void dia_flow_forward_single(const dia_flow *flow, const float *u, float *memory, float *y);
void dia_flow_reverse_single(const dia_flow *flow, const float *memory, const float *ybar, float *scratch, float *ubar);
void dia_flow_tangent_single(const dia_flow *flow, const float *memory, const float *udot, float *scratch, float *ydot);
/* Pieces of these: values and s' of all rows; rates of all rows; adjoints of all rows from those of the outputs in `bar`; with `more` other
 * rows hold numbers too, which count. temporary (widest, L) */
void dia_flow_values(const dia_flow *flow, const double *u, double *value);
void dia_flow_rates(const dia_flow *flow, const double *value, const double *udot, double *rate);
void dia_flow_adjoints(const dia_flow *flow, const double *value, double *temporary, bool more, double *bar);
void dia_flow_values_single(const dia_flow *flow, const float *u, float *value);
void dia_flow_rates_single(const dia_flow *flow, const float *value, const float *udot, float *rate);
void dia_flow_adjoints_single(const dia_flow *flow, const float *value, float *temporary, bool more, float *bar);

/* Gradients of <ybar, y> + sum_q <gbar_q, ydot_q>: numbers of one panel. */
size_t dia_flow_pullback_size(const dia_flow *flow, int ntangent); /* bytes */
void dia_flow_pullback_init(const dia_flow *flow, int ntangent, void *work);
/* y (noutput, L): NULL if not wanted */
void dia_flow_pullback_values(const dia_flow *flow, void *work, const double *u, double *y);
void dia_flow_pullback_adjoint(const dia_flow *flow, void *work, int q, const double *gbar, double *ubar);
void dia_flow_pullback_tangent(const dia_flow *flow, void *work, int q, const double *udot);
void dia_flow_pullback_products(const dia_flow *flow, void *work, const double *ybar, int ntangent,
                                const dia_sink *sink);

#endif
