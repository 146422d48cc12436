/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reverse over forward: the gradient with respect to the parameters of <ybar, y> + sum_q <gbar_q, ydot_q>.
 *
 * With t_0 = xdot, zt_l = W_l t_{l-1}, t_l = s'(z_l) zt_l, the reverse sweep is
 *   tbar_l = W_{l+1}^T ztbar_{l+1},  ztbar_l = s'(z_l) tbar_l,  gW_l += ztbar_l t_{l-1}^T,
 *   zbar_l = s'(z_l) W_{l+1}^T zbar_{l+1} + s''(z_l) sum_q tbar_l zt_l,  gW_l += zbar_l h_{l-1}^T,  gb_l += zbar_l.
 * (Griewank, Walther, Evaluating Derivatives, SIAM 2008, ch. 5: adjoint of the tangent.) tbar, ztbar do not depend on the tangent:
 * they are the way back of <gbar_q, y> alone, which gives forces, and serve a training for both. */
#include <string.h>

#include "math/lanes.h"
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
    size_t size = 2 * (size_t)mlp->widest * L + (calls * slots + L - 1) / L * L; /* of the latter ints */
    for (int l = 0; l < mlp->nlayer; l++)
        size += calls * (slots * turned(mlp, l) + (2 * slots + 2) * panel(mlp, l + 1));
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
        work->bar[l] = work->left[l] + calls * slots * above;
        work->d[l] = work->bar[l] + calls * (slots - 1) * above;
        work->e[l] = work->d[l] + calls * above;
        work->curvature[l] = work->e[l] + calls * above;
        block = work->curvature[l] + calls * above;
    }
    work->scratch[0] = block;
    work->scratch[1] = block + (size_t)mlp->widest * L;
    work->only = (int *)(void *)(work->scratch[1] + (size_t)mlp->widest * L);
}

static double *left_of(const dia_mlp *mlp, const dia_mlp_pullback *work, int l, int call, int slot)
{
    return work->left[l] + (size_t)(call * work->nslot + slot) * panel(mlp, l + 1);
}

static double *bar_of(const dia_mlp *mlp, const dia_mlp_pullback *work, int l, int call, int q)
{
    return work->bar[l] + (size_t)(call * (work->nslot - 1) + q) * panel(mlp, l + 1);
}

static int *only_of(const dia_mlp_pullback *work, int call, int q)
{
    return work->only + call * work->nslot + 1 + q;
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

/* The one row of n that is not zero; -1: there are more or none. */
static int only_row(int n, const double *panel)
{
    int row = -1;
    for (int i = 0; i < n; i++)
        for (int lane = 0; lane < L; lane++)
            if (panel[i * L + lane] != 0.0) {
                if (row >= 0 && row != i)
                    return -1;
                row = i;
            }
    return row;
}

/* bar = w x, zbar = d bar for n weights w and one row x; d == NULL: no zbar */
DIA_CLONES static void spread(int n, const double *w, const double *x, const double *d, double *bar, double *zbar)
{
    const dia_v8 row = dia_v8_load(x);
    for (int i = 0; i < n; i++) {
        const dia_v8 b = w[i] * row;
        dia_v8_store(bar + i * L, b);
        if (d != NULL)
            dia_v8_store(zbar + i * L, dia_v8_load(d + i * L) * b);
    }
}

/* From the adjoint zbar of z_l to that of h_{l-1}, and of z_{l-1} if that is activated. Of the last layer an element of the matrix
 * has only its own row of weights. */
static void downwards(const dia_mlp *mlp, const dia_mlp_pullback *work, int l, int call, int q, const double *zbar,
                      double *xbar)
{
    const dia_panel_kernel *kernel = mlp->kernel;
    const int in = mlp->width[l], out = mlp->width[l + 1], only = l == mlp->nlayer - 1 ? *only_of(work, call, q) : -1;
    const bool more = l > 0 && active(mlp, l - 1);
    double *below = l == 0 ? xbar : more ? bar_of(mlp, work, l - 1, call, q) : left_of(mlp, work, l - 1, call, 1 + q);
    double *next = more ? left_of(mlp, work, l - 1, call, 1 + q) : NULL;
    const double *d = more ? work->d[l - 1] + (size_t)call * panel(mlp, l) : NULL;
    if (only >= 0)
        spread(in, mlp->theta + dia_mlp_weight_offset(mlp, l) + (size_t)only * (size_t)in, zbar + only * L, d, below,
               next);
    else if (more)
        kernel->chain_both(in, out, mlp->transposed[l], zbar, d, below, next);
    else
        kernel->affine(in, out, mlp->transposed[l], NULL, zbar, below);
}

void dia_mlp_pullback_adjoint(const dia_mlp *mlp, dia_mlp_pullback *work, int call, int q, const double *gbar,
                              double *xbar)
{
    const int last = mlp->nlayer - 1, n = mlp->width[mlp->nlayer];
    double *zbar = left_of(mlp, work, last, call, 1 + q);
    *only_of(work, call, q) = only_row(n, gbar);
    if (active(mlp, last)) {
        memcpy(bar_of(mlp, work, last, call, q), gbar, sizeof(double) * (size_t)n * L);
        mlp->kernel->multiply(n * L, work->d[last] + (size_t)call * panel(mlp, last + 1), gbar, zbar);
    } else {
        memcpy(zbar, gbar, sizeof(double) * (size_t)n * L);
    }
    for (int l = last; l > 0 || (l == 0 && xbar != NULL); l--)
        downwards(mlp, work, l, call, q, left_of(mlp, work, l, call, 1 + q), xbar);
}

void dia_mlp_pullback_tangent(const dia_mlp *mlp, dia_mlp_pullback *work, int call, int q, const double *xdot,
                              double *ydot)
{
    const dia_panel_kernel *kernel = mlp->kernel;
    for (int l = 0; l < mlp->nlayer; l++) {
        const int out = mlp->width[l + 1], in = mlp->width[l];
        const size_t at = (size_t)call * panel(mlp, l + 1);
        double *above = l == mlp->nlayer - 1 && ydot != NULL ? ydot : work->scratch[l % 2];
        kernel->transpose(in, xdot, right_of(mlp, work, l, call, 1 + q));
        if (active(mlp, l))
            kernel->bend(out, in, mlp->packed[l], xdot, work->d[l] + at, work->e[l] + at, bar_of(mlp, work, l, call, q),
                         above, work->curvature[l] + at);
        else if (ydot != NULL)
            kernel->affine(out, in, mlp->packed[l], NULL, xdot, above);
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

/* g (n) += sums over lanes of rows */
DIA_CLONES static void add_rows(int n, const double *rows, double *g)
{
    for (int i = 0; i < n; i++)
        g[i] += dia_v8_sum(dia_v8_load(rows + i * L));
}

static void bias_gradient(const dia_mlp *mlp, int l, const double *zbar, const dia_sink *sink)
{
    double *g = sink->bar + dia_mlp_bias_offset(mlp, l);
    if (sink->lanes == 0)
        add_rows(mlp->width[l + 1], zbar, g);
    for (int i = 0; i < mlp->width[l + 1]; i++)
        for (int lane = 0; lane < sink->lanes; lane++)
            g[(size_t)lane * sink->stride + (size_t)i] += zbar[i * L + lane];
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

/* The products of one layer: those of all slots in one, but for adjoints of one row, which are that row of the product. */
static void layer_products(const dia_mlp *mlp, const dia_mlp_pullback *work, int l, int ncall, int ntangent,
                           const dia_sink *sink)
{
    const double *left[PAIRS], *right[PAIRS];
    const size_t in = (size_t)mlp->width[l];
    double *to = sink->bar + dia_mlp_weight_offset(mlp, l);
    int n = 0;
    for (int call = 0; call < ncall; call++)
        for (int slot = 0; slot <= ntangent; slot++) {
            const double *a = left_of(mlp, work, l, call, slot), *b = right_of(mlp, work, l, call, slot);
            const bool one = l == mlp->nlayer - 1 && slot > 0 && sink->lanes == 0;
            const int only = one ? *only_of(work, call, slot - 1) : -1;
            if (only >= 0) {
                mlp->kernel->outer(1, mlp->width[l], 1, &(const double *){a + only * L}, &b, to + (size_t)only * in);
                continue;
            }
            left[n] = a;
            right[n++] = b;
            if (n == PAIRS) {
                product(mlp, l, n, left, right, sink);
                n = 0;
            }
        }
    if (n > 0)
        product(mlp, l, n, left, right, sink);
}

void dia_mlp_pullback_products(const dia_mlp *mlp, const dia_mlp_pullback *work, int ncall, int ntangent,
                               const dia_sink *sink)
{
    for (int l = 0; l < mlp->nlayer; l++) {
        for (int call = 0; call < ncall; call++)
            bias_gradient(mlp, l, left_of(mlp, work, l, call, 0), sink);
        layer_products(mlp, work, l, ncall, ntangent, sink);
    }
}
