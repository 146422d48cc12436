/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/region.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/vector.h"
#include "model/region_nearest.h"

static const double margin_distance = 1.05, margin_old = 1.5;
static const double least_deviation = 0.01, least_radius = 0.1; /* for a data set of one geometry */
static const double same = 0.01;   /* bohr: no distance differs more between a geometry and its near copy */
static const double inside = 0.97; /* share of the training points whose distance to the others is below the radius */
enum { POINTS = 8192, TRIED = 2048 }; /* of more points so many, evenly chosen: are looked at; give the radius */
/* Centres: at most so many, fewer if they have many images, for a novelty may compare with all of them. */
enum { CENTRES = 1024, CENTRES_LEAST = 128, IMAGES = 8192 };

static double distance(const double *x, int stride, int a, int b)
{
    double square = 0.0;
    for (int i = 0; i < 3; i++) {
        const double d = x[(3 * a + i) * stride] - x[(3 * b + i) * stride];
        square += d * d;
    }
    return sqrt(square);
}

void dia_region_free(dia_region *region)
{
    free(region->deviation);
    free(region->shortest);
    free(region->longest);
    free(region->centres);
    free(region->z);
    free(region->actions);
    *region = (dia_region){0};
}

dia_status dia_region_reserve(dia_region *region, int natom, int ncentre, dia_error *error)
{
    *region = (dia_region){.natom = natom, .npair = natom * (natom - 1) / 2, .ncentre = ncentre};
    const size_t np = (size_t)region->npair;
    region->deviation = dia_allocate(np, sizeof(double));
    region->shortest = dia_allocate(np, sizeof(double));
    region->longest = dia_allocate(np, sizeof(double));
    region->centres = dia_allocate(np * (size_t)ncentre, sizeof(double));
    if (region->deviation != NULL && region->shortest != NULL && region->longest != NULL && region->centres != NULL)
        return DIA_OK;
    dia_region_free(region);
    return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the region of the training data");
}

dia_status dia_region_finish(dia_region *region, const dia_symmetry *symmetry, dia_error *error)
{
    const dia_status status = dia_region_group(region, symmetry, error);
    return status == DIA_OK ? dia_region_index(region, error) : status;
}

/* The mean distance of z (npair) to its nearest centres, which are *near; to others than the centre `without`. */
static double mean_distance(const dia_region *region, const double *z, int without, dia_nearest *near)
{
    double sum = 0.0;
    dia_region_nearest(region, z, without, near);
    for (int i = 0; i < near->n; i++)
        sum += sqrt(near->square[i]);
    return near->n > 0 ? sum / near->n : 0.0;
}

/* ---- from the data --------------------------------------------------------------------------- */

/* Ranges and deviations of the distances r (n, npair) over points and images. */
static void measure(dia_region *region, int n, const double *r)
{
    const int np = region->npair, nimage = region->nimage;
    for (int k = 0; k < np; k++) {
        double sum = 0.0, square = 0.0, shortest = INFINITY, longest = 0.0;
        for (int g = 0; g < nimage; g++)
            for (int p = 0; p < n; p++) {
                const double d = r[(size_t)p * (size_t)np + (size_t)region->actions[g * np + k]], z = log(d);
                shortest = fmin(shortest, d);
                longest = fmax(longest, d);
                sum += z;
                square += z * z;
            }
        const double mean = sum / ((double)n * nimage), variance = square / ((double)n * nimage) - mean * mean;
        region->shortest[k] = shortest;
        region->longest[k] = longest;
        region->deviation[k] = fmax(least_deviation, sqrt(fmax(variance, 0.0)));
    }
}

/* Is a, or an image of it, nearly b? */
static bool copies(const dia_region *region, const double *a, const double *b)
{
    for (int g = 0; g < region->nimage; g++) {
        const int *action = region->actions + g * region->npair;
        int k = 0;
        while (k < region->npair && fabs(a[action[k]] - b[k]) < same)
            k++;
        if (k == region->npair)
            return true;
    }
    return false;
}

/* Moves the points that are no near copies of an earlier one to the front of r (n, npair). Returns how many. */
static int thin(const dia_region *region, int n, double *r)
{
    const int np = region->npair;
    int kept = 0;
    for (int p = 0; p < n; p++) {
        const double *point = r + (size_t)p * (size_t)np;
        bool known = false;
        for (int q = 0; q < kept && !known; q++)
            known = copies(region, point, r + (size_t)q * (size_t)np);
        if (!known)
            memmove(r + (size_t)kept++ * (size_t)np, point, sizeof *r * (size_t)np);
    }
    return kept;
}

/* The distance to the nearest others that a share `inside` of the points r (n, npair) does not exceed. Centre c is the
 * point c n / ncentre. z (npair), found (n) are scratch. */
static void set_radius(dia_region *region, int n, const double *r, double *z, double *found)
{
    const int np = region->npair, step = (n + TRIED - 1) / TRIED;
    int tried = 0;
    for (int p = 0; p < n; p += step) {
        const int c = (int)(((int64_t)p * region->ncentre + n - 1) / n);
        const bool centre = c < region->ncentre && (int64_t)c * n / region->ncentre == p;
        dia_nearest near;
        for (int k = 0; k < np; k++)
            z[k] = log(r[(size_t)p * (size_t)np + (size_t)k]) / region->deviation[k];
        found[tried++] = mean_distance(region, z, centre ? c : -1, &near);
    }
    dia_ascend(tried, found);
    region->radius = fmax(least_radius, found[(int)ceil(inside * (tried - 1))]);
}

/* r (n, npair): distances of the points, which are overwritten. scratch (npair + n). */
static dia_status make(dia_region *region, int n, double *r, double *scratch, dia_error *error)
{
    const int np = region->npair;
    const int most = IMAGES / region->nimage > CENTRES_LEAST ? IMAGES / region->nimage : CENTRES_LEAST;
    measure(region, n, r);
    n = thin(region, n, r);
    region->ncentre = n < most ? n : most;
    region->ncentre = region->ncentre < CENTRES ? region->ncentre : CENTRES;
    region->neighbours = n > DIA_REGION_NEIGHBOURS ? DIA_REGION_NEIGHBOURS : n > 1 ? n - 1 : 1;
    for (int c = 0; c < region->ncentre; c++)
        memcpy(region->centres + (size_t)c * (size_t)np, r + (size_t)((int64_t)c * n / region->ncentre) * (size_t)np,
               sizeof *r * (size_t)np);
    const dia_status status = dia_region_index(region, error);
    if (status == DIA_OK)
        set_radius(region, n, r, scratch, scratch + np);
    return status;
}

dia_status dia_region_make(dia_region *region, const dia_symmetry *symmetry, int npoint, const double *R,
                           dia_error *error)
{
    const int natom = symmetry->natom, step = (npoint + POINTS - 1) / POINTS, n = (npoint + step - 1) / step;
    dia_region_free(region);
    dia_status status = dia_region_reserve(region, natom, n < CENTRES ? n : CENTRES, error);
    if (status == DIA_OK)
        status = dia_region_group(region, symmetry, error);
    const size_t np = (size_t)region->npair;
    double *r = status == DIA_OK ? dia_allocate((size_t)n * np + np + (size_t)n, sizeof *r) : NULL;
    if (status == DIA_OK && r == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the region of the training data");
    for (int p = 0; p < n && r != NULL; p++)
        for (int a = 0, k = 0; a < natom; a++)
            for (int b = 0; b < a; b++, k++)
                r[(size_t)p * np + (size_t)k] = distance(R + (size_t)p * (size_t)step * 3 * (size_t)natom, 1, a, b);
    if (status == DIA_OK)
        status = make(region, n, r, r + (size_t)n * np, error);
    free(r);
    if (status != DIA_OK)
        dia_region_free(region);
    return status;
}

/* ---- a geometry ------------------------------------------------------------------------------ */

/* Says which distance contributes most, compared with the nearest centre. */
static void tell_farthest(const dia_region *region, const double *z, const dia_nearest *near, size_t size, char *text)
{
    const double *centre = region->z + (size_t)near->centre[0] * (size_t)region->npair;
    const int *action = region->actions + near->image[0] * region->npair;
    int worst = 0, a = 1;
    for (int k = 1; k < region->npair; k++)
        if (fabs(z[action[k]] - centre[k]) > fabs(z[action[worst]] - centre[worst]))
            worst = k;
    const int pair = action[worst];
    while (a * (a + 1) / 2 <= pair)
        a++;
    snprintf(text, size,
             "its distances between atoms, all together, are unlike those of any training geometry, most of all that "
             "of atoms %d and %d: %.3g Angstrom, %.3g in the nearest",
             pair - a * (a - 1) / 2, a, exp(z[pair] * region->deviation[pair]) / DIA_ANGSTROM,
             exp(centre[worst] * region->deviation[worst]) / DIA_ANGSTROM);
}

double dia_region_novelty(const dia_region *region, const double *x, int stride, size_t size, char *text)
{
    enum { FEW = 512 };
    double few[FEW], *z = region->npair <= FEW ? few : malloc(sizeof *z * (size_t)region->npair), worst = 0.0;
    if (text != NULL && size > 0)
        text[0] = '\0';
    for (int a = 0, k = 0; a < region->natom; a++)
        for (int b = 0; b < a; b++, k++) {
            const double r = distance(x, stride, a, b), low = region->shortest[k], high = region->longest[k];
            const double beyond = isfinite(r) && r > 0.0 ? fmax(r / high, low / r) / margin_distance : INFINITY;
            if (z != NULL)
                z[k] = log(r) / region->deviation[k];
            if (beyond > worst && beyond > 1.0 && text != NULL)
                snprintf(text, size, "atoms %d and %d are %.3g Angstrom apart, %.3g to %.3g in the training data", b, a,
                         r / DIA_ANGSTROM, low / DIA_ANGSTROM, high / DIA_ANGSTROM);
            worst = fmax(worst, beyond);
        }
    dia_nearest near;
    const double limit = region->radius * (region->neighbours > 0 ? 1.0 : margin_old);
    const double far = isfinite(worst) && z != NULL ? mean_distance(region, z, -1, &near) / limit : 0.0;
    if (far > 1.0 && worst <= 1.0 && text != NULL)
        tell_farthest(region, z, &near, size, text);
    if (z != few)
        free(z);
    return fmax(worst, far);
}
