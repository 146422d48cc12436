/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Image operations that commute and are their own inverse (a group of 2^k elements m, as large as is found in the group of images), made
 * diagonal by sums and differences of features, t = T u: each t_c keeps its value or changes its sign under each of the k generators;
 * its class c, a bit for each, says which. So the image m of a geometry has (-1)^(bits of m and c) t_c. The rest of the group are
 * cosets, the same once more for each. (Fast transforms on groups: Diaconis, Rockmore, J. Am. Math. Soc. 3, 297 (1990).) */
#ifndef DIA_MODEL_IMAGE_CLASSES_H
#define DIA_MODEL_IMAGE_CLASSES_H

#include "diabolo/base.h"
#include "model/images.h"

enum { DIA_IMAGE_CLASSES = 16 }; /* elements m at most */

typedef struct dia_butterfly { /* (i, j) to (i + sign j, i - sign j) */
    int i, j;
    double sign;
} dia_butterfly;

typedef struct dia_image_classes {
    const dia_images *images; /* borrowed, as is */
    int order, ncoset;        /* order * ncoset images */
    int *element; /* (ncoset, order): the image P_m P_r, r the element that stands for a coset        owned */
    int nbutterfly;
    dia_butterfly *butterfly; /* T, one after the other                                                       owned */
    int *class, *place;       /* (nfeature) c of t_k, and its row among all, each class padded to whole panels owned */
    int count[DIA_IMAGE_CLASSES]; /* of each class                                                                */
    int before[DIA_IMAGE_CLASSES + 1], first[DIA_IMAGE_CLASSES + 1]; /* what the lower classes have; with padding */
} dia_image_classes;

/* At most `most` elements m, a power of 2. DIA_ERROR_INPUT: the images are no group. */
DIA_MUST_USE dia_status dia_image_classes_init(dia_image_classes *group, const dia_images *images, int most,
                                               dia_error *error);
void dia_image_classes_free(dia_image_classes *group);

/* The sign of a number of class c under element m of the group that commutes. */
static inline int dia_image_classes_sign(int m, int c)
{
    int odd = 0;
    for (int both = m & c; both != 0; both >>= 1)
        odd ^= both & 1;
    return odd ? -1 : 1;
}

#endif
