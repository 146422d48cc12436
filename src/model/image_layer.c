/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled twice: real.h. */
#include "model/image_layer.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/lanes.h"
#include "math/real.h"

#define L DIA_REAL_LANES

#if !defined(DIA_SINGLE)

dia_status dia_image_layer_init(dia_image_layer *layer, const dia_images *images, const dia_mlp *mlp, dia_error *error)
{
    *layer = (dia_image_layer){.mlp = mlp};
    dia_status status = dia_image_classes_init(&layer->group, images, DIA_IMAGE_CLASSES, error);
    const size_t nrow = (size_t)mlp->width[1], padded = (size_t)dia_panel_padded(mlp->width[1]);
    bool good = status == DIA_OK;
    for (int c = 0; c < layer->group.order && good; c++) {
        const size_t n = (size_t)layer->group.count[c];
        layer->packed[c] = n > 0 ? dia_allocate(padded * n, sizeof(double)) : NULL;
        layer->transposed[c] = n > 0 ? dia_allocate((size_t)dia_panel_padded((int)n) * nrow, sizeof(double)) : NULL;
        layer->single.packed[c] = n > 0 ? dia_allocate(padded * n, sizeof(float)) : NULL;
        layer->single.transposed[c] =
            n > 0 ? dia_allocate((size_t)dia_panel_padded((int)n) * nrow, sizeof(float)) : NULL;
        good = n == 0 || (layer->packed[c] != NULL && layer->transposed[c] != NULL && layer->single.packed[c] != NULL &&
                          layer->single.transposed[c] != NULL);
    }
    layer->adapted = good ? dia_allocate((size_t)images->nfeature * (nrow + 1), sizeof(double)) : NULL;
    if (status == DIA_OK && layer->adapted == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    if (status != DIA_OK)
        dia_image_layer_free(layer);
    return status;
}

void dia_image_layer_free(dia_image_layer *layer)
{
    for (int c = 0; c < DIA_IMAGE_CLASSES; c++) {
        free(layer->packed[c]);
        free(layer->transposed[c]);
        free(layer->single.packed[c]);
        free(layer->single.transposed[c]);
    }
    dia_image_classes_free(&layer->group);
    free(layer->adapted);
    memset(layer, 0, sizeof *layer);
}

/* The inverse of a butterfly on features is half the same one on the weights beside them. */
void dia_image_layer_refresh(dia_image_layer *layer)
{
    const int nf = layer->group.images->nfeature, nrow = layer->mlp->width[1];
    const double *W = layer->mlp->theta + dia_mlp_weight_offset(layer->mlp, 0);
    double *row = layer->adapted + (size_t)nf * (size_t)nrow;
    for (int i = 0; i < nrow; i++, W += nf) {
        memcpy(row, W, sizeof *row * (size_t)nf);
        for (const dia_butterfly *b = layer->group.butterfly; b < layer->group.butterfly + layer->group.nbutterfly;
             b++) {
            const double x = row[b->i], y = b->sign * row[b->j];
            row[b->i] = 0.5 * (x + y);
            row[b->j] = 0.5 * (x - y);
        }
        for (int k = 0; k < nf; k++) {
            const int c = layer->group.class[k];
            double *to = layer->adapted + (size_t)layer->group.before[c] * (size_t)nrow;
            to[(size_t)i * (size_t)layer->group.count[c] + (size_t)(layer->group.place[k] - layer->group.first[c])] =
                row[k];
        }
    }
    for (int c = 0; c < layer->group.order; c++) {
        const double *from = layer->adapted + (size_t)layer->group.before[c] * (size_t)nrow;
        if (layer->group.count[c] == 0)
            continue;
        dia_panel_pack(nrow, layer->group.count[c], from, 0, layer->packed[c]);
        dia_panel_pack(layer->group.count[c], nrow, from, 1, layer->transposed[c]);
        dia_panel_narrow((size_t)dia_panel_padded(nrow) * (size_t)layer->group.count[c], layer->packed[c],
                         layer->single.packed[c]);
        dia_panel_narrow((size_t)dia_panel_padded(layer->group.count[c]) * (size_t)nrow, layer->transposed[c],
                         layer->single.transposed[c]);
    }
}

#endif

/* ---- evaluation ------------------------------------------------------------------------------ */

static size_t units(const dia_image_layer *layer)
{
    return (size_t)dia_panel_padded(layer->mlp->width[1]) * L;
}

static size_t features(const dia_image_layer *layer)
{
    return (size_t)dia_panel_padded(layer->group.images->nfeature) * L;
}

#if !defined(DIA_SINGLE)

size_t dia_image_layer_size(const dia_image_layer *layer)
{
    return (size_t)layer->group.images->nimage * units(layer);
}

/* Features, t by classes, s of all classes. */
size_t dia_image_layer_scratch(const dia_image_layer *layer)
{
    return features(layer) + (size_t)layer->group.first[layer->group.order] * L +
           (size_t)layer->group.order * units(layer);
}

#endif

/* t = T u by classes; u is used up. */
DIA_CLONES static void adapt(const dia_image_layer *layer, real *u, real *t)
{
    for (const dia_butterfly *b = layer->group.butterfly; b < layer->group.butterfly + layer->group.nbutterfly; b++) {
        const dia_row x = dia_row_load(u + b->i * L), y = (real)b->sign * dia_row_load(u + b->j * L);
        dia_row_store(u + b->i * L, x + y);
        dia_row_store(u + b->j * L, x - y);
    }
    for (int k = 0; k < layer->group.images->nfeature; k++)
        dia_row_store(t + layer->group.place[k] * L, dia_row_load(u + k * L));
}

/* The transpose: u = T^T t */
DIA_CLONES static void adapt_back(const dia_image_layer *layer, const real *t, real *u)
{
    for (int k = 0; k < layer->group.images->nfeature; k++)
        dia_row_store(u + k * L, dia_row_load(t + layer->group.place[k] * L));
    for (const dia_butterfly *b = layer->group.butterfly + layer->group.nbutterfly - 1; b >= layer->group.butterfly;
         b--) {
        const dia_row x = dia_row_load(u + b->i * L), y = dia_row_load(u + b->j * L);
        dia_row_store(u + b->i * L, x + y);
        dia_row_store(u + b->j * L, (real)b->sign * (x - y));
    }
}

/* to[m] = sum_c (-1)^(bits of m and c) from[c], panels of n numbers; it is its own transpose. */
DIA_INLINE void transform(int order, size_t n, const real *const *from, real *const *to)
{
    for (size_t at = 0; at < n; at += L) {
        dia_row v[DIA_IMAGE_CLASSES];
        for (int c = 0; c < order; c++)
            v[c] = dia_row_load(from[c] + at);
        for (int step = 1; step < order; step *= 2)
            for (int c = 0; c < order; c++)
                if ((c & step) == 0) {
                    const dia_row x = v[c], y = v[c + step];
                    v[c] = x + y;
                    v[c + step] = x - y;
                }
        for (int m = 0; m < order; m++)
            dia_row_store(to[m] + at, v[m]);
    }
}

DIA_CLONES static void walsh_hadamard(int order, size_t n, const real *const *from, real *const *to)
{
    switch (order) { /* known to the compiler: numbers stay in registers */
    case 1:
        transform(1, n, from, to);
        break;
    case 2:
        transform(2, n, from, to);
        break;
    case 4:
        transform(4, n, from, to);
        break;
    case 8:
        transform(8, n, from, to);
        break;
    default:
        transform(DIA_IMAGE_CLASSES, n, from, to);
    }
}

typedef struct room { /* pieces of scratch */
    real *u, *t, *s[DIA_IMAGE_CLASSES];
} room;

static room cut(const dia_image_layer *layer, real *scratch)
{
    room r = {scratch, scratch + features(layer), {NULL}};
    for (int c = 0; c < layer->group.order; c++)
        r.s[c] = r.t + (size_t)layer->group.first[layer->group.order] * L + (size_t)c * units(layer);
    return r;
}

/* s of a class without features: b, or nothing. */
static void constant(const dia_image_layer *layer, const real *bias, real *s)
{
    for (int i = 0; i < layer->mlp->width[1]; i++)
        for (int l = 0; l < L; l++)
            s[i * L + l] = bias != NULL ? bias[i] : 0;
}

void DIA_REAL_NAME(dia_image_layer_forward)(const dia_image_layer *layer, const real *u, bool tangent, real *scratch,
                                            real *z)
{
    const dia_mlp *mlp = layer->mlp;
    const room r = cut(layer, scratch);
    for (int q = 0; q < layer->group.ncoset; q++) {
        const int *element = layer->group.element + q * layer->group.order;
        real *to[DIA_IMAGE_CLASSES];
        DIA_REAL_NAME(dia_images_take)(layer->group.images, element[0], u, r.u);
        adapt(layer, r.u, r.t);
        for (int c = 0; c < layer->group.order; c++) {
            const real *bias = c == 0 && !tangent ? DIA_REAL_WEIGHTS(mlp)->bias[0] : NULL;
            to[c] = DIA_REAL_NAME(dia_image_layer_of)(layer, z, element[c]);
            if (layer->group.count[c] == 0)
                constant(layer, bias, r.s[c]);
            else
                DIA_REAL_WEIGHTS(mlp)->kernel->affine(
                    mlp->width[1], layer->group.count[c], DIA_REAL_WEIGHTS(layer)->packed[c], bias,
                    r.t + layer->group.first[c] * L, layer->group.order == 1 ? to[c] : r.s[c]);
        }
        if (layer->group.order > 1)
            walsh_hadamard(layer->group.order, units(layer), (const real *const *)r.s, to);
    }
}

void DIA_REAL_NAME(dia_image_layer_reverse)(const dia_image_layer *layer, const real *zbar, real *scratch, real *ubar)
{
    const dia_mlp *mlp = layer->mlp;
    const room r = cut(layer, scratch);
    memset(ubar, 0, sizeof *ubar * (size_t)layer->group.images->nfeature * L);
    for (int q = 0; q < layer->group.ncoset; q++) {
        const int *element = layer->group.element + q * layer->group.order;
        const real *from[DIA_IMAGE_CLASSES];
        for (int m = 0; m < layer->group.order; m++)
            from[m] = DIA_REAL_NAME(dia_image_layer_of)(layer, (real *)zbar, element[m]);
        if (layer->group.order > 1)
            walsh_hadamard(layer->group.order, units(layer), from, r.s);
        for (int c = 0; c < layer->group.order; c++)
            if (layer->group.count[c] > 0)
                DIA_REAL_WEIGHTS(mlp)->kernel->affine(
                    layer->group.count[c], mlp->width[1], DIA_REAL_WEIGHTS(layer)->transposed[c], NULL,
                    layer->group.order > 1 ? r.s[c] : from[c], r.t + layer->group.first[c] * L);
        adapt_back(layer, r.t, r.u);
        DIA_REAL_NAME(dia_images_give)(layer->group.images, element[0], r.u, ubar);
    }
}
