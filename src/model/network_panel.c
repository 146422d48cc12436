/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One panel between rows of a batch and the architecture. */
#include "model/network_tape.h"

#include <string.h>

#include "math/rows.h"
#include "model/baseline.h"

#define L DIA_LANES

void dia_network_to_panel(int n, const int *rows, int width, const double *from, double *to)
{
    for (int l = 0; l < L; l++) {
        const double *row = from + (size_t)(rows != NULL ? rows[l < n ? l : 0] : (l < n ? l : 0)) * (size_t)width;
        for (int c = 0; c < width; c++)
            to[c * L + l] = row[c];
    }
}

void dia_network_to_lanes(const int *request, int width, const double *from, double *to)
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

void dia_network_from_lanes(const int *request, int width, const double *from, double *to)
{
    for (int l = 0; l < L; l++)
        for (int c = 0; c < width && request[l] >= 0; c++)
            to[(size_t)request[l] * (size_t)width + (size_t)c] = from[c * L + l];
}

DIA_CLONES void dia_network_inputs(const dia_network *net, const double *f, double *u)
{
    for (int k = 0; k < net->nfeature; k++)
        dia_v8_store(u + k * L, (dia_v8_load(f + k * L) - net->mean[k]) * (1.0 / net->deviation[k]));
}

/* A tangent or an adjoint of features, in place: from raw to standardised ones, or the other way. */
DIA_CLONES static void scale_features(const dia_network *net, double *u)
{
    for (int k = 0; k < net->nfeature; k++)
        dia_v8_store(u + k * L, dia_v8_load(u + k * L) * (1.0 / net->deviation[k]));
}

void dia_network_adjoint(const dia_network *net, const int *request, const double *W, const double *scale, double *ybar)
{
    dia_network_to_lanes(request, net->shape.npacked, W, ybar);
    for (int i = 0, k = 0; i < net->shape.nstate; i++)
        for (int j = 0; j <= i; j++, k++) {
            const double factor = (i == j ? 1.0 : 2.0) * (scale != NULL ? scale[k] : 1.0);
            for (int l = 0; l < L; l++)
                ybar[k * L + l] *= factor;
        }
}

const int *dia_network_in_order(int n, int request[L])
{
    for (int l = 0; l < L; l++)
        request[l] = l < n ? l : -1;
    return request;
}

/* What the layers give, in place -> elements of H */
DIA_CLONES static void scale_elements(const dia_network *net, double *y)
{
    for (int k = 0; k < net->shape.npacked; k++)
        dia_v8_store(y + k * L, net->shift[k] + net->scale[k] * dia_v8_load(y + k * L));
}

/* H (n, npacked) += panel */
static void add_elements(const dia_network *net, int n, const double *panel, double *H)
{
    for (int l = 0; l < n; l++)
        for (int k = 0; k < net->shape.npacked; k++)
            H[l * net->shape.npacked + k] += panel[k * L + l];
}

void dia_network_elements(const dia_network *net, dia_network_work *w, const dia_network_panel *r, int n, double *H)
{
    const int np = net->shape.npacked;
    double *own[L];
    scale_elements(net, w->y);
    for (int l = 0; l < L; l++)
        own[l] = H + (size_t)(l < n ? l : 0) * (size_t)np;
    dia_lanes_to_rows(np, n, w->y, own);
    if (net->baseline == NULL)
        return;
    dia_network_inputs(net, r->f, w->u);
    dia_network_clear(net, w->ysum);
    net->baseline->forward(net, net->baseline_numbers, r->x, w->u, w->ysum);
    add_elements(net, n, w->ysum, H);
}

void dia_network_clear(const dia_network *net, double *panel)
{
    memset(panel, 0, (size_t)net->shape.npacked * L * sizeof *panel);
}

void dia_network_to_coordinates(const dia_network *net, dia_network_work *w, const dia_network_panel *r,
                                const int *request, const double *W)
{
    memset(w->v, 0, (size_t)net->shape.ncart * L * sizeof(double));
    if (net->baseline != NULL) {
        dia_network_adjoint(net, request, W, NULL, w->ysum);
        dia_network_inputs(net, r->f, w->u);
        net->baseline->reverse(net, net->baseline_numbers, r->x, w->u, w->ysum, w->v, w->ubar);
    }
    scale_features(net, w->ubar);
    for (int i = 0; i < net->ndescriptor; i++) {
        const size_t at = (size_t)net->descriptor[i].first * L;
        net->descriptor[i].type->reverse(net->descriptor[i].self, r->x, r->f + at, w->ubar + at, w->v);
    }
}

void dia_network_feature_tangent(const dia_network *net, const dia_network_panel *r, const double *v, double *du)
{
    for (int i = 0; i < net->ndescriptor; i++) {
        const size_t at = (size_t)net->descriptor[i].first * L;
        net->descriptor[i].type->tangent(net->descriptor[i].self, r->x, r->f + at, v, du + at);
    }
    scale_features(net, du);
}
