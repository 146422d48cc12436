/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a group acts on features and on the packed matrix: image g of a geometry with features u has features
 * sign[g] u[source[g]], and H there is Gamma(g) H Gamma(g)^T. What belongs to the image is brought back by
 *
 *   B_g: the packed Y -> the packed Gamma^T Y Gamma,   so that  mean_g B_g Y(u_g)  behaves as H for any Y.
 *
 * Where Gamma is diagonal, B_g is too. Panels as in math/panel.h. */
#ifndef DIA_MODEL_IMAGES_H
#define DIA_MODEL_IMAGES_H

#include <stdbool.h>

typedef struct dia_images {
    int nfeature, nstate, npacked;
    int nimage;    /* group elements that act differently on the features; the identity first                    */
    int *source;   /* (nimage, nfeature)                                                                         */
    double *sign;  /* (nimage, nfeature) 1 or -1                                                                 */
    double *gamma; /* (nimage, npacked) the diagonal of B_g; if all there is: product of the signs of two states */
    double *back;  /* (nimage, npacked, npacked) B_g; NULL: diagonal                                             */
} dia_images;

/* image (nfeature, L) of u */
void dia_images_take(const dia_images *images, int g, const double *u, double *image);
/* The transpose: ubar (nfeature, L) += what `image` gives back. */
void dia_images_give(const dia_images *images, int g, const double *image, double *ubar);
/* to (npacked, L) += B_g from */
void dia_images_bring(const dia_images *images, int g, const double *from, double *to);
/* The transpose: to (npacked, L) = factor B_g^T from */
void dia_images_turn(const dia_images *images, int g, double factor, const double *from, double *to);

/* The same on panels of sixteen floats. */
void dia_images_take_single(const dia_images *images, int g, const float *u, float *image);
void dia_images_give_single(const dia_images *images, int g, const float *image, float *ubar);
void dia_images_bring_single(const dia_images *images, int g, const float *from, float *to);
void dia_images_turn_single(const dia_images *images, int g, double factor, const float *from, float *to);

/* Element (k, j) of B_g. */
static inline double dia_images_back(const dia_images *images, int g, int k, int j)
{
    const int np = images->npacked;
    if (images->back != 0)
        return images->back[(g * np + k) * np + j];
    return k == j ? images->gamma[g * np + k] : 0.0;
}

/* B of one Gamma (nstate, nstate, rows): back (npacked, npacked) */
void dia_images_back_of(int nstate, const double *gamma, double *back);
/* The packed matrix's part that no element of the group changes: mean_g B_g y -> invariant (npacked). */
void dia_images_invariant(const dia_images *images, const double *y, double *invariant);
/* May elements of the packed matrix be multiplied by `scale` (npacked), each by its own, without harm to the symmetry? */
bool dia_images_scalable(const dia_images *images, const double *scale);

#endif
