/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/mlp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"

#define L DIA_PANEL_LANES

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

dia_status dia_mlp_init(dia_mlp *mlp, int nlayer, const int *width, dia_activation activation, dia_error *error)
{
    memset(mlp, 0, sizeof *mlp);
    if (nlayer < 1 || nlayer > DIA_MLP_LAYERS)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a network takes 1 to %d layers, its output layer included; this one has %d",
                             DIA_MLP_LAYERS, nlayer);
    mlp->nlayer = nlayer;
    mlp->activation = activation;
    mlp->kernel = dia_panel_kernel_best();
    for (int l = 0; l <= nlayer; l++) {
        if (width[l] < 1 || width[l] > 100000)
            return dia_error_set(error, DIA_ERROR_INPUT, "layer %d of the network has %d units; expected 1 to 100000",
                                 l, width[l]);
        mlp->width[l] = width[l];
        if (dia_panel_padded(width[l]) > mlp->widest)
            mlp->widest = dia_panel_padded(width[l]);
    }
    mlp->ntheta = dia_mlp_weight_offset(mlp, nlayer);
    mlp->theta = dia_allocate((size_t)mlp->ntheta, sizeof *mlp->theta);
    bool good = mlp->theta != NULL;
    for (int l = 0; l < nlayer; l++) {
        const size_t out = (size_t)dia_panel_padded(width[l + 1]), in = (size_t)dia_panel_padded(width[l]);
        mlp->packed[l] = dia_allocate(out * (size_t)width[l], sizeof(double));
        mlp->transposed[l] = dia_allocate(in * (size_t)width[l + 1], sizeof(double));
        mlp->bias[l] = dia_allocate(out, sizeof(double));
        good = good && mlp->packed[l] != NULL && mlp->transposed[l] != NULL && mlp->bias[l] != NULL;
    }
    if (!good) {
        dia_mlp_free(mlp);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network of %d parameters", mlp->ntheta);
    }
    return DIA_OK;
}

void dia_mlp_free(dia_mlp *mlp)
{
    free(mlp->theta);
    for (int l = 0; l < DIA_MLP_LAYERS; l++) {
        free(mlp->packed[l]);
        free(mlp->transposed[l]);
        free(mlp->bias[l]);
    }
    memset(mlp, 0, sizeof *mlp);
}

void dia_mlp_refresh(dia_mlp *mlp)
{
    for (int l = 0; l < mlp->nlayer; l++) {
        const double *W = mlp->theta + dia_mlp_weight_offset(mlp, l);
        dia_panel_pack(mlp->width[l + 1], mlp->width[l], W, 0, mlp->packed[l]);
        dia_panel_pack(mlp->width[l], mlp->width[l + 1], W, 1, mlp->transposed[l]);
        memcpy(mlp->bias[l], mlp->theta + dia_mlp_bias_offset(mlp, l), sizeof(double) * (size_t)mlp->width[l + 1]);
    }
}

void dia_mlp_randomise(dia_mlp *mlp, uint64_t seed, uint64_t member)
{
    memset(mlp->theta, 0, sizeof(double) * (size_t)mlp->ntheta);
    for (int l = 0; l < mlp->nlayer; l++) {
        double *W = mlp->theta + dia_mlp_weight_offset(mlp, l);
        const double sigma = sqrt(2.0 / (mlp->width[l] + mlp->width[l + 1]));
        for (int i = 0; i < mlp->width[l + 1] * mlp->width[l]; i++)
            W[i] = sigma * dia_rng_normal(seed, member, (uint64_t)l, DIA_PURPOSE_NETWORK, (uint32_t)i);
    }
    dia_mlp_refresh(mlp);
}

size_t dia_mlp_memory(const dia_mlp *mlp)
{
    size_t rows = 0;
    for (int l = 1; l < mlp->nlayer; l++)
        rows += (size_t)dia_panel_padded(mlp->width[l]);
    return rows * L;
}

size_t dia_mlp_scratch(const dia_mlp *mlp)
{
    return 3 * (size_t)mlp->widest * L;
}

void dia_mlp_forward(const dia_mlp *mlp, const double *x, double *memory, double *scratch, double *y)
{
    const size_t panel = (size_t)mlp->widest * L;
    double *z = scratch, *h = scratch + panel;
    for (int l = 0; l < mlp->nlayer; l++) {
        const bool last = l == mlp->nlayer - 1;
        mlp->kernel->affine(mlp->width[l + 1], mlp->width[l], mlp->packed[l], mlp->bias[l], l == 0 ? x : h,
                            last ? y : z);
        if (last)
            break;
        const int n = dia_panel_padded(mlp->width[l + 1]) * L;
        mlp->kernel->activate(mlp->activation, n, z, h, memory);
        memory += n;
    }
}

static void multiply(int n, const double *restrict d, double *restrict x)
{
    for (int i = 0; i < n; i++)
        x[i] *= d[i];
}

void dia_mlp_reverse(const dia_mlp *mlp, const double *memory, const double *ybar, double *scratch, double *xbar)
{
    const size_t panel = (size_t)mlp->widest * L;
    double *from = scratch, *to = scratch + panel;
    const double *zbar = ybar;
    memory += dia_mlp_memory(mlp);
    for (int l = mlp->nlayer - 1; l >= 0; l--) {
        double *hbar = l == 0 ? xbar : to;
        mlp->kernel->affine(mlp->width[l], mlp->width[l + 1], mlp->transposed[l], NULL, zbar, hbar);
        if (l == 0)
            break;
        const int n = dia_panel_padded(mlp->width[l]) * L;
        memory -= n;
        multiply(n, memory, hbar);
        zbar = hbar;
        to = from;
        from = hbar;
    }
}

void dia_mlp_tangent(const dia_mlp *mlp, const double *memory, const double *xdot, double *scratch, double *ydot)
{
    const size_t panel = (size_t)mlp->widest * L;
    double *from = scratch, *to = scratch + panel;
    const double *hdot = xdot;
    for (int l = 0; l < mlp->nlayer; l++) {
        double *zdot = l == mlp->nlayer - 1 ? ydot : to;
        mlp->kernel->affine(mlp->width[l + 1], mlp->width[l], mlp->packed[l], NULL, hdot, zdot);
        if (l == mlp->nlayer - 1)
            break;
        const int n = dia_panel_padded(mlp->width[l + 1]) * L;
        multiply(n, memory, zdot);
        memory += n;
        hdot = zdot;
        to = from;
        from = zdot;
    }
}
