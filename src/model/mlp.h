/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A multilayer perceptron on panels of eight inputs, all derivatives written by hand:
 *
 *   h_0 = x,  z_l = W_l h_{l-1} + b_l,  h_l = s(z_l) for hidden l = 1..nlayer-1,  y = z_nlayer.
 *
 * forward (x -> y), reverse (ybar -> xbar), tangent (xdot -> ydot), and the reverse of the tangent: the gradient with
 * respect to the parameters of <ybar, y> + sum_q <gbar_q, ydot_q>, as needed when energies and forces are fitted.
 * Panels are (rows, DIA_PANEL_LANES) with rows padded to DIA_PANEL_ROWS. Only init allocates. */
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
    int ntheta;
    double *theta; /* (ntheta) for each layer W_l (width[l], width[l-1]) row-major, then b_l (width[l])   owned */
    double *packed[DIA_MLP_LAYERS], *transposed[DIA_MLP_LAYERS],
        *bias[DIA_MLP_LAYERS]; /* packed for the kernels   owned */
    const dia_panel_kernel *kernel;
} dia_mlp;

/* widths (nlayer+1). theta is zero. */
DIA_MUST_USE dia_status dia_mlp_init(dia_mlp *mlp, int nlayer, const int *width, dia_activation activation,
                                     dia_error *error);
void dia_mlp_free(dia_mlp *mlp);
/* After theta was changed. */
void dia_mlp_refresh(dia_mlp *mlp);
/* W_l of layer l = 0..nlayer-1 (numbered from 0), b_l behind it, as an offset into theta. */
int dia_mlp_weight_offset(const dia_mlp *mlp, int layer);
int dia_mlp_bias_offset(const dia_mlp *mlp, int layer);
/* Glorot normal weights (variance 2/(fan in + fan out); Glorot, Bengio, AISTATS 2010), zero biases. */
void dia_mlp_randomise(dia_mlp *mlp, uint64_t seed, uint64_t member);

/* Doubles that forward stores for one panel: s'(z_l) of the hidden layers. */
size_t dia_mlp_memory(const dia_mlp *mlp);
/* Doubles of scratch of the three calls below. */
size_t dia_mlp_scratch(const dia_mlp *mlp);
void dia_mlp_forward(const dia_mlp *mlp, const double *x, double *memory, double *scratch, double *y);
void dia_mlp_reverse(const dia_mlp *mlp, const double *memory, const double *ybar, double *scratch, double *xbar);
void dia_mlp_tangent(const dia_mlp *mlp, const double *memory, const double *xdot, double *scratch, double *ydot);

/* Parameter gradients. Weight gradients are sums over lanes of products of two panels; for speed they are collected
 * over several calls and multiplied together. */
typedef struct dia_mlp_pullback {
    double *block;                                        /* all of the below */
    double *left[DIA_MLP_LAYERS], *right[DIA_MLP_LAYERS]; /* capacity panels each */
    double *z, *d, *e, *tangent, *curvature;
    int count, ncall;
} dia_mlp_pullback;

size_t dia_mlp_pullback_size(const dia_mlp *mlp); /* doubles */
void dia_mlp_pullback_init(const dia_mlp *mlp, dia_mlp_pullback *work, double *block);
/* One panel: input x, ybar (outputs, L) or NULL for none, ntangent <= DIA_MLP_TANGENTS tangents xdot[q] (inputs, L)
 * with gbar[q] (outputs, L). */
void dia_mlp_pullback_add(const dia_mlp *mlp, dia_mlp_pullback *work, const double *x, const double *ybar, int ntangent,
                          const double *const *xdot, const double *const *gbar, double *theta_bar);
/* Adds the products of the panels that are still collected. */
void dia_mlp_pullback_flush(const dia_mlp *mlp, dia_mlp_pullback *work, double *theta_bar);

#endif
