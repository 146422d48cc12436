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

#define DIA_MLP_LAYERS 8 /* at most, the output layer included */

typedef struct dia_mlp_single { /* what evaluation in single precision takes: packed and rounded */
    float *packed[DIA_MLP_LAYERS], *transposed[DIA_MLP_LAYERS], *bias[DIA_MLP_LAYERS];
    const dia_panel_single *kernel;
} dia_mlp_single;

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
    dia_mlp_single single; /* owned */
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

/* The same on panels of sixteen floats, in as many bytes of memory and scratch. */
void dia_mlp_forward_single(const dia_mlp *mlp, const float *x, float *memory, float *scratch, float *y);
void dia_mlp_reverse_single(const dia_mlp *mlp, const float *memory, const float *ybar, float *scratch, float *xbar);
void dia_mlp_tangent_single(const dia_mlp *mlp, const float *memory, const float *xdot, float *scratch, float *ydot);
void dia_mlp_forward_from_single(const dia_mlp *mlp, const float *z, float *memory, float *scratch, float *y);
void dia_mlp_reverse_to_single(const dia_mlp *mlp, const float *memory, const float *ybar, float *scratch, float *zbar);
void dia_mlp_tangent_from_single(const dia_mlp *mlp, const float *memory, const float *zdot, float *scratch,
                                 float *ydot);

/* Where a parameter gradient goes: summed over the lanes, or each lane to a row of its own. */
typedef struct dia_sink {
    double *bar;   /* lanes == 0: (ntheta) += the sum over lanes; else row l, bar + l stride, += that of lane l */
    int lanes;     /* that have a row */
    size_t stride; /* between rows    */
} dia_sink;

/* Parameter gradients of <ybar, y> + sum_q <gbar_q, ydot_q>, for up to `ncall` panels whose numbers are kept at a time (an
 * architecture may need all of one kind before the first of the next). For each: values; then for each q an adjoint and,
 * behind it, a tangent; then back; at last the products of all panels for the weights. The adjoint of gbar_q does not need
 * ydot_q: it is the gradient of <gbar_q, y>, which a caller can use to choose the tangent. */
typedef struct dia_mlp_pullback {
    int nslot;                     /* 1 + tangents at most */
    double *right[DIA_MLP_LAYERS]; /* (ncall, nslot) transposed panels: h_{l-1}, then its tangents */
    double *left[DIA_MLP_LAYERS];  /* (ncall, nslot) panels: adjoints of z_l and its tangents                      */
    double *bar[DIA_MLP_LAYERS];   /* (ncall, nslot - 1) panels: adjoints of the tangents of h_l, of activated layers */
    int *only;                     /* (ncall, nslot) the row of gbar that is not zero, if there is one such; else -1  */
    double *d[DIA_MLP_LAYERS], *e[DIA_MLP_LAYERS]; /* (ncall) panels: s', s'' */
    double *curvature[DIA_MLP_LAYERS];             /* (ncall) panels: what tangents add to the adjoint of z_l */
    double *scratch[2];                            /* widest panel each */
} dia_mlp_pullback;

size_t dia_mlp_pullback_size(const dia_mlp *mlp, int ncall, int ntangent); /* doubles */
void dia_mlp_pullback_init(const dia_mlp *mlp, dia_mlp_pullback *work, int ncall, int ntangent, double *block);
/* x (inputs, L); y (outputs, L): NULL if not wanted. */
void dia_mlp_pullback_values(const dia_mlp *mlp, dia_mlp_pullback *work, int call, const double *x, double *y);
/* gbar (outputs, L) of tangent q; xbar (inputs, L), the gradient of <gbar, y>: NULL if not wanted. */
void dia_mlp_pullback_adjoint(const dia_mlp *mlp, dia_mlp_pullback *work, int call, int q, const double *gbar,
                              double *xbar);
/* Tangent q of the inputs, after its adjoint; ydot (outputs, L): NULL if not wanted. */
void dia_mlp_pullback_tangent(const dia_mlp *mlp, dia_mlp_pullback *work, int call, int q, const double *xdot,
                              double *ydot);
/* ybar (outputs, L); xbar (inputs, L), the gradient of all of it but for what goes through xdot: NULL if not wanted. */
void dia_mlp_pullback_back(const dia_mlp *mlp, dia_mlp_pullback *work, int call, const double *ybar, double *xbar);
/* Adds what calls 0..ncall-1 give, each with ntangent tangents. */
void dia_mlp_pullback_products(const dia_mlp *mlp, const dia_mlp_pullback *work, int ncall, int ntangent,
                               const dia_sink *sink);

#endif
