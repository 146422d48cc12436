/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reverse over forward: the gradient with respect to the parameters of <ybar, y> + sum_q <gbar_q, ydot_q>.
 *
 * With t_0 = xdot, zt_l = W_l t_{l-1}, t_l = s'(z_l) zt_l, the reverse sweep is
 *   tbar_l = W_{l+1}^T ztbar_{l+1},  ztbar_l = s'(z_l) tbar_l,  gW_l += ztbar_l t_{l-1}^T,
 *   zbar_l = s'(z_l) W_{l+1}^T zbar_{l+1} + s''(z_l) sum_q tbar_l zt_l,  gW_l += zbar_l h_{l-1}^T,  gb_l += zbar_l.
 * (Griewank, Walther, Evaluating Derivatives, SIAM 2008, ch. 5: adjoint of the tangent.) tbar, ztbar do not depend on the tangent:
 * they are the way back of <gbar_q, y> alone, which gives forces, and serve a training for both. */
#include <string.h>

#include "model/mlp.h"

#define L DIA_PANEL_LANES
enum { PAIRS = 16 }; /* of panels in one product: their columns fit into the first cache */

/* Doubles of a panel of h_level, and of a transposed one. */
static size_t panel(const dia_mlp *mlp, int level)
{
    return (size_t)dia_panel_padded(mlp->width[level]) * L;
}

static size_t turned(const dia_mlp *mlp, int level)
{
    return (size_t)dia_panel_columns(mlp->width[level]) * L;
}

static bool active(const dia_mlp *mlp, int l)
{
    return l < mlp->nlayer - 1 || mlp->activated;
}

size_t dia_mlp_pullback_size(const dia_mlp *mlp, int ncall, int ntangent)
{
    const size_t calls = (size_t)ncall, slots = 1 + (size_t)ntangent;
    size_t size = 2 * (size_t)mlp->widest * L;
    for (int l = 0; l < mlp->nlayer; l++)
        size += calls * (slots * turned(mlp, l) + (slots + 3) * panel(mlp, l + 1));
    return size;
}

void dia_mlp_pullback_init(const dia_mlp *mlp, dia_mlp_pullback *work, int ncall, int ntangent, double *block)
{
    const size_t calls = (size_t)ncall, slots = 1 + (size_t)ntangent;
    work->nslot = 1 + ntangent;
    for (int l = 0; l < mlp->nlayer; l++) {
        const size_t above = panel(mlp, l + 1);
        work->right[l] = block;
        work->left[l] = block + calls * slots * turned(mlp, l);
        work->d[l] = work->left[l] + calls * slots * above;
        work->e[l] = work->d[l] + calls * above;
        work->curvature[l] = work->e[l] + calls * above;
        block = work->curvature[l] + calls * above;
    }
    work->scratch[0] = block;
    work->scratch[1] = block + (size_t)mlp->widest * L;
}

static double *left_of(const dia_mlp *mlp, const dia_mlp_pullback *work, int l, int call, int slot)
{
    return work->left[l] + (size_t)(call * work->nslot + slot) * panel(mlp, l + 1);
}

static double *right_of(const dia_mlp *mlp, const dia_mlp_pullback *work, int l, int call, int slot)
{
    return work->right[l] + (size_t)(call * work->nslot + slot) * turned(mlp, l);
}

void dia_mlp_pullback_values(const dia_mlp *mlp, dia_mlp_pullback *work, int call, const double *x, double *y)
{
    const dia_panel_kernel *kernel = mlp->kernel;
    double *z = work->scratch[0];
    for (int l = 0; l < mlp->nlayer; l++) {
        const int out = mlp->width[l + 1], in = mlp->width[l];
        const size_t size = panel(mlp, l + 1), at = (size_t)call * size;
        double *h = l == mlp->nlayer - 1 ? y : work->scratch[1];
        kernel->transpose(in, x, right_of(mlp, work, l, call, 0));
        if (active(mlp, l)) { /* the activation is needed for s', whoever wants h */
            h = h != NULL ? h : work->scratch[1];
            kernel->affine(out, in, mlp->packed[l], mlp->bias[l], x, z);
            kernel->activate(mlp->activation, (int)size, z, h, work->d[l] + at);
            kernel->curvature(mlp->activation, (int)size, z, h, work->d[l] + at, work->e[l] + at);
            memset(work->curvature[l] + at, 0, sizeof(double) * size);
        } else if (h != NULL) {
            kernel->affine(out, in, mlp->packed[l], mlp->bias[l], x, h);
        }
        x = h;
    }
}

void dia_mlp_pullback_adjoint(const dia_mlp *mlp, dia_mlp_pullback *work, int call, int q, const double *gbar,
                              double *xbar)
{
    const dia_panel_kernel *kernel = mlp->kernel;
    memcpy(left_of(mlp, work, mlp->nlayer - 1, call, 1 + q), gbar,
           sizeof(double) * (size_t)mlp->width[mlp->nlayer] * L);
    for (int l = mlp->nlayer - 1; l >= 0; l--) {
        const size_t size = panel(mlp, l + 1);
        const double *bar = left_of(mlp, work, l, call, 1 + q);
        double *below = l > 0 ? left_of(mlp, work, l - 1, call, 1 + q) : xbar;
        if (below == NULL)
            break;
        if (active(mlp, l)) {
            kernel->multiply((int)size, work->d[l] + (size_t)call * size, bar, work->scratch[0]);
            bar = work->scratch[0];
        }
        kernel->affine(mlp->width[l], mlp->width[l + 1], mlp->transposed[l], NULL, bar, below);
    }
}

void dia_mlp_pullback_tangent(const dia_mlp *mlp, dia_mlp_pullback *work, int call, int q, const double *xdot,
                              double *ydot)
{
    const dia_panel_kernel *kernel = mlp->kernel;
    for (int l = 0; l < mlp->nlayer; l++) {
        const size_t size = panel(mlp, l + 1), at = (size_t)call * size;
        double *above = l == mlp->nlayer - 1 && ydot != NULL ? ydot : work->scratch[l % 2];
        kernel->transpose(mlp->width[l], xdot, right_of(mlp, work, l, call, 1 + q));
        if (!active(mlp, l) && ydot == NULL)
            break;
        kernel->affine(mlp->width[l + 1], mlp->width[l], mlp->packed[l], NULL, xdot, above);
        if (active(mlp, l))
            kernel->bend((int)size, work->d[l] + at, work->e[l] + at, above, left_of(mlp, work, l, call, 1 + q),
                         work->curvature[l] + at);
        xdot = above;
    }
}

void dia_mlp_pullback_back(const dia_mlp *mlp, dia_mlp_pullback *work, int call, const double *ybar, double *xbar)
{
    double *bar = left_of(mlp, work, mlp->nlayer - 1, call, 0);
    memcpy(bar, ybar, sizeof(double) * (size_t)mlp->width[mlp->nlayer] * L);
    for (int l = mlp->nlayer - 1; l >= 0; l--) {
        const size_t size = panel(mlp, l + 1), at = (size_t)call * size;
        double *below = l > 0 ? left_of(mlp, work, l - 1, call, 0) : xbar;
        if (active(mlp, l))
            mlp->kernel->straighten((int)size, work->d[l] + at, work->curvature[l] + at, bar);
        if (below != NULL)
            mlp->kernel->affine(mlp->width[l], mlp->width[l + 1], mlp->transposed[l], NULL, bar, below);
        bar = below;
    }
}

static void bias_gradient(const dia_mlp *mlp, int l, const double *zbar, const dia_sink *sink)
{
    double *g = sink->bar + dia_mlp_bias_offset(mlp, l);
    for (int i = 0; i < mlp->width[l + 1]; i++)
        for (int lane = 0; lane < (sink->lanes == 0 ? L : sink->lanes); lane++)
            g[(sink->lanes == 0 ? 0 : (size_t)lane * sink->stride) + (size_t)i] += zbar[i * L + lane];
}

static void product(const dia_mlp *mlp, int l, int npair, const double *const *left, const double *const *right,
                    const dia_sink *sink)
{
    double *to = sink->bar + dia_mlp_weight_offset(mlp, l);
    if (sink->lanes == 0)
        mlp->kernel->outer(mlp->width[l + 1], mlp->width[l], npair, left, right, to);
    else
        mlp->kernel->outer_each(mlp->width[l + 1], mlp->width[l], npair, left, right, sink->lanes, sink->stride, to);
}

void dia_mlp_pullback_products(const dia_mlp *mlp, const dia_mlp_pullback *work, int ncall, int ntangent,
                               const dia_sink *sink)
{
    const double *left[PAIRS], *right[PAIRS];
    for (int l = 0; l < mlp->nlayer; l++) {
        int n = 0;
        for (int call = 0; call < ncall; call++) {
            bias_gradient(mlp, l, left_of(mlp, work, l, call, 0), sink);
            for (int slot = 0; slot <= ntangent; slot++) {
                left[n] = left_of(mlp, work, l, call, slot);
                right[n++] = right_of(mlp, work, l, call, slot);
                if (n == PAIRS || (slot == ntangent && call == ncall - 1)) {
                    product(mlp, l, n, left, right, sink);
                    n = 0;
                }
            }
        }
    }
}
