/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of linear units that behave alike under the group: model/products.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "model/products.h"

/* Levels. Each squares what the one before made: with one seed in ten a fourth begins twenty times as large as usual. */
enum { DEEPEST = 3 };

static const dia_option options[] = {
    DIA_INTS(dia_products, pairs, "[15, 12]", "pairs of units of each class of features, for each level, one to three",
             DIA_RANGE(1, 1000)),
    DIA_INTS(dia_products, crossed, "[4, 4]",
             "of them those that are multiplied with units of other classes, for each level", DIA_RANGE(1, 1000)),
    DIA_INT(dia_products, invariants, "54", "hidden units between two levels, of which gates are made",
            DIA_RANGE(1, 10000)),
    DIA_INT(dia_products, covariants, "9", "averaged products for each off-diagonal element, with its signs",
            DIA_RANGE(1, 1000)),
    DIA_INTS(dia_products, trunk, "[84]", "units of the hidden layers behind the averages", DIA_RANGE(1, 10000)),
    DIA_CHOICE(dia_products, activation, "tanh|silu", "silu", "of all hidden units; units of products have none"),
    {.key = NULL}};

static int item(const dia_list *list, int i)
{
    return ((const int *)list->items)[i];
}

static dia_status check(const dia_products *b, dia_error *error)
{
    const int n = b->pairs.n;
    if (n < 1 || n > DEEPEST)
        return dia_error_set(error, DIA_ERROR_INPUT, "pairs has %d entries, one for each level; expected 1 to %d", n,
                             DEEPEST);
    if (b->crossed.n != n)
        return dia_error_set(error, DIA_ERROR_INPUT, "crossed has %d entries, pairs %d; expected as many", b->crossed.n,
                             n);
    for (int i = 0; i < n; i++)
        if (item(&b->crossed, i) > item(&b->pairs, i))
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "crossed: %d of %d pairs at level %d; expected at most as many", item(&b->crossed, i),
                                 item(&b->pairs, i), i + 1);
    if (b->trunk.n > 8)
        return dia_error_set(error, DIA_ERROR_INPUT, "trunk has at most 8 layers; %d asked for", b->trunk.n);
    return DIA_OK;
}

static void free_(void *self)
{
    dia_products *b = self;
    dia_flow_free(&b->flow);
    dia_image_classes_free(&b->group);
    dia_covariants_free(&b->of);
    free(b->spread);
    free(b->theta);
}

static dia_status init(void *self, const dia_images *images, dia_error *error)
{
    dia_products *b = self;
    dia_status status = check(b, error);
    if (status == DIA_OK)
        status = dia_covariants_init(&b->of, images, error);
    if (status == DIA_OK)
        status = dia_image_classes_init(&b->group, images, DIA_PRODUCTS_CLASSES, error);
    if (status == DIA_OK)
        status = dia_products_build(b, error);
    if (status == DIA_OK) {
        b->theta = dia_allocate((size_t)b->flow.ntheta, sizeof *b->theta);
        b->flow.theta = b->theta;
        if (b->theta == NULL)
            status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    }
    if (status != DIA_OK)
        free_(self);
    return status;
}

static double *theta(void *self, int *ntheta)
{
    dia_products *b = self;
    *ntheta = b->flow.ntheta;
    return b->theta;
}

static void refresh(void *self)
{
    dia_flow_refresh(&((dia_products *)self)->flow);
}

/* Normal weights: units about as large as their inputs, gates about 1; the last layer: small diagonal elements. */
static void randomise(void *self, uint64_t seed, uint64_t member)
{
    dia_products *b = self;
    for (int m = 0; m < b->flow.nmatrix; m++) {
        const dia_matrix_block *W = &b->flow.matrix[m].block;
        const int nweight = W->rows * W->cols, n = nweight + (W->bias >= 0 ? W->rows : 0);
        for (int i = 0; i < n; i++) {
            double spread = i >= nweight                      ? b->spread[m].constant
                            : i % W->cols < b->spread[m].full ? b->spread[m].weight
                                                              : 0.5 * b->spread[m].weight;
            if (m == b->flow.nmatrix - 1)
                spread *= i < b->group.images->nstate * W->cols ? 0.5 : 1.0 / sqrt(b->covariants);
            b->theta[W->weight + i] =
                spread * dia_rng_normal(seed, member, (uint64_t)m, DIA_PURPOSE_NETWORK, (uint32_t)i);
        }
    }
    refresh(self);
}

static int blocks(const void *self, dia_matrix_block list[DIA_ARCHITECTURE_BLOCKS])
{
    const dia_products *b = self;
    for (int m = 0; m < b->flow.nmatrix; m++)
        list[m] = b->flow.matrix[m].block;
    return b->flow.nmatrix;
}

/* ---- maps ------------------------------------------------------------------------------------ */

static const dia_flow *flow_of(const void *self)
{
    return &((const dia_products *)self)->flow;
}

static size_t memory_(const void *self)
{
    return dia_flow_memory(flow_of(self));
}

static size_t scratch_(const void *self)
{
    return dia_flow_scratch(flow_of(self));
}

static void forward(const void *self, const double *u, double *memory, double *scratch, double *y)
{
    (void)scratch;
    dia_flow_forward(flow_of(self), u, memory, y);
}

static void reverse(const void *self, const double *memory, const double *ybar, double *scratch, double *ubar)
{
    dia_flow_reverse(flow_of(self), memory, ybar, scratch, ubar);
}

static void tangent(const void *self, const double *memory, const double *udot, double *scratch, double *ydot)
{
    dia_flow_tangent(flow_of(self), memory, udot, scratch, ydot);
}

static void forward_single(const void *self, const float *u, float *memory, float *scratch, float *y)
{
    (void)scratch;
    dia_flow_forward_single(flow_of(self), u, memory, y);
}

static void reverse_single(const void *self, const float *memory, const float *ybar, float *scratch, float *ubar)
{
    dia_flow_reverse_single(flow_of(self), memory, ybar, scratch, ubar);
}

static void tangent_single(const void *self, const float *memory, const float *udot, float *scratch, float *ydot)
{
    dia_flow_tangent_single(flow_of(self), memory, udot, scratch, ydot);
}

static const dia_architecture_single single = {forward_single, reverse_single, tangent_single};

static size_t pullback_size(const void *self)
{
    return dia_flow_pullback_size(flow_of(self), ((const dia_products *)self)->group.images->npacked);
}

static void pullback_init(const void *self, void *work)
{
    dia_flow_pullback_init(flow_of(self), ((const dia_products *)self)->group.images->npacked, work);
}

static void pullback_values(const void *self, void *work, const double *u, double *y)
{
    dia_flow_pullback_values(flow_of(self), work, u, y);
}

static void pullback_adjoint(const void *self, void *work, int q, const double *gbar, double *ubar)
{
    dia_flow_pullback_adjoint(flow_of(self), work, q, gbar, ubar);
}

static void pullback_tangent(const void *self, void *work, int q, const double *udot)
{
    dia_flow_pullback_tangent(flow_of(self), work, q, udot);
}

static void pullback_products(const void *self, void *work, const double *ybar, int ntangent, const dia_sink *sink)
{
    dia_flow_pullback_products(flow_of(self), work, ybar, ntangent, sink);
}

const dia_architecture_type dia_architecture_type_products = {
    .name = "products",
    .summary = "products of linear units that behave alike under the group, averaged over few images; one trunk",
    .reference = "Shao, Chen, Zhao, Zhang, J. Chem. Phys. 145, 071101 (2016) (invariant polynomials); Weiler et al., "
                 "arXiv:1807.02547 (gates); odd factors times even networks: Guan, Zhang, Guo, Yarkony, Phys. Chem. "
                 "Chem. Phys. 21, 14205 (2019)",
    .options = options,
    .self_size = sizeof(dia_products),
    .init = init,
    .free = free_,
    .theta = theta,
    .refresh = refresh,
    .randomise = randomise,
    .blocks = blocks,
    .memory = memory_,
    .scratch = scratch_,
    .forward = forward,
    .reverse = reverse,
    .tangent = tangent,
    .single = &single,
    .pullback_size = pullback_size,
    .pullback_init = pullback_init,
    .pullback_values = pullback_values,
    .pullback_adjoint = pullback_adjoint,
    .pullback_tangent = pullback_tangent,
    .pullback_products = pullback_products,
};
