/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training of a network: adjoints of its values and derivatives by its parameters. */
#include "model/network_tape.h"

#include <string.h>

#include "model/object.h"

#define L DIA_LANES

static void adjoint_in_order(const dia_network *net, int n, const double *W, const double *scale, double *ybar)
{
    int request[L];
    dia_network_adjoint(net, dia_network_in_order(n, request), W, scale, ybar);
}

static bool same_rows(int n, const int *a, int m, const int *b)
{
    return n == m && memcmp(a, b, sizeof *a * (size_t)n) == 0;
}

typedef struct requests {
    int n;
    const int *row;
    const double *W0, *V, *W1;
} requests;

/* Tangent q of request panel p: m requests beginning at number `first`, along V, weighed by W1. */
static void add_tangent(const dia_network *net, dia_network_work *w, const dia_network_panel *r, const requests *all,
                        int first, int m, int q)
{
    const size_t np = (size_t)net->shape.npacked, nc = (size_t)net->shape.ncart, at = (size_t)first;
    adjoint_in_order(net, m, all->W1 + at * np, net->scale, w->y);
    net->architecture->pullback_adjoint(net->body, w->pullback, q, w->y, NULL);
    dia_network_to_panel(m, NULL, (int)nc, all->V + at * nc, w->v);
    dia_network_feature_tangent(net, r, w->v, w->u);
    net->architecture->pullback_tangent(net->body, w->pullback, q, w->u);
}

/* y: NULL if not wanted */
static void pullback_values(const dia_network *net, dia_network_work *w, const dia_network_panel *r, double *y)
{
    dia_network_inputs(net, r->f, w->u);
    net->architecture->pullback_values(net->body, w->pullback, w->u, y);
}

/* Request panels on the same rows as panel `head`, as many as one pullback takes tangents, share its values. ysum collects W0.
 * Returns how many tangents. */
static int gather_tangents(const dia_network *net, dia_network_work *w, const dia_network_panel *r, const requests *all,
                           int head)
{
    const int np = net->shape.npacked, m = all->n - head * L < L ? all->n - head * L : L;
    int ntaken = 0;
    dia_network_clear(net, w->ysum);
    for (int p = head; p * L < all->n && ntaken < np; p++) {
        const int first = p * L, mp = all->n - first < L ? all->n - first : L;
        if (w->done[p] || !same_rows(m, all->row + head * L, mp, all->row + first))
            continue;
        w->done[p] = true;
        if (all->W0 != NULL) {
            adjoint_in_order(net, m, all->W0 + (size_t)first * (size_t)np, net->scale, w->y);
            for (int i = 0; i < np * L; i++)
                w->ysum[i] += w->y[i];
        }
        if (all->V != NULL)
            add_tangent(net, w, r, all, first, m, ntaken);
        ntaken++;
    }
    return all->V != NULL ? ntaken : 0;
}

void dia_network_pullback(const void *self, void *memory, const double *R, int n, const int *row, const double *W0,
                          const double *V, const double *W1, double *theta_bar)
{
    const dia_network *net = self;
    dia_network_work *w = memory;
    const requests all = {n, row, W0, V, W1};
    const dia_sink sink = {.bar = theta_bar};
    (void)R;
    memset(w->done, 0, (size_t)((n + L - 1) / L) * sizeof *w->done);
    for (int head = 0; head * L < n; head++) {
        if (w->done[head])
            continue;
        const int m = n - head * L < L ? n - head * L : L;
        const dia_network_panel r = dia_network_points(net, w, m, row + head * L);
        pullback_values(net, w, &r, NULL);
        const int ntangent = gather_tangents(net, w, &r, &all, head);
        net->architecture->pullback_products(net->body, w->pullback, w->ysum, ntangent, &sink);
    }
}

/* As above, but each lane of a panel of requests goes to its own row of J. */
void dia_network_pullback_each(const void *self, void *memory, const double *R, int n, const int *row, const double *W0,
                               const double *V, const double *W1, double *J)
{
    const dia_network *net = self;
    dia_network_work *w = memory;
    const requests all = {n, row, W0, V, W1};
    const size_t np = (size_t)net->shape.npacked, nt = (size_t)net->shape.ntheta;
    (void)R;
    memset(J, 0, (size_t)n * nt * sizeof *J);
    for (int first = 0; first < n; first += L) {
        const int m = n - first < L ? n - first : L;
        const dia_network_panel r = dia_network_points(net, w, m, row + first);
        const dia_sink sink = {J + (size_t)first * nt, m, nt};
        pullback_values(net, w, &r, NULL);
        dia_network_clear(net, w->ysum);
        if (W0 != NULL)
            adjoint_in_order(net, m, W0 + (size_t)first * np, net->scale, w->ysum);
        if (V != NULL)
            add_tangent(net, w, &r, &all, first, m, 0);
        net->architecture->pullback_products(net->body, w->pullback, w->ysum, V != NULL, &sink);
    }
}

/* The adjoint of each element stays in the work space, for the pullback. */
void dia_network_gradients(const void *self, void *memory, const double *R, int first, int n, double *H, double *G)
{
    const dia_network *net = self;
    dia_network_work *w = memory;
    const dia_network_panel *r = &w->panel[first / L];
    const int np = net->shape.npacked, nc = net->shape.ncart;
    int row[L], lanes[L];
    pullback_values(net, w, r, H != NULL ? w->y : NULL);
    if (H != NULL)
        dia_network_elements(net, w, r, n, H);
    for (int i = 0; i < n * np && H != NULL && net->reference != NULL; i++)
        H[i] += w->reference_H[first * np + i];
    for (int l = 0; l < n; l++)
        row[l] = first + l;
    for (int i = 0, k = 0; i < net->shape.nstate; i++)
        for (int j = 0; j <= i; j++, k++) {
            dia_network_clear(net, w->y);
            memset(w->unit, 0, (size_t)(L * np) * sizeof *w->unit);
            for (int l = 0; l < L; l++) {
                w->y[k * L + l] = net->scale[k];
                w->unit[l * np + k] = i == j ? 1.0 : 0.5; /* contract counts an off-diagonal twice */
            }
            net->architecture->pullback_adjoint(net->body, w->pullback, k, w->y, w->ubar);
            dia_network_to_coordinates(net, w, r, dia_network_in_order(n, lanes), w->unit);
            if (net->reference != NULL)
                net->reference->type->contract(net->reference->self, w->reference, R, n, row, w->unit, w->reference_G);
            for (int l = 0; l < n; l++)
                for (int c = 0; c < nc; c++)
                    G[(l * np + k) * nc + c] =
                        w->v[c * L + l] + (net->reference != NULL ? w->reference_G[l * nc + c] : 0.0);
        }
}

void dia_network_gradients_pullback(const void *self, void *memory, const double *R, int first, int n,
                                    const double *Hbar, const double *Gbar, double *theta_bar)
{
    const dia_network *net = self;
    dia_network_work *w = memory;
    const dia_network_panel *r = &w->panel[first / L];
    const int np = net->shape.npacked, nc = net->shape.ncart;
    const dia_sink sink = {.bar = theta_bar};
    (void)R;
    for (int i = 0, k = 0; i < net->shape.nstate; i++)
        for (int j = 0; j <= i; j++, k++) {
            for (int c = 0; c < nc; c++)
                for (int l = 0; l < L; l++)
                    w->v[c * L + l] = l < n ? (i == j ? 1.0 : 2.0) * Gbar[(l * np + k) * nc + c] : 0.0;
            dia_network_feature_tangent(net, r, w->v, w->u);
            net->architecture->pullback_tangent(net->body, w->pullback, k, w->u);
        }
    adjoint_in_order(net, n, Hbar, net->scale, w->ysum);
    net->architecture->pullback_products(net->body, w->pullback, w->ysum, np, &sink);
}
