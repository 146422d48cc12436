/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean and deviation of the features over the training points.
 *
 * A feature is divided by what it changes over the data, but on data about one geometry that is next to nothing: divided
 * by it alone, a displacement of a thousandth of an Angstrom is a large input, and gradients explode. So the deviation is
 * at least what the feature changes along a displacement of a fixed length in the direction of its gradient,
 *
 *   deviation_k^2 = variance_k + l^2 <|df_k/dR|^2>,
 *
 * and no input is steeper than 1/l. (Scaling by the metric of gradients: Shen, Yarkony, J. Phys. Chem. A 124, 4539
 * (2020).) */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/network.h"

#define L DIA_LANES
enum { SAMPLES = 400 }; /* points at which gradients are looked at */

typedef struct sums { /* over points and all their images, of each feature */
    double n, ngradient;
    double *first, *second, *slope;   /* (nfeature) f, f^2; |df/dR|^2 */
    double *x, *f, *v, *fdot, *steep; /* panels; (nfeature) of one point */
} sums;

static void load(const dia_network *network, const double *R, sums *s)
{
    for (int c = 0; c < network->shape.ncart; c++)
        for (int l = 0; l < L; l++)
            s->x[c * L + l] = R[c];
    dia_network_features(network, s->x, s->f);
}

static void add_values(const dia_network *network, sums *s)
{
    for (int g = 0; g < network->images.nimage; g++)
        for (int k = 0; k < network->nfeature; k++) {
            const int at = g * network->nfeature + k;
            const double value = network->images.sign[at] * s->f[network->images.source[at] * L];
            s->first[k] += value;
            s->second[k] += value * value;
        }
    s->n += network->images.nimage;
}

/* |df/dR|^2 from tangents along all coordinates, one a lane. */
static void add_slopes(const dia_network *network, sums *s)
{
    const int nf = network->nfeature, nc = network->shape.ncart;
    memset(s->steep, 0, sizeof *s->steep * (size_t)nf);
    for (int first = 0; first < nc; first += L) {
        memset(s->v, 0, sizeof *s->v * (size_t)nc * L);
        for (int l = 0; l < L && first + l < nc; l++)
            s->v[(first + l) * L + l] = 1.0;
        for (int i = 0; i < network->ndescriptor; i++) {
            const size_t at = (size_t)network->descriptor[i].first * L;
            network->descriptor[i].type->tangent(network->descriptor[i].self, s->x, s->f + at, s->v, s->fdot + at);
        }
        for (int i = 0; i < nf * L; i++)
            s->steep[i / L] += s->fdot[i] * s->fdot[i];
    }
    for (int g = 0; g < network->images.nimage; g++)
        for (int k = 0; k < nf; k++)
            s->slope[k] += s->steep[network->images.source[g * nf + k]];
    s->ngradient += network->images.nimage;
}

/* Features that are images of each other get exactly the same numbers, those of the first one: rounding must not
 * break the symmetry. A feature that is an image of itself with sign -1 has mean zero. */
static void share_among_images(dia_network *network)
{
    const dia_images *images = &network->images;
    for (int k = 0; k < network->nfeature; k++) {
        int first = k;
        double turned = 1.0;
        bool both = false;
        for (int g = 0; g < images->nimage; g++) {
            const int at = g * network->nfeature + k;
            if (images->source[at] < first) {
                first = images->source[at];
                turned = images->sign[at];
            }
            both = both || (images->source[at] == k && images->sign[at] < 0.0);
        }
        network->mean[k] = both ? 0.0 : turned * network->mean[first];
        network->deviation[k] = network->deviation[first];
    }
}

static void finish(dia_network *network, const sums *s)
{
    for (int k = 0; k < network->nfeature; k++) {
        const double mean = s->first[k] / s->n, variance = fmax(0.0, s->second[k] / s->n - mean * mean);
        const double length = DIA_NETWORK_LENGTH, square = variance + length * length * s->slope[k] / s->ngradient;
        network->mean[k] = fabs(mean) > 1e-12 ? mean : 0.0; /* an odd feature's mean is zero up to rounding */
        network->deviation[k] = square > 1e-20 ? sqrt(square) : 1.0;
    }
    share_among_images(network);
}

dia_status dia_network_standardise(dia_network *network, int npoint, const double *R, const bool *usual,
                                   dia_error *error)
{
    const size_t nf = (size_t)network->nfeature, nc = (size_t)network->shape.ncart;
    double *memory = dia_allocate((2 * nc + 2 * (nf + L)) * L + 4 * nf, sizeof *memory);
    if (memory == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to standardise %zu features", nf);
    sums s = {.x = memory, .v = memory + nc * L, .f = memory + 2 * nc * L};
    s.fdot = s.f + (nf + L) * L;
    s.first = s.fdot + (nf + L) * L;
    s.second = s.first + nf;
    s.slope = s.second + nf;
    s.steep = s.slope + nf;
    int nusual = 0, seen = 0;
    for (int b = 0; b < npoint; b++)
        nusual += usual == NULL || usual[b];
    const int every = nusual / SAMPLES + 1;
    for (int b = 0; b < npoint; b++)
        if (nusual == 0 || usual == NULL || usual[b]) {
            load(network, R + (size_t)b * nc, &s);
            add_values(network, &s);
            if (seen++ % every == 0)
                add_slopes(network, &s);
        }
    finish(network, &s);
    free(memory);
    if (network->molecule.dimension == 3 && network->molecule.natom > 1)
        return dia_region_make(&network->region, &network->symmetry, npoint, R, error);
    return DIA_OK;
}
