/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/region_nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/lanes.h"

static const double rounding = 1.0 + 1e-10; /* of sums in another order */

/* ---- the group on pairs ---------------------------------------------------------------------- */

/* Pair of the image for each pair: image gR has atom a where R has permutation[a]. */
static void pair_action(int natom, const int *permutation, int *pairs)
{
    for (int a = 0, k = 0; a < natom; a++)
        for (int b = 0; b < a; b++, k++) {
            const int p = permutation[a], q = permutation[b];
            pairs[k] = p > q ? p * (p - 1) / 2 + q : q * (q - 1) / 2 + p;
        }
}

/* The elements of the group that act differently on the pairs. */
static void find_actions(dia_region *region, const dia_symmetry *symmetry)
{
    const int np = region->npair;
    region->nimage = 0;
    for (int g = 0; g < symmetry->nelement; g++) {
        int *fresh = region->actions + region->nimage * np;
        bool known = false;
        pair_action(symmetry->natom, symmetry->permutation + g * symmetry->natom, fresh);
        for (int h = 0; h < region->nimage && !known; h++)
            known = memcmp(region->actions + h * np, fresh, sizeof *fresh * (size_t)np) == 0;
        region->nimage += !known;
    }
}

/* Pairs that the group exchanges are one orbit. */
static void find_orbits(dia_region *region)
{
    for (int k = 0; k < region->npair; k++)
        region->orbit[k] = -1;
    region->norbit = 0;
    for (int k = 0; k < region->npair; k++)
        if (region->orbit[k] < 0) {
            const int o = region->norbit++;
            region->orbit_size[o] = 0;
            for (int g = 0; g < region->nimage; g++) {
                const int image = region->actions[g * region->npair + k];
                region->orbit_size[o] += region->orbit[image] < 0;
                region->orbit[image] = o;
            }
        }
}

/* (norbit, 2), each `stride` numbers from the one before: of each orbit sum/sqrt(size), and the norm of what is left. Images have the
 * same, and two geometries are at least as far apart as these numbers of theirs. */
static void summarise(const dia_region *region, const double *z, size_t stride, double *summary)
{
    for (size_t i = 0; i < 2 * (size_t)region->norbit; i++)
        summary[i * stride] = 0.0;
    for (int k = 0; k < region->npair; k++) {
        double *own = summary + 2 * (size_t)region->orbit[k] * stride;
        own[0] += z[k];
        own[stride] += z[k] * z[k];
    }
    for (int o = 0; o < region->norbit; o++) {
        double *own = summary + 2 * (size_t)o * stride;
        own[0] /= sqrt(region->orbit_size[o]);
        own[stride] = sqrt(fmax(0.0, own[stride] - own[0] * own[0]));
    }
}

dia_status dia_region_group(dia_region *region, const dia_symmetry *symmetry, dia_error *error)
{
    const size_t np = (size_t)region->npair, ng = (size_t)symmetry->nelement;
    region->actions = calloc(np * (ng + 2), sizeof *region->actions);
    if (region->actions == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the region of the training data");
    region->orbit = region->actions + np * ng;
    region->orbit_size = region->orbit + np;
    find_actions(region, symmetry);
    find_orbits(region);
    return DIA_OK;
}

dia_status dia_region_index(dia_region *region, dia_error *error)
{
    const size_t np = (size_t)region->npair, nc = (size_t)region->ncentre;
    region->z = dia_allocate(3 * np * nc, sizeof *region->z);
    if (region->z == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the region of the training data");
    region->summary = region->z + np * nc;
    for (size_t c = 0; c < nc; c++) {
        for (size_t k = 0; k < np; k++)
            region->z[c * np + k] = log(region->centres[c * np + k]) / region->deviation[k];
        summarise(region, region->z + c * np, nc, region->summary + c);
    }
    return DIA_OK;
}

/* ---- the search ------------------------------------------------------------------------------ */

enum { SIDE = 8 }; /* images that are compared with a centre, or centres with a bound, side by side */

/* Squared distances of the summaries of all centres from that of z: (ncentre). */
DIA_CLONES static void bound(const dia_region *region, const double *summary, double *square)
{
    const size_t nc = (size_t)region->ncentre, ns = 2 * (size_t)region->norbit;
    size_t c = 0;
    for (; c + SIDE <= nc; c += SIDE) {
        dia_v8 sum = {0.0};
        for (size_t i = 0; i < ns; i++) {
            const dia_v8 d = *(const dia_v8_anywhere *)(region->summary + i * nc + c) - summary[i];
            sum += d * d;
        }
        *(dia_v8_anywhere *)(square + c) = sum;
    }
    for (; c < nc; c++) {
        square[c] = 0.0;
        for (size_t i = 0; i < ns; i++)
            square[c] += (region->summary[i * nc + c] - summary[i]) * (region->summary[i * nc + c] - summary[i]);
    }
}

/* Images in whole groups of SIDE. */
static size_t images_of(const dia_region *region)
{
    return ((size_t)region->nimage + SIDE - 1) / SIDE * SIDE;
}

/* All images of z: (npair, images_of); those that fill the last group are nowhere near. */
static void list_images(const dia_region *region, const double *z, double *images)
{
    const size_t n = images_of(region);
    for (size_t k = 0; k < (size_t)region->npair; k++)
        for (size_t g = 0; g < n; g++)
            images[k * n + g] =
                g < (size_t)region->nimage ? z[region->actions[g * (size_t)region->npair + k]] : INFINITY;
}

/* Squared distance of a centre from the nearest image, which is *image. */
DIA_CLONES static double apart_image(const dia_region *region, const double *images, const double *centre, int *image)
{
    const size_t n = images_of(region), np = (size_t)region->npair;
    double least = INFINITY;
    for (size_t g = 0; g < n; g += SIDE) {
        dia_v8 sum = {0.0};
        for (size_t k = 0; k < np; k++) {
            const dia_v8 d = *(const dia_v8_anywhere *)(images + k * n + g) - centre[k];
            sum += d * d;
        }
        for (size_t l = 0; l < SIDE; l++)
            if (sum[l] < least) {
                *image = (int)(g + l);
                least = sum[l];
            }
    }
    return least;
}

/* Puts it in the place it deserves; the last is dropped if there are enough. */
static void insert(dia_nearest *near, int most, int centre, int image, double square)
{
    int i = near->n < most ? near->n++ : near->n - 1;
    for (; i > 0 && near->square[i - 1] > square; i--) {
        near->square[i] = near->square[i - 1];
        near->centre[i] = near->centre[i - 1];
        near->image[i] = near->image[i - 1];
    }
    near->square[i] = square;
    near->centre[i] = centre;
    near->image[i] = image;
}

typedef struct search {
    const dia_region *region;
    const double *images, *bound; /* list_images; bound */
    int without, most;
} search;

static bool has(const dia_nearest *near, int centre)
{
    bool found = false;
    for (int i = 0; i < near->n; i++)
        found = found || near->centre[i] == centre;
    return found;
}

/* No centre whose squared distance is larger can be among the nearest. */
static double limit_of(const search *s, const dia_nearest *near)
{
    return near->n == s->most ? near->square[s->most - 1] : INFINITY;
}

/* The centres whose summaries are nearest. */
static void guess(const search *s, dia_nearest *found)
{
    for (int c = 0; c < s->region->ncentre; c++) {
        if (c != s->without && s->bound[c] < limit_of(s, found))
            insert(found, s->most, c, 0, s->bound[c]);
    }
}

static void consider(const search *s, int c, dia_nearest *near)
{
    const double limit = limit_of(s, near);
    int image = 0;
    if (c == s->without || has(near, c))
        return;
    const double square =
        apart_image(s->region, s->images, s->region->z + (size_t)c * (size_t)s->region->npair, &image);
    if (square < limit)
        insert(near, s->most, c, image, square);
}

void dia_region_nearest(const dia_region *region, const double *z, int without, dia_nearest *near)
{
    enum { FEW = 4096 };
    const size_t summaries = 2 * (size_t)region->norbit, images = (size_t)region->npair * images_of(region),
                 all = summaries + images + (size_t)region->ncentre;
    double few[FEW], *room = all <= FEW ? few : malloc(all * sizeof *room);
    dia_nearest first = {0};
    near->n = 0;
    if (room == NULL)
        return;
    const search s = {region, room + summaries, room + summaries + images, without,
                      region->neighbours > 0 ? region->neighbours : 1};
    summarise(region, z, 1, room);
    list_images(region, z, room + summaries);
    bound(region, room, room + summaries + images);
    guess(&s, &first);
    for (int i = 0; i < first.n; i++)
        consider(&s, first.centre[i], near);
    for (int c = 0; c < region->ncentre; c++)
        if (s.bound[c] <= limit_of(&s, near) * rounding)
            consider(&s, c, near);
    if (room != few)
        free(room);
}
