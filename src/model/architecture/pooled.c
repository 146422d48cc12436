/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The images of a geometry are pooled inside the network, not its outputs averaged. With a_g the activated outputs of
 * the image layers for image g, B_g as in images.h (for signs: the product gamma_g,o of those of element o), and the
 * elements o that have covariants (all off-diagonal ones, and what B mixes with others),
 *
 *   p_k   = (2/|G|) sum_g a_g,k                   invariants: the same for all images
 *   v_om  = (1/|G|) sum_g sum_q B_g,oq a_g,qm     covariants: behave as H_o does
 *   H_o   = (P d)_o + sum_m c_om v_om,            d_ii = w_i.t + b_i,  c_om = w_om.t + b_om,  t = trunk(p)
 *
 * P d is the part of the diagonal that no element of the group changes (for signs: all of it), and elements that B mixes
 * with each other have one c in common. So H is exactly covariant, and the trunk, which is most of the network's depth, is
 * evaluated once instead of once for each image. (2: the mean of activated numbers is small; this keeps the trunk's
 * inputs near one.) Compiled twice: real.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/lanes.h"
#include "math/real.h"
#include "model/architecture.h"
#include "model/covariants.h"
#include "model/image_layer.h"

#define L DIA_REAL_LANES

enum { DIRECT = 64 }; /* images at most that are pooled without their outputs in between */

typedef struct body {
    dia_list image_layers, trunk; /* of int */
    int invariants, covariants, activation;
    const dia_images *images;
    dia_covariants of;
    dia_mlp image, head;   /* features -> invariants, covariants; invariants -> (n + nset covariants) numbers   */
    dia_image_layer first; /* of `image` */
    double *theta;         /* image, head                                                                       */
} body;

typedef struct panels { /* between image layers and trunk; rows of the outputs of `image`: p, then v */
    real *pv;           /* (invariants + nelement covariants, L)                                    */
    real *out;          /* (n + nset covariants, L): w.t + b                                        */
} panels;

extern const dia_architecture_single dia_architecture_pooled_single;

static size_t padded(int rows)
{
    return (size_t)dia_panel_padded(rows) * L;
}

static int pooled_rows(const body *b)
{
    return b->invariants + b->of.nelement * b->covariants;
}

static int head_rows(const body *b)
{
    return b->images->nstate + b->of.nset * b->covariants;
}

#if !defined(DIA_SINGLE)

typedef struct work {
    dia_mlp_pullback image, head; /* an image is a call of the first */
    double *take, *a;             /* of one image: its features; its outputs, or their adjoints */
    panels value, bar;            /* and the adjoints of `value` that tangents give             */
    panels other, other_bar;      /* of one tangent; scratch                                    */
    double *gbar;                 /* (npacked) panels of elements, of all tangents              */
} work;

static const dia_option options[] = {
    DIA_INTS(body, image_layers, "[96]", "units of the hidden layers that every image passes", DIA_RANGE(1, 10000)),
    DIA_INT(body, invariants, "96", "outputs of the image layers that are averaged over the images",
            DIA_RANGE(1, 10000)),
    DIA_INT(body, covariants, "12", "outputs for each off-diagonal element, averaged with the signs of the element",
            DIA_RANGE(1, 1000)),
    DIA_INTS(body, trunk, "[96, 96, 96]", "units of the hidden layers behind the averages", DIA_RANGE(1, 10000)),
    DIA_CHOICE(body, activation, "tanh|silu", "silu", "of all hidden units, invariants and covariants"),
    {.key = NULL}};

/* widths: first, those of the list, last */
static dia_status make(dia_mlp *mlp, const char *key, int first, const dia_list *hidden, int last, bool activated,
                       int activation, dia_error *error)
{
    int width[DIA_MLP_LAYERS + 1] = {first};
    if (hidden->n >= DIA_MLP_LAYERS)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s has at most %d layers; %d asked for", key, DIA_MLP_LAYERS - 1,
                             hidden->n);
    if (hidden->n > 0)
        memcpy(width + 1, hidden->items, sizeof *width * (size_t)hidden->n);
    width[hidden->n + 1] = last;
    return dia_mlp_init(mlp, hidden->n + 1, width, (dia_activation)activation, activated, error);
}

static void free_(void *self)
{
    body *b = self;
    dia_image_layer_free(&b->first);
    dia_mlp_free(&b->image);
    dia_mlp_free(&b->head);
    free(b->theta);
    dia_covariants_free(&b->of);
}

static dia_status init(void *self, const dia_images *images, dia_error *error)
{
    body *b = self;
    b->images = images;
    dia_status status = dia_covariants_init(&b->of, images, error);
    if (status == DIA_OK)
        status = make(&b->image, "image_layers", images->nfeature, &b->image_layers, pooled_rows(b), true,
                      b->activation, error);
    if (status == DIA_OK)
        status = dia_image_layer_init(&b->first, images, &b->image, error);
    if (status == DIA_OK)
        status = make(&b->head, "trunk", b->invariants, &b->trunk, head_rows(b), false, b->activation, error);
    if (status == DIA_OK) {
        b->theta = dia_allocate((size_t)b->image.ntheta + (size_t)b->head.ntheta, sizeof *b->theta);
        if (b->theta == NULL)
            status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    }
    if (status != DIA_OK) {
        free_(self);
        return status;
    }
    b->image.theta = b->theta;
    b->head.theta = b->theta + b->image.ntheta;
    return DIA_OK;
}

static double *theta(void *self, int *ntheta)
{
    body *b = self;
    *ntheta = b->image.ntheta + b->head.ntheta;
    return b->theta;
}

static void refresh(void *self)
{
    body *b = self;
    dia_mlp_refresh(&b->image);
    dia_image_layer_refresh(&b->first);
    dia_mlp_refresh(&b->head);
}

/* Normal weights of variance 1.6/fan in, which keeps the size of SiLU's outputs from layer to layer, biases of
 * deviation 0.1. The last layer: small diagonal elements; coefficients c of deviation 2, since the covariants of it are
 * averages that nearly cancel. */
static void randomise(void *self, uint64_t seed, uint64_t member)
{
    body *b = self;
    uint64_t stream = 0;
    for (int l = 0; l < b->image.nlayer; l++)
        dia_mlp_draw(&b->image, l, sqrt(1.6 / b->image.width[l]), 0.1, seed, member, stream++);
    for (int l = 0; l < b->head.nlayer; l++)
        dia_mlp_draw(&b->head, l, sqrt(1.6 / b->head.width[l]), l < b->head.nlayer - 1 ? 0.1 : 0.0, seed, member,
                     stream++);
    const int last = b->head.nlayer - 1, in = b->head.width[last];
    double *W = b->head.theta + dia_mlp_weight_offset(&b->head, last);
    for (int i = 0; i < head_rows(b) * in; i++)
        W[i] *= (i < b->images->nstate * in ? 0.5 : 2.0 / sqrt(b->covariants)) / sqrt(1.6);
    refresh(self);
}

static int blocks(const void *self, dia_matrix_block list[DIA_ARCHITECTURE_BLOCKS])
{
    const body *b = self;
    const int n = dia_architecture_blocks(&b->image, 0, list);
    return n + dia_architecture_blocks(&b->head, b->image.ntheta, list + n);
}

#endif

/* ---- pooling and its transpose --------------------------------------------------------------- */

/* pv += the part of image g with outputs a; transposed: a += what image g gets back of pv */
DIA_CLONES static void pool_or_back(const body *b, int g, bool transposed, const real *from, real *to)
{
    const real mean = (real)(1.0 / b->images->nimage);
    for (int i = 0; i < b->invariants * L; i++)
        to[i] += 2 * mean * from[i];
    from += b->invariants * L;
    to += b->invariants * L;
    const int size = b->covariants * L, n = b->of.nelement;
    for (int o = 0; o < n; o++)
        for (int q = b->images->back != NULL ? 0 : o; q < (b->images->back != NULL ? n : o + 1); q++) {
            const int k = b->of.element[transposed ? q : o], j = b->of.element[transposed ? o : q];
            const real factor = mean * (real)dia_images_back(b->images, g, k, j);
            if (factor == 0)
                continue;
            for (int m = 0; m < size; m++)
                to[o * size + m] += factor * from[q * size + m];
        }
}

static void pool(const body *b, int g, const real *a, real *pv)
{
    pool_or_back(b, g, false, a, pv);
}

static void unpool(const body *b, int g, const real *pv, real *a)
{
    memset(a, 0, sizeof *a * (size_t)pooled_rows(b) * L);
    pool_or_back(b, g, true, pv, a);
}

/* The invariant part of the diagonal: y += P d; transposed: d += P^T y. d (n, L) */
static void diagonal_part(const body *b, bool transposed, const real *from, real *to)
{
    const int n = b->images->nstate, np = b->images->npacked;
    for (int k = 0; k < np && b->of.invariant != NULL; k++)
        for (int i = 0; i < n; i++)
            for (int l = 0; l < L; l++)
                to[(transposed ? i : k) * L + l] +=
                    (real)b->of.invariant[k * n + i] * from[(transposed ? k : i) * L + l];
    for (int i = 0; i < n && b->of.invariant == NULL; i++) {
        const int k = dia_packed(i, i);
        for (int l = 0; l < L; l++)
            to[(transposed ? i : k) * L + l] += from[(transposed ? k : i) * L + l];
    }
}

/* y += sum_m c_om v_om, c of `out`, v of `pv`; diagonal: and the other rows of `out`. */
DIA_CLONES static void multiply_out(const body *b, const real *out, const real *pv, bool diagonal, real *y)
{
    const real *c_first = out + b->images->nstate * L, *v = pv + b->invariants * L;
    for (int o = 0; o < b->of.nelement; o++) {
        real *element = y + b->of.element[o] * L;
        const real *c = c_first + b->of.set[o] * b->covariants * L;
        for (int m = 0; m < b->covariants; m++, c += L, v += L)
            for (int l = 0; l < L; l++)
                element[l] += c[l] * v[l];
    }
    if (diagonal)
        diagonal_part(b, false, out, y);
}

/* The transpose: adjoints of `out` and `pv` += those of ybar. */
DIA_CLONES static void multiply_back(const body *b, const real *ybar, const real *out, const real *pv, bool diagonal,
                                     real *out_bar, real *pv_bar)
{
    const real *v = pv + b->invariants * L;
    real *v_bar = pv_bar + b->invariants * L;
    for (int o = 0; o < b->of.nelement; o++) {
        const real *element = ybar + b->of.element[o] * L;
        const int first = (b->images->nstate + b->of.set[o] * b->covariants) * L;
        const real *c = out + first;
        real *c_bar = out_bar + first;
        for (int m = 0; m < b->covariants; m++, c += L, v += L, c_bar += L, v_bar += L)
            for (int l = 0; l < L; l++) {
                c_bar[l] += element[l] * v[l];
                v_bar[l] += element[l] * c[l];
            }
    }
    if (diagonal)
        diagonal_part(b, true, ybar, out_bar);
}

static void zero(const body *b, real *pv, real *out)
{
    memset(pv, 0, sizeof(real) * padded(pooled_rows(b)));
    memset(out, 0, sizeof(real) * padded(head_rows(b)));
}

/* ---- forward, reverse, tangent --------------------------------------------------------------- */

/* memory: of each image, of the head, then pv, out. scratch: of the perceptrons, of the first layer, z of all
 * images, outputs of an image, a second pv, out. */

static size_t image_memory(const body *b)
{
    return (size_t)b->images->nimage * dia_mlp_memory(&b->image);
}

static size_t mlp_scratch(const body *b)
{
    const size_t image = dia_mlp_scratch(&b->image), head = dia_mlp_scratch(&b->head);
    return image > head ? image : head;
}

#if !defined(DIA_SINGLE)

static size_t memory_(const void *self)
{
    const body *b = self;
    return image_memory(b) + dia_mlp_memory(&b->head) + padded(pooled_rows(b)) + padded(head_rows(b));
}

static size_t scratch_(const void *self)
{
    const body *b = self;
    return mlp_scratch(b) + dia_image_layer_scratch(&b->first) + dia_image_layer_size(&b->first) +
           2 * padded(pooled_rows(b)) + padded(head_rows(b));
}

#endif

static panels remembered(const body *b, const real *memory)
{
    real *at = (real *)memory + dia_reals(image_memory(b) + dia_mlp_memory(&b->head));
    return (panels){at, at + padded(pooled_rows(b))};
}

typedef struct room { /* pieces of scratch */
    real *mlp, *first, *z, *a;
    panels other;
} room;

static room cut(const body *b, real *scratch)
{
    room r = {.mlp = scratch};
    r.first = scratch + dia_reals(mlp_scratch(b));
    r.z = r.first + dia_reals(dia_image_layer_scratch(&b->first));
    r.a = r.z + dia_reals(dia_image_layer_size(&b->first));
    r.other.pv = r.a + padded(pooled_rows(b));
    r.other.out = r.other.pv + padded(pooled_rows(b));
    return r;
}

/* One image layer, and signs: rows of v_o of all images meet one factor each. factor (images): of the rows that begin with `row`, which
 * are those of p (o < 0) or of v_o. Returns how many rows. */
static int factors_of(const body *b, int o, real *factor, int *row)
{
    const real mean = (real)(1.0 / b->images->nimage);
    for (int g = 0; g < b->images->nimage; g++)
        factor[g] = o < 0 ? 2 * mean : mean * (real)dia_images_back(b->images, g, b->of.element[o], b->of.element[o]);
    *row = o < 0 ? 0 : b->invariants + o * b->covariants;
    return o < 0 ? b->invariants : b->covariants;
}

static bool direct(const body *b)
{
    return b->image.nlayer == 1 && b->images->back == NULL && b->images->nimage <= DIRECT;
}

/* The same numbers as image by image below, without outputs of images in between. */
static void pool_directly(const body *b, const real *z, real *memory, real *pv)
{
    const size_t apart = dia_reals(dia_image_layer_size(&b->first)) / (size_t)b->images->nimage;
    real factor[DIRECT];
    for (int o = -1, row; o < b->of.nelement; o++) {
        const int n = factors_of(b, o, factor, &row);
        DIA_REAL_WEIGHTS(&b->image)->kernel->pool(b->image.activation, n * L, b->images->nimage, factor, apart,
                                                  z + row * L, dia_reals(dia_mlp_memory(&b->image)), memory + row * L,
                                                  pv + row * L);
    }
}

static void unpool_directly(const body *b, const real *pv_bar, const real *memory, real *zbar)
{
    const size_t apart = dia_reals(dia_image_layer_size(&b->first)) / (size_t)b->images->nimage;
    real factor[DIRECT];
    for (int o = -1, row; o < b->of.nelement; o++) {
        const int n = factors_of(b, o, factor, &row);
        for (int g = 0; g < b->images->nimage; g++)
            DIA_REAL_WEIGHTS(&b->image)->kernel->unpool(
                n * L, factor[g], memory + (size_t)g * dia_reals(dia_mlp_memory(&b->image)) + row * L, pv_bar + row * L,
                zbar + (size_t)g * apart + row * L);
    }
}

static void forward(const void *self, const real *u, real *memory, real *scratch, real *y)
{
    const body *b = self;
    const room r = cut(b, scratch);
    const panels p = remembered(b, memory);
    zero(b, p.pv, p.out);
    DIA_REAL_NAME(dia_image_layer_forward)(&b->first, u, false, r.first, r.z);
    if (direct(b))
        pool_directly(b, r.z, memory, p.pv);
    for (int g = 0; g < b->images->nimage && !direct(b); g++) {
        DIA_REAL_NAME(dia_mlp_forward_from)
        (&b->image, DIA_REAL_NAME(dia_image_layer_of)(&b->first, r.z, g),
         memory + (size_t)g * dia_reals(dia_mlp_memory(&b->image)), r.mlp, r.a);
        pool(b, g, r.a, p.pv);
    }
    DIA_REAL_NAME(dia_mlp_forward)(&b->head, p.pv, memory + dia_reals(image_memory(b)), r.mlp, p.out);
    memset(y, 0, sizeof *y * (size_t)b->images->npacked * L);
    multiply_out(b, p.out, p.pv, true, y);
}

static void reverse(const void *self, const real *memory, const real *ybar, real *scratch, real *ubar)
{
    const body *b = self;
    const room r = cut(b, scratch);
    const panels p = remembered(b, memory);
    zero(b, r.other.pv, r.other.out);
    multiply_back(b, ybar, p.out, p.pv, true, r.other.out, r.other.pv);
    DIA_REAL_NAME(dia_mlp_reverse)
    (&b->head, memory + dia_reals(image_memory(b)), r.other.out, r.mlp, r.a); /* adjoint of the invariants */
    memcpy(r.other.pv, r.a, sizeof(real) * (size_t)b->invariants * L);
    if (direct(b))
        unpool_directly(b, r.other.pv, memory, r.z);
    for (int g = 0; g < b->images->nimage && !direct(b); g++) {
        unpool(b, g, r.other.pv, r.a);
        DIA_REAL_NAME(dia_mlp_reverse_to)
        (&b->image, memory + (size_t)g * dia_reals(dia_mlp_memory(&b->image)), r.a, r.mlp,
         DIA_REAL_NAME(dia_image_layer_of)(&b->first, r.z, g));
    }
    DIA_REAL_NAME(dia_image_layer_reverse)(&b->first, r.z, r.first, ubar);
}

static void tangent(const void *self, const real *memory, const real *udot, real *scratch, real *ydot)
{
    const body *b = self;
    const room r = cut(b, scratch);
    const panels p = remembered(b, memory);
    zero(b, r.other.pv, r.other.out);
    DIA_REAL_NAME(dia_image_layer_forward)(&b->first, udot, true, r.first, r.z);
    for (int g = 0; g < b->images->nimage; g++) {
        DIA_REAL_NAME(dia_mlp_tangent_from)
        (&b->image, memory + (size_t)g * dia_reals(dia_mlp_memory(&b->image)),
         DIA_REAL_NAME(dia_image_layer_of)(&b->first, r.z, g), r.mlp, r.a);
        pool(b, g, r.a, r.other.pv);
    }
    DIA_REAL_NAME(dia_mlp_tangent)(&b->head, memory + dia_reals(image_memory(b)), r.other.pv, r.mlp, r.other.out);
    memset(ydot, 0, sizeof *ydot * (size_t)b->images->npacked * L);
    multiply_out(b, r.other.out, p.pv, true, ydot);
    multiply_out(b, p.out, r.other.pv, false, ydot);
}

#if defined(DIA_SINGLE)

const dia_architecture_single dia_architecture_pooled_single = {forward, reverse, tangent};

#else

/* ---- parameter gradients --------------------------------------------------------------------- */

static size_t panels_size(const body *b)
{
    return padded(pooled_rows(b)) + padded(head_rows(b));
}

static panels cut_panels(const body *b, double **at)
{
    const panels p = {*at, *at + padded(pooled_rows(b))};
    *at += panels_size(b);
    return p;
}

static size_t pullback_size(const void *self)
{
    const body *b = self;
    const int np = b->images->npacked;
    return DIA_ARCHITECTURE_WORK(work) +
           sizeof(double) *
               (padded(b->images->nfeature) + padded(pooled_rows(b)) + 4 * panels_size(b) + (size_t)np * padded(np) +
                dia_mlp_pullback_size(&b->image, b->images->nimage, np) + dia_mlp_pullback_size(&b->head, 1, np));
}

static void pullback_init(const void *self, void *memory)
{
    const body *b = self;
    const int np = b->images->npacked;
    work *w = memory;
    double *at = (double *)((char *)memory + DIA_ARCHITECTURE_WORK(work));
    w->take = at;
    w->a = at += padded(b->images->nfeature);
    at += padded(pooled_rows(b));
    w->value = cut_panels(b, &at);
    w->bar = cut_panels(b, &at);
    w->other = cut_panels(b, &at);
    w->other_bar = cut_panels(b, &at);
    w->gbar = at;
    at += (size_t)np * padded(np);
    dia_mlp_pullback_init(&b->image, &w->image, b->images->nimage, np, at);
    dia_mlp_pullback_init(&b->head, &w->head, 1, np, at + dia_mlp_pullback_size(&b->image, b->images->nimage, np));
}

static void pullback_values(const void *self, void *memory, const double *u, double *y)
{
    const body *b = self;
    work *w = memory;
    zero(b, w->value.pv, w->value.out);
    zero(b, w->bar.pv, w->bar.out);
    for (int g = 0; g < b->images->nimage; g++) {
        dia_images_take(b->images, g, u, w->take);
        dia_mlp_pullback_values(&b->image, &w->image, g, w->take, w->a);
        pool(b, g, w->a, w->value.pv);
    }
    dia_mlp_pullback_values(&b->head, &w->head, 0, w->value.pv, w->value.out);
    if (y != NULL) {
        memset(y, 0, sizeof *y * (size_t)b->images->npacked * L);
        multiply_out(b, w->value.out, w->value.pv, true, y);
    }
}

static void pullback_adjoint(const void *self, void *memory, int q, const double *gbar, double *ubar)
{
    const body *b = self;
    work *w = memory;
    const panels bar = w->other_bar;
    memcpy(w->gbar + (size_t)q * padded(b->images->npacked), gbar, sizeof *gbar * (size_t)b->images->npacked * L);
    zero(b, bar.pv, bar.out);
    multiply_back(b, gbar, w->value.out, w->value.pv, true, bar.out, bar.pv);
    dia_mlp_pullback_adjoint(&b->head, &w->head, 0, q, bar.out, w->a); /* of the invariants */
    memcpy(bar.pv, w->a, sizeof(double) * (size_t)b->invariants * L);
    if (ubar != NULL)
        memset(ubar, 0, sizeof *ubar * (size_t)b->images->nfeature * L);
    for (int g = 0; g < b->images->nimage; g++) {
        unpool(b, g, bar.pv, w->a);
        dia_mlp_pullback_adjoint(&b->image, &w->image, g, q, w->a, ubar != NULL ? w->take : NULL);
        if (ubar != NULL)
            dia_images_give(b->images, g, w->take, ubar);
    }
}

static void pullback_tangent(const void *self, void *memory, int q, const double *udot)
{
    const body *b = self;
    work *w = memory;
    zero(b, w->other.pv, w->other.out);
    for (int g = 0; g < b->images->nimage; g++) {
        dia_images_take(b->images, g, udot, w->take);
        dia_mlp_pullback_tangent(&b->image, &w->image, g, q, w->take, w->a);
        pool(b, g, w->a, w->other.pv);
    }
    dia_mlp_pullback_tangent(&b->head, &w->head, 0, q, w->other.pv, w->other.out);
    /* d(c v) = dc v + c dv: the adjoint has the values of one with the tangent of the other; here the rest */
    multiply_back(b, w->gbar + (size_t)q * padded(b->images->npacked), w->other.out, w->other.pv, false, w->bar.out,
                  w->bar.pv);
}

static void pullback_products(const void *self, void *memory, const double *ybar, int ntangent, const dia_sink *sink)
{
    const body *b = self;
    work *w = memory;
    dia_sink head = *sink;
    head.bar += b->image.ntheta;
    multiply_back(b, ybar, w->value.out, w->value.pv, true, w->bar.out, w->bar.pv);
    dia_mlp_pullback_back(&b->head, &w->head, 0, w->bar.out, w->a);
    memcpy(w->bar.pv, w->a, sizeof(double) * (size_t)b->invariants * L);
    for (int g = 0; g < b->images->nimage; g++) {
        unpool(b, g, w->bar.pv, w->a);
        dia_mlp_pullback_back(&b->image, &w->image, g, w->a, NULL);
    }
    dia_mlp_pullback_products(&b->head, &w->head, 1, ntangent, &head);
    dia_mlp_pullback_products(&b->image, &w->image, b->images->nimage, ntangent, sink);
}

const dia_architecture_type dia_architecture_type_pooled = {
    .name = "pooled",
    .summary = "image layers, averaged to learned invariants and sign-carrying covariants, behind them one trunk",
    .reference = "Zaheer et al., arXiv:1703.06114 (pooling of images); odd factors times even networks: Guan, Zhang, "
                 "Guo, Yarkony, Phys. Chem. Chem. Phys. 21, 14205 (2019)",
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
    .single = &dia_architecture_pooled_single,
    .pullback_size = pullback_size,
    .pullback_init = pullback_init,
    .pullback_values = pullback_values,
    .pullback_adjoint = pullback_adjoint,
    .pullback_tangent = pullback_tangent,
    .pullback_products = pullback_products,
};

#endif
