/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/images.h"

#include <math.h>
#include <string.h>

#include "diabolo/model.h"
#include "math/lanes.h"
#include "math/panel.h"

#define L DIA_PANEL_LANES

DIA_CLONES void dia_images_take(const dia_images *images, int g, const double *u, double *image)
{
    const int *source = images->source + g * images->nfeature;
    const double *sign = images->sign + g * images->nfeature;
    for (int k = 0; k < images->nfeature; k++)
        dia_v8_store(image + k * L, sign[k] * dia_v8_load(u + source[k] * L));
}

DIA_CLONES void dia_images_give(const dia_images *images, int g, const double *image, double *ubar)
{
    const int *source = images->source + g * images->nfeature;
    const double *sign = images->sign + g * images->nfeature;
    for (int k = 0; k < images->nfeature; k++) {
        double *to = ubar + source[k] * L;
        dia_v8_store(to, dia_v8_load(to) + sign[k] * dia_v8_load(image + k * L));
    }
}

DIA_CLONES void dia_images_bring(const dia_images *images, int g, const double *from, double *to)
{
    const int np = images->npacked;
    for (int k = 0; k < np; k++)
        for (int j = images->back != NULL ? 0 : k; j < (images->back != NULL ? np : k + 1); j++) {
            const double factor = dia_images_back(images, g, k, j);
            if (factor != 0.0)
                dia_v8_store(to + k * L, dia_v8_load(to + k * L) + factor * dia_v8_load(from + j * L));
        }
}

DIA_CLONES void dia_images_turn(const dia_images *images, int g, double factor, const double *from, double *to)
{
    const int np = images->npacked;
    if (images->back == NULL) {
        const double *gamma = images->gamma + g * np;
        for (int k = 0; k < np; k++)
            dia_v8_store(to + k * L, factor * gamma[k] * dia_v8_load(from + k * L));
        return;
    }
    memset(to, 0, sizeof *to * (size_t)np * L);
    for (int k = 0; k < np; k++)
        for (int j = 0; j < np; j++) {
            const double element = factor * dia_images_back(images, g, k, j);
            if (element != 0.0)
                dia_v8_store(to + j * L, dia_v8_load(to + j * L) + element * dia_v8_load(from + k * L));
        }
}

/* (Gamma^T Y Gamma)_ij = sum_ab Gamma_ai Y_ab Gamma_bj, Y symmetric */
void dia_images_back_of(int nstate, const double *gamma, double *back)
{
    const int n = nstate, np = n * (n + 1) / 2;
    memset(back, 0, sizeof *back * (size_t)(np * np));
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            for (int a = 0; a < n; a++)
                for (int b = 0; b < n; b++)
                    back[dia_packed(i, j) * np + dia_packed(a, b)] += gamma[a * n + i] * gamma[b * n + j];
}

void dia_images_invariant(const dia_images *images, const double *y, double *invariant)
{
    const int np = images->npacked;
    for (int k = 0; k < np; k++) {
        invariant[k] = 0.0;
        for (int g = 0; g < images->nimage; g++)
            for (int j = 0; j < np; j++)
                invariant[k] += dia_images_back(images, g, k, j) * y[j] / images->nimage;
    }
}

bool dia_images_scalable(const dia_images *images, const double *scale)
{
    bool good = true;
    for (int g = 0; g < images->nimage; g++)
        for (int k = 0; k < images->npacked; k++)
            for (int j = 0; j < images->npacked; j++)
                good = good && fabs(dia_images_back(images, g, k, j) * (scale[k] - scale[j])) <= 1e-12 * fabs(scale[k]);
    return good;
}
