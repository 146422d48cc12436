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

/* ---- finding the operations that commute ----------------------------------------------------- */

typedef struct action { /* (P u)[k] = sign[k] u[source[k]] */
    int *source;
    double *sign;
} action;

static action action_of(const dia_images *images, int g)
{
    return (action){images->source + (size_t)g * (size_t)images->nfeature,
                    images->sign + (size_t)g * (size_t)images->nfeature};
}

/* The image that acts as a after b. -1: there is none. */
static int product(const dia_images *images, int a, int b)
{
    const action x = action_of(images, a), y = action_of(images, b);
    for (int g = 0; g < images->nimage; g++) {
        const action z = action_of(images, g);
        bool same = true;
        for (int k = 0; k < images->nfeature && same; k++)
            same = z.source[k] == y.source[x.source[k]] && z.sign[k] == x.sign[k] * y.sign[x.source[k]];
        if (same)
            return g;
    }
    return -1;
}

/* Operations that are their own inverse and commute, beginning with `start`, as many as fit; returns how many generators. */
static int commuting(const dia_images *images, int start, int *element, int *generator)
{
    int k = 0, order = 1;
    element[0] = 0;
    for (int i = 0; i < images->nimage && 2 * order <= DIA_IMAGE_LAYER_ORDER; i++) {
        const int g = (start + i) % images->nimage;
        bool good = product(images, g, g) == 0;
        for (int m = 0; m < order && good; m++)
            good = g != element[m];
        for (int q = 0; q < k && good; q++)
            good = product(images, g, generator[q]) == product(images, generator[q], g);
        for (int m = 0; m < order && good; m++) {
            element[order + m] = product(images, g, element[m]);
            good = element[order + m] >= 0;
        }
        if (good) {
            generator[k++] = g;
            order *= 2;
        }
    }
    return k;
}

/* The largest such group of those that begin with each of the first few elements. */
static int best_commuting(const dia_images *images, int *element, int *generator)
{
    enum { TRIALS = 16 };
    int best = commuting(images, 0, element, generator);
    for (int start = 1; start < images->nimage && start < TRIALS; start++) {
        int e[DIA_IMAGE_LAYER_ORDER], q[DIA_IMAGE_LAYER_ORDER];
        const int k = commuting(images, start, e, q);
        if (k > best) {
            best = k;
            memcpy(element, e, sizeof e);
            memcpy(generator, q, sizeof q);
        }
    }
    return best;
}

/* All images as cosets of the group in element[0 .. order-1]. False: they are none. */
static bool find_cosets(dia_image_layer *layer)
{
    const dia_images *images = layer->images;
    bool *taken = calloc((size_t)images->nimage, sizeof *taken), good = taken != NULL;
    for (int r = 0; r < images->nimage && good; r++) {
        if (taken[r])
            continue;
        int *row = layer->element + (size_t)layer->ncoset++ * (size_t)layer->order;
        for (int m = layer->order - 1; m >= 0 && good;
             m--) { /* the first row, of which the others are made, is that of r = 0 */
            const int g = product(images, layer->element[m], r);
            good = g >= 0 && !taken[g];
            if (good) {
                row[m] = g;
                taken[g] = true;
            }
        }
    }
    free(taken);
    return good && layer->ncoset * layer->order == images->nimage;
}

/* ---- the transform --------------------------------------------------------------------------- */

/* One generator made diagonal: its butterflies are appended, `bit` is set in the class of odd features, and the generators after it, n of
 * them, are expressed in the new features. */
static void diagonalise(dia_image_layer *layer, const action *g, int bit, action *after, int n)
{
    for (int k = 0; k < layer->images->nfeature; k++) {
        const int j = g->source[k];
        const double sign = g->sign[k];
        if (j == k && sign < 0.0)
            layer->class[k] |= bit;
        if (j <= k)
            continue;
        layer->class[j] |= bit;
        layer->butterfly[layer->nbutterfly++] = (dia_butterfly){k, j, sign};
        /* Of the pair (k, j) an operation that commutes makes a pair (k', j'), k' < j', in this order or the other. */
        for (action *a = after; a < after + n; a++) {
            const int p = a->source[k], q = a->source[j];
            const double factor = sign * a->sign[j];
            if (p > q) {
                a->source[k] = q;
                a->source[j] = p;
                a->sign[k] = factor;
                a->sign[j] = -factor;
            } else
                a->sign[j] = a->sign[k];
        }
    }
}

/* Generators are used up: copies of the actions. */
static dia_status find_transform(dia_image_layer *layer, int k, const int *generator, dia_error *error)
{
    const size_t nf = (size_t)layer->images->nfeature;
    action copies[DIA_IMAGE_LAYER_ORDER];
    int *source = calloc((size_t)k * nf + 1, sizeof *source);
    double *sign = calloc((size_t)k * nf + 1, sizeof *sign);
    layer->butterfly = calloc((size_t)k * nf + 1, sizeof *layer->butterfly);
    layer->place = calloc(nf, sizeof *layer->place);
    layer->class = calloc(nf, sizeof *layer->class);
    const bool good =
        source != NULL && sign != NULL && layer->butterfly != NULL && layer->place != NULL && layer->class != NULL;
    for (int i = 0; i < k && good; i++) {
        const action a = action_of(layer->images, generator[i]);
        copies[i] = (action){source + (size_t)i * nf, sign + (size_t)i * nf};
        memcpy(copies[i].source, a.source, nf * sizeof *source);
        memcpy(copies[i].sign, a.sign, nf * sizeof *sign);
    }
    for (int i = 0; i < k && good; i++)
        diagonalise(layer, &copies[i], 1 << i, copies + i + 1, k - i - 1);
    for (int c = 0; c < layer->order && good; c++) {
        for (size_t f = 0; f < nf; f++)
            if (layer->class[f] == c)
                layer->place[f] = layer->first[c] + layer->count[c]++;
        layer->before[c + 1] = layer->before[c] + layer->count[c];
        layer->first[c + 1] = layer->first[c] + dia_panel_padded(layer->count[c]);
    }
    free(source);
    free(sign);
    return good ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
}

dia_status dia_image_layer_init(dia_image_layer *layer, const dia_images *images, const dia_mlp *mlp, dia_error *error)
{
    int element[DIA_IMAGE_LAYER_ORDER], generator[DIA_IMAGE_LAYER_ORDER];
    *layer = (dia_image_layer){.images = images, .mlp = mlp};
    const int k = best_commuting(images, element, generator);
    layer->order = 1 << k;
    layer->element = calloc((size_t)images->nimage, sizeof *layer->element);
    if (layer->element == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    memcpy(layer->element, element, sizeof *element * (size_t)layer->order);
    if (!find_cosets(layer)) {
        dia_image_layer_free(layer);
        return dia_error_set(error, DIA_ERROR_INPUT, "the images of a geometry are no group");
    }
    dia_status status = find_transform(layer, k, generator, error);
    const size_t nrow = (size_t)mlp->width[1], padded = (size_t)dia_panel_padded(mlp->width[1]);
    bool good = status == DIA_OK;
    for (int c = 0; c < layer->order && good; c++) {
        const size_t n = (size_t)layer->count[c];
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
    for (int c = 0; c < DIA_IMAGE_LAYER_ORDER; c++) {
        free(layer->packed[c]);
        free(layer->transposed[c]);
        free(layer->single.packed[c]);
        free(layer->single.transposed[c]);
    }
    free(layer->element);
    free(layer->butterfly);
    free(layer->place);
    free(layer->class);
    free(layer->adapted);
    memset(layer, 0, sizeof *layer);
}

/* The inverse of a butterfly on features is half the same one on the weights beside them. */
void dia_image_layer_refresh(dia_image_layer *layer)
{
    const int nf = layer->images->nfeature, nrow = layer->mlp->width[1];
    const double *W = layer->mlp->theta + dia_mlp_weight_offset(layer->mlp, 0);
    double *row = layer->adapted + (size_t)nf * (size_t)nrow;
    for (int i = 0; i < nrow; i++, W += nf) {
        memcpy(row, W, sizeof *row * (size_t)nf);
        for (const dia_butterfly *b = layer->butterfly; b < layer->butterfly + layer->nbutterfly; b++) {
            const double x = row[b->i], y = b->sign * row[b->j];
            row[b->i] = 0.5 * (x + y);
            row[b->j] = 0.5 * (x - y);
        }
        for (int k = 0; k < nf; k++) {
            const int c = layer->class[k];
            double *to = layer->adapted + (size_t)layer->before[c] * (size_t)nrow;
            to[(size_t)i * (size_t)layer->count[c] + (size_t)(layer->place[k] - layer->first[c])] = row[k];
        }
    }
    for (int c = 0; c < layer->order; c++) {
        const double *from = layer->adapted + (size_t)layer->before[c] * (size_t)nrow;
        if (layer->count[c] == 0)
            continue;
        dia_panel_pack(nrow, layer->count[c], from, 0, layer->packed[c]);
        dia_panel_pack(layer->count[c], nrow, from, 1, layer->transposed[c]);
        dia_panel_narrow((size_t)dia_panel_padded(nrow) * (size_t)layer->count[c], layer->packed[c],
                         layer->single.packed[c]);
        dia_panel_narrow((size_t)dia_panel_padded(layer->count[c]) * (size_t)nrow, layer->transposed[c],
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
    return (size_t)dia_panel_padded(layer->images->nfeature) * L;
}

#if !defined(DIA_SINGLE)

size_t dia_image_layer_size(const dia_image_layer *layer)
{
    return (size_t)layer->images->nimage * units(layer);
}

/* Features, t by classes, s of all classes. */
size_t dia_image_layer_scratch(const dia_image_layer *layer)
{
    return features(layer) + (size_t)layer->first[layer->order] * L + (size_t)layer->order * units(layer);
}

#endif

/* t = T u by classes; u is used up. */
DIA_CLONES static void adapt(const dia_image_layer *layer, real *u, real *t)
{
    for (const dia_butterfly *b = layer->butterfly; b < layer->butterfly + layer->nbutterfly; b++) {
        const dia_row x = dia_row_load(u + b->i * L), y = (real)b->sign * dia_row_load(u + b->j * L);
        dia_row_store(u + b->i * L, x + y);
        dia_row_store(u + b->j * L, x - y);
    }
    for (int k = 0; k < layer->images->nfeature; k++)
        dia_row_store(t + layer->place[k] * L, dia_row_load(u + k * L));
}

/* The transpose: u = T^T t */
DIA_CLONES static void adapt_back(const dia_image_layer *layer, const real *t, real *u)
{
    for (int k = 0; k < layer->images->nfeature; k++)
        dia_row_store(u + k * L, dia_row_load(t + layer->place[k] * L));
    for (const dia_butterfly *b = layer->butterfly + layer->nbutterfly - 1; b >= layer->butterfly; b--) {
        const dia_row x = dia_row_load(u + b->i * L), y = dia_row_load(u + b->j * L);
        dia_row_store(u + b->i * L, x + y);
        dia_row_store(u + b->j * L, (real)b->sign * (x - y));
    }
}

/* to[m] = sum_c (-1)^(bits of m and c) from[c], panels of n numbers; it is its own transpose. */
DIA_INLINE void transform(int order, size_t n, const real *const *from, real *const *to)
{
    for (size_t at = 0; at < n; at += L) {
        dia_row v[DIA_IMAGE_LAYER_ORDER];
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
        transform(DIA_IMAGE_LAYER_ORDER, n, from, to);
    }
}

typedef struct room { /* pieces of scratch */
    real *u, *t, *s[DIA_IMAGE_LAYER_ORDER];
} room;

static room cut(const dia_image_layer *layer, real *scratch)
{
    room r = {scratch, scratch + features(layer), {NULL}};
    for (int c = 0; c < layer->order; c++)
        r.s[c] = r.t + (size_t)layer->first[layer->order] * L + (size_t)c * units(layer);
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
    for (int q = 0; q < layer->ncoset; q++) {
        const int *element = layer->element + q * layer->order;
        real *to[DIA_IMAGE_LAYER_ORDER];
        DIA_REAL_NAME(dia_images_take)(layer->images, element[0], u, r.u);
        adapt(layer, r.u, r.t);
        for (int c = 0; c < layer->order; c++) {
            const real *bias = c == 0 && !tangent ? DIA_REAL_WEIGHTS(mlp)->bias[0] : NULL;
            to[c] = DIA_REAL_NAME(dia_image_layer_of)(layer, z, element[c]);
            if (layer->count[c] == 0)
                constant(layer, bias, r.s[c]);
            else
                DIA_REAL_WEIGHTS(mlp)->kernel->affine(mlp->width[1], layer->count[c],
                                                      DIA_REAL_WEIGHTS(layer)->packed[c], bias,
                                                      r.t + layer->first[c] * L, layer->order == 1 ? to[c] : r.s[c]);
        }
        if (layer->order > 1)
            walsh_hadamard(layer->order, units(layer), (const real *const *)r.s, to);
    }
}

void DIA_REAL_NAME(dia_image_layer_reverse)(const dia_image_layer *layer, const real *zbar, real *scratch, real *ubar)
{
    const dia_mlp *mlp = layer->mlp;
    const room r = cut(layer, scratch);
    memset(ubar, 0, sizeof *ubar * (size_t)layer->images->nfeature * L);
    for (int q = 0; q < layer->ncoset; q++) {
        const int *element = layer->element + q * layer->order;
        const real *from[DIA_IMAGE_LAYER_ORDER];
        for (int m = 0; m < layer->order; m++)
            from[m] = DIA_REAL_NAME(dia_image_layer_of)(layer, (real *)zbar, element[m]);
        if (layer->order > 1)
            walsh_hadamard(layer->order, units(layer), from, r.s);
        for (int c = 0; c < layer->order; c++)
            if (layer->count[c] > 0)
                DIA_REAL_WEIGHTS(mlp)->kernel->affine(layer->count[c], mlp->width[1],
                                                      DIA_REAL_WEIGHTS(layer)->transposed[c], NULL,
                                                      layer->order > 1 ? r.s[c] : from[c], r.t + layer->first[c] * L);
        adapt_back(layer, r.t, r.u);
        DIA_REAL_NAME(dia_images_give)(layer->images, element[0], r.u, ubar);
    }
}
