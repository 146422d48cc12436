/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/image_classes.h"

#include <stdlib.h>
#include <string.h>

#include "math/panel.h"

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
static int commuting(const dia_images *images, int most, int start, int *element, int *generator)
{
    int k = 0, order = 1;
    element[0] = 0;
    for (int i = 0; i < images->nimage && 2 * order <= most; i++) {
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
static int best_commuting(const dia_images *images, int most, int *element, int *generator)
{
    enum { TRIALS = 16 };
    int best = commuting(images, most, 0, element, generator);
    for (int start = 1; start < images->nimage && start < TRIALS; start++) {
        int e[DIA_IMAGE_CLASSES], q[DIA_IMAGE_CLASSES];
        const int k = commuting(images, most, start, e, q);
        if (k > best) {
            best = k;
            memcpy(element, e, sizeof e);
            memcpy(generator, q, sizeof q);
        }
    }
    return best;
}

/* All images as cosets of the group in element[0 .. order-1]. False: they are none. */
static bool find_cosets(dia_image_classes *group)
{
    const dia_images *images = group->images;
    bool *taken = calloc((size_t)images->nimage, sizeof *taken), good = taken != NULL;
    for (int r = 0; r < images->nimage && good; r++) {
        if (taken[r])
            continue;
        int *row = group->element + (size_t)group->ncoset++ * (size_t)group->order;
        /* backwards: the first row, of which the others are made, is that of r = 0 */
        for (int m = group->order - 1; m >= 0 && good; m--) {
            const int g = product(images, group->element[m], r);
            good = g >= 0 && !taken[g];
            if (good) {
                row[m] = g;
                taken[g] = true;
            }
        }
    }
    free(taken);
    return good && group->ncoset * group->order == images->nimage;
}

/* ---- the transform --------------------------------------------------------------------------- */

/* One generator made diagonal: its butterflies are appended, `bit` is set in the class of odd features, and the generators after it, n of
 * them, are expressed in the new features. */
static void diagonalise(dia_image_classes *group, const action *g, int bit, action *after, int n)
{
    for (int k = 0; k < group->images->nfeature; k++) {
        const int j = g->source[k];
        const double sign = g->sign[k];
        if (j == k && sign < 0.0)
            group->class[k] |= bit;
        if (j <= k)
            continue;
        group->class[j] |= bit;
        group->butterfly[group->nbutterfly++] = (dia_butterfly){k, j, sign};
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
static dia_status find_transform(dia_image_classes *group, int k, const int *generator, dia_error *error)
{
    const size_t nf = (size_t)group->images->nfeature;
    action copies[DIA_IMAGE_CLASSES];
    int *source = calloc((size_t)k * nf + 1, sizeof *source);
    double *sign = calloc((size_t)k * nf + 1, sizeof *sign);
    group->butterfly = calloc((size_t)k * nf + 1, sizeof *group->butterfly);
    group->place = calloc(nf, sizeof *group->place);
    group->class = calloc(nf, sizeof *group->class);
    const bool good =
        source != NULL && sign != NULL && group->butterfly != NULL && group->place != NULL && group->class != NULL;
    for (int i = 0; i < k && good; i++) {
        const action a = action_of(group->images, generator[i]);
        copies[i] = (action){source + (size_t)i * nf, sign + (size_t)i * nf};
        memcpy(copies[i].source, a.source, nf * sizeof *source);
        memcpy(copies[i].sign, a.sign, nf * sizeof *sign);
    }
    for (int i = 0; i < k && good; i++)
        diagonalise(group, &copies[i], 1 << i, copies + i + 1, k - i - 1);
    for (int c = 0; c < group->order && good; c++) {
        for (size_t f = 0; f < nf; f++)
            if (group->class[f] == c)
                group->place[f] = group->first[c] + group->count[c]++;
        group->before[c + 1] = group->before[c] + group->count[c];
        group->first[c + 1] = group->first[c] + dia_panel_padded(group->count[c]);
    }
    free(source);
    free(sign);
    return good ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
}

dia_status dia_image_classes_init(dia_image_classes *group, const dia_images *images, int most, dia_error *error)
{
    int element[DIA_IMAGE_CLASSES], generator[DIA_IMAGE_CLASSES];
    *group = (dia_image_classes){.images = images};
    const int n = best_commuting(images, most, element, generator);
    group->order = 1 << n;
    group->element = calloc((size_t)images->nimage, sizeof *group->element);
    if (group->element == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    memcpy(group->element, element, sizeof *element * (size_t)group->order);
    dia_status status =
        find_cosets(group) ? DIA_OK : dia_error_set(error, DIA_ERROR_INPUT, "the images of a geometry are no group");
    if (status == DIA_OK)
        status = find_transform(group, n, generator, error);
    if (status != DIA_OK)
        dia_image_classes_free(group);
    return status;
}

void dia_image_classes_free(dia_image_classes *group)
{
    free(group->element);
    free(group->butterfly);
    free(group->place);
    free(group->class);
    memset(group, 0, sizeof *group);
}
