/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One multilayer perceptron from all features to all elements, its outputs averaged over the images:
 * y = (1/|G|) sum_g B_g MLP(u_g), B_g of images.h. Compiled twice: real.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/real.h"
#include "model/architecture.h"
#include "model/image_layer.h"

#define L DIA_REAL_LANES

typedef struct body {
    dia_list layers; /* of int */
    int activation;
    const dia_images *images;
    dia_mlp mlp;
    dia_image_layer first; /* of it */
    double *theta;
} body;

extern const dia_architecture_single dia_architecture_mlp_single;

#if !defined(DIA_SINGLE)

static size_t padded(int rows)
{
    return (size_t)dia_panel_padded(rows) * L;
}

typedef struct work {
    dia_mlp_pullback pullback; /* an image is a call             */
    double *image, *y;         /* of one: (nfeature, L), (npacked, L) */
} work;

static const dia_option options[] = {
    DIA_INTS(body, layers, "[64, 64]", "units of the hidden layers", DIA_RANGE(1, 10000)),
    DIA_CHOICE(body, activation, "tanh|silu", "tanh", "of the hidden units"),
    {.key = NULL}};

static void free_(void *self)
{
    body *b = self;
    dia_image_layer_free(&b->first);
    dia_mlp_free(&b->mlp);
    free(b->theta);
}

static dia_status init(void *self, const dia_images *images, dia_error *error)
{
    body *b = self;
    int width[DIA_MLP_LAYERS + 1] = {images->nfeature};
    const int n = b->layers.n;
    if (n >= DIA_MLP_LAYERS)
        return dia_error_set(error, DIA_ERROR_INPUT, "a network has at most %d hidden layers; %d asked for",
                             DIA_MLP_LAYERS - 1, n);
    if (n > 0)
        memcpy(width + 1, b->layers.items, sizeof *width * (size_t)n);
    width[n + 1] = images->npacked;
    b->images = images;
    dia_status status = dia_mlp_init(&b->mlp, n + 1, width, (dia_activation)b->activation, false, error);
    if (status != DIA_OK)
        return status;
    b->theta = b->mlp.theta = dia_allocate((size_t)b->mlp.ntheta, sizeof *b->theta);
    status = b->theta != NULL ? dia_image_layer_init(&b->first, images, &b->mlp, error)
                              : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    if (status != DIA_OK)
        free_(self);
    return status;
}

static double *theta(void *self, int *ntheta)
{
    body *b = self;
    *ntheta = b->mlp.ntheta;
    return b->theta;
}

static void refresh(void *self)
{
    body *b = self;
    dia_mlp_refresh(&b->mlp);
    dia_image_layer_refresh(&b->first);
}

/* Glorot normal weights (variance 2/(fan in + fan out); Glorot, Bengio, AISTATS 2010), zero biases. */
static void randomise(void *self, uint64_t seed, uint64_t member)
{
    dia_mlp *mlp = &((body *)self)->mlp;
    for (int l = 0; l < mlp->nlayer; l++)
        dia_mlp_draw(mlp, l, sqrt(2.0 / (mlp->width[l] + mlp->width[l + 1])), 0.0, seed, member, (uint64_t)l);
    refresh(self);
}

static int blocks(const void *self, dia_matrix_block list[DIA_ARCHITECTURE_BLOCKS])
{
    return dia_architecture_blocks(&((const body *)self)->mlp, 0, list);
}

static size_t memory_(const void *self)
{
    const body *b = self;
    return (size_t)b->images->nimage * dia_mlp_memory(&b->mlp);
}

/* Scratch: of the perceptron, of its first layer, z of all images, elements. */
static size_t scratch_(const void *self)
{
    const body *b = self;
    return dia_mlp_scratch(&b->mlp) + dia_image_layer_scratch(&b->first) + dia_image_layer_size(&b->first) +
           padded(b->images->npacked);
}

#endif

typedef struct room { /* its pieces */
    real *mlp, *first, *z, *y;
} room;

static room cut(const body *b, real *scratch)
{
    room r = {.mlp = scratch};
    r.first = r.mlp + dia_reals(dia_mlp_scratch(&b->mlp));
    r.z = r.first + dia_reals(dia_image_layer_scratch(&b->first));
    r.y = r.z + dia_reals(dia_image_layer_size(&b->first));
    return r;
}

/* Without symmetry there is nothing to bring back and no average. (y is a panel: what fills it up is written too.) */
static bool alone(const dia_images *images)
{
    return images->nimage == 1;
}

static void average(const dia_images *images, real *y)
{
    for (int i = 0; i < images->npacked * L; i++)
        y[i] *= (real)(1.0 / images->nimage);
}

static void forward(const void *self, const real *u, real *memory, real *scratch, real *y)
{
    const body *b = self;
    const room r = cut(b, scratch);
    DIA_REAL_NAME(dia_image_layer_forward)(&b->first, u, false, r.first, r.z);
    if (alone(b->images)) {
        DIA_REAL_NAME(dia_mlp_forward_from)(&b->mlp, r.z, memory, r.mlp, y);
        return;
    }
    memset(y, 0, sizeof *y * (size_t)b->images->npacked * L);
    for (int g = 0; g < b->images->nimage; g++) {
        DIA_REAL_NAME(dia_mlp_forward_from)
        (&b->mlp, DIA_REAL_NAME(dia_image_layer_of)(&b->first, r.z, g),
         memory + (size_t)g * dia_reals(dia_mlp_memory(&b->mlp)), r.mlp, r.y);
        DIA_REAL_NAME(dia_images_bring)(b->images, g, r.y, y);
    }
    average(b->images, y);
}

static void reverse(const void *self, const real *memory, const real *ybar, real *scratch, real *ubar)
{
    const body *b = self;
    const room r = cut(b, scratch);
    if (alone(b->images))
        DIA_REAL_NAME(dia_mlp_reverse_to)(&b->mlp, memory, ybar, r.mlp, r.z);
    for (int g = 0; g < b->images->nimage && !alone(b->images); g++) {
        DIA_REAL_NAME(dia_images_turn)(b->images, g, 1.0 / b->images->nimage, ybar, r.y);
        DIA_REAL_NAME(dia_mlp_reverse_to)
        (&b->mlp, memory + (size_t)g * dia_reals(dia_mlp_memory(&b->mlp)), r.y, r.mlp,
         DIA_REAL_NAME(dia_image_layer_of)(&b->first, r.z, g));
    }
    DIA_REAL_NAME(dia_image_layer_reverse)(&b->first, r.z, r.first, ubar);
}

static void tangent(const void *self, const real *memory, const real *udot, real *scratch, real *ydot)
{
    const body *b = self;
    const room r = cut(b, scratch);
    memset(ydot, 0, sizeof *ydot * (size_t)b->images->npacked * L);
    DIA_REAL_NAME(dia_image_layer_forward)(&b->first, udot, true, r.first, r.z);
    for (int g = 0; g < b->images->nimage; g++) {
        DIA_REAL_NAME(dia_mlp_tangent_from)
        (&b->mlp, memory + (size_t)g * dia_reals(dia_mlp_memory(&b->mlp)),
         DIA_REAL_NAME(dia_image_layer_of)(&b->first, r.z, g), r.mlp, r.y);
        DIA_REAL_NAME(dia_images_bring)(b->images, g, r.y, ydot);
    }
    average(b->images, ydot);
}

#if defined(DIA_SINGLE)

const dia_architecture_single dia_architecture_mlp_single = {forward, reverse, tangent};

#else

static size_t pullback_size(const void *self)
{
    const body *b = self;
    const size_t panels = padded(b->images->nfeature) + padded(b->images->npacked);
    return DIA_ARCHITECTURE_WORK(work) +
           sizeof(double) * (panels + dia_mlp_pullback_size(&b->mlp, b->images->nimage, b->images->npacked));
}

static void pullback_init(const void *self, void *memory)
{
    const body *b = self;
    work *w = memory;
    w->image = (double *)((char *)memory + DIA_ARCHITECTURE_WORK(work));
    w->y = w->image + padded(b->images->nfeature);
    dia_mlp_pullback_init(&b->mlp, &w->pullback, b->images->nimage, b->images->npacked,
                          w->y + padded(b->images->npacked));
}

static void pullback_values(const void *self, void *memory, const double *u, double *y)
{
    const body *b = self;
    work *w = memory;
    if (y != NULL)
        memset(y, 0, sizeof *y * (size_t)b->images->npacked * L);
    for (int g = 0; g < b->images->nimage; g++) {
        dia_images_take(b->images, g, u, w->image);
        dia_mlp_pullback_values(&b->mlp, &w->pullback, g, w->image, y != NULL ? w->y : NULL);
        if (y != NULL)
            dia_images_bring(b->images, g, w->y, y);
    }
    if (y != NULL)
        average(b->images, y);
}

static void pullback_adjoint(const void *self, void *memory, int q, const double *gbar, double *ubar)
{
    const body *b = self;
    work *w = memory;
    if (ubar != NULL)
        memset(ubar, 0, sizeof *ubar * (size_t)b->images->nfeature * L);
    for (int g = 0; g < b->images->nimage; g++) {
        dia_images_turn(b->images, g, 1.0 / b->images->nimage, gbar, w->y);
        dia_mlp_pullback_adjoint(&b->mlp, &w->pullback, g, q, w->y, ubar != NULL ? w->image : NULL);
        if (ubar != NULL)
            dia_images_give(b->images, g, w->image, ubar);
    }
}

static void pullback_tangent(const void *self, void *memory, int q, const double *udot)
{
    const body *b = self;
    work *w = memory;
    for (int g = 0; g < b->images->nimage; g++) {
        dia_images_take(b->images, g, udot, w->image);
        dia_mlp_pullback_tangent(&b->mlp, &w->pullback, g, q, w->image, NULL);
    }
}

static void pullback_products(const void *self, void *memory, const double *ybar, int ntangent, const dia_sink *sink)
{
    const body *b = self;
    work *w = memory;
    for (int g = 0; g < b->images->nimage; g++) {
        dia_images_turn(b->images, g, 1.0 / b->images->nimage, ybar, w->y);
        dia_mlp_pullback_back(&b->mlp, &w->pullback, g, w->y, NULL);
    }
    dia_mlp_pullback_products(&b->mlp, &w->pullback, b->images->nimage, ntangent, sink);
}

const dia_architecture_type dia_architecture_type_mlp = {
    .name = "mlp",
    .summary = "one multilayer perceptron for all elements, averaged over the images of the geometry",
    .reference = "Williams, Eisfeld, J. Chem. Phys. 149, 204106 (2018) (averaging over a group)",
    .options = options,
    .self_size = sizeof(body),
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
    .single = &dia_architecture_mlp_single,
    .pullback_size = pullback_size,
    .pullback_init = pullback_init,
    .pullback_values = pullback_values,
    .pullback_adjoint = pullback_adjoint,
    .pullback_tangent = pullback_tangent,
    .pullback_products = pullback_products,
};

#endif
