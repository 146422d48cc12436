/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small network for each element of the matrix, with odd factors where the element is odd. For molecules of many modes
 * and data around a few geometries, where each surface is nearly a polynomial of its own.
 *
 * Some group elements (the inversion, for features made of distances and triple products) only change signs of
 * features. Features that none of them changes are D, the others are odd, o. For one image,
 *
 *   an element that no sign changes:  y = c + a.D + sum_{m<=n} q_mn o_m o_n + sum_k v_k s(w_k.D + b_k)
 *   an element that changes as o_m:   y = sum_m o_m (c_m + sum_k V_mk s(w_k.D + b_k))
 *
 * with the features m, n (of one behaviour) that make the term behave as the element. So the parity is exact without
 * averaging; the mean is taken over the images that differ by more than signs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "model/architecture.h"

#define L DIA_PANEL_LANES
enum { SIGNS = 32, STATES = 7 }; /* group elements that are signs alone; states, for the list of parameter blocks */

typedef struct element {
    int first, count; /* its odd factors among the odd features; count 0: an even element */
    int unit, nunit;  /* its hidden units                                                 */
    int row;          /* of an even element: its row of the polynomial                    */
    int offset;       /* of its parameters in theta: even: v; odd: V, c                   */
} element;

typedef struct body {
    int units, coupling_units, odd_units, activation;
    bool quadratic;
    const dia_images *images;
    int nrep;
    int *rep; /* (nrep) images that are not each other's up to signs                          owned */
    int neven, nodd;
    int *feature;    /* (neven + nodd) even features, then odd ones by their behaviour        owned */
    uint32_t *class; /* (nfeature) which of the pure signs change a feature                   owned */
    int nquadratic;
    int (*pair)[2]; /* (nquadratic) odd features m <= n of one behaviour                      owned */
    int nelement;
    element *list; /* (npacked)                                                               owned */
    int nrow;      /* even elements                                                                 */
    dia_mlp mlp;   /* one layer: D -> all hidden units, activated                                   */
    dia_mlp poly;  /* one layer: D, products -> the polynomials of the even elements                */
    int ntheta;
    double *theta; /* of mlp, poly, then of the elements                                      owned */
} body;

static const dia_option options[] = {
    DIA_INT(body, units, "16", "hidden units of each diagonal element", DIA_RANGE(0, 10000)),
    DIA_INT(body, coupling_units, "8", "of each off-diagonal element that is even under all pure signs",
            DIA_RANGE(0, 10000)),
    DIA_INT(body, odd_units, "4", "of each that is odd", DIA_RANGE(0, 10000)),
    DIA_BOOL(body, quadratic, "true", "products of two odd features in the even elements"),
    DIA_CHOICE(body, activation, "tanh|silu", "tanh", "of the hidden units"),
    {.key = NULL}};

static size_t padded(int rows)
{
    return (size_t)dia_panel_padded(rows) * L;
}

/* ---- structure ------------------------------------------------------------------------------- */

/* Behaviour under the pure signs, of features and of elements. Image g is one if every feature is its own source. */
static void find_signs(body *b, uint32_t *element_class)
{
    const dia_images *im = b->images;
    int n = 0;
    for (int g = 1; g < im->nimage && n < SIGNS; g++) {
        bool pure = true;
        for (int f = 0; f < im->nfeature; f++)
            pure = pure && im->source[g * im->nfeature + f] == f;
        if (!pure)
            continue;
        for (int f = 0; f < im->nfeature; f++)
            b->class[f] |= im->sign[g * im->nfeature + f] < 0.0 ? 1u << n : 0u;
        for (int k = 0; k < im->npacked; k++)
            element_class[k] |= im->gamma[g * im->npacked + k] < 0.0 ? 1u << n : 0u;
        n++;
    }
}

/* Is image g image r of a geometry with signs changed? */
static bool same_but_signs(const dia_images *im, int g, int r)
{
    const size_t size = sizeof *im->source * (size_t)im->nfeature;
    if (memcmp(im->source + g * im->nfeature, im->source + r * im->nfeature, size) != 0)
        return false;
    for (int k = 0; k < im->nimage; k++) {
        bool same = true;
        for (int f = 0; f < im->nfeature && same; f++) {
            const int from = im->source[r * im->nfeature + f];
            same = im->source[k * im->nfeature + f] == f &&
                   im->sign[g * im->nfeature + f] == im->sign[r * im->nfeature + f] * im->sign[k * im->nfeature + from];
        }
        if (same)
            return true;
    }
    return false;
}

static void find_representatives(body *b)
{
    for (int g = 0; g < b->images->nimage; g++) {
        bool fresh = true;
        for (int i = 0; i < b->nrep && fresh; i++)
            fresh = !same_but_signs(b->images, g, b->rep[i]);
        if (fresh)
            b->rep[b->nrep++] = g;
    }
}

/* Even features first, then the odd ones, those of one behaviour together. */
static void sort_features(body *b)
{
    const int nf = b->images->nfeature;
    int n = 0;
    for (int f = 0; f < nf; f++)
        if (b->class[f] == 0)
            b->feature[n++] = f;
    b->neven = n;
    for (int f = 0; f < nf; f++) {
        bool fresh = b->class[f] != 0;
        for (int h = 0; h < f; h++)
            fresh = fresh && b->class[h] != b->class[f];
        for (int h = f; h < nf && fresh; h++)
            if (b->class[h] == b->class[f])
                b->feature[n++] = h;
    }
    b->nodd = n - b->neven;
}

static void list_products(body *b)
{
    for (int m = 0; m < b->nodd && b->quadratic; m++)
        for (int n = m; n < b->nodd; n++)
            if (b->class[b->feature[b->neven + m]] == b->class[b->feature[b->neven + n]]) {
                b->pair[b->nquadratic][0] = m;
                b->pair[b->nquadratic++][1] = n;
            }
}

/* Factors, units and parameters of the elements. false: an element has no factor. */
static bool plan_elements(body *b, const uint32_t *element_class, int *units, int *missing)
{
    *units = 0;
    b->nelement = b->images->npacked;
    for (int i = 0, k = 0; i < b->images->nstate; i++)
        for (int j = 0; j <= i; j++, k++) {
            element *e = &b->list[k];
            for (int m = b->nodd - 1; m >= 0 && element_class[k] != 0; m--)
                if (b->class[b->feature[b->neven + m]] == element_class[k]) {
                    e->first = m;
                    e->count++;
                }
            *missing = k;
            if (element_class[k] != 0 && e->count == 0)
                return false;
            e->unit = *units;
            e->row = e->count > 0 ? 0 : b->nrow++;
            e->nunit = e->count > 0 ? b->odd_units : i == j ? b->units : b->coupling_units;
            *units += e->nunit;
        }
    return true;
}

static void free_(void *self)
{
    body *b = self;
    dia_mlp_free(&b->mlp);
    dia_mlp_free(&b->poly);
    free(b->rep);
    free(b->feature);
    free(b->class);
    free(b->pair);
    free(b->list);
    free(b->theta);
}

static dia_status allocate(body *b, dia_error *error)
{
    const size_t nf = (size_t)b->images->nfeature;
    b->rep = calloc((size_t)b->images->nimage, sizeof *b->rep);
    b->feature = calloc(nf, sizeof *b->feature);
    b->class = calloc(nf, sizeof *b->class);
    b->pair = calloc(nf * (nf + 1) / 2, sizeof *b->pair);
    b->list = calloc((size_t)b->images->npacked, sizeof *b->list);
    return b->rep != NULL && b->feature != NULL && b->class != NULL && b->pair != NULL && b->list != NULL
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
}

/* Where the parameters of the elements lie, behind those of the hidden units. */
static dia_status place_parameters(body *b, dia_error *error)
{
    b->ntheta = b->mlp.ntheta + b->poly.ntheta;
    for (int k = 0; k < b->nelement; k++) {
        element *e = &b->list[k];
        e->offset = b->ntheta;
        b->ntheta += e->count > 0 ? e->count * (e->nunit + 1) : e->nunit;
    }
    b->theta = dia_allocate((size_t)b->ntheta, sizeof *b->theta);
    if (b->theta == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    b->mlp.theta = b->theta;
    b->poly.theta = b->theta + b->mlp.ntheta;
    return DIA_OK;
}

static dia_status init(void *self, const dia_images *images, dia_error *error)
{
    body *b = self;
    b->images = images;
    if (images->nstate > STATES || images->nfeature > 3000)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "architecture 'elements' takes up to %d states and 3000 features; this network has %d "
                             "and %d",
                             STATES, images->nstate, images->nfeature);
    if (images->back != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "architecture 'elements' has a network for each element of the matrix, but the symmetry "
                             "mixes elements (a `representation` that is not diagonal); take `pooled` or `mlp`");
    uint32_t element_class[STATES * (STATES + 1) / 2] = {0};
    int units = 0, missing = 0;
    dia_status status = allocate(b, error);
    if (status == DIA_OK) {
        find_signs(b, element_class);
        find_representatives(b);
        sort_features(b);
        list_products(b);
        if (!plan_elements(b, element_class, &units, &missing))
            status =
                dia_error_set(error, DIA_ERROR_INPUT,
                              "architecture 'elements': no feature changes sign as packed element %d of the matrix "
                              "does, so it has no factor; add a descriptor of odd features (internals)",
                              missing);
    }
    if (status == DIA_OK && (b->neven == 0 || units == 0))
        status = dia_error_set(error, DIA_ERROR_INPUT, "architecture 'elements' needs %s",
                               units == 0 ? "hidden units" : "features that are even");
    if (status == DIA_OK)
        status = dia_mlp_init(&b->mlp, 1, (int[]){b->neven, units}, (dia_activation)b->activation, true, error);
    if (status == DIA_OK)
        status =
            dia_mlp_init(&b->poly, 1, (int[]){b->neven + b->nquadratic, b->nrow}, DIA_ACTIVATION_TANH, false, error);
    if (status == DIA_OK)
        status = place_parameters(b, error);
    if (status != DIA_OK)
        free_(self);
    return status;
}

static double *theta(void *self, int *ntheta)
{
    body *b = self;
    *ntheta = b->ntheta;
    return b->theta;
}

static void refresh(void *self)
{
    body *b = self;
    dia_mlp_refresh(&b->mlp);
    dia_mlp_refresh(&b->poly);
}

/* Hidden units that bend at various places, with hardly any weight at first; the polynomial begins at zero. */
static void randomise(void *self, uint64_t seed, uint64_t member)
{
    body *b = self;
    memset(b->theta, 0, sizeof *b->theta * (size_t)b->ntheta);
    dia_mlp_draw(&b->mlp, 0, 1.5 / sqrt(b->neven), 0.5, seed, member, 0);
    for (int k = 0; k < b->nelement; k++) {
        const element *e = &b->list[k];
        double *v = b->theta + e->offset;
        for (int i = 0; i < e->nunit * (e->count > 0 ? e->count : 1); i++)
            v[i] = 0.01 * dia_rng_normal(seed, member, 1, DIA_PURPOSE_NETWORK, (uint32_t)(e->offset + i));
    }
    refresh(self);
}

static int blocks(const void *self, dia_matrix_block list[DIA_ARCHITECTURE_BLOCKS])
{
    const body *b = self;
    int n = dia_architecture_blocks(&b->mlp, 0, list);
    n += dia_architecture_blocks(&b->poly, b->mlp.ntheta, list + n);
    for (int k = 0; k < b->nelement; k++) { /* the last of the v stands as the bias that a block has */
        const element *e = &b->list[k];
        const int rows = e->count > 0 ? e->count : 1, cols = e->count > 0 ? e->nunit : e->nunit - 1;
        if (cols >= 0)
            list[n++] = (dia_matrix_block){rows, cols, e->offset, e->offset + rows * cols};
    }
    return n;
}

/* ---- one image ------------------------------------------------------------------------------- */

typedef struct values { /* of one image, or their tangents or adjoints; rows of lanes */
    double *D, *o, *a;  /* even features and behind them the products; odd features; hidden units */
    double *e;          /* polynomials of the even elements                                       */
} values;

static int inputs(const body *b)
{
    return b->neven + b->nquadratic;
}

/* D and o of an image, without the products. */
static void take(const body *b, int rep, const double *u, const values *v)
{
    const int *source = b->images->source + b->rep[rep] * b->images->nfeature;
    const double *sign = b->images->sign + b->rep[rep] * b->images->nfeature;
    for (int i = 0; i < b->neven + b->nodd; i++) {
        const int f = b->feature[i];
        double *row = i < b->neven ? v->D + i * L : v->o + (i - b->neven) * L;
        for (int l = 0; l < L; l++)
            row[l] = sign[f] * u[source[f] * L + l];
    }
}

/* The transpose. */
static void give(const body *b, int rep, const values *v, double *ubar)
{
    const int *source = b->images->source + b->rep[rep] * b->images->nfeature;
    const double *sign = b->images->sign + b->rep[rep] * b->images->nfeature;
    for (int i = 0; i < b->neven + b->nodd; i++) {
        const int f = b->feature[i];
        const double *row = i < b->neven ? v->D + i * L : v->o + (i - b->neven) * L;
        for (int l = 0; l < L; l++)
            ubar[source[f] * L + l] += sign[f] * row[l];
    }
}

/* Products of odd features, or (dot) their tangents. */
static void multiply(const body *b, const values *v, const values *dot)
{
    for (int i = 0; i < b->nquadratic; i++) {
        const int m = b->pair[i][0] * L, n = b->pair[i][1] * L, to = (b->neven + i) * L;
        for (int l = 0; l < L && dot == NULL; l++)
            v->D[to + l] = v->o[m + l] * v->o[n + l];
        for (int l = 0; l < L && dot != NULL; l++)
            dot->D[to + l] = dot->o[m + l] * v->o[n + l] + v->o[m + l] * dot->o[n + l];
    }
}

/* The transpose: adjoints of the odd features += those of their products. */
static void multiply_back(const body *b, const values *v, const values *bar)
{
    for (int i = 0; i < b->nquadratic; i++) {
        const int m = b->pair[i][0] * L, n = b->pair[i][1] * L, from = (b->neven + i) * L;
        for (int l = 0; l < L; l++) {
            bar->o[m + l] += bar->D[from + l] * v->o[n + l];
            bar->o[n + l] += bar->D[from + l] * v->o[m + l];
        }
    }
}

/* to += w x y; y NULL: w x */
static void add_product(double w, const double *x, const double *y, double *to)
{
    for (int l = 0; l < L; l++)
        to[l] += y != NULL ? w * x[l] * y[l] : w * x[l];
}

/* y += the element, or (dot not NULL) its tangent. */
static void element_forward(const body *b, const element *e, const values *v, const values *dot, double *y)
{
    const double *p = b->theta + e->offset;
    const values *t = dot != NULL ? dot : v;
    if (e->count == 0) {
        add_product(1.0, t->e + e->row * L, NULL, y);
        for (int u = 0; u < e->nunit; u++)
            add_product(p[u], t->a + (e->unit + u) * L, NULL, y);
        return;
    }
    for (int m = 0; m < e->count; m++) {
        const double *o = v->o + (e->first + m) * L, *od = t->o + (e->first + m) * L;
        add_product(p[e->count * e->nunit + m], od, NULL, y);
        for (int u = 0; u < e->nunit; u++) {
            add_product(p[m * e->nunit + u], od, v->a + (e->unit + u) * L, y);
            if (dot != NULL)
                add_product(p[m * e->nunit + u], o, dot->a + (e->unit + u) * L, y);
        }
    }
}

/* Adjoints of odd features, hidden units and polynomials: bar += ybar d(element). */
static void element_reverse(const body *b, const element *e, const values *v, const double *ybar, const values *bar)
{
    const double *p = b->theta + e->offset;
    if (e->count == 0) {
        add_product(1.0, ybar, NULL, bar->e + e->row * L);
        for (int u = 0; u < e->nunit; u++)
            add_product(p[u], ybar, NULL, bar->a + (e->unit + u) * L);
        return;
    }
    for (int m = 0; m < e->count; m++) {
        const int at = (e->first + m) * L;
        add_product(p[e->count * e->nunit + m], ybar, NULL, bar->o + at);
        for (int u = 0; u < e->nunit; u++) {
            add_product(p[m * e->nunit + u], ybar, v->a + (e->unit + u) * L, bar->o + at);
            add_product(p[m * e->nunit + u], ybar, v->o + at, bar->a + (e->unit + u) * L);
        }
    }
}

/* ---- forward, reverse, tangent --------------------------------------------------------------- */

/* memory of an image: of the hidden layer, o, a. scratch: of the layers, one element, values, a second D. */

static size_t one_memory(const body *b)
{
    return dia_mlp_memory(&b->mlp) + padded(b->nodd + 1) + padded(b->mlp.width[1]);
}

static size_t memory_(const void *self)
{
    const body *b = self;
    return (size_t)b->nrep * one_memory(b);
}

static size_t mlp_scratch(const body *b)
{
    const size_t one = dia_mlp_scratch(&b->mlp), two = dia_mlp_scratch(&b->poly);
    return one > two ? one : two;
}

static size_t values_size(const body *b)
{
    return padded(inputs(b)) + padded(b->nodd + 1) + padded(b->mlp.width[1]) + padded(b->nrow);
}

static values lay_out(const body *b, double *at)
{
    values v = {.D = at};
    v.o = v.D + padded(inputs(b));
    v.a = v.o + padded(b->nodd + 1);
    v.e = v.a + padded(b->mlp.width[1]);
    return v;
}

static size_t scratch_(const void *self)
{
    const body *b = self;
    return mlp_scratch(b) + L + values_size(b) + padded(b->neven);
}

typedef struct room {
    double *mlp, *y, *D2;
    values v;
} room;

static room cut(const body *b, double *scratch)
{
    room r = {.mlp = scratch};
    r.y = scratch + mlp_scratch(b);
    r.D2 = r.y + L;
    r.v = lay_out(b, r.D2 + padded(b->neven));
    return r;
}

static values remembered(const body *b, const double *memory, int rep)
{
    double *at = (double *)memory + (size_t)rep * one_memory(b) + dia_mlp_memory(&b->mlp);
    return (values){.o = at, .a = at + padded(b->nodd + 1)};
}

/* Sign and weight of element k for an image. */
static double share(const body *b, int rep, int k)
{
    return b->images->gamma[b->rep[rep] * b->images->npacked + k] / b->nrep;
}

static void forward(const void *self, const double *u, double *memory, double *scratch, double *y)
{
    const body *b = self;
    const room r = cut(b, scratch);
    memset(y, 0, sizeof *y * (size_t)b->nelement * L);
    for (int g = 0; g < b->nrep; g++) {
        values v = remembered(b, memory, g);
        v.D = r.v.D;
        v.e = r.v.e;
        take(b, g, u, &v);
        multiply(b, &v, NULL);
        dia_mlp_forward(&b->mlp, v.D, memory + (size_t)g * one_memory(b), r.mlp, v.a);
        dia_mlp_forward(&b->poly, v.D, NULL, r.mlp, v.e);
        for (int k = 0; k < b->nelement; k++) {
            memset(r.y, 0, sizeof *r.y * L);
            element_forward(b, &b->list[k], &v, NULL, r.y);
            add_product(share(b, g, k), r.y, NULL, y + k * L);
        }
    }
}

static void reverse(const void *self, const double *memory, const double *ybar, double *scratch, double *ubar)
{
    const body *b = self;
    const room r = cut(b, scratch);
    memset(ubar, 0, sizeof *ubar * (size_t)b->images->nfeature * L);
    for (int g = 0; g < b->nrep; g++) {
        const values v = remembered(b, memory, g);
        memset(r.v.D, 0, sizeof *r.v.D * values_size(b));
        for (int k = 0; k < b->nelement; k++) {
            memset(r.y, 0, sizeof *r.y * L);
            add_product(share(b, g, k), ybar + k * L, NULL, r.y);
            element_reverse(b, &b->list[k], &v, r.y, &r.v);
        }
        dia_mlp_reverse(&b->mlp, memory + (size_t)g * one_memory(b), r.v.a, r.mlp, r.D2);
        dia_mlp_reverse(&b->poly, NULL, r.v.e, r.mlp, r.v.D);
        for (int i = 0; i < b->neven * L; i++)
            r.v.D[i] += r.D2[i];
        multiply_back(b, &v, &r.v);
        give(b, g, &r.v, ubar);
    }
}

static void tangent(const void *self, const double *memory, const double *udot, double *scratch, double *ydot)
{
    const body *b = self;
    const room r = cut(b, scratch);
    memset(ydot, 0, sizeof *ydot * (size_t)b->nelement * L);
    for (int g = 0; g < b->nrep; g++) {
        const values v = remembered(b, memory, g);
        take(b, g, udot, &r.v);
        multiply(b, &v, &r.v);
        dia_mlp_tangent(&b->mlp, memory + (size_t)g * one_memory(b), r.v.D, r.mlp, r.v.a);
        dia_mlp_tangent(&b->poly, NULL, r.v.D, r.mlp, r.v.e);
        for (int k = 0; k < b->nelement; k++) {
            memset(r.y, 0, sizeof *r.y * L);
            element_forward(b, &b->list[k], &v, &r.v, r.y);
            add_product(share(b, g, k), r.y, NULL, ydot + k * L);
        }
    }
}

/* ---- parameter gradients --------------------------------------------------------------------- */

#define SLOTS (1 + DIA_MLP_TANGENTS) /* values, then tangents */

typedef struct work {
    dia_mlp_pullback mlp, poly;
    values v[SLOTS], bar[SLOTS];
    double *ybar[SLOTS]; /* adjoints of one element */
} work;

static size_t pullback_size(const void *self)
{
    const body *b = self;
    return DIA_ARCHITECTURE_WORK(work) +
           sizeof(double) * (SLOTS * (2 * values_size(b) + L) + dia_mlp_pullback_size(&b->mlp, DIA_MLP_COLLECT) +
                             dia_mlp_pullback_size(&b->poly, DIA_MLP_COLLECT));
}

static void pullback_init(const void *self, void *memory)
{
    const body *b = self;
    work *w = memory;
    double *at = (double *)((char *)memory + DIA_ARCHITECTURE_WORK(work));
    for (int s = 0; s < SLOTS; s++) {
        w->ybar[s] = at;
        w->v[s] = lay_out(b, at += L);
        w->bar[s] = lay_out(b, at += values_size(b));
        at += values_size(b);
    }
    dia_mlp_pullback_init(&b->mlp, &w->mlp, DIA_MLP_COLLECT, at);
    at += dia_mlp_pullback_size(&b->mlp, DIA_MLP_COLLECT);
    dia_mlp_pullback_init(&b->poly, &w->poly, DIA_MLP_COLLECT, at);
}

/* theta_bar[at] += x, summed over the lanes or each to its row */
static void deliver(const dia_sink *sink, int at, const double *x)
{
    for (int l = 0; l < (sink->lanes == 0 ? L : sink->lanes); l++)
        sink->bar[(sink->lanes == 0 ? 0 : (size_t)l * sink->stride) + (size_t)at] += x[l];
}

/* sum over slots of ybar_s d_s x, x = row `row` of one kind of value: d_0 x = x, d_q its tangents */
static void along(const work *w, int nslot, size_t kind, int row, double *sum)
{
    for (int s = 0; s < nslot; s++) {
        const double *x = *(double *const *)((const char *)&w->v[s] + kind) + row * L;
        add_product(1.0, w->ybar[s], x, sum);
    }
}

/* sum_s ybar_s d_s (x y), rows of two kinds */
static void along_product(const work *w, int nslot, size_t kind_x, int row_x, size_t kind_y, int row_y, double *sum)
{
    const double *x = *(double *const *)((const char *)&w->v[0] + kind_x) + row_x * L;
    const double *y = *(double *const *)((const char *)&w->v[0] + kind_y) + row_y * L;
    double dx[L] = {0}, dy[L] = {0};
    for (int s = 1; s < nslot; s++) {
        add_product(1.0, w->ybar[s], *(double *const *)((const char *)&w->v[s] + kind_x) + row_x * L, dx);
        add_product(1.0, w->ybar[s], *(double *const *)((const char *)&w->v[s] + kind_y) + row_y * L, dy);
    }
    for (int l = 0; l < L; l++)
        sum[l] += (w->ybar[0][l] * x[l] + dx[l]) * y[l] + x[l] * dy[l];
}

#define KIND(member) offsetof(values, member)

static void even_gradient(const body *b, const element *e, work *w, int nslot, const dia_sink *sink)
{
    for (int u = 0; u < e->nunit; u++) {
        double sum[L] = {0};
        along(w, nslot, KIND(a), e->unit + u, sum);
        deliver(sink, e->offset + u, sum);
    }
    for (int s = 0; s < nslot; s++) {
        add_product(1.0, w->ybar[s], NULL, w->bar[s].e + e->row * L);
        for (int u = 0; u < e->nunit; u++)
            add_product(b->theta[e->offset + u], w->ybar[s], NULL, w->bar[s].a + (e->unit + u) * L);
    }
}

static void odd_gradient(const body *b, const element *e, work *w, int nslot, const dia_sink *sink)
{
    for (int m = 0; m < e->count; m++) {
        const double *o = w->v[0].o + (e->first + m) * L;
        double factor[L] = {0}; /* sum_s ybar_s d_s o_m */
        along(w, nslot, KIND(o), e->first + m, factor);
        for (int u = 0; u < e->nunit; u++) {
            const int at = e->offset + m * e->nunit + u, unit = e->unit + u;
            double sum[L] = {0};
            along_product(w, nslot, KIND(o), e->first + m, KIND(a), unit, sum);
            deliver(sink, at, sum);
            add_product(b->theta[at], factor, NULL, w->bar[0].a + unit * L);
            for (int s = 1; s < nslot; s++)
                add_product(b->theta[at], w->ybar[s], o, w->bar[s].a + unit * L);
        }
        deliver(sink, e->offset + e->count * e->nunit + m, factor);
    }
}

/* Values and tangents of an image; returns the call of the perceptrons. */
static int image_forward(const body *b, work *w, int g, const double *u, int ntangent, const double *const *udot)
{
    const int call = w->mlp.collected;
    const double *Ddot[DIA_MLP_TANGENTS];
    double *adot[DIA_MLP_TANGENTS];
    for (int s = 0; s <= ntangent; s++) {
        take(b, g, s == 0 ? u : udot[s - 1], &w->v[s]);
        multiply(b, &w->v[0], s == 0 ? NULL : &w->v[s]);
        memset(w->bar[s].D, 0, sizeof(double) * values_size(b));
        if (s > 0) {
            Ddot[s - 1] = w->v[s].D;
            adot[s - 1] = w->v[s].a;
        }
    }
    dia_mlp_pullback_forward(&b->mlp, &w->mlp, call, w->v[0].D, ntangent, Ddot, w->v[0].a, adot);
    dia_mlp_pullback_forward(&b->poly, &w->poly, call, w->v[0].D, ntangent, Ddot, NULL, NULL);
    return call;
}

static void pullback_add(const void *self, void *memory, const double *u, const double *ybar, int ntangent,
                         const double *const *udot, const double *const *gbar, const dia_sink *sink)
{
    const body *b = self;
    work *w = memory;
    dia_sink poly = *sink;
    poly.bar += b->mlp.ntheta;
    for (int g = 0; g < b->nrep; g++) {
        const double *abar[DIA_MLP_TANGENTS], *ebar[DIA_MLP_TANGENTS];
        const int call = image_forward(b, w, g, u, ntangent, udot);
        for (int k = 0; k < b->nelement; k++) {
            for (int s = 0; s <= ntangent; s++) {
                memset(w->ybar[s], 0, sizeof(double) * L);
                add_product(share(b, g, k), (s == 0 ? ybar : gbar[s - 1]) + k * L, NULL, w->ybar[s]);
            }
            (b->list[k].count > 0 ? odd_gradient : even_gradient)(b, &b->list[k], w, 1 + ntangent, sink);
        }
        for (int s = 1; s <= ntangent; s++) {
            abar[s - 1] = w->bar[s].a;
            ebar[s - 1] = w->bar[s].e;
        }
        dia_mlp_pullback_back(&b->mlp, &w->mlp, call, w->bar[0].a, ntangent, abar, NULL, NULL, sink);
        dia_mlp_pullback_back(&b->poly, &w->poly, call, w->bar[0].e, ntangent, ebar, NULL, NULL, &poly);
    }
}

static void pullback_flush(const void *self, void *memory, const dia_sink *sink)
{
    const body *b = self;
    work *w = memory;
    dia_sink poly = *sink;
    poly.bar += b->mlp.ntheta;
    dia_mlp_pullback_flush(&b->mlp, &w->mlp, sink);
    dia_mlp_pullback_flush(&b->poly, &w->poly, &poly);
}

const dia_architecture_type dia_architecture_type_elements = {
    .name = "elements",
    .summary = "a small network and polynomial for each element, odd ones with odd factors: many modes, local data",
    .reference = "Shen, Yarkony, J. Phys. Chem. A 124, 4539 (2020); Guan, Zhang, Guo, Yarkony, Phys. Chem. Chem. Phys. "
                 "21, 14205 (2019)",
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
