/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of linear units that behave alike under the group, averaged over few images.
 *
 * Image operations that commute and are their own inverse make every number that is linear in the features of one class, and every
 * product of such numbers, even or odd under each of them (image_classes.h): the image m has (-1)^(bits of m and c) times what the
 * geometry has, and classes of a product are added without carry. So such numbers are needed only for one image r of each coset, two of
 * the eight of ethylene. Features u are multiplied with (1 + mean u^2 / 4)^(-1/2) first, which no image changes. A level has for every
 * class c of its inputs x
 *
 *   a_ck = A_c x_c,  b_ck = B_c x_c                         units; those of class 0 have constants
 *   q    = mean_r a_ck b_ck of all c,  mean_r a_0k, b_0k    invariants: the same for all images
 *   s    = silu(z), z = W s' + V q + b                      s' of the level before
 *   x_c  = g * (a_ck, b_ck, a_pk b_qk with classes p + q = c)         inputs of the next level; g linear in tanh(z)
 *
 * The last level has linear units f of its own x (without g) for each element q of H, of those classes c in which B_g is not lost, from
 * which the covariants are made, and with them H as in covariants.h:
 *
 *   v_om = sum_r sum_q,c M_r,oqc f_qcm(r),   M_r,oqc = (1/|G|) sum_m B_(m r),oq (-1)^(bits of m and c)
 *   d, c = trunk(s, q, v^2)                                 v^2 of elements that B does not mix
 *
 * Exactly covariant, for any group; and bounded, since the factors g are, too: without that products of products grow where there are no
 * data. Products of learned linear forms in place of polynomials of the features: Shao, Chen, Zhao, Zhang, J. Chem. Phys. 145, 071101
 * (2016). Gates: Weiler et al., arXiv:1807.02547. */
#ifndef DIA_MODEL_PRODUCTS_H
#define DIA_MODEL_PRODUCTS_H

#include "model/covariants.h"
#include "model/flow.h"
#include "model/image_classes.h"

enum { DIA_PRODUCTS_CLASSES = 8 }; /* at most; what does not fit is one coset more */

/* First parameters of a matrix are normal with these standard deviations. Columns from `full` on take products, and have half the weights: a
 * geometry whose units are s times as large as usual has products of s^2, and products of these of s^4, so that with full weights a few
 * geometries, and a few draws, were larger by powers of ten than the others. */
typedef struct dia_products_spread {
    double weight, constant;
    int full;
} dia_products_spread;

typedef struct dia_products {
    dia_list pairs, crossed, trunk; /* of int; of the first two one for each level */
    int invariants, covariants, activation;
    dia_image_classes group;
    dia_covariants of;
    dia_flow flow;
    dia_products_spread *spread; /* (nmatrix) owned */
    double *theta;               /* owned           */
} dia_products;

/* Makes spread and flow, but for theta, of the lists, numbers, group and covariants. */
DIA_MUST_USE dia_status dia_products_build(dia_products *b, dia_error *error);

#endif
