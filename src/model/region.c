/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/region.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static const double margin_radius = 1.5; /* one in a thousand of unused points lies beyond */
static const double margin_distance = 1.05;
static const double least_deviation = 0.01, least_radius = 0.1; /* for a data set of one geometry */
enum { POINTS = 20000 }; /* at most so many points, evenly chosen, are candidates for centres */

static double distance(const double *x, int stride, int a, int b)
{
    double square = 0.0;
    for (int i = 0; i < 3; i++) {
        const double d = x[(3 * a + i) * stride] - x[(3 * b + i) * stride];
        square += d * d;
    }
    return sqrt(square);
}

/* Pair of the image for each pair: image gR has atom a where R has permutation[a]. */
static void pair_action(int natom, const int *permutation, int *pairs)
{
    for (int a = 0, k = 0; a < natom; a++)
        for (int b = 0; b < a; b++, k++) {
            const int p = permutation[a], q = permutation[b];
            pairs[k] = p > q ? p * (p - 1) / 2 + q : q * (q - 1) / 2 + p;
        }
}

/* The elements of the group that act differently on the pairs: actions (nelement, npair). Returns how many. */
static int pair_actions(const dia_symmetry *symmetry, int npair, int *actions)
{
    int n = 0;
    for (int g = 0; g < symmetry->nelement; g++) {
        int *fresh = actions + n * npair;
        bool known = false;
        pair_action(symmetry->natom, symmetry->permutation + g * symmetry->natom, fresh);
        for (int h = 0; h < n && !known; h++)
            known = memcmp(actions + h * npair, fresh, sizeof *fresh * (size_t)npair) == 0;
        n += !known;
    }
    return n;
}

void dia_region_free(dia_region *region)
{
    free(region->deviation);
    free(region->shortest);
    free(region->longest);
    free(region->centres);
    free(region->images);
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
    const size_t np = (size_t)region->npair, nc = (size_t)region->ncentre;
    int *actions = calloc(np * (size_t)symmetry->nelement, sizeof *actions);
    region->nimage = actions != NULL ? pair_actions(symmetry, region->npair, actions) : 0;
    region->images = dia_allocate(np * nc * (size_t)region->nimage + 1, sizeof(double));
    if (actions == NULL || region->images == NULL) {
        free(actions);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the region of the training data");
    }
    for (int g = 0; g < region->nimage; g++)
        for (size_t c = 0; c < nc; c++)
            for (size_t k = 0; k < np; k++)
                region->images[((size_t)g * nc + c) * np + k] =
                    log(region->centres[c * np + (size_t)actions[(size_t)g * np + k]]) / region->deviation[k];
    free(actions);
    return DIA_OK;
}

/* Squared distance, or any number above `limit` once the distance exceeds it. */
static double apart(int n, const double *a, const double *b, double limit)
{
    double sum = 0.0;
    for (int first = 0; first < n && sum < limit; first += 16)
        for (int k = first; k < n && k < first + 16; k++)
            sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sum;
}

/* ---- from the data --------------------------------------------------------------------------- */

/* Ranges and deviations of the distances r (n, npair) over points and images. */
static void measure(dia_region *region, int nimage, const int *actions, int n, const double *r)
{
    const int np = region->npair;
    for (int k = 0; k < np; k++) {
        double sum = 0.0, square = 0.0, shortest = INFINITY, longest = 0.0;
        for (int g = 0; g < nimage; g++)
            for (int p = 0; p < n; p++) {
                const double d = r[(size_t)p * (size_t)np + (size_t)actions[g * np + k]], z = log(d);
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

/* z (n, npair); near (n): squared distance to the nearest image of a centre so far. */
static void choose(dia_region *region, int nimage, const int *actions, int n, const double *r, const double *z,
                   double *near, double *image)
{
    const int np = region->npair;
    int next = 0;
    for (int c = 0; c < region->ncentre; c++) {
        const double *of = r + (size_t)next * (size_t)np;
        memcpy(region->centres + (size_t)c * (size_t)np, of, sizeof *of * (size_t)np);
        for (int g = 0; g < nimage; g++) {
            for (int k = 0; k < np; k++)
                image[k] = log(of[actions[g * np + k]]) / region->deviation[k];
            for (int p = 0; p < n; p++)
                near[p] = fmin(near[p], apart(np, z + (size_t)p * (size_t)np, image, near[p]));
        }
        for (int p = next = 0; p < n; p++)
            next = near[p] > near[next] ? p : next;
        region->radius = sqrt(near[next]);
    }
    region->radius = fmax(region->radius, least_radius);
}

dia_status dia_region_make(dia_region *region, const dia_symmetry *symmetry, int npoint, const double *R,
                           dia_error *error)
{
    const int natom = symmetry->natom, step = (npoint + POINTS - 1) / POINTS, n = (npoint + step - 1) / step;
    const int ncentre = n / 4 < 1 ? 1 : n / 4 > DIA_REGION_CENTRES ? DIA_REGION_CENTRES : n / 4;
    dia_status status = dia_region_reserve(region, natom, ncentre, error);
    if (status != DIA_OK)
        return status;
    const size_t np = (size_t)region->npair;
    double *r = dia_allocate((size_t)n * np * 2 + (size_t)n + np, sizeof *r);
    int *actions = calloc(np * (size_t)symmetry->nelement, sizeof *actions);
    if (r != NULL && actions != NULL) {
        double *z = r + (size_t)n * np, *near = z + (size_t)n * np, *image = near + n;
        const int nimage = pair_actions(symmetry, region->npair, actions);
        for (int p = 0; p < n; p++) {
            near[p] = INFINITY;
            for (int a = 0, k = 0; a < natom; a++)
                for (int b = 0; b < a; b++, k++)
                    r[(size_t)p * np + (size_t)k] = distance(R + (size_t)p * (size_t)step * 3 * (size_t)natom, 1, a, b);
        }
        measure(region, nimage, actions, n, r);
        for (size_t i = 0; i < (size_t)n * np; i++)
            z[i] = log(r[i]) / region->deviation[i % np];
        choose(region, nimage, actions, n, r, z, near, image);
        status = dia_region_finish(region, symmetry, error);
    } else {
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the region of the training data");
    }
    free(r);
    free(actions);
    if (status != DIA_OK)
        dia_region_free(region);
    return status;
}

/* ---- a geometry ------------------------------------------------------------------------------ */

/* Distance to the nearest centre, which is *centre (npair), over the radius. */
static double from_centres(const dia_region *region, const double *z, const double **centre)
{
    double nearest = INFINITY;
    *centre = region->images;
    for (int c = 0; c < region->nimage * region->ncentre; c++) {
        const double *image = region->images + (size_t)c * (size_t)region->npair;
        const double far = apart(region->npair, z, image, nearest);
        *centre = far < nearest ? image : *centre;
        nearest = fmin(nearest, far);
    }
    return sqrt(nearest) / region->radius;
}

/* Says which distance contributes most to that. */
static void tell_farthest(const dia_region *region, const double *z, const double *centre, size_t size, char *text)
{
    int a = 1, b = 0, k = 0;
    for (int i = 0, l = 0; i < region->natom; i++)
        for (int j = 0; j < i; j++, l++)
            if (fabs(z[l] - centre[l]) > fabs(z[k] - centre[k]))
                a = i, b = j, k = l;
    snprintf(text, size,
             "its distances between atoms, all together, are unlike those of any training geometry, most of all that "
             "of atoms %d and %d: %.3g Angstrom, %.3g in the nearest",
             b, a, exp(z[k] * region->deviation[k]) / DIA_ANGSTROM,
             exp(centre[k] * region->deviation[k]) / DIA_ANGSTROM);
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
    const double *centre = NULL;
    const double far = isfinite(worst) && z != NULL ? from_centres(region, z, &centre) / margin_radius : 0.0;
    if (far > 1.0 && worst <= 1.0 && text != NULL)
        tell_farthest(region, z, centre, size, text);
    if (z != few)
        free(z);
    return fmax(worst, far);
}
