/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/products.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/model.h"

enum { CLASSES = DIA_PRODUCTS_CLASSES };

static int item(const dia_list *list, int i)
{
    return ((const int *)list->items)[i];
}

typedef struct stage {                 /* numbers of each class, as they are for the images r */
    int count[CLASSES], unit[CLASSES]; /* of each class: all, and those before the products */
    int *row;                          /* (ncoset, CLASSES) the first row of a class        */
} stage;

typedef struct builder {
    dia_products *b;
    dia_flow *flow;
    stage now;
    int hidden, nhidden; /* rows of s and q for the next layer */
    int *count;          /* scratch of sums: rows of one sum   */
    dia_flow_term *terms;
} builder;

static int matrix(builder *k, int rows, int cols, bool biased, double weight, double bias)
{
    const int m = dia_flow_matrix_of(k->flow, rows, cols, biased);
    dia_products_spread *spread = realloc(k->b->spread, sizeof *spread * (size_t)(m + 1));
    if (spread == NULL)
        k->flow->failed = true;
    else {
        k->b->spread = spread;
        spread[m] = (dia_products_spread){.weight = weight / sqrt(cols), .constant = bias, .full = cols};
    }
    return m;
}

/* Units of class c, linear in what the level before made of that class. */
static int units_of(builder *k, int rows, int c, double bias)
{
    const int m = matrix(k, rows, k->now.count[c], bias != 0.0, 1.0, bias);
    if (!k->flow->failed)
        k->b->spread[m].full = k->now.unit[c];
    return m;
}

static int *row_of(const stage *s, int r, int c)
{
    return &s->row[r * CLASSES + c];
}

/* Rows for `count` numbers of each class, of which so many are no products. */
static stage make_stage(builder *k, const int *count, const int *unit)
{
    stage s = {.row = calloc((size_t)k->b->group.ncoset * CLASSES, sizeof(int))};
    k->flow->failed = k->flow->failed || s.row == NULL;
    memcpy(s.count, count, sizeof s.count);
    memcpy(s.unit, unit, sizeof s.unit);
    for (int r = 0; r < k->b->group.ncoset && !k->flow->failed; r++)
        for (int c = 0; c < CLASSES; c++)
            if (count[c] > 0)
                *row_of(&s, r, c) = dia_flow_rows(k->flow, count[c]);
    return s;
}

/* Row k of T of image_classes.h, of length 1 (nf): the butterflies backwards. */
static void transform_row(const dia_image_classes *group, int k, double *row)
{
    const int nf = group->images->nfeature;
    double square = 0.0;
    memset(row, 0, sizeof *row * (size_t)nf);
    row[k] = 1.0;
    for (int q = group->nbutterfly - 1; q >= 0; q--) {
        const dia_butterfly *f = &group->butterfly[q];
        const double x = row[f->i], y = row[f->j];
        row[f->i] = x + y;
        row[f->j] = f->sign * (x - y);
    }
    for (int j = 0; j < nf; j++)
        square += row[j] * row[j];
    for (int j = 0; j < nf; j++)
        row[j] /= sqrt(square);
}

/* Features u times (1 + mean u^2 / 4)^(-1/2), which no image changes: all that is made of them is bounded. Returns the first row. */
static int bounded_features(builder *k)
{
    const int nf = k->b->group.images->nfeature, square = dia_flow_rows(k->flow, nf), mean = dia_flow_rows(k->flow, 1),
              factor = dia_flow_rows(k->flow, 1), to = dia_flow_rows(k->flow, nf);
    dia_flow_multiply(k->flow, nf, 0, 0, square);
    for (int i = 0; i < nf; i++)
        k->terms[i] = (dia_flow_term){.from = square + i, .factor = 0.25 / nf};
    dia_flow_sum(k->flow, 1, mean, &nf, k->terms);
    dia_flow_shrink(k->flow, 1, mean, factor);
    dia_flow_scale(k->flow, nf, 0, factor, to);
    return to;
}

/* Features of the images r by classes. */
static void take_features(builder *k)
{
    const dia_image_classes *group = &k->b->group;
    const dia_images *images = group->images;
    const int nf = images->nfeature;
    int count[CLASSES] = {0};
    for (int c = 0; c < group->order; c++)
        count[c] = group->count[c];
    k->now = make_stage(k, count, count);
    const int u = bounded_features(k);
    double *row = calloc((size_t)nf, sizeof *row);
    k->flow->failed = k->flow->failed || row == NULL;
    for (int r = 0; r < group->ncoset && !k->flow->failed; r++) {
        const int g = group->element[r * group->order];
        for (int c = 0; c < group->order; c++) {
            int n = 0, nterm = 0;
            for (int i = 0; i < nf; i++) {
                if (group->class[i] != c)
                    continue;
                k->count[n] = 0;
                transform_row(group, i, row);
                for (int j = 0; j < nf; j++)
                    if (row[j] != 0.0) {
                        k->terms[nterm++] = (dia_flow_term){.from = u + images->source[g * nf + j],
                                                            .factor = images->sign[g * nf + j] * row[j]};
                        k->count[n]++;
                    }
                n++;
            }
            if (n > 0)
                dia_flow_sum(k->flow, n, *row_of(&k->now, r, c), k->count, k->terms);
        }
    }
    free(row);
}

/* to + i = mean_r of row + i, n of them; from: the rows of the images r */
static void average(builder *k, int n, const int *from, int to)
{
    const int ncoset = k->b->group.ncoset;
    for (int i = 0; i < n; i++) {
        k->count[i] = ncoset;
        for (int r = 0; r < ncoset; r++)
            k->terms[i * ncoset + r] = (dia_flow_term){.from = from[r * CLASSES] + i, .factor = 1.0 / ncoset};
    }
    dia_flow_sum(k->flow, n, to, k->count, k->terms);
}

/* What a level makes of k->now: units and products of each class; invariants in rows `to`. */
static stage level(builder *k, int n, int m, int to)
{
    const int ncoset = k->b->group.ncoset;
    int unit[CLASSES], count[CLASSES], at[CLASSES][CLASSES] = {{0}};
    for (int c = 0; c < CLASSES; c++)
        count[c] = unit[c] = k->now.count[c] > 0 ? 2 * n : 0;
    for (int p = 0; p < CLASSES; p++)
        for (int q = p; q < CLASSES; q++)
            if (k->now.count[p] > 0 && k->now.count[q] > 0) {
                at[p][q] = count[p ^ q];
                count[p ^ q] += m;
            }
    const stage next = make_stage(k, count, unit);
    int square[CLASSES] = {0};
    for (int c = 0; c < CLASSES; c++)
        square[c] = k->now.count[c] > 0 ? n : 0;
    const stage squares = make_stage(k, square, square);
    if (k->flow->failed) {
        free(squares.row);
        return next;
    }
    for (int c = 0; c < CLASSES; c++) {
        if (k->now.count[c] == 0)
            continue;
        const int W = units_of(k, 2 * n, c, c == 0 ? 0.1 : 0.0);
        for (int r = 0; r < ncoset; r++) {
            const int a = *row_of(&next, r, c);
            dia_flow_affine(k->flow, W, *row_of(&k->now, r, c), a);
            dia_flow_multiply(k->flow, n, a, a + n, *row_of(&squares, r, c));
        }
        average(k, n, squares.row + c, to);
        to += n;
    }
    if (k->now.count[0] > 0)
        average(k, 2 * n, next.row, to);
    for (int r = 0; r < ncoset; r++)
        for (int p = 0; p < CLASSES; p++)
            for (int q = p; q < CLASSES; q++)
                if (k->now.count[p] > 0 && k->now.count[q] > 0)
                    dia_flow_multiply(k->flow, m, *row_of(&next, r, p), *row_of(&next, r, q) + n,
                                      *row_of(&next, r, p ^ q) + at[p][q]);
    free(squares.row);
    return next;
}

static int invariants_of(const builder *k, int n)
{
    int count = k->now.count[0] > 0 ? 2 * n : 0;
    for (int c = 0; c < CLASSES; c++)
        count += k->now.count[c] > 0 ? n : 0;
    return count;
}

/* An activated layer on k->hidden, its n rows at `to`; returns the first row of its z. */
static int hidden_layer(builder *k, int n, int to)
{
    const int W = matrix(k, n, k->nhidden, true, sqrt(1.6), 0.1), z = dia_flow_rows(k->flow, n);
    dia_flow_affine(k->flow, W, k->hidden, z);
    dia_flow_activate(k->flow, (dia_activation)k->b->activation, n, z, to);
    return z;
}

/* `from` times numbers that are linear in tanh of the n rows z: bounded, so that products of products do not grow without bounds where there
 * are no data. */
static stage gated(builder *k, const stage *from, int n, int z)
{
    int all = 0;
    for (int c = 0; c < CLASSES; c++)
        all += from->count[c];
    const stage to = make_stage(k, from->count, from->unit);
    const int gate = dia_flow_rows(k->flow, all), bounded = dia_flow_rows(k->flow, n);
    const int W = matrix(k, all, n, true, 0.5, 1.0);
    dia_flow_activate(k->flow, DIA_ACTIVATION_TANH, n, z, bounded);
    dia_flow_affine(k->flow, W, bounded, gate);
    for (int r = 0; r < k->b->group.ncoset && !k->flow->failed; r++)
        for (int c = 0, at = gate; c < CLASSES; at += from->count[c], c++)
            if (from->count[c] > 0)
                dia_flow_multiply(k->flow, from->count[c], *row_of(from, r, c), at, *row_of(&to, r, c));
    return to;
}

/* ---- covariants ------------------------------------------------------------------------------ */

/* M_r,oqc */
static double factor_of(const dia_products *b, int r, int o, int q, int c)
{
    const dia_image_classes *group = &b->group;
    double sum = 0.0;
    for (int m = 0; m < group->order; m++)
        sum +=
            dia_images_back(group->images, group->element[r * group->order + m], b->of.element[o], b->of.element[q]) *
            dia_image_classes_sign(m, c);
    return fabs(sum) < 1e-12 ? 0.0 : sum / group->images->nimage;
}

static bool takes(const dia_products *b, int q, int c)
{
    for (int r = 0; r < b->group.ncoset; r++)
        for (int o = 0; o < b->of.nelement; o++)
            if (factor_of(b, r, o, q, c) != 0.0)
                return true;
    return false;
}

/* Does `of` mix element o with another? */
static bool alone(const dia_covariants *of, int o)
{
    for (int q = 0; q < of->nelement; q++)
        if (q != o && of->set[q] == of->set[o])
            return false;
    return true;
}

/* v of all elements, side by side; returns the first row. */
static int make_covariants(builder *k)
{
    dia_products *b = k->b;
    const int nv = b->of.nelement, n = b->covariants, ncoset = b->group.ncoset;
    const int v = dia_flow_rows(k->flow, nv * n > 0 ? nv * n : 1);
    int *f = calloc((size_t)nv * CLASSES * (size_t)ncoset + 1, sizeof *f); /* (q, c, r) rows; -1: none */
    k->flow->failed = k->flow->failed || f == NULL;
    for (int c = 0; c < CLASSES && !k->flow->failed; c++) {
        int many = 0;
        for (int q = 0; q < nv; q++) {
            const bool is = k->now.count[c] > 0 && c < b->group.order && takes(b, q, c);
            for (int r = 0; r < ncoset; r++)
                f[(q * CLASSES + c) * ncoset + r] = is ? many * n : -1;
            many += is;
        }
        if (many == 0)
            continue;
        const int W = units_of(k, many * n, c, 0.0);
        for (int r = 0; r < ncoset; r++) {
            const int first = dia_flow_rows(k->flow, many * n);
            dia_flow_affine(k->flow, W, *row_of(&k->now, r, c), first);
            for (int q = 0; q < nv; q++)
                if (f[(q * CLASSES + c) * ncoset + r] >= 0)
                    f[(q * CLASSES + c) * ncoset + r] += first;
        }
    }
    int nterm = 0;
    for (int o = 0; o < nv && !k->flow->failed; o++)
        for (int m = 0; m < n; m++) {
            k->count[o * n + m] = 0;
            for (int i = 0; i < nv * CLASSES * ncoset; i++) {
                const int q = i / (CLASSES * ncoset), c = i / ncoset % CLASSES, r = i % ncoset;
                const double factor = f[i] >= 0 ? factor_of(b, r, o, q, c) : 0.0;
                if (factor != 0.0) {
                    k->terms[nterm++] = (dia_flow_term){.from = f[i] + m, .factor = factor};
                    k->count[o * n + m]++;
                }
            }
        }
    if (nv > 0)
        dia_flow_sum(k->flow, nv * n, v, k->count, k->terms);
    free(f);
    return v;
}

/* H of the covariants v and the rows d, c of `out`; returns its first row. */
static int assemble(builder *k, int v, int out)
{
    const dia_products *b = k->b;
    const dia_images *images = b->group.images;
    const int n = b->covariants, nstate = images->nstate, np = images->npacked;
    const int product = dia_flow_rows(k->flow, b->of.nelement * n > 0 ? b->of.nelement * n : 1);
    for (int o = 0; o < b->of.nelement; o++)
        dia_flow_multiply(k->flow, n, out + nstate + b->of.set[o] * n, v + o * n, product + o * n);
    const int H = dia_flow_rows(k->flow, np);
    int nterm = 0;
    for (int e = 0; e < np; e++) {
        k->count[e] = 0;
        for (int i = 0; i < nstate; i++) {
            const double factor = b->of.invariant != NULL ? b->of.invariant[e * nstate + i] : dia_packed(i, i) == e;
            if (factor != 0.0) {
                k->terms[nterm++] = (dia_flow_term){.from = out + i, .factor = factor};
                k->count[e]++;
            }
        }
        for (int o = 0; o < b->of.nelement; o++)
            for (int m = 0; m < n && b->of.element[o] == e; m++) {
                k->terms[nterm++] = (dia_flow_term){.from = product + o * n + m, .factor = 1.0};
                k->count[e]++;
            }
    }
    dia_flow_sum(k->flow, np, H, k->count, k->terms);
    return H;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Rows for the next layer: of s, of q, and `more`. */
static void gather(builder *k, int s, int level, int more)
{
    k->nhidden = s + invariants_of(k, item(&k->b->pairs, level)) + more;
    k->hidden = dia_flow_rows(k->flow, k->nhidden);
}

static int squared_elements(const dia_covariants *of)
{
    int n = 0;
    for (int o = 0; o < of->nelement; o++)
        n += alone(of, o);
    return n;
}

static int build(builder *k)
{
    dia_products *b = k->b;
    const int last = b->pairs.n - 1, n = b->covariants;
    int s = 0;
    take_features(k);
    for (int l = 0; l < last && !k->flow->failed; l++) {
        if (l == 0)
            gather(k, 0, 0, 0);
        const stage made = level(k, item(&b->pairs, l), item(&b->crossed, l), k->hidden + s);
        const int from = k->hidden, nfrom = k->nhidden;
        const int squares = l + 1 == last ? squared_elements(&b->of) * n : 0;
        free(k->now.row);
        k->now = made; /* counts are those of the next level's inputs */
        gather(k, b->invariants, l + 1, squares);
        const int to = k->hidden, nto = k->nhidden;
        k->hidden = from;
        k->nhidden = nfrom;
        const int z = hidden_layer(k, b->invariants, to);
        k->hidden = to;
        k->nhidden = nto;
        s = b->invariants;
        k->now = gated(k, &made, s, z);
        free(made.row);
    }
    if (last == 0)
        gather(k, 0, 0, squared_elements(&b->of) * n);
    const int nq = invariants_of(k, item(&b->pairs, last));
    const stage made = level(k, item(&b->pairs, last), item(&b->crossed, last), k->hidden + s);
    free(k->now.row);
    k->now = made;
    const int v = make_covariants(k);
    for (int o = 0, to = k->hidden + s + nq; o < b->of.nelement; o++)
        if (alone(&b->of, o)) {
            dia_flow_multiply(k->flow, n, v + o * n, v + o * n, to);
            to += n;
        }
    for (int l = 0; l < b->trunk.n; l++) {
        const int width = item(&b->trunk, l), to = dia_flow_rows(k->flow, width);
        (void)hidden_layer(k, width, to);
        k->hidden = to;
        k->nhidden = width;
    }
    const int rows = b->group.images->nstate + b->of.nset * n;
    const int W = matrix(k, rows, k->nhidden, true, 1.0, 0.0), out = dia_flow_rows(k->flow, rows);
    dia_flow_affine(k->flow, W, k->hidden, out);
    return assemble(k, v, out);
}

/* Rows and terms of the largest sum. */
static void room_for_sums(builder *k)
{
    const dia_products *b = k->b;
    const size_t nf = (size_t)b->group.images->nfeature, np = (size_t)b->group.images->npacked;
    const size_t n = (size_t)b->covariants, cosets = (size_t)b->group.ncoset, nv = (size_t)b->of.nelement;
    size_t most = nf + np + nv * n, pairs = 0;
    for (int l = 0; l < b->pairs.n; l++)
        pairs = (size_t)item(&b->pairs, l) > pairs ? (size_t)item(&b->pairs, l) : pairs;
    most = 2 * pairs > most ? 2 * pairs : most;
    k->count = calloc(most, sizeof *k->count);
    k->terms = calloc(nf * CLASSES + 2 * pairs * cosets + nv * n * nv * CLASSES * cosets + np * np + nv * n + np,
                      sizeof *k->terms);
    k->flow->failed = k->flow->failed || k->count == NULL || k->terms == NULL;
}

dia_status dia_products_build(dia_products *b, dia_error *error)
{
    builder k = {.b = b, .flow = &b->flow};
    dia_flow_begin(&b->flow, b->group.images->nfeature);
    room_for_sums(&k);
    const int H = b->flow.failed ? 0 : build(&k);
    free(k.now.row);
    free(k.count);
    free(k.terms);
    return dia_flow_finish(&b->flow, b->group.images->npacked, H, error);
}
