/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first layer of a perceptron for all images of a geometry, z_g = b + W P_g u, for little more than one product with W.
 *
 * With the features by classes of image_classes.h, W T^-1 t falls into one part s_c for each class, and
 *
 *   z_m = b + sum_c (-1)^(bits of m and c) s_c,
 *
 * a Walsh-Hadamard transform. The same once more for each coset. Behind the activation images have nothing in common that is exact. */
#ifndef DIA_MODEL_IMAGE_LAYER_H
#define DIA_MODEL_IMAGE_LAYER_H

#include "model/image_classes.h"
#include "model/mlp.h"

typedef struct dia_image_layer {
    dia_image_classes group;
    const dia_mlp *mlp; /* whose first layer it is */
    double *adapted; /* W T^-1, a matrix for each class, and one row more                                      owned */
    double *packed[DIA_IMAGE_CLASSES], *transposed[DIA_IMAGE_CLASSES]; /* of them; NULL: an empty class    owned */
    struct {
        float *packed[DIA_IMAGE_CLASSES], *transposed[DIA_IMAGE_CLASSES];
    } single; /* rounded                                                                     owned */
} dia_image_layer;

DIA_MUST_USE dia_status dia_image_layer_init(dia_image_layer *layer, const dia_images *images, const dia_mlp *mlp,
                                             dia_error *error);
void dia_image_layer_free(dia_image_layer *layer);
void dia_image_layer_refresh(dia_image_layer *layer); /* after theta was changed */

/* Doubles of scratch, and of z: for each image one panel of the padded units. */
size_t dia_image_layer_scratch(const dia_image_layer *layer);
size_t dia_image_layer_size(const dia_image_layer *layer);
/* Where image g is in z. */
static inline double *dia_image_layer_of(const dia_image_layer *layer, double *z, int g)
{
    return z + (size_t)g * (size_t)dia_panel_padded(layer->mlp->width[1]) * DIA_PANEL_LANES;
}
static inline float *dia_image_layer_of_single(const dia_image_layer *layer, float *z, int g)
{
    return z + (size_t)g * (size_t)dia_panel_padded(layer->mlp->width[1]) * DIA_PANEL_SINGLE_LANES;
}
/* u (nfeature, L) -> z of all images; a tangent of u -> that of z, without b. */
void dia_image_layer_forward(const dia_image_layer *layer, const double *u, bool tangent, double *scratch, double *z);
/* Adjoints of z of all images -> that of u (nfeature, L), overwritten. */
void dia_image_layer_reverse(const dia_image_layer *layer, const double *zbar, double *scratch, double *ubar);
/* The same on panels of sixteen floats, in as many bytes. */
void dia_image_layer_forward_single(const dia_image_layer *layer, const float *u, bool tangent, float *scratch,
                                    float *z);
void dia_image_layer_reverse_single(const dia_image_layer *layer, const float *zbar, float *scratch, float *ubar);

#endif
