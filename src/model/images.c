/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled twice: real.h. */
#include "model/images.h"

#include <math.h>
#include <string.h>

#include "diabolo/model.h"
#include "math/lanes.h"
#include "math/real.h"

#define L DIA_REAL_LANES

DIA_CLONES void DIA_REAL_NAME(dia_images_take)(const dia_images *images, int g, const real *u, real *image)
{
    const int *source = images->source + g * images->nfeature;
    const double *sign = images->sign + g * images->nfeature;
    for (int k = 0; k < images->nfeature; k++)
        dia_row_store(image + k * L, (real)sign[k] * dia_row_load(u + source[k] * L));
}

DIA_CLONES void DIA_REAL_NAME(dia_images_give)(const dia_images *images, int g, const real *image, real *ubar)
{
    const int *source = images->source + g * images->nfeature;
    const double *sign = images->sign + g * images->nfeature;
    for (int k = 0; k < images->nfeature; k++) {
        real *to = ubar + source[k] * L;
        dia_row_store(to, dia_row_load(to) + (real)sign[k] * dia_row_load(image + k * L));
    }
}

DIA_CLONES void DIA_REAL_NAME(dia_images_bring)(const dia_images *images, int g, const real *from, real *to)
{
    const int np = images->npacked;
    for (int k = 0; k < np; k++)
        for (int j = images->back != NULL ? 0 : k; j < (images->back != NULL ? np : k + 1); j++) {
            const real factor = (real)dia_images_back(images, g, k, j);
            if (factor != 0)
                dia_row_store(to + k * L, dia_row_load(to + k * L) + factor * dia_row_load(from + j * L));
        }
}

DIA_CLONES void DIA_REAL_NAME(dia_images_turn)(const dia_images *images, int g, double factor, const real *from,
                                               real *to)
{
    const int np = images->npacked;
    if (images->back == NULL) {
        const double *gamma = images->gamma + g * np;
        for (int k = 0; k < np; k++)
            dia_row_store(to + k * L, (real)(factor * gamma[k]) * dia_row_load(from + k * L));
        return;
    }
    memset(to, 0, sizeof *to * (size_t)np * L);
    for (int k = 0; k < np; k++)
        for (int j = 0; j < np; j++) {
            const real element = (real)(factor * dia_images_back(images, g, k, j));
            if (element != 0)
                dia_row_store(to + j * L, dia_row_load(to + j * L) + element * dia_row_load(from + k * L));
        }
}

#if !defined(DIA_SINGLE)

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

#endif
