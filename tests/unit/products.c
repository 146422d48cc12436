/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The architecture `products` against its formulas in plain loops: all images of the geometry, one after the other, in place of one for each
 * coset; averages over the whole group. */
#include "check.h"
#include "networks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "model/front.h"
#include "model/products.h"

#define L DIA_PANEL_LANES
enum { CLASSES = DIA_PRODUCTS_CLASSES, ROWS = 400, IMAGES = 64 };

typedef struct numbers_of { /* of one image: numbers of each class, side by side */
    int count[CLASSES];
    double x[CLASSES][ROWS];
} numbers_of;

typedef struct plain {
    const dia_products *b;
    int block; /* the next matrix */
    numbers_of image[IMAGES];
    double hidden[ROWS];
    int nhidden;
} plain;

/* y = W x + b of matrix number `block` */
static int multiply(const plain *p, int block, const double *x, double *y)
{
    const dia_matrix_block *m = &p->b->flow.matrix[block].block;
    for (int i = 0; i < m->rows; i++) {
        y[i] = m->bias >= 0 ? p->b->theta[m->bias + i] : 0.0;
        for (int k = 0; k < m->cols; k++)
            y[i] += p->b->theta[m->weight + i * m->cols + k] * x[k];
    }
    return m->rows;
}

static double silu(double z)
{
    return z / (1.0 + exp(-z));
}

static void features(plain *p, const double *u)
{
    const dia_image_classes *group = &p->b->group;
    const dia_images *images = group->images;
    const int nf = images->nfeature;
    double square = 0.0;
    for (int k = 0; k < nf; k++)
        square += u[k] * u[k];
    for (int g = 0; g < images->nimage; g++) {
        double *x = dia_allocate((size_t)nf, sizeof *x), *length = dia_allocate((size_t)nf, sizeof *length);
        numbers_of *to = &p->image[g];
        for (int k = 0; k < nf; k++) {
            x[k] = images->sign[g * nf + k] * u[images->source[g * nf + k]] / sqrt(1.0 + square / (4.0 * nf));
            length[k] = 1.0; /* each generator adds two rows of the same length, with disjoint features */
        }
        for (const dia_butterfly *f = group->butterfly; f < group->butterfly + group->nbutterfly; f++) {
            const double a = x[f->i], b = f->sign * x[f->j];
            x[f->i] = a + b;
            x[f->j] = a - b;
            length[f->i] = length[f->j] = length[f->i] + length[f->j];
        }
        memset(to->count, 0, sizeof to->count);
        for (int k = 0; k < nf; k++)
            to->x[group->class[k]][to->count[group->class[k]]++] = x[k] / sqrt(length[k]);
        free(x);
        free(length);
    }
}

/* A level: numbers of the next in place of its own; the invariants are put behind `hidden`. */
static void level(plain *p, int n, int m)
{
    const int nimage = p->b->group.images->nimage;
    const int *had = p->image[0].count;
    int blocks[CLASSES], counts[CLASSES];
    memcpy(counts, had, sizeof counts);
    for (int c = 0; c < CLASSES; c++)
        blocks[c] = counts[c] > 0 ? p->block++ : -1;
    double mean[CLASSES][ROWS] = {{0}}, mean_unit[ROWS] = {0};
    for (int g = 0; g < nimage; g++) {
        static numbers_of next;
        memset(&next, 0, sizeof next);
        for (int c = 0; c < CLASSES; c++)
            if (counts[c] > 0)
                next.count[c] = multiply(p, blocks[c], p->image[g].x[c], next.x[c]);
        for (int c = 0; c < CLASSES; c++)
            for (int k = 0; k < n && counts[c] > 0; k++)
                mean[c][k] += next.x[c][k] * next.x[c][n + k] / nimage;
        for (int k = 0; k < 2 * n && counts[0] > 0; k++)
            mean_unit[k] += next.x[0][k] / nimage;
        for (int a = 0; a < CLASSES; a++)
            for (int b = a; b < CLASSES; b++)
                for (int k = 0; k < m && counts[a] > 0 && counts[b] > 0; k++)
                    next.x[a ^ b][next.count[a ^ b]++] = next.x[a][k] * next.x[b][n + k];
        p->image[g] = next;
    }
    for (int c = 0; c < CLASSES; c++)
        for (int k = 0; k < n && counts[c] > 0; k++)
            p->hidden[p->nhidden++] = mean[c][k];
    for (int k = 0; k < 2 * n && counts[0] > 0; k++)
        p->hidden[p->nhidden++] = mean_unit[k];
}

static void gate(plain *p)
{
    double z[ROWS], factor[ROWS];
    const int n = multiply(p, p->block++, p->hidden, z);
    for (int k = 0; k < n; k++) {
        p->hidden[k] = silu(z[k]);
        z[k] = tanh(z[k]);
    }
    p->nhidden = n;
    multiply(p, p->block++, z, factor);
    for (int g = 0; g < p->b->group.images->nimage; g++)
        for (int c = 0, at = 0; c < CLASSES; c++)
            for (int k = 0; k < p->image[g].count[c]; k++)
                p->image[g].x[c][k] *= factor[at++];
}

/* Has class c a part in v of element q? That of a projection of B on it. */
static bool takes(const dia_products *b, int q, int c)
{
    const dia_image_classes *group = &b->group;
    for (int r = 0; r < group->ncoset; r++)
        for (int o = 0; o < b->of.nelement; o++) {
            double sum = 0.0;
            for (int m = 0; m < group->order; m++)
                sum +=
                    dia_image_classes_sign(m, c) * dia_images_back(group->images, group->element[r * group->order + m],
                                                                   b->of.element[o], b->of.element[q]);
            if (fabs(sum) > 1e-12)
                return true;
        }
    return false;
}

/* v (nelement, covariants) */
static void covariants(plain *p, double *v)
{
    const dia_products *b = p->b;
    const dia_images *images = b->group.images;
    const int n = b->covariants, nv = b->of.nelement;
    memset(v, 0, sizeof *v * (size_t)(nv * n));
    for (int c = 0; c < b->group.order; c++) {
        bool any = false;
        for (int q = 0; q < nv; q++)
            any = any || takes(b, q, c);
        if (!any || p->image[0].count[c] == 0)
            continue;
        const int block = p->block++;
        for (int g = 0; g < images->nimage; g++) {
            double f[ROWS];
            multiply(p, block, p->image[g].x[c], f);
            for (int q = 0, at = 0; q < nv; q++) {
                if (!takes(b, q, c))
                    continue;
                for (int m = 0; m < n; m++, at++)
                    for (int o = 0; o < nv; o++)
                        v[o * n + m] +=
                            dia_images_back(images, g, b->of.element[o], b->of.element[q]) * f[at] / images->nimage;
            }
        }
    }
}

static void trunk(plain *p, int ntrunk)
{
    for (int l = 0; l <= ntrunk; l++) {
        double y[ROWS];
        const int n = multiply(p, p->block++, p->hidden, y);
        for (int k = 0; k < n; k++)
            p->hidden[k] = l < ntrunk ? silu(y[k]) : y[k];
        p->nhidden = n;
    }
}

typedef struct levels { /* as the options say; their lists are not kept */
    int n, pairs[3], crossed[3], ntrunk;
} levels;

static void plainly(const dia_products *b, const levels *of, const double *u, double *y)
{
    static plain p;
    const int np = b->group.images->npacked, n = b->covariants, nv = b->of.nelement, nstate = b->group.images->nstate;
    double v[ROWS];
    p = (plain){.b = b};
    features(&p, u);
    for (int l = 0; l < of->n; l++) {
        level(&p, of->pairs[l], of->crossed[l]);
        if (l < of->n - 1)
            gate(&p);
    }
    covariants(&p, v);
    for (int o = 0; o < nv; o++) {
        bool alone = true;
        for (int q = 0; q < nv; q++)
            alone = alone && (q == o || b->of.set[q] != b->of.set[o]);
        for (int m = 0; m < n && alone; m++)
            p.hidden[p.nhidden++] = v[o * n + m] * v[o * n + m];
    }
    trunk(&p, of->ntrunk);
    assert_int_equal(p.block, b->flow.nmatrix);
    for (int e = 0; e < np; e++) {
        y[e] = 0.0;
        for (int i = 0; i < nstate; i++)
            y[e] += p.hidden[i] * (b->of.invariant != NULL ? b->of.invariant[e * nstate + i] : dia_packed(i, i) == e);
    }
    for (int o = 0; o < nv; o++)
        for (int m = 0; m < n; m++)
            y[b->of.element[o]] += p.hidden[nstate + b->of.set[o] * n + m] * v[o * n + m];
}

/* Some hundred products and sums of numbers of order 1 to 10: rounding below 1e-11. */
static void as_formulas_say(void **state)
{
    (void)state;
    const char *small = "{pairs: [5, 3, 2], crossed: [3, 2, 1], invariants: 7, covariants: 3, trunk: [9]}";
    const kind all[] = {
        {1, {"inverse_distance"}, "products", NULL, 3, NULL, {NULL}, NULL, false},
        {2, {"exponential_distance", "triple_product"}, "products", small, 3, NULL, {NULL}, NULL, false},
        {2, {"inverse_distance", "internals"}, "products", small, 4, NULL, {NULL}, NULL, false},
        {1,
         {"inverse_distance"},
         "products",
         "{pairs: [4], crossed: [4], covariants: 2, trunk: []}",
         0,
         NULL,
         {NULL},
         NULL,
         false},
        {2, {"exponential_distance", "triple_product"}, "products", small, 3, NULL, {NULL}, NULL, true}};
    const levels three = {3, {5, 3, 2}, {3, 2, 1}, 1},
                 of[] = {{2, {15, 12}, {4, 4}, 1}, three, three, {1, {4}, {4}, 0}, three};
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        dia_model *model = networks_make(&all[k], 3 + k);
        const dia_network *net = dia_model_self(model);
        const int nf = net->nfeature, np = net->shape.npacked;
        double *u = dia_allocate((size_t)dia_panel_padded(nf) * L, sizeof *u),
               *y = dia_allocate((size_t)dia_panel_padded(np) * L, sizeof *y);
        double *memory = dia_allocate(net->architecture->memory(net->body), sizeof *memory);
        double *scratch = dia_allocate(net->architecture->scratch(net->body), sizeof *scratch);
        for (int i = 0; i < nf * L; i++)
            u[i] = dia_rng_normal(4, k, 0, DIA_PURPOSE_TEST, (uint32_t)i);
        net->architecture->forward(net->body, u, memory, scratch, y);
        for (int l = 0; l < L; l++) {
            double one[ROWS], expected[ROWS];
            for (int i = 0; i < nf; i++)
                one[i] = u[i * L + l];
            plainly(net->body, &of[k], one, expected);
            for (int i = 0; i < np; i++)
                assert_close(y[i * L + l], expected[i], 1e-11, 1e-11);
        }
        free(u), free(y), free(memory), free(scratch);
        dia_model_free(model);
    }
}

/* Far from all data nothing grows: features a thousand times as large leave H where it is to a few tenths, since they enter by their
 * directions alone. */
static void bounded(void **state)
{
    (void)state;
    const kind k = {1, {"inverse_distance"}, "products", NULL, 3, NULL, {NULL}, NULL, false};
    dia_model *model = networks_make(&k, 5);
    const dia_network *net = dia_model_self(model);
    const levels of = {2, {15, 12}, {4, 4}, 1};
    double u[60] = {0}, near[ROWS], far[ROWS];
    for (int i = 0; i < net->nfeature; i++)
        u[i] = 1e3 * dia_rng_normal(6, 0, 0, DIA_PURPOSE_TEST, (uint32_t)i);
    plainly(net->body, &of, u, near);
    for (int i = 0; i < net->nfeature; i++)
        u[i] *= 1e3;
    plainly(net->body, &of, u, far);
    for (int i = 0; i < net->shape.npacked; i++)
        assert_close(far[i], near[i], 1e-4, 1e-4); /* 4/<u^2> = 4e-6 of each feature */
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_formulas_say), cmocka_unit_test(bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
