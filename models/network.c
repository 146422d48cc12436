/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A neural network for the diabatic matrix, on panels of eight lanes: features -> standardised -> architecture ->
 * shift and scale, baseline, and a reference model. In single precision the architecture, and nothing else, takes panels of sixteen
 * floats, made of two of these. */
#include <stdlib.h>
#include <string.h>

#include "math/lanes.h"
#include "math/rows.h"
#include "model/baseline.h"
#include "model/front.h"
#include "model/network.h"
#include "model/object.h"
#include "model/request.h"

#define L DIA_LANES

typedef struct record { /* of one panel of geometries, for reverse and tangent                    */
    double *x;          /* (ncart, L)                                                            */
    double *f;          /* (nfeature, L) raw features                                            */
    double *memory;     /* of the architecture: rows of 64 bytes; in single precision of this and the next panel */
} record;

typedef struct work {
    bool single;
    int npanel;
    record *panel;              /* (npanel) of the batch                                    */
    record gathered;            /* for requests that are not one whole panel of the batch   */
    double *u, *ubar;           /* (nfeature, L) standardised features, their adjoint       */
    double *y, *ysum;           /* (npacked, L)                                             */
    float *narrow_u, *narrow_y; /* (nfeature or npacked, two panels), or their adjoints */
    double *v, *scratch;        /* (ncart, L); of the architecture                       */
    bool *done;                 /* (request panels)                                         */
    void *pullback;             /* of the architecture, of one panel                        */
    double *dipoles;            /* of dia_dipoles_evaluate, dia_dipoles_contract */
    double *unit;               /* (L, npacked) weights of one element          */
    double *reference_H, *reference_G;
    void *reference; /* work space of the reference model                        */
} work;

/* ---- memory ---------------------------------------------------------------------------------- */

/* Takes pieces from one block of memory; with base == NULL it only counts. */
typedef struct cutter {
    char *base;
    size_t used;
} cutter;

static void *cut(cutter *c, size_t bytes)
{
    void *piece = c->base != NULL ? c->base + c->used : NULL;
    c->used += (bytes + 63) & ~(size_t)63;
    return piece;
}

static double *cut_panel(cutter *c, int rows)
{
    return cut(c, (size_t)dia_panel_padded(rows) * L * sizeof(double));
}

static record cut_record(cutter *c, const dia_network *net)
{
    record r;
    r.x = cut_panel(c, net->shape.ncart);
    r.f = cut_panel(c, net->nfeature);
    r.memory = cut(c, net->architecture->memory(net->body) * sizeof(double));
    return r;
}

static size_t lay_out(const dia_network *net, work *w, void *base, int batch_max, int request_max)
{
    cutter c = {base, 0};
    const int nf = net->nfeature, np = net->shape.npacked;
    cut(&c, sizeof *w);
    w->npanel = (batch_max + L - 1) / L;
    record *panels = cut(&c, (size_t)w->npanel * sizeof *panels);
    for (int p = 0; p < w->npanel; p++) {
        const record r = cut_record(&c, net);
        if (panels != NULL)
            panels[p] = r;
    }
    w->panel = panels;
    w->gathered = cut_record(&c, net);
    w->u = cut_panel(&c, nf);
    w->ubar = cut_panel(&c, nf);
    w->y = cut_panel(&c, np);
    w->ysum = cut_panel(&c, np);
    w->narrow_u = cut(&c, (size_t)dia_panel_padded(nf) * DIA_PANEL_SINGLE_LANES * sizeof(float));
    w->narrow_y = cut(&c, (size_t)dia_panel_padded(np) * DIA_PANEL_SINGLE_LANES * sizeof(float));
    w->v = cut_panel(&c, net->shape.ncart);
    w->scratch = cut(&c, net->architecture->scratch(net->body) * sizeof(double));
    w->unit = cut_panel(&c, np);
    w->done = cut(&c, (size_t)(request_max / L + 1) * sizeof *w->done);
    w->pullback = cut(&c, net->architecture->pullback_size(net->body));
    if (w->pullback != NULL)
        net->architecture->pullback_init(net->body, w->pullback);
    w->dipoles = cut(&c, dia_dipoles_work(&net->dipoles) * sizeof(double));
    if (net->reference != NULL) {
        const size_t most = (size_t)(batch_max > request_max ? batch_max : request_max);
        w->reference_H = cut(&c, most * (size_t)np * sizeof(double));
        w->reference_G = cut(&c, (size_t)request_max * (size_t)net->shape.ncart * sizeof(double));
        w->reference = cut(&c, net->reference->type->tape_size(net->reference->self, batch_max, request_max));
    }
    return c.used;
}

static size_t tape_size(const void *self, int batch_max, int request_max)
{
    work w;
    return lay_out(self, &w, NULL, batch_max, request_max);
}

static void tape_init(const void *self, void *memory, int batch_max, int request_max)
{
    const dia_network *net = self;
    work *w = memory;
    lay_out(net, w, memory, batch_max, request_max);
    if (net->reference != NULL && net->reference->type->tape_init != NULL)
        net->reference->type->tape_init(net->reference->self, w->reference, batch_max, request_max);
}

static void single(const void *self, void *memory)
{
    (void)self;
    ((work *)memory)->single = true;
}

/* ---- small pieces ---------------------------------------------------------------------------- */

/* Lane l of panel `to` is row rows[l] of the batch-major array; lanes beyond n repeat the first, so that they stay
 * finite. */
static void to_panel(int n, const int *rows, int width, const double *from, double *to)
{
    for (int l = 0; l < L; l++) {
        const double *row = from + (size_t)(rows != NULL ? rows[l < n ? l : 0] : (l < n ? l : 0)) * (size_t)width;
        for (int c = 0; c < width; c++)
            to[c * L + l] = row[c];
    }
}

/* Row request[l] of the batch-major array and lane l of a panel; lanes without a request, where it is -1: zero. */
static void to_lanes(const int *request, int width, const double *from, double *to)
{
    const double *row[L];
    bool each = true;
    for (int l = 0; l < L; l++) {
        each = each && request[l] >= 0;
        row[l] = from + (size_t)(each ? request[l] : 0) * (size_t)width;
    }
    if (each) {
        dia_rows_to_lanes(width, row, to);
        return;
    }
    for (int l = 0; l < L; l++)
        for (int c = 0; c < width; c++)
            to[c * L + l] = request[l] >= 0 ? from[(size_t)request[l] * (size_t)width + (size_t)c] : 0.0;
}

static void from_lanes(const int *request, int width, const double *from, double *to)
{
    for (int l = 0; l < L; l++)
        for (int c = 0; c < width && request[l] >= 0; c++)
            to[(size_t)request[l] * (size_t)width + (size_t)c] = from[c * L + l];
}

DIA_CLONES static void standardise(const dia_network *net, const double *f, double *u)
{
    for (int k = 0; k < net->nfeature; k++)
        dia_v8_store(u + k * L, (dia_v8_load(f + k * L) - net->mean[k]) * (1.0 / net->deviation[k]));
}

/* What the layers give, in place -> elements of H */
DIA_CLONES static void scale_elements(const dia_network *net, double *y)
{
    for (int k = 0; k < net->shape.npacked; k++)
        dia_v8_store(y + k * L, net->shift[k] + net->scale[k] * dia_v8_load(y + k * L));
}

/* A tangent or an adjoint of features, in place: from raw to standardised ones, or the other way. */
DIA_CLONES static void scale_features(const dia_network *net, double *u)
{
    for (int k = 0; k < net->nfeature; k++)
        dia_v8_store(u + k * L, dia_v8_load(u + k * L) * (1.0 / net->deviation[k]));
}

/* Packed weights of requests, as for to_lanes, to the adjoint of the elements times scale: the off-diagonals count twice. */
static void adjoint_of(const dia_network *net, const int *request, const double *W, const double *scale, double *ybar)
{
    to_lanes(request, net->shape.npacked, W, ybar);
    for (int i = 0, k = 0; i < net->shape.nstate; i++)
        for (int j = 0; j <= i; j++, k++) {
            const double factor = (i == j ? 1.0 : 2.0) * (scale != NULL ? scale[k] : 1.0);
            for (int l = 0; l < L; l++)
                ybar[k * L + l] *= factor;
        }
}

/* The requests 0, 1, ..., n - 1 in the lanes of these numbers. */
static const int *in_order(int n, int request[L])
{
    for (int l = 0; l < L; l++)
        request[l] = l < n ? l : -1;
    return request;
}

static void adjoint(const dia_network *net, int n, const double *W, const double *scale, double *ybar)
{
    int request[L];
    adjoint_of(net, in_order(n, request), W, scale, ybar);
}

static void clear_elements(const dia_network *net, double *panel)
{
    memset(panel, 0, (size_t)net->shape.npacked * L * sizeof *panel);
}

/* H (n, npacked) += panel */
static void add_elements(const dia_network *net, int n, const double *panel, double *H)
{
    for (int l = 0; l < n; l++)
        for (int k = 0; k < net->shape.npacked; k++)
            H[l * net->shape.npacked + k] += panel[k * L + l];
}

/* ---- precision ------------------------------------------------------------------------------- */

/* Panels that the architecture takes at a time. */
static int parts(const work *w)
{
    return w->single ? DIA_PANEL_SINGLE_LANES / L : 1;
}

/* How many of n are in this part of what the architecture takes at a time. */
static int count_of(int n, int part)
{
    const int left = n - part * L;
    return left < 0 ? 0 : left < L ? left : L;
}

/* What the architecture takes and gives: panels of doubles themselves, or each as its part of a panel of floats. */
DIA_CLONES static void narrow(const work *w, int part, int rows, const double *from, float *to)
{
    for (int k = 0; k < rows && w->single; k++)
        for (int l = 0; l < L; l++)
            to[k * DIA_PANEL_SINGLE_LANES + part * L + l] = (float)from[k * L + l];
}

DIA_CLONES static void widen(const work *w, int part, int rows, const float *from, double *to)
{
    for (int k = 0; k < rows && w->single; k++)
        for (int l = 0; l < L; l++)
            to[k * L + l] = (double)from[k * DIA_PANEL_SINGLE_LANES + part * L + l];
}

static void forward(const dia_network *net, const work *w, double *memory)
{
    if (w->single)
        net->architecture->single->forward(net->body, w->narrow_u, (float *)memory, (float *)w->scratch, w->narrow_y);
    else
        net->architecture->forward(net->body, w->u, memory, w->scratch, w->y);
}

static void reverse(const dia_network *net, const work *w, const double *memory)
{
    if (w->single)
        net->architecture->single->reverse(net->body, (const float *)memory, w->narrow_y, (float *)w->scratch,
                                           w->narrow_u);
    else
        net->architecture->reverse(net->body, memory, w->y, w->scratch, w->ubar);
}

static void tangent(const dia_network *net, const work *w, const double *memory)
{
    if (w->single)
        net->architecture->single->tangent(net->body, (const float *)memory, w->narrow_u, (float *)w->scratch,
                                           w->narrow_y);
    else
        net->architecture->tangent(net->body, memory, w->u, w->scratch, w->y);
}

/* ---- what is remembered ---------------------------------------------------------------------- */

/* Are rows[0..n-1] the first of a panel? Nothing is copied then. */
static bool whole(int n, const int *rows)
{
    bool is = rows[0] % L == 0;
    for (int l = 1; l < n && is; l++)
        is = rows[l] == rows[0] + l;
    return is;
}

/* Geometries and features of rows[0..n-1], n <= L; lanes beyond repeat the first. */
static record points_of(const dia_network *net, const work *w, int n, const int *rows)
{
    if (whole(n, rows))
        return w->panel[rows[0] / L];
    for (int l = 0; l < L; l++) {
        const int row = rows[l < n ? l : 0], lane = row % L;
        const record *from = &w->panel[row / L];
        for (int c = 0; c < net->shape.ncart; c++)
            w->gathered.x[c * L + l] = from->x[c * L + lane];
        for (int k = 0; k < net->nfeature; k++)
            w->gathered.f[k * L + l] = from->f[k * L + lane];
    }
    return w->gathered;
}

/* Requests of this part; NULL: none. */
static const int *requests_of(const dia_turn *t, int part)
{
    const int *request = t->request + part * L;
    for (int l = 0; l < L; l++)
        if (request[l] >= 0)
            return request;
    return NULL;
}

/* Geometries and features of a part that has requests. */
static record points_in(const dia_network *net, const work *w, const dia_turn *t, int part, const int *row)
{
    if (t->panel >= 0)
        return w->panel[t->panel * parts(w) + part];
    return points_of(net, w, count_of(t->n, part), row + t->request[part * L]);
}

/* Memory of the architecture. */
static const double *memory_of(const dia_network *net, const work *w, const dia_turn *t, const int *row)
{
    if (t->panel >= 0)
        return w->panel[t->panel * parts(w)].memory;
    const int lanes = L * parts(w), n = t->n, *rows = row + t->request[0];
    const size_t size = net->architecture->memory(net->body) / L;
    const double *from[DIA_PANEL_SINGLE_LANES];
    for (int l = 0; l < lanes; l++)
        from[l] = w->panel[rows[l < n ? l : 0] / lanes * parts(w)].memory;
    for (size_t k = 0; k < size; k++)
        for (int l = 0; l < lanes; l++) {
            const size_t at = (size_t)(rows[l < n ? l : 0] % lanes);
            if (w->single)
                ((float *)w->gathered.memory)[k * (size_t)lanes + (size_t)l] =
                    ((const float *)from[l])[k * (size_t)lanes + at];
            else
                w->gathered.memory[k * L + (size_t)l] = from[l][k * L + at];
        }
    return w->gathered.memory;
}

/* ---- hamiltonian, contract, derivative ------------------------------------------------------- */

static void hamiltonian(const void *self, void *memory, int batch, const double *R, double *H)
{
    const dia_network *net = self;
    work *w = memory;
    const int np = net->shape.npacked, nc = net->shape.ncart, nf = net->nfeature;
    for (int first = 0; first < batch; first += parts(w) * L) {
        const record *r = &w->panel[first / L];
        for (int part = 0; part < parts(w) && first + part * L < batch; part++) {
            const int at = first + part * L;
            to_panel(count_of(batch - first, part), NULL, nc, R + (size_t)at * (size_t)nc, r[part].x);
            dia_network_features(net, r[part].x, r[part].f);
            standardise(net, r[part].f, w->u);
            narrow(w, part, nf, w->u, w->narrow_u);
        }
        forward(net, w, r->memory);
        for (int part = 0; part < parts(w) && first + part * L < batch; part++) {
            const int at = first + part * L, n = count_of(batch - first, part);
            widen(w, part, np, w->narrow_y, w->y);
            scale_elements(net, w->y);
            double *own[L];
            for (int l = 0; l < L; l++)
                own[l] = H + (size_t)(at + (l < n ? l : 0)) * (size_t)np;
            dia_lanes_to_rows(np, n, w->y, own);
            if (net->baseline != NULL) {
                standardise(net, r[part].f, w->u);
                clear_elements(net, w->ysum);
                net->baseline->forward(net, net->baseline_numbers, r[part].x, w->u, w->ysum);
                add_elements(net, n, w->ysum, H + (size_t)at * (size_t)np);
            }
        }
    }
    if (net->reference != NULL) {
        net->reference->type->hamiltonian(net->reference->self, w->reference, batch, R, w->reference_H);
        for (int i = 0; i < batch * np; i++)
            H[i] += w->reference_H[i];
    }
}

/* Where an adjoint ubar of standardised features becomes gradients w->v of requests; W (requests, npacked): weights of the elements,
 * for the baseline. */
static void to_coordinates(const dia_network *net, work *w, const record *r, const int *request, const double *W)
{
    memset(w->v, 0, (size_t)net->shape.ncart * L * sizeof(double));
    if (net->baseline != NULL) {
        adjoint_of(net, request, W, NULL, w->ysum);
        standardise(net, r->f, w->u);
        net->baseline->reverse(net, net->baseline_numbers, r->x, w->u, w->ysum, w->v, w->ubar);
    }
    scale_features(net, w->ubar);
    for (int i = 0; i < net->ndescriptor; i++) {
        const size_t at = (size_t)net->descriptor[i].first * L;
        net->descriptor[i].type->reverse(net->descriptor[i].self, r->x, r->f + at, w->ubar + at, w->v);
    }
}

static void contract(const void *self, void *memory, const double *R, int n, const int *row, const double *W, double *G)
{
    const dia_network *net = self;
    work *w = memory;
    const int np = net->shape.npacked, nc = net->shape.ncart;
    const int lanes = L * parts(w);
    const bool in_place = dia_requests_in_place(lanes, n, row);
    for (int first = 0; first < n;) {
        const dia_turn t = dia_turn_from(lanes, first, n, row, in_place);
        for (int part = 0; part < parts(w); part++) {
            adjoint_of(net, t.request + part * L, W, net->scale, w->y);
            narrow(w, part, np, w->y, w->narrow_y);
        }
        reverse(net, w, memory_of(net, w, &t, row));
        for (int part = 0; part < parts(w); part++) {
            const int *request = requests_of(&t, part);
            if (request == NULL)
                continue;
            const record r = points_in(net, w, &t, part, row);
            widen(w, part, net->nfeature, w->narrow_u, w->ubar);
            to_coordinates(net, w, &r, request, W);
            from_lanes(request, nc, w->v, G);
        }
        first += t.n;
    }
    if (net->reference != NULL) {
        net->reference->type->contract(net->reference->self, w->reference, R, n, row, W, w->reference_G);
        for (int i = 0; i < n * nc; i++)
            G[i] += w->reference_G[i];
    }
}

/* du = (df/dx . v)/deviation of one panel */
static void feature_tangent(const dia_network *net, const record *r, const double *v, double *du)
{
    for (int i = 0; i < net->ndescriptor; i++) {
        const size_t at = (size_t)net->descriptor[i].first * L;
        net->descriptor[i].type->tangent(net->descriptor[i].self, r->x, r->f + at, v, du + at);
    }
    scale_features(net, du);
}

/* Of requests in the lanes of a part: du for their velocities V -> w->u; those stay in w->v. */
static void tangent_of(const dia_network *net, work *w, const record *r, const int *request, const double *V)
{
    to_lanes(request, net->shape.ncart, V, w->v);
    feature_tangent(net, r, w->v, w->u);
}

static void derivative(const void *self, void *memory, const double *R, int n, const int *row, const double *V,
                       double *dH)
{
    const dia_network *net = self;
    work *w = memory;
    const int np = net->shape.npacked;
    const int lanes = L * parts(w);
    const bool in_place = dia_requests_in_place(lanes, n, row);
    for (int first = 0; first < n;) {
        const dia_turn t = dia_turn_from(lanes, first, n, row, in_place);
        for (int part = 0; part < parts(w); part++) {
            const int *request = requests_of(&t, part);
            if (request == NULL)
                memset(w->u, 0, (size_t)net->nfeature * L * sizeof *w->u);
            else {
                const record r = points_in(net, w, &t, part, row);
                tangent_of(net, w, &r, request, V);
            }
            narrow(w, part, net->nfeature, w->u, w->narrow_u);
        }
        tangent(net, w, memory_of(net, w, &t, row));
        for (int part = 0; part < parts(w); part++) {
            const int *request = requests_of(&t, part);
            if (request == NULL)
                continue;
            widen(w, part, np, w->narrow_y, w->y);
            for (int k = 0; k < np; k++)
                for (int l = 0; l < L; l++)
                    w->y[k * L + l] *= net->scale[k];
            if (net->baseline != NULL) {
                const record r = points_in(net, w, &t, part, row);
                tangent_of(net, w, &r, request, V);
                clear_elements(net, w->ysum);
                standardise(net, r.f, w->ubar);
                net->baseline->tangent(net, net->baseline_numbers, r.x, w->ubar, w->v, w->u, w->ysum);
                for (int k = 0; k < np * L; k++)
                    w->y[k] += w->ysum[k];
            }
            from_lanes(request, np, w->y, dH);
        }
        first += t.n;
    }
    if (net->reference != NULL) {
        net->reference->type->derivative(net->reference->self, w->reference, R, n, row, V, w->reference_H);
        for (int i = 0; i < n * np; i++)
            dH[i] += w->reference_H[i];
    }
}

/* ---- dipoles --------------------------------------------------------------------------------- */

static bool dipolar(const void *self)
{
    return ((const dia_network *)self)->dipoles.nlayer > 0;
}

static void dipole(const void *self, void *memory, const double *R, int n, const int *row, double *mu)
{
    const work *w = memory;
    dia_dipoles_evaluate(&((const dia_network *)self)->dipoles, R, n, row, w->dipoles, mu);
}

static void dipole_contract(const void *self, void *memory, const double *R, int n, const int *row, const double *W,
                            double *G)
{
    const work *w = memory;
    dia_dipoles_contract(&((const dia_network *)self)->dipoles, R, n, row, w->dipoles, W, G);
}

/* ---- training -------------------------------------------------------------------------------- */

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
static void add_tangent(const dia_network *net, work *w, const record *r, const requests *all, int first, int m, int q)
{
    const size_t np = (size_t)net->shape.npacked, nc = (size_t)net->shape.ncart, at = (size_t)first;
    adjoint(net, m, all->W1 + at * np, net->scale, w->y);
    net->architecture->pullback_adjoint(net->body, w->pullback, q, w->y, NULL);
    to_panel(m, NULL, (int)nc, all->V + at * nc, w->v);
    feature_tangent(net, r, w->v, w->u);
    net->architecture->pullback_tangent(net->body, w->pullback, q, w->u);
}

static void pullback_values(const dia_network *net, work *w, const record *r)
{
    standardise(net, r->f, w->u);
    net->architecture->pullback_values(net->body, w->pullback, w->u);
}

/* Request panels on the same rows as panel `head`, as many as one pullback takes tangents, share its values. ysum collects W0.
 * Returns how many tangents. */
static int gather_tangents(const dia_network *net, work *w, const record *r, const requests *all, int head)
{
    const int np = net->shape.npacked, m = all->n - head * L < L ? all->n - head * L : L;
    int ntaken = 0;
    clear_elements(net, w->ysum);
    for (int p = head; p * L < all->n && ntaken < np; p++) {
        const int first = p * L, mp = all->n - first < L ? all->n - first : L;
        if (w->done[p] || !same_rows(m, all->row + head * L, mp, all->row + first))
            continue;
        w->done[p] = true;
        if (all->W0 != NULL) {
            adjoint(net, m, all->W0 + (size_t)first * (size_t)np, net->scale, w->y);
            for (int i = 0; i < np * L; i++)
                w->ysum[i] += w->y[i];
        }
        if (all->V != NULL)
            add_tangent(net, w, r, all, first, m, ntaken);
        ntaken++;
    }
    return all->V != NULL ? ntaken : 0;
}

static void pullback(const void *self, void *memory, const double *R, int n, const int *row, const double *W0,
                     const double *V, const double *W1, double *theta_bar)
{
    const dia_network *net = self;
    work *w = memory;
    const requests all = {n, row, W0, V, W1};
    const dia_sink sink = {.bar = theta_bar};
    (void)R;
    memset(w->done, 0, (size_t)((n + L - 1) / L) * sizeof *w->done);
    for (int head = 0; head * L < n; head++) {
        if (w->done[head])
            continue;
        const int m = n - head * L < L ? n - head * L : L;
        const record r = points_of(net, w, m, row + head * L);
        pullback_values(net, w, &r);
        const int ntangent = gather_tangents(net, w, &r, &all, head);
        net->architecture->pullback_products(net->body, w->pullback, w->ysum, ntangent, &sink);
    }
}

/* As above, but each lane of a panel of requests goes to its own row of J. */
static void pullback_each(const void *self, void *memory, const double *R, int n, const int *row, const double *W0,
                          const double *V, const double *W1, double *J)
{
    const dia_network *net = self;
    work *w = memory;
    const requests all = {n, row, W0, V, W1};
    const size_t np = (size_t)net->shape.npacked, nt = (size_t)net->shape.ntheta;
    (void)R;
    memset(J, 0, (size_t)n * nt * sizeof *J);
    for (int first = 0; first < n; first += L) {
        const int m = n - first < L ? n - first : L;
        const record r = points_of(net, w, m, row + first);
        const dia_sink sink = {J + (size_t)first * nt, m, nt};
        pullback_values(net, w, &r);
        clear_elements(net, w->ysum);
        if (W0 != NULL)
            adjoint(net, m, W0 + (size_t)first * np, net->scale, w->ysum);
        if (V != NULL)
            add_tangent(net, w, &r, &all, first, m, 0);
        net->architecture->pullback_products(net->body, w->pullback, w->ysum, V != NULL, &sink);
    }
}

/* The adjoint of each element stays in the work space, for the pullback. */
static void gradients(const void *self, void *memory, const double *R, int first, int n, double *G)
{
    const dia_network *net = self;
    work *w = memory;
    const record *r = &w->panel[first / L];
    const int np = net->shape.npacked, nc = net->shape.ncart;
    int row[L], lanes[L];
    pullback_values(net, w, r);
    for (int l = 0; l < n; l++)
        row[l] = first + l;
    for (int i = 0, k = 0; i < net->shape.nstate; i++)
        for (int j = 0; j <= i; j++, k++) {
            clear_elements(net, w->y);
            memset(w->unit, 0, (size_t)(L * np) * sizeof *w->unit);
            for (int l = 0; l < L; l++) {
                w->y[k * L + l] = net->scale[k];
                w->unit[l * np + k] = i == j ? 1.0 : 0.5; /* contract counts an off-diagonal twice */
            }
            net->architecture->pullback_adjoint(net->body, w->pullback, k, w->y, w->ubar);
            to_coordinates(net, w, r, in_order(n, lanes), w->unit);
            if (net->reference != NULL)
                net->reference->type->contract(net->reference->self, w->reference, R, n, row, w->unit, w->reference_G);
            for (int l = 0; l < n; l++)
                for (int c = 0; c < nc; c++)
                    G[(l * np + k) * nc + c] =
                        w->v[c * L + l] + (net->reference != NULL ? w->reference_G[l * nc + c] : 0.0);
        }
}

static void gradients_pullback(const void *self, void *memory, const double *R, int first, int n, const double *Hbar,
                               const double *Gbar, double *theta_bar)
{
    const dia_network *net = self;
    work *w = memory;
    const record *r = &w->panel[first / L];
    const int np = net->shape.npacked, nc = net->shape.ncart;
    const dia_sink sink = {.bar = theta_bar};
    (void)R;
    for (int i = 0, k = 0; i < net->shape.nstate; i++)
        for (int j = 0; j <= i; j++, k++) {
            for (int c = 0; c < nc; c++)
                for (int l = 0; l < L; l++)
                    w->v[c * L + l] = l < n ? (i == j ? 1.0 : 2.0) * Gbar[(l * np + k) * nc + c] : 0.0;
            feature_tangent(net, r, w->v, w->u);
            net->architecture->pullback_tangent(net->body, w->pullback, k, w->u);
        }
    adjoint(net, n, Hbar, net->scale, w->ysum);
    net->architecture->pullback_products(net->body, w->pullback, w->ysum, np, &sink);
}

static double *theta(void *self)
{
    return ((dia_network *)self)->theta;
}

static void refresh(void *self)
{
    dia_network_refresh(self);
}

static bool bounded(const void *self)
{
    return ((const dia_network *)self)->region.ncentre > 0;
}

static double novelty(const void *self, const double *R, size_t size, char *text)
{
    return dia_region_novelty(&((const dia_network *)self)->region, R, 1, size, text);
}

static const char *note(const void *self)
{
    const dia_network *net = self;
    return net->note != NULL && net->note[0] != '\0' ? net->note : NULL;
}

static int fitted(const void *self)
{
    return ((const dia_network *)self)->fitted;
}

/* ---- opening --------------------------------------------------------------------------------- */

static dia_status open_(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                        dia_error *error)
{
    dia_network *net = self;
    if (source->store == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a model of type 'network' comes from an HDF5 file that `diabolo train` wrote: give "
                             "its path");
    dia_status status = dia_network_load(net, source->store, error);
    if (status != DIA_OK)
        return status;
    status = dia_molecule_copy(molecule, &net->molecule, error);
    int nfile = 0;
    const dia_file *files = net->reference != NULL ? dia_model_files(net->reference, &nfile) : NULL;
    for (int i = 0; i < nfile && status == DIA_OK; i++)
        status = dia_files_note(source->files, files[i].path, files[i].digest, error);
    if (status != DIA_OK)
        dia_network_free(net);
    *shape = net->shape;
    return status;
}

static void close_(void *self)
{
    dia_network_free(self);
}

const dia_model_type dia_model_type_network = {
    .version = DIA_EXTEND_VERSION,
    .name = "network",
    .summary = "neural network for the diabatic matrix, trained by `diabolo train`",
    .reference = "Guan, Zhang, Guo, Yarkony, Phys. Chem. Chem. Phys. 21, 14205 (2019); Shen, Yarkony, J. Phys. Chem. A "
                 "124, 4539 (2020)",
    .self_size = sizeof(dia_network),
    .open = open_,
    .close = close_,
    .tape_size = tape_size,
    .tape_init = tape_init,
    .single = single,
    .hamiltonian = hamiltonian,
    .contract = contract,
    .derivative = derivative,
    .pullback = pullback,
    .pullback_each = pullback_each,
    .gradients = gradients,
    .gradients_pullback = gradients_pullback,
    .theta = theta,
    .refresh = refresh,
    .dipolar = dipolar,
    .dipole = dipole,
    .dipole_contract = dipole_contract,
    .bounded = bounded,
    .novelty = novelty,
    .note = note,
    .fitted = fitted,
};

dia_status dia_network_model(dia_model **model, dia_network *network, dia_error *error)
{
    dia_molecule molecule = {0};
    dia_status status = dia_molecule_copy(&molecule, &network->molecule, error);
    if (status == DIA_OK)
        status = dia_model_adopt(model, &dia_model_type_network, network, network->shape, &molecule, error);
    if (status != DIA_OK)
        dia_molecule_free(&molecule);
    return status;
}
