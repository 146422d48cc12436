/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A multilayer perceptron on panels of eight inputs, all derivatives written by hand:
 *
 *   h_0 = x,  z_l = W_l h_{l-1} + b_l,  h_l = s(z_l) for hidden l = 1..nlayer-1,  y = z_nlayer.
 *
 * y = s(z_nlayer) instead if `activated`. forward (x -> y), reverse (ybar -> xbar), tangent (xdot -> ydot), and the
 * reverse of the tangent: the gradient with respect to the parameters of <ybar, y> + sum_q <gbar_q, ydot_q>, as needed
 * when energies and forces are fitted. Panels are (rows, DIA_PANEL_LANES) with rows padded to DIA_PANEL_ROWS. Only init
 * allocates. */
#ifndef DIA_MODEL_MLP_H
#define DIA_MODEL_MLP_H

#include "diabolo/base.h"
#include "math/panel.h"

#define DIA_MLP_LAYERS 8   /* at most, the output layer included            */
#define DIA_MLP_TANGENTS 8 /* tangents at most in one call of the pullback  */
#define DIA_MLP_COLLECT 4  /* calls of the pullback between two flushes     */

typedef struct dia_mlp {
    int nlayer;
    int width[DIA_MLP_LAYERS + 1]; /* width[0] inputs, width[nlayer] outputs */
    int widest;                    /* largest padded width                   */
    dia_activation activation;
    bool activated; /* the last layer as well */
    int ntheta;
    double *theta; /* (ntheta) for each layer W_l (width[l], width[l-1]) row-major, then b_l (width[l])   borrowed */
    double *packed[DIA_MLP_LAYERS], *transposed[DIA_MLP_LAYERS],
        *bias[DIA_MLP_LAYERS]; /* packed for the kernels   owned */
    const dia_panel_kernel *kernel;
} dia_mlp;

/* widths (nlayer+1). The caller makes theta. */
DIA_MUST_USE dia_status dia_mlp_init(dia_mlp *mlp, int nlayer, const int *width, dia_activation activation,
                                     bool activated, dia_error *error);
void dia_mlp_free(dia_mlp *mlp);
/* After theta was changed. */
void dia_mlp_refresh(dia_mlp *mlp);
/* W_l of layer l = 0..nlayer-1 (numbered from 0), b_l behind it, as an offset into theta. */
int dia_mlp_weight_offset(const dia_mlp *mlp, int layer);
int dia_mlp_bias_offset(const dia_mlp *mlp, int layer);
/* Draws the weights and biases of one layer from normal distributions of these deviations; `stream` tells layers
 * apart. */
void dia_mlp_draw(dia_mlp *mlp, int layer, double weight, double bias, uint64_t seed, uint64_t member, uint64_t stream);

/* Doubles that forward stores for one panel: s'(z_l) of the activated layers. */
size_t dia_mlp_memory(const dia_mlp *mlp);
/* Doubles of scratch of the calls below. */
size_t dia_mlp_scratch(const dia_mlp *mlp);
void dia_mlp_forward(const dia_mlp *mlp, const double *x, double *memory, double *scratch, double *y);
void dia_mlp_reverse(const dia_mlp *mlp, const double *memory, const double *ybar, double *scratch, double *xbar);
void dia_mlp_tangent(const dia_mlp *mlp, const double *memory, const double *xdot, double *scratch, double *ydot);
/* The same behind W_1: from z_1 or its tangent, to the adjoint of z_1 (panels of width[1]). */
void dia_mlp_forward_from(const dia_mlp *mlp, const double *z, double *memory, double *scratch, double *y);
void dia_mlp_reverse_to(const dia_mlp *mlp, const double *memory, const double *ybar, double *scratch, double *zbar);
void dia_mlp_tangent_from(const dia_mlp *mlp, const double *memory, const double *zdot, double *scratch, double *ydot);

/* Where a parameter gradient goes: summed over the lanes, or each lane to a row of its own. */
typedef struct dia_sink {
    double *bar;   /* lanes == 0: (ntheta) += the sum over lanes; else row l, bar + l stride, += that of lane l */
    int lanes;     /* that have a row */
    size_t stride; /* between rows    */
} dia_sink;

/* Parameter gradients, forward first, then back, for up to `ncall` panels whose values are kept at a time (an
 * architecture may need all forward passes before the first way back). Weight gradients are sums over lanes of products
 * of two panels; for speed they are collected over several ways back and multiplied together. */
typedef struct dia_mlp_pullback {
    double *right[DIA_MLP_LAYERS];                 /* (ncall, 1 + DIA_MLP_TANGENTS) panels: h_{l-1} and its tangents  */
    double *left[DIA_MLP_LAYERS];                  /* (DIA_MLP_COLLECT, the same) panels: zbar_l and its tangents     */
    double *d[DIA_MLP_LAYERS], *e[DIA_MLP_LAYERS]; /* (ncall) panels: s', s''                                      */
    double *rate[DIA_MLP_LAYERS];                  /* (ncall, DIA_MLP_TANGENTS) panels: tangents of z_l               */
    double *z, *curvature;                         /* widest panel each                                               */
    int count, collected; /* panels, calls in `left`                                                 */
    int slot[DIA_MLP_COLLECT * (1 + DIA_MLP_TANGENTS)]; /* of `right`, that belongs to each of them           */
} dia_mlp_pullback;

size_t dia_mlp_pullback_size(const dia_mlp *mlp, int ncall); /* doubles */
void dia_mlp_pullback_init(const dia_mlp *mlp, dia_mlp_pullback *work, int ncall, double *block);
/* Input x and ntangent <= DIA_MLP_TANGENTS tangents xdot[q] (inputs, L), kept as number `call`. y, ydot[q] (outputs,
 * L): NULL if not wanted. */
void dia_mlp_pullback_forward(const dia_mlp *mlp, dia_mlp_pullback *work, int call, const double *x, int ntangent,
                              const double *const *xdot, double *y, double *const *ydot);
/* The way back: ybar (outputs, L) or NULL for none, gbar[q] (outputs, L). xbar, xdotbar[q] (inputs, L): adjoints of the
 * inputs; NULL if not wanted. The values of `call` are needed until the next flush. */
void dia_mlp_pullback_back(const dia_mlp *mlp, dia_mlp_pullback *work, int call, const double *ybar, int ntangent,
                           const double *const *gbar, double *xbar, double *const *xdotbar, const dia_sink *sink);
/* Adds the products of the panels that are still collected. */
void dia_mlp_pullback_flush(const dia_mlp *mlp, dia_mlp_pullback *work, const dia_sink *sink);

#endif
