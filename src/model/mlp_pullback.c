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
#define SLOTS (1 + DIA_MLP_TANGENTS) /* panels of one call: values, then tangents */
#define CAPACITY (DIA_MLP_COLLECT * SLOTS)

/* Doubles of a panel of h_level. */
static size_t panel(const dia_mlp *mlp, int level)
{
    return (size_t)dia_panel_padded(mlp->width[level]) * L;
}

static bool active(const dia_mlp *mlp, int l)
{
    return l < mlp->nlayer - 1 || mlp->activated;
}

size_t dia_mlp_pullback_size(const dia_mlp *mlp, int ncall)
{
    const size_t calls = (size_t)ncall;
    size_t size = 2 * (size_t)mlp->widest * L;
    for (int l = 0; l < mlp->nlayer; l++)
        size += calls * SLOTS * panel(mlp, l) + (CAPACITY + calls * (2 + DIA_MLP_TANGENTS)) * panel(mlp, l + 1);
    return size;
}

void dia_mlp_pullback_init(const dia_mlp *mlp, dia_mlp_pullback *work, int ncall, double *block)
{
    const size_t calls = (size_t)ncall;
    for (int l = 0; l < mlp->nlayer; l++) {
        const size_t above = panel(mlp, l + 1);
        work->right[l] = block;
        work->left[l] = block + calls * SLOTS * panel(mlp, l);
        work->d[l] = work->left[l] + CAPACITY * above;
        work->e[l] = work->d[l] + calls * above;
        work->rate[l] = work->e[l] + calls * above;
        block = work->rate[l] + calls * DIA_MLP_TANGENTS * above;
    }
    work->z = block;
    work->curvature = block + (size_t)mlp->widest * L;
    work->count = work->collected = 0;
}

void dia_mlp_pullback_flush(const dia_mlp *mlp, dia_mlp_pullback *work, const dia_sink *sink)
{
    const double *left[CAPACITY], *right[CAPACITY];
    for (int l = 0; l < mlp->nlayer && work->count > 0; l++) {
        for (int p = 0; p < work->count; p++) {
            left[p] = work->left[l] + (size_t)p * panel(mlp, l + 1);
            right[p] = work->right[l] + (size_t)work->slot[p] * panel(mlp, l);
        }
        double *to = sink->bar + dia_mlp_weight_offset(mlp, l);
        if (sink->lanes == 0)
            mlp->kernel->outer(mlp->width[l + 1], mlp->width[l], work->count, left, right, to);
        else
            mlp->kernel->outer_each(mlp->width[l + 1], mlp->width[l], work->count, left, right, sink->lanes,
                                    sink->stride, to);
    }
    work->count = work->collected = 0;
}

/* Forward through all layers. */
static void values(const dia_mlp *mlp, dia_mlp_pullback *work, int call, const double *x, double *y)
{
    const size_t slot = (size_t)call * SLOTS;
    double *h = work->right[0] + slot * panel(mlp, 0);
    memcpy(h, x, sizeof(double) * (size_t)mlp->width[0] * L);
    for (int l = 0; l < mlp->nlayer; l++) {
        const bool last = l == mlp->nlayer - 1;
        const int n = dia_panel_padded(mlp->width[l + 1]) * L;
        double *d = work->d[l] + (size_t)call * panel(mlp, l + 1), *e = work->e[l] + (size_t)call * panel(mlp, l + 1);
        double *above = last ? y : work->right[l + 1] + slot * panel(mlp, l + 1);
        if (last && y == NULL)
            break;
        mlp->kernel->affine(mlp->width[l + 1], mlp->width[l], mlp->packed[l], mlp->bias[l], h,
                            active(mlp, l) ? work->z : above);
        if (active(mlp, l)) {
            mlp->kernel->activate(mlp->activation, n, work->z, above, d);
            mlp->kernel->curvature(mlp->activation, n, work->z, above, d, e);
        }
        h = above;
    }
}

static void tangent(const dia_mlp *mlp, dia_mlp_pullback *work, int call, int q, const double *xdot, double *ydot)
{
    const size_t slot = (size_t)call * SLOTS + 1 + (size_t)q;
    double *t = work->right[0] + slot * panel(mlp, 0);
    memcpy(t, xdot, sizeof(double) * (size_t)mlp->width[0] * L);
    for (int l = 0; l < mlp->nlayer; l++) {
        const bool last = l == mlp->nlayer - 1;
        double *rate = work->rate[l] + (size_t)(call * DIA_MLP_TANGENTS + q) * panel(mlp, l + 1);
        double *above = last ? ydot : work->right[l + 1] + slot * panel(mlp, l + 1);
        const double *d = work->d[l] + (size_t)call * panel(mlp, l + 1);
        if (last && ydot == NULL)
            break;
        mlp->kernel->affine(mlp->width[l + 1], mlp->width[l], mlp->packed[l], NULL, t, active(mlp, l) ? rate : above);
        if (active(mlp, l))
            mlp->kernel->multiply(dia_panel_padded(mlp->width[l + 1]) * L, d, rate, above);
        t = above;
    }
}

void dia_mlp_pullback_forward(const dia_mlp *mlp, dia_mlp_pullback *work, int call, const double *x, int ntangent,
                              const double *const *xdot, double *y, double *const *ydot)
{
    values(mlp, work, call, x, y);
    for (int q = 0; q < ntangent; q++)
        tangent(mlp, work, call, q, xdot[q], ydot != NULL ? ydot[q] : NULL);
}

/* From adjoints of h_l and its tangents to those of z_l, in place. */
static void activation_back(const dia_mlp *mlp, dia_mlp_pullback *work, int call, int l, int ntangent)
{
    const size_t size = panel(mlp, l + 1);
    const int n = (int)size;
    const double *d = work->d[l] + (size_t)call * size, *e = work->e[l] + (size_t)call * size;
    double *bar = work->left[l] + (size_t)work->count * size, *curvature = work->curvature;
    memset(curvature, 0, sizeof(double) * (size_t)n);
    for (int q = 0; q < ntangent; q++)
        mlp->kernel->bend(n, d, e, work->rate[l] + (size_t)(call * DIA_MLP_TANGENTS + q) * size,
                          bar + (size_t)(1 + q) * size, curvature);
    mlp->kernel->multiply(n, d, bar, bar);
    for (int i = 0; i < n; i++)
        bar[i] += curvature[i];
}

static void bias_gradient(const dia_mlp *mlp, int l, const double *zbar, const dia_sink *sink)
{
    double *g = sink->bar + dia_mlp_bias_offset(mlp, l);
    for (int i = 0; i < mlp->width[l + 1]; i++)
        for (int lane = 0; lane < (sink->lanes == 0 ? L : sink->lanes); lane++)
            g[(sink->lanes == 0 ? 0 : (size_t)lane * sink->stride) + (size_t)i] += zbar[i * L + lane];
}

void dia_mlp_pullback_back(const dia_mlp *mlp, dia_mlp_pullback *work, int call, const double *ybar, int ntangent,
                           const double *const *gbar, double *xbar, double *const *xdotbar, const dia_sink *sink)
{
    const size_t size = panel(mlp, mlp->nlayer), top_size = sizeof(double) * (size_t)mlp->width[mlp->nlayer] * L;
    double *top = work->left[mlp->nlayer - 1] + (size_t)work->count * size;
    if (ybar != NULL)
        memcpy(top, ybar, top_size);
    else
        memset(top, 0, top_size);
    for (int q = 0; q < ntangent; q++)
        memcpy(top + (size_t)(1 + q) * size, gbar[q], top_size);
    for (int l = mlp->nlayer - 1; l >= 0; l--) {
        const double *bar = work->left[l] + (size_t)work->count * panel(mlp, l + 1);
        if (active(mlp, l))
            activation_back(mlp, work, call, l, ntangent);
        bias_gradient(mlp, l, bar, sink);
        for (int q = -1; q < ntangent && (l > 0 || xbar != NULL); q++) {
            double *below = l > 0   ? work->left[l - 1] + (size_t)(work->count + 1 + q) * panel(mlp, l)
                            : q < 0 ? xbar
                                    : xdotbar[q];
            mlp->kernel->affine(mlp->width[l], mlp->width[l + 1], mlp->transposed[l], NULL,
                                bar + (size_t)(1 + q) * panel(mlp, l + 1), below);
        }
    }
    for (int q = 0; q <= ntangent; q++)
        work->slot[work->count++] = call * SLOTS + q;
    if (++work->collected == DIA_MLP_COLLECT)
        dia_mlp_pullback_flush(mlp, work, sink);
}
