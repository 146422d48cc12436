/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/network_tape.h"

#include "model/baseline.h"
#include "model/object.h"

#define L DIA_LANES

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

static dia_network_panel cut_record(cutter *c, const dia_network *net)
{
    dia_network_panel r;
    r.x = cut_panel(c, net->shape.ncart);
    r.f = cut_panel(c, net->nfeature);
    r.memory = cut(c, net->architecture->memory(net->body) * sizeof(double));
    return r;
}

static size_t lay_out(const dia_network *net, dia_network_work *w, void *base, int batch_max, int request_max)
{
    cutter c = {base, 0};
    const int nf = net->nfeature, np = net->shape.npacked;
    cut(&c, sizeof *w);
    w->npanel = (batch_max + L - 1) / L;
    dia_network_panel *panels = cut(&c, (size_t)w->npanel * sizeof *panels);
    for (int p = 0; p < w->npanel; p++) {
        const dia_network_panel r = cut_record(&c, net);
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
        w->reference_H = cut(&c, (size_t)batch_max * (size_t)np * sizeof(double));
        w->reference_dH = cut(&c, (size_t)request_max * (size_t)np * sizeof(double));
        w->reference_G = cut(&c, (size_t)request_max * (size_t)net->shape.ncart * sizeof(double));
        w->reference = cut(&c, net->reference->type->tape_size(net->reference->self, batch_max, request_max));
    }
    return c.used;
}

size_t dia_network_tape_size(const void *self, int batch_max, int request_max)
{
    dia_network_work w;
    return lay_out(self, &w, NULL, batch_max, request_max);
}

void dia_network_tape_init(const void *self, void *memory, int batch_max, int request_max)
{
    const dia_network *net = self;
    dia_network_work *w = memory;
    lay_out(net, w, memory, batch_max, request_max);
    if (net->reference != NULL && net->reference->type->tape_init != NULL)
        net->reference->type->tape_init(net->reference->self, w->reference, batch_max, request_max);
}

/* Are rows[0..n-1] the first of a panel? Nothing is copied then. */
static bool whole(int n, const int *rows)
{
    bool is = rows[0] % L == 0;
    for (int l = 1; l < n && is; l++)
        is = rows[l] == rows[0] + l;
    return is;
}

dia_network_panel dia_network_points(const dia_network *net, const dia_network_work *w, int n, const int *rows)
{
    if (whole(n, rows))
        return w->panel[rows[0] / L];
    for (int l = 0; l < L; l++) {
        const int row = rows[l < n ? l : 0], lane = row % L;
        const dia_network_panel *from = &w->panel[row / L];
        for (int c = 0; c < net->shape.ncart; c++)
            w->gathered.x[c * L + l] = from->x[c * L + lane];
        for (int k = 0; k < net->nfeature; k++)
            w->gathered.f[k * L + l] = from->f[k * L + lane];
    }
    return w->gathered;
}
