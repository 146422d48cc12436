/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The images of a geometry are pooled inside the network, not its outputs averaged. With a_g the activated outputs of
 * the image layers for image g, o = ij an off-diagonal element and gamma_g,o = +-1 its behaviour under g:
 *
 *   p_k   = (2/|G|) sum_g a_g,k                 invariants: the same for all images
 *   v_om  = (1/|G|) sum_g gamma_g,o a_g,om      covariants: change sign as H_o does
 *   H_ii  = w_i.t + b_i,  H_o = sum_m c_om v_om,  c_om = w_om.t + b_om,  t = trunk(p)
 *
 * So H is exactly covariant, and the trunk, which is most of the network's depth, is evaluated once instead of once for
 * each image. (2: the mean of activated numbers is small; this keeps the trunk's inputs near one.) */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/architecture.h"

#define L DIA_PANEL_LANES

typedef struct body {
    dia_list image_layers, trunk; /* of int */
    int invariants, covariants, activation;
    const dia_images *images;
    int noff;            /* off-diagonal elements                                                         */
    dia_mlp image, head; /* features -> invariants, covariants; invariants -> (n + noff covariants) numbers */
    double *theta;       /* image, head                                                                    */
} body;

typedef struct panels { /* between image layers and trunk; rows of the outputs of `image`: p, then v */
    double *pv;         /* (invariants + noff covariants, L)                                        */
    double *out;        /* (n + noff covariants, L): w.t + b                                        */
} panels;

#define SLOTS (1 + DIA_MLP_TANGENTS) /* values, then tangents */

typedef struct work {
    dia_mlp_pullback image, head;
    double *take[SLOTS], *a[SLOTS];         /* of one image: its features; its outputs, or their adjoints */
    double *pv[SLOTS], *out[SLOTS];         /* as in panels                                               */
    double *pv_bar[SLOTS], *out_bar[SLOTS]; /* their adjoints                                             */
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

static size_t padded(int rows)
{
    return (size_t)dia_panel_padded(rows) * L;
}

static int pooled_rows(const body *b)
{
    return b->invariants + b->noff * b->covariants;
}

static int head_rows(const body *b)
{
    return b->images->nstate + b->noff * b->covariants;
}

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
    dia_mlp_free(&b->image);
    dia_mlp_free(&b->head);
    free(b->theta);
}

static dia_status init(void *self, const dia_images *images, dia_error *error)
{
    body *b = self;
    b->images = images;
    b->noff = images->npacked - images->nstate;
    dia_status status =
        make(&b->image, "image_layers", images->nfeature, &b->image_layers, pooled_rows(b), true, b->activation, error);
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

/* ---- pooling and its transpose --------------------------------------------------------------- */

/* pv += the part of image g with outputs a */
static void pool(const body *b, int g, const double *a, double *pv)
{
    const double mean = 1.0 / b->images->nimage, *gamma = b->images->gamma + g * b->images->npacked;
    for (int i = 0; i < b->invariants * L; i++)
        pv[i] += 2.0 * mean * a[i];
    a += b->invariants * L;
    pv += b->invariants * L;
    for (int i = 0; i < b->images->nstate; i++)
        for (int j = 0; j < i; j++, a += b->covariants * L, pv += b->covariants * L) {
            const double factor = mean * gamma[dia_packed(i, j)];
            for (int m = 0; m < b->covariants * L; m++)
                pv[m] += factor * a[m];
        }
}

/* a = what image g gets back of pv */
static void unpool(const body *b, int g, const double *pv, double *a)
{
    memset(a, 0, sizeof *a * (size_t)pooled_rows(b) * L);
    pool(b, g, pv, a); /* a diagonal matrix is its own transpose */
}

/* y += sum_m c_om v_om for the off-diagonal elements, c of `out`, v of `pv`; diagonal: and the other rows of `out` for
 * the diagonal ones. */
static void multiply_out(const body *b, const double *out, const double *pv, bool diagonal, double *y)
{
    const double *c = out + b->images->nstate * L, *v = pv + b->invariants * L;
    for (int i = 0; i < b->images->nstate; i++) {
        for (int j = 0; j < i; j++) {
            double *element = y + dia_packed(i, j) * L;
            for (int m = 0; m < b->covariants; m++, c += L, v += L)
                for (int l = 0; l < L; l++)
                    element[l] += c[l] * v[l];
        }
        for (int l = 0; l < L && diagonal; l++)
            y[dia_packed(i, i) * L + l] += out[i * L + l];
    }
}

/* The transpose: adjoints of `out` and `pv` += those of ybar. */
static void multiply_back(const body *b, const double *ybar, const double *out, const double *pv, bool diagonal,
                          double *out_bar, double *pv_bar)
{
    const double *c = out + b->images->nstate * L, *v = pv + b->invariants * L;
    double *c_bar = out_bar + b->images->nstate * L, *v_bar = pv_bar + b->invariants * L;
    for (int i = 0; i < b->images->nstate; i++) {
        for (int j = 0; j < i; j++) {
            const double *element = ybar + dia_packed(i, j) * L;
            for (int m = 0; m < b->covariants; m++, c += L, v += L, c_bar += L, v_bar += L)
                for (int l = 0; l < L; l++) {
                    c_bar[l] += element[l] * v[l];
                    v_bar[l] += element[l] * c[l];
                }
        }
        for (int l = 0; l < L && diagonal; l++)
            out_bar[i * L + l] += ybar[dia_packed(i, i) * L + l];
    }
}

static void zero(const body *b, double *pv, double *out)
{
    memset(pv, 0, sizeof(double) * padded(pooled_rows(b)));
    memset(out, 0, sizeof(double) * padded(head_rows(b)));
}

/* ---- forward, reverse, tangent --------------------------------------------------------------- */

/* memory: of each image, of the head, then pv, out. scratch: of the perceptrons, image, its outputs, a second pv, out. */

static size_t image_memory(const body *b)
{
    return (size_t)b->images->nimage * dia_mlp_memory(&b->image);
}

static size_t memory_(const void *self)
{
    const body *b = self;
    return image_memory(b) + dia_mlp_memory(&b->head) + padded(pooled_rows(b)) + padded(head_rows(b));
}

static panels remembered(const body *b, const double *memory)
{
    double *at = (double *)memory + image_memory(b) + dia_mlp_memory(&b->head);
    return (panels){at, at + padded(pooled_rows(b))};
}

static size_t mlp_scratch(const body *b)
{
    const size_t image = dia_mlp_scratch(&b->image), head = dia_mlp_scratch(&b->head);
    return image > head ? image : head;
}

static size_t scratch_(const void *self)
{
    const body *b = self;
    return mlp_scratch(b) + padded(b->images->nfeature) + 2 * padded(pooled_rows(b)) + padded(head_rows(b));
}

typedef struct room { /* pieces of scratch */
    double *mlp, *image, *a;
    panels other;
} room;

static room cut(const body *b, double *scratch)
{
    room r = {.mlp = scratch};
    r.image = scratch + mlp_scratch(b);
    r.a = r.image + padded(b->images->nfeature);
    r.other.pv = r.a + padded(pooled_rows(b));
    r.other.out = r.other.pv + padded(pooled_rows(b));
    return r;
}

static void forward(const void *self, const double *u, double *memory, double *scratch, double *y)
{
    const body *b = self;
    const room r = cut(b, scratch);
    const panels p = remembered(b, memory);
    zero(b, p.pv, p.out);
    for (int g = 0; g < b->images->nimage; g++) {
        dia_images_take(b->images, g, u, r.image);
        dia_mlp_forward(&b->image, r.image, memory + (size_t)g * dia_mlp_memory(&b->image), r.mlp, r.a);
        pool(b, g, r.a, p.pv);
    }
    dia_mlp_forward(&b->head, p.pv, memory + image_memory(b), r.mlp, p.out);
    memset(y, 0, sizeof *y * (size_t)b->images->npacked * L);
    multiply_out(b, p.out, p.pv, true, y);
}

static void reverse(const void *self, const double *memory, const double *ybar, double *scratch, double *ubar)
{
    const body *b = self;
    const room r = cut(b, scratch);
    const panels p = remembered(b, memory);
    zero(b, r.other.pv, r.other.out);
    multiply_back(b, ybar, p.out, p.pv, true, r.other.out, r.other.pv);
    dia_mlp_reverse(&b->head, memory + image_memory(b), r.other.out, r.mlp, r.a); /* adjoint of the invariants */
    memcpy(r.other.pv, r.a, sizeof(double) * (size_t)b->invariants * L);
    memset(ubar, 0, sizeof *ubar * (size_t)b->images->nfeature * L);
    for (int g = 0; g < b->images->nimage; g++) {
        unpool(b, g, r.other.pv, r.a);
        dia_mlp_reverse(&b->image, memory + (size_t)g * dia_mlp_memory(&b->image), r.a, r.mlp, r.image);
        dia_images_give(b->images, g, r.image, ubar);
    }
}

static void tangent(const void *self, const double *memory, const double *udot, double *scratch, double *ydot)
{
    const body *b = self;
    const room r = cut(b, scratch);
    const panels p = remembered(b, memory);
    zero(b, r.other.pv, r.other.out);
    for (int g = 0; g < b->images->nimage; g++) {
        dia_images_take(b->images, g, udot, r.image);
        dia_mlp_tangent(&b->image, memory + (size_t)g * dia_mlp_memory(&b->image), r.image, r.mlp, r.a);
        pool(b, g, r.a, r.other.pv);
    }
    dia_mlp_tangent(&b->head, memory + image_memory(b), r.other.pv, r.mlp, r.other.out);
    memset(ydot, 0, sizeof *ydot * (size_t)b->images->npacked * L);
    multiply_out(b, r.other.out, p.pv, true, ydot);
    multiply_out(b, p.out, r.other.pv, false, ydot);
}

/* ---- parameter gradients --------------------------------------------------------------------- */

static size_t work_panels(const body *b)
{
    return padded(b->images->nfeature) + 3 * padded(pooled_rows(b)) + 2 * padded(head_rows(b));
}

static size_t pullback_size(const void *self)
{
    const body *b = self;
    return DIA_ARCHITECTURE_WORK(work) +
           sizeof(double) * (SLOTS * work_panels(b) + dia_mlp_pullback_size(&b->image, b->images->nimage) +
                             dia_mlp_pullback_size(&b->head, DIA_MLP_COLLECT));
}

static void pullback_init(const void *self, void *memory)
{
    const body *b = self;
    work *w = memory;
    double *at = (double *)((char *)memory + DIA_ARCHITECTURE_WORK(work));
    for (int s = 0; s < SLOTS; s++) {
        w->take[s] = at;
        w->a[s] = at += padded(b->images->nfeature);
        w->pv[s] = at += padded(pooled_rows(b));
        w->pv_bar[s] = at += padded(pooled_rows(b));
        w->out[s] = at += padded(pooled_rows(b));
        w->out_bar[s] = at += padded(head_rows(b));
        at += padded(head_rows(b));
    }
    dia_mlp_pullback_init(&b->image, &w->image, b->images->nimage, at);
    at += dia_mlp_pullback_size(&b->image, b->images->nimage);
    dia_mlp_pullback_init(&b->head, &w->head, DIA_MLP_COLLECT, at);
}

/* pv, out and their tangents; returns the call of the head. */
static int all_forward(const body *b, work *w, const double *u, int ntangent, const double *const *udot)
{
    const int call = w->head.collected;
    for (int s = 0; s <= ntangent; s++)
        zero(b, w->pv[s], w->out[s]);
    for (int g = 0; g < b->images->nimage; g++) {
        for (int s = 0; s <= ntangent; s++)
            dia_images_take(b->images, g, s == 0 ? u : udot[s - 1], w->take[s]);
        dia_mlp_pullback_forward(&b->image, &w->image, g, w->take[0], ntangent, (const double *const *)w->take + 1,
                                 w->a[0], w->a + 1);
        for (int s = 0; s <= ntangent; s++)
            pool(b, g, w->a[s], w->pv[s]);
    }
    dia_mlp_pullback_forward(&b->head, &w->head, call, w->pv[0], ntangent, (const double *const *)w->pv + 1, w->out[0],
                             w->out + 1);
    return call;
}

static void pullback_add(const void *self, void *memory, const double *u, const double *ybar, int ntangent,
                         const double *const *udot, const double *const *gbar, const dia_sink *sink)
{
    const body *b = self;
    work *w = memory;
    dia_sink head = *sink;
    head.bar += b->image.ntheta;
    const int call = all_forward(b, w, u, ntangent, udot);
    for (int s = 0; s <= ntangent; s++)
        zero(b, w->pv_bar[s], w->out_bar[s]);
    multiply_back(b, ybar, w->out[0], w->pv[0], true, w->out_bar[0], w->pv_bar[0]);
    for (int q = 0; q < ntangent; q++) { /* d(c v) = dc v + c dv */
        multiply_back(b, gbar[q], w->out[1 + q], w->pv[1 + q], false, w->out_bar[0], w->pv_bar[0]);
        multiply_back(b, gbar[q], w->out[0], w->pv[0], true, w->out_bar[1 + q], w->pv_bar[1 + q]);
    }
    dia_mlp_pullback_back(&b->head, &w->head, call, w->out_bar[0], ntangent, (const double *const *)w->out_bar + 1,
                          w->a[0], w->a + 1, &head);
    for (int s = 0; s <= ntangent; s++)
        memcpy(w->pv_bar[s], w->a[s], sizeof(double) * (size_t)b->invariants * L);
    for (int g = 0; g < b->images->nimage; g++) {
        for (int s = 0; s <= ntangent; s++)
            unpool(b, g, w->pv_bar[s], w->a[s]);
        dia_mlp_pullback_back(&b->image, &w->image, g, w->a[0], ntangent, (const double *const *)w->a + 1, NULL, NULL,
                              sink);
    }
    dia_mlp_pullback_flush(&b->image, &w->image, sink); /* the next panel needs its room */
}

static void pullback_flush(const void *self, void *memory, const dia_sink *sink)
{
    const body *b = self;
    dia_sink head = *sink;
    head.bar += b->image.ntheta;
    dia_mlp_pullback_flush(&b->head, &((work *)memory)->head, &head);
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
    .pullback_size = pullback_size,
    .pullback_init = pullback_init,
    .pullback_add = pullback_add,
    .pullback_flush = pullback_flush,
};
