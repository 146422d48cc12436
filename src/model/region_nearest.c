/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/region_nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

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

/* (norbit, 2): of each orbit sum/sqrt(size), and the norm of what is left. Images have the same, and two geometries are
 * at least as far apart as these numbers of theirs. */
static void summarise(const dia_region *region, const double *z, double *summary)
{
    memset(summary, 0, sizeof *summary * 2 * (size_t)region->norbit);
    for (int k = 0; k < region->npair; k++) {
        summary[2 * region->orbit[k]] += z[k];
        summary[2 * region->orbit[k] + 1] += z[k] * z[k];
    }
    for (int o = 0; o < region->norbit; o++) {
        summary[2 * o] /= sqrt(region->orbit_size[o]);
        summary[2 * o + 1] = sqrt(fmax(0.0, summary[2 * o + 1] - summary[2 * o] * summary[2 * o]));
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
        summarise(region, region->z + c * np, region->summary + c * 2 * (size_t)region->norbit);
    }
    return DIA_OK;
}

/* ---- the search ------------------------------------------------------------------------------ */

/* Squared distance, or any number above `limit` once it exceeds that. */
static double apart(int n, const double *a, const double *b, double limit)
{
    double sum = 0.0;
    for (int k = 0; k < n && sum <= limit; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sum;
}

/* The same to the nearest image of z, which is *image. */
static double apart_image(const dia_region *region, const double *z, const double *centre, double limit, int *image)
{
    double least = INFINITY;
    for (int g = 0; g < region->nimage; g++) {
        const int *action = region->actions + g * region->npair;
        double sum = 0.0;
        for (int k = 0; k < region->npair && sum < limit; k++) {
            const double d = z[action[k]] - centre[k];
            sum += d * d;
        }
        if (sum < least) {
            *image = g;
            least = sum;
            limit = fmin(limit, sum);
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
    const double *z, *summary;
    int without, most;
} search;

static bool has(const dia_nearest *near, int centre)
{
    bool found = false;
    for (int i = 0; i < near->n; i++)
        found = found || near->centre[i] == centre;
    return found;
}

/* The centres whose summaries are nearest. */
static void guess(const search *s, dia_nearest *found)
{
    const int ns = 2 * s->region->norbit;
    for (int c = 0; c < s->region->ncentre; c++) {
        const double limit = found->n == s->most ? found->square[s->most - 1] : INFINITY;
        const double square = apart(ns, s->summary, s->region->summary + c * ns, limit);
        if (c != s->without && square < limit)
            insert(found, s->most, c, 0, square);
    }
}

static void consider(const search *s, int c, dia_nearest *near)
{
    const int np = s->region->npair, ns = 2 * s->region->norbit;
    const double limit = near->n == s->most ? near->square[s->most - 1] : INFINITY;
    int image = 0;
    if (c == s->without || has(near, c) || apart(ns, s->summary, s->region->summary + c * ns, limit) > limit * rounding)
        return;
    const double square = apart_image(s->region, s->z, s->region->z + (size_t)c * (size_t)np, limit, &image);
    if (square < limit)
        insert(near, s->most, c, image, square);
}

void dia_region_nearest(const dia_region *region, const double *z, int without, dia_nearest *near)
{
    enum { FEW = 512 };
    double few[FEW], *summary = 2 * region->norbit <= FEW ? few : malloc(2 * sizeof *summary * (size_t)region->norbit);
    const search s = {region, z, summary, without, region->neighbours > 0 ? region->neighbours : 1};
    dia_nearest first = {0};
    near->n = 0;
    if (summary != NULL) {
        summarise(region, z, summary);
        guess(&s, &first);
        for (int i = 0; i < first.n; i++)
            consider(&s, first.centre[i], near);
        for (int c = 0; c < region->ncentre; c++)
            consider(&s, c, near);
    }
    if (summary != few)
        free(summary);
}
