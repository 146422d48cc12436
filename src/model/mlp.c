/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled twice: real.h. */
#include "model/mlp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "math/real.h"

#define L DIA_REAL_LANES

/* Is there an activation behind layer l (numbered from 0)? */
static bool active(const dia_mlp *mlp, int l)
{
    return l < mlp->nlayer - 1 || mlp->activated;
}

#if !defined(DIA_SINGLE)

int dia_mlp_weight_offset(const dia_mlp *mlp, int layer)
{
    int offset = 0;
    for (int l = 0; l < layer; l++)
        offset += mlp->width[l + 1] * (mlp->width[l] + 1);
    return offset;
}

int dia_mlp_bias_offset(const dia_mlp *mlp, int layer)
{
    return dia_mlp_weight_offset(mlp, layer) + mlp->width[layer + 1] * mlp->width[layer];
}

dia_status dia_mlp_init(dia_mlp *mlp, int nlayer, const int *width, dia_activation activation, bool activated,
                        dia_error *error)
{
    memset(mlp, 0, sizeof *mlp);
    if (nlayer < 1 || nlayer > DIA_MLP_LAYERS)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a network takes 1 to %d layers, its output layer included; this one has %d",
                             DIA_MLP_LAYERS, nlayer);
    mlp->nlayer = nlayer;
    mlp->activation = activation;
    mlp->activated = activated;
    double size = 0.0;
    dia_status status = dia_panel_kernel_check(error);
    if (status != DIA_OK)
        return status;
    mlp->kernel = dia_panel_kernel_best();
    mlp->single.kernel = dia_panel_single_of(mlp->kernel);
    for (int l = 0; l <= nlayer; l++) {
        if (width[l] < 1 || width[l] > 100000)
            return dia_error_set(error, DIA_ERROR_INPUT, "layer %d of the network has %d units; expected 1 to 100000",
                                 l, width[l]);
        mlp->width[l] = width[l];
        if (dia_panel_padded(width[l]) > mlp->widest)
            mlp->widest = dia_panel_padded(width[l]);
        size += l > 0 ? width[l] * (width[l - 1] + 1.0) : 0.0;
    }
    if (size > 1e8) /* 0.8 GB, held three times */
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "the network would have %.3g parameters, most between a layer and %d inputs or units; "
                             "expected at most 1e8: take fewer descriptors or narrower layers",
                             size, mlp->widest);
    mlp->ntheta = dia_mlp_weight_offset(mlp, nlayer);
    bool good = true;
    for (int l = 0; l < nlayer; l++) {
        const size_t out = (size_t)dia_panel_padded(width[l + 1]), in = (size_t)dia_panel_padded(width[l]);
        mlp->packed[l] = dia_allocate(out * (size_t)width[l], sizeof(double));
        mlp->transposed[l] = dia_allocate(in * (size_t)width[l + 1], sizeof(double));
        mlp->bias[l] = dia_allocate(out, sizeof(double));
        mlp->single.packed[l] = dia_allocate(out * (size_t)width[l], sizeof(float));
        mlp->single.transposed[l] = dia_allocate(in * (size_t)width[l + 1], sizeof(float));
        mlp->single.bias[l] = dia_allocate(out, sizeof(float));
        good = good && mlp->packed[l] != NULL && mlp->transposed[l] != NULL && mlp->bias[l] != NULL &&
               mlp->single.packed[l] != NULL && mlp->single.transposed[l] != NULL && mlp->single.bias[l] != NULL;
    }
    if (!good) {
        dia_mlp_free(mlp);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network of %d parameters", mlp->ntheta);
    }
    return DIA_OK;
}

void dia_mlp_free(dia_mlp *mlp)
{
    for (int l = 0; l < DIA_MLP_LAYERS; l++) {
        free(mlp->packed[l]);
        free(mlp->transposed[l]);
        free(mlp->bias[l]);
        free(mlp->single.packed[l]);
        free(mlp->single.transposed[l]);
        free(mlp->single.bias[l]);
    }
    memset(mlp, 0, sizeof *mlp);
}

void dia_mlp_refresh(dia_mlp *mlp)
{
    for (int l = 0; l < mlp->nlayer; l++) {
        const double *W = mlp->theta + dia_mlp_weight_offset(mlp, l);
        const size_t in = (size_t)mlp->width[l], out = (size_t)mlp->width[l + 1];
        dia_panel_pack(mlp->width[l + 1], mlp->width[l], W, 0, mlp->packed[l]);
        dia_panel_pack(mlp->width[l], mlp->width[l + 1], W, 1, mlp->transposed[l]);
        memcpy(mlp->bias[l], mlp->theta + dia_mlp_bias_offset(mlp, l), sizeof(double) * out);
        dia_panel_narrow((size_t)dia_panel_padded(mlp->width[l + 1]) * in, mlp->packed[l], mlp->single.packed[l]);
        dia_panel_narrow((size_t)dia_panel_padded(mlp->width[l]) * out, mlp->transposed[l], mlp->single.transposed[l]);
        dia_panel_narrow(out, mlp->bias[l], mlp->single.bias[l]);
    }
}

void dia_mlp_draw(dia_mlp *mlp, int layer, double weight, double bias, uint64_t seed, uint64_t member, uint64_t stream)
{
    double *W = mlp->theta + dia_mlp_weight_offset(mlp, layer);
    const int nweight = mlp->width[layer + 1] * mlp->width[layer], n = nweight + mlp->width[layer + 1];
    for (int i = 0; i < n; i++)
        W[i] = (i < nweight ? weight : bias) * dia_rng_normal(seed, member, stream, DIA_PURPOSE_NETWORK, (uint32_t)i);
}

size_t dia_mlp_memory(const dia_mlp *mlp)
{
    size_t rows = 0;
    for (int l = 0; l < mlp->nlayer; l++)
        rows += active(mlp, l) ? (size_t)dia_panel_padded(mlp->width[l + 1]) : 0;
    return rows * DIA_PANEL_LANES;
}

size_t dia_mlp_scratch(const dia_mlp *mlp)
{
    return 2 * (size_t)mlp->widest * DIA_PANEL_LANES;
}

#endif

#define WEIGHTS DIA_REAL_WEIGHTS(mlp) /* and kernel */

/* In scratch: what comes out of layer l, which the next reads while it writes the other half. */
static real *between(const dia_mlp *mlp, real *scratch, int l)
{
    return scratch + (size_t)(l % 2) * (size_t)mlp->widest * L;
}

/* Layers l, l + 1, ... from their input x. */
static void upwards(const dia_mlp *mlp, int l, const real *x, real *memory, real *scratch, real *y)
{
    for (; l < mlp->nlayer; l++) {
        real *h = l == mlp->nlayer - 1 ? y : between(mlp, scratch, l);
        if (active(mlp, l))
            WEIGHTS->kernel->layer(mlp->activation, mlp->width[l + 1], mlp->width[l], WEIGHTS->packed[l],
                                   WEIGHTS->bias[l], x, h, memory);
        else
            WEIGHTS->kernel->affine(mlp->width[l + 1], mlp->width[l], WEIGHTS->packed[l], WEIGHTS->bias[l], x, h);
        memory += dia_panel_padded(mlp->width[l + 1]) * L;
        x = h;
    }
}

static void tangent_upwards(const dia_mlp *mlp, int l, const real *xdot, const real *memory, real *scratch, real *ydot)
{
    for (; l < mlp->nlayer; l++) {
        real *hdot = l == mlp->nlayer - 1 ? ydot : between(mlp, scratch, l);
        if (active(mlp, l))
            WEIGHTS->kernel->chain(mlp->width[l + 1], mlp->width[l], WEIGHTS->packed[l], xdot, memory, hdot);
        else
            WEIGHTS->kernel->affine(mlp->width[l + 1], mlp->width[l], WEIGHTS->packed[l], NULL, xdot, hdot);
        memory += dia_panel_padded(mlp->width[l + 1]) * L;
        xdot = hdot;
    }
}

void DIA_REAL_NAME(dia_mlp_forward)(const dia_mlp *mlp, const real *x, real *memory, real *scratch, real *y)
{
    upwards(mlp, 0, x, memory, scratch, y);
}

void DIA_REAL_NAME(dia_mlp_tangent)(const dia_mlp *mlp, const real *memory, const real *xdot, real *scratch, real *ydot)
{
    tangent_upwards(mlp, 0, xdot, memory, scratch, ydot);
}

void DIA_REAL_NAME(dia_mlp_forward_from)(const dia_mlp *mlp, const real *z, real *memory, real *scratch, real *y)
{
    const int n = dia_panel_padded(mlp->width[1]) * L;
    real *h = mlp->nlayer == 1 ? y : between(mlp, scratch, 0);
    if (active(mlp, 0))
        WEIGHTS->kernel->activate(mlp->activation, n, z, h, memory);
    else
        memcpy(h, z, sizeof *h * (size_t)n);
    upwards(mlp, 1, h, memory + n, scratch, y);
}

void DIA_REAL_NAME(dia_mlp_tangent_from)(const dia_mlp *mlp, const real *memory, const real *zdot, real *scratch,
                                         real *ydot)
{
    const int n = dia_panel_padded(mlp->width[1]) * L;
    real *hdot = mlp->nlayer == 1 ? ydot : between(mlp, scratch, 0);
    if (active(mlp, 0))
        WEIGHTS->kernel->multiply(n, memory, zdot, hdot);
    else
        memcpy(hdot, zdot, sizeof *hdot * (size_t)n);
    tangent_upwards(mlp, 1, hdot, memory + n, scratch, ydot);
}

void DIA_REAL_NAME(dia_mlp_reverse_to)(const dia_mlp *mlp, const real *memory, const real *ybar, real *scratch,
                                       real *zbar)
{
    const real *above = ybar;
    memory += dia_reals(dia_mlp_memory(mlp));
    for (int l = mlp->nlayer; l > 0; l--) {
        real *below = l == 1 ? zbar : between(mlp, scratch, l);
        if (l < mlp->nlayer || mlp->activated)
            memory -= dia_panel_padded(mlp->width[l]) * L;
        if (l < mlp->nlayer)
            WEIGHTS->kernel->chain(mlp->width[l], mlp->width[l + 1], WEIGHTS->transposed[l], above, memory, below);
        else if (mlp->activated)
            WEIGHTS->kernel->multiply(mlp->width[l] * L, memory, ybar, below);
        else if (l == 1)
            memcpy(zbar, ybar, sizeof *zbar * (size_t)mlp->width[1] * L);
        else
            continue; /* above stays ybar */
        above = below;
    }
}

void DIA_REAL_NAME(dia_mlp_reverse)(const dia_mlp *mlp, const real *memory, const real *ybar, real *scratch, real *xbar)
{
    const bool linear = mlp->nlayer == 1 && !mlp->activated;
    real *zbar = between(mlp, scratch, 1);
    if (!linear)
        DIA_REAL_NAME(dia_mlp_reverse_to)(mlp, memory, ybar, scratch, zbar);
    WEIGHTS->kernel->affine(mlp->width[0], mlp->width[1], WEIGHTS->transposed[0], NULL, linear ? ybar : zbar, xbar);
}
