/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a group acts on features and on the packed matrix: image g of a geometry with features u has features
 * sign[g] u[source[g]], and H there is gamma[g] H element by element. Panels as in math/panel.h. */
#ifndef DIA_MODEL_IMAGES_H
#define DIA_MODEL_IMAGES_H

typedef struct dia_images {
    int nfeature, nstate, npacked;
    int nimage;    /* group elements that act differently on the features; the identity first */
    int *source;   /* (nimage, nfeature)                                                      */
    double *sign;  /* (nimage, nfeature) 1 or -1                                              */
    double *gamma; /* (nimage, npacked) product of the signs of the two states                */
} dia_images;

/* image (nfeature, L) of u */
void dia_images_take(const dia_images *images, int g, const double *u, double *image);
/* The transpose: ubar (nfeature, L) += what `image` gives back. */
void dia_images_give(const dia_images *images, int g, const double *image, double *ubar);
/* to (npacked, L) = factor gamma[g] from */
void dia_images_turn(const dia_images *images, int g, double factor, const double *from, double *to);

#endif
