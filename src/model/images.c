/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/images.h"

#include "math/panel.h"

#define L DIA_PANEL_LANES

void dia_images_take(const dia_images *images, int g, const double *u, double *image)
{
    const int *source = images->source + g * images->nfeature;
    const double *sign = images->sign + g * images->nfeature;
    for (int k = 0; k < images->nfeature; k++)
        for (int l = 0; l < L; l++)
            image[k * L + l] = sign[k] * u[source[k] * L + l];
}

void dia_images_give(const dia_images *images, int g, const double *image, double *ubar)
{
    const int *source = images->source + g * images->nfeature;
    const double *sign = images->sign + g * images->nfeature;
    for (int k = 0; k < images->nfeature; k++)
        for (int l = 0; l < L; l++)
            ubar[source[k] * L + l] += sign[k] * image[k * L + l];
}

void dia_images_turn(const dia_images *images, int g, double factor, const double *from, double *to)
{
    const double *gamma = images->gamma + g * images->npacked;
    for (int k = 0; k < images->npacked; k++)
        for (int l = 0; l < L; l++)
            to[k * L + l] = factor * gamma[k] * from[k * L + l];
}
