/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An architecture of a network: standardised features u of a panel of geometries -> y, the packed matrix in units of
 * the network's scale, with y(image g of u) = gamma[g] y(u) exactly. One file with one const struct,
 * src/model/architecture/NAME.c; CMake makes the list from the file names, and tests/conform/architectures.c examines every
 * one of them.
 *
 * The four maps are those of a model (model.h), on panels of eight lanes; lanes are independent. Only init allocates.
 * `memory` is what forward stores for reverse and tangent: rows of eight lanes, so that lanes can be gathered from
 * several panels. `scratch` holds nothing between two calls. */
#ifndef DIA_MODEL_ARCHITECTURE_H
#define DIA_MODEL_ARCHITECTURE_H

#include "diabolo/extend.h"
#include "model/images.h"
#include "model/mlp.h"

typedef struct
    dia_matrix_block { /* W (rows, cols) row-major at theta[weight], a bias of `rows` numbers at theta[bias], or none: bias < 0 */
    int rows, cols, weight, bias;
} dia_matrix_block;

enum { DIA_ARCHITECTURE_BLOCKS = 64 }; /* at most */

typedef struct dia_architecture_single { /* as below, on panels of sixteen floats, in as many bytes */
    void (*forward)(const void *self, const float *u, float *memory, float *scratch, float *y);
    void (*reverse)(const void *self, const float *memory, const float *ybar, float *scratch, float *ubar);
    void (*tangent)(const void *self, const float *memory, const float *udot, float *scratch, float *ydot);
} dia_architecture_single;

typedef struct dia_architecture_type {
    const char *name, *summary, *reference;
    const dia_option *options;
    size_t self_size; /* zeroed, filled from `options`, then inited */
    /* Copies what it needs of lists among the options; `images` and its arrays stay where they are. theta is zero.
     * On failure leaves nothing allocated. */
    dia_status (*init)(void *self, const dia_images *images, dia_error *error);
    void (*free)(void *self);
    double *(*theta)(void *self, int *ntheta);
    void (*refresh)(void *self); /* after theta was changed */
    void (*randomise)(void *self, uint64_t seed, uint64_t member);
    /* All parameters as matrices, one after the other in theta; returns how many. */
    int (*blocks)(const void *self, dia_matrix_block blocks[DIA_ARCHITECTURE_BLOCKS]);
    size_t (*memory)(const void *self);  /* doubles */
    size_t (*scratch)(const void *self); /* doubles */
    void (*forward)(const void *self, const double *u, double *memory, double *scratch, double *y);
    /* ubar (nfeature, L), overwritten, of ybar (npacked, L) */
    void (*reverse)(const void *self, const double *memory, const double *ybar, double *scratch, double *ubar);
    void (*tangent)(const void *self, const double *memory, const double *udot, double *scratch, double *ydot);
    const dia_architecture_single *single;
    /* The gradient with respect to theta of <ybar, y> + sum_q <gbar_q, ydot_q> for one panel at a time: values y (NULL: not wanted) of u; for each
     * q = 0..ntangent-1, up to npacked of them, an adjoint and behind it a tangent; then products, added to `sink`. An adjoint alone is also the
     * gradient ubar (nfeature, L) of <gbar, y>, if that is not NULL. `work` has pullback_size bytes. */
    size_t (*pullback_size)(const void *self);
    void (*pullback_init)(const void *self, void *work);
    void (*pullback_values)(const void *self, void *work, const double *u, double *y);
    void (*pullback_adjoint)(const void *self, void *work, int q, const double *gbar, double *ubar);
    void (*pullback_tangent)(const void *self, void *work, int q, const double *udot);
    void (*pullback_products)(const void *self, void *work, const double *ybar, int ntangent, const dia_sink *sink);
} dia_architecture_type;

/* For architectures made of perceptrons: appends the layers of one whose parameters begin at `offset` of theta to a
 * list; returns how many. */
static inline int dia_architecture_blocks(const dia_mlp *mlp, int offset, dia_matrix_block *list)
{
    for (int l = 0; l < mlp->nlayer; l++)
        list[l] = (dia_matrix_block){mlp->width[l + 1], mlp->width[l], offset + dia_mlp_weight_offset(mlp, l),
                                     offset + dia_mlp_bias_offset(mlp, l)};
    return mlp->nlayer;
}

/* Bytes of the struct at the head of `work`, so that panels behind it are aligned. */
#define DIA_ARCHITECTURE_WORK(type) ((sizeof(type) + 63) & ~(size_t)63)

extern const dia_architecture_type *const dia_architecture_types[];        /* NULL-terminated, in alphabetical order */
const dia_architecture_type *dia_architecture_type_find(const char *name); /* NULL: none */

#endif
