/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reverse over forward: the gradient with respect to the parameters of <ybar, y> + sum_q <gbar_q, ydot_q>.
 *
 * With t_0 = xdot, zt_l = W_l t_{l-1}, t_l = s'(z_l) zt_l, the reverse sweep is
 *   tbar_l = W_{l+1}^T ztbar_{l+1},  ztbar_l = s'(z_l) tbar_l,  gW_l += ztbar_l t_{l-1}^T,
 *   zbar_l = s'(z_l) W_{l+1}^T zbar_{l+1} + s''(z_l) sum_q tbar_l zt_l,  gW_l += zbar_l h_{l-1}^T,  gb_l += zbar_l.
 * (Griewank, Walther, Evaluating Derivatives, SIAM 2008, ch. 5: adjoint of the tangent.) */
#include <string.h>

#include "model/mlp.h"

#define L DIA_PANEL_LANES
#define CAPACITY (DIA_MLP_COLLECT * (DIA_MLP_TANGENTS + 1)) /* panels collected before the products are formed */

static size_t panel_size(const dia_mlp *mlp)
{
    return (size_t)mlp->widest * L;
}

size_t dia_mlp_pullback_size(const dia_mlp *mlp)
{
    const size_t n = (size_t)mlp->nlayer, collected = 2 * n * CAPACITY, own = 3 * n + n * DIA_MLP_TANGENTS + 1;
    return (collected + own) * panel_size(mlp);
}

void dia_mlp_pullback_init(const dia_mlp *mlp, dia_mlp_pullback *work, double *block)
{
    const size_t panel = panel_size(mlp), n = (size_t)mlp->nlayer;
    work->block = block;
    for (int l = 0; l < mlp->nlayer; l++) {
        work->left[l] = block;
        work->right[l] = block + CAPACITY * panel;
        block += 2 * CAPACITY * panel;
    }
    work->z = block;
    work->d = work->z + n * panel;
    work->e = work->d + n * panel;
    work->tangent = work->e + n * panel; /* zt_l of tangent q at (q n + l) */
    work->curvature = work->tangent + n * DIA_MLP_TANGENTS * panel;
    work->count = work->ncall = 0;
}

void dia_mlp_pullback_flush(const dia_mlp *mlp, dia_mlp_pullback *work, double *theta_bar)
{
    const size_t panel = panel_size(mlp);
    const double *left[CAPACITY], *right[CAPACITY];
    for (int l = 0; l < mlp->nlayer && work->count > 0; l++) {
        for (int p = 0; p < work->count; p++) {
            left[p] = work->left[l] + (size_t)p * panel;
            right[p] = work->right[l] + (size_t)p * panel;
        }
        mlp->kernel->outer(mlp->width[l + 1], mlp->width[l], work->count, left, right,
                           theta_bar + dia_mlp_weight_offset(mlp, l));
    }
    work->count = work->ncall = 0;
}

/* Forward through all layers; h_{l-1} is stored in slot `slot` for the weight gradient of layer l. */
static void forward(const dia_mlp *mlp, dia_mlp_pullback *work, const double *x, int slot)
{
    const size_t panel = panel_size(mlp);
    double *h = work->right[0] + (size_t)slot * panel;
    memcpy(h, x, sizeof(double) * (size_t)mlp->width[0] * L);
    for (int l = 0; l < mlp->nlayer - 1; l++) {
        double *z = work->z + (size_t)l * panel, *d = work->d + (size_t)l * panel;
        const int n = dia_panel_padded(mlp->width[l + 1]) * L;
        mlp->kernel->affine(mlp->width[l + 1], mlp->width[l], mlp->packed[l], mlp->bias[l], h, z);
        h = work->right[l + 1] + (size_t)slot * panel;
        mlp->kernel->activate(mlp->activation, n, z, h, d);
        mlp->kernel->curvature(mlp->activation, n, z, h, d, work->e + (size_t)l * panel);
    }
}

static void tangent(const dia_mlp *mlp, dia_mlp_pullback *work, const double *xdot, int q, int slot)
{
    const size_t panel = panel_size(mlp);
    double *t = work->right[0] + (size_t)slot * panel;
    memcpy(t, xdot, sizeof(double) * (size_t)mlp->width[0] * L);
    for (int l = 0; l < mlp->nlayer - 1; l++) {
        double *zt = work->tangent + (size_t)(q * mlp->nlayer + l) * panel;
        const double *d = work->d + (size_t)l * panel;
        mlp->kernel->affine(mlp->width[l + 1], mlp->width[l], mlp->packed[l], NULL, t, zt);
        t = work->right[l + 1] + (size_t)slot * panel;
        for (int i = 0; i < dia_panel_padded(mlp->width[l + 1]) * L; i++)
            t[i] = d[i] * zt[i];
    }
}

/* ztbar_l of tangent q from ztbar_{l+1}; adds its part to the curvature term of layer l. */
static void tangent_back(const dia_mlp *mlp, dia_mlp_pullback *work, int q, int l, int slot)
{
    const size_t panel = panel_size(mlp), at = (size_t)(l - 1) * panel;
    const double *above = work->left[l] + (size_t)slot * panel, *d = work->d + at, *e = work->e + at;
    const double *zt = work->tangent + (size_t)(q * mlp->nlayer + l - 1) * panel;
    double *ztbar = work->left[l - 1] + (size_t)slot * panel, *curvature = work->curvature;
    mlp->kernel->affine(mlp->width[l], mlp->width[l + 1], mlp->transposed[l], NULL, above, ztbar);
    for (int i = 0; i < dia_panel_padded(mlp->width[l]) * L; i++) {
        curvature[i] += e[i] * ztbar[i] * zt[i];
        ztbar[i] *= d[i];
    }
}

static void bias_gradient(const dia_mlp *mlp, int l, const double *zbar, double *theta_bar)
{
    double *g = theta_bar + dia_mlp_bias_offset(mlp, l);
    for (int i = 0; i < mlp->width[l + 1]; i++)
        for (int lane = 0; lane < L; lane++)
            g[i] += zbar[i * L + lane];
}

void dia_mlp_pullback_add(const dia_mlp *mlp, dia_mlp_pullback *work, const double *x, const double *ybar, int ntangent,
                          const double *const *xdot, const double *const *gbar, double *theta_bar)
{
    const size_t panel = panel_size(mlp);
    const int top = mlp->nlayer - 1, slot = work->count;
    const size_t top_size = sizeof(double) * (size_t)mlp->width[mlp->nlayer] * L;
    forward(mlp, work, x, slot);
    double *zbar = work->left[top] + (size_t)slot * panel;
    if (ybar != NULL)
        memcpy(zbar, ybar, top_size);
    else
        memset(zbar, 0, top_size);
    for (int q = 0; q < ntangent; q++) {
        tangent(mlp, work, xdot[q], q, slot + 1 + q);
        memcpy(work->left[top] + (size_t)(slot + 1 + q) * panel, gbar[q], top_size);
    }
    bias_gradient(mlp, top, zbar, theta_bar);
    for (int l = top; l > 0; l--) {
        const int n = dia_panel_padded(mlp->width[l]) * L;
        const double *d = work->d + (size_t)(l - 1) * panel;
        memset(work->curvature, 0, sizeof(double) * (size_t)n);
        for (int q = 0; q < ntangent; q++)
            tangent_back(mlp, work, q, l, slot + 1 + q);
        double *below = work->left[l - 1] + (size_t)slot * panel;
        mlp->kernel->affine(mlp->width[l], mlp->width[l + 1], mlp->transposed[l], NULL, zbar, below);
        for (int i = 0; i < n; i++)
            below[i] = below[i] * d[i] + work->curvature[i];
        bias_gradient(mlp, l - 1, below, theta_bar);
        zbar = below;
    }
    work->count += 1 + ntangent;
    if (++work->ncall == DIA_MLP_COLLECT)
        dia_mlp_pullback_flush(mlp, work, theta_bar);
}
