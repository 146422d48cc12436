/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the group asks of an H that is made of invariant coefficients and covariants v: H_o = (P d)_o + sum_m c_om v_om. The diagonal d has
 * an invariant part P; elements o that have covariants are all off-diagonal ones and what B (images.h) mixes with others, and those
 * that are mixed share one c. */
#ifndef DIA_MODEL_COVARIANTS_H
#define DIA_MODEL_COVARIANTS_H

#include "diabolo/base.h"
#include "model/images.h"

typedef struct dia_covariants {
    const dia_images *images; /* borrowed, as is                                                      */
    int nelement;             /* elements with covariants                                             */
    int *element;             /* (nelement) which, packed                                       owned */
    int *set;                 /* (nelement) that has one set of coefficients, 0 .. nset-1       owned */
    int nset;
    double *invariant; /* (npacked, n) P of the diagonal elements; NULL: the identity                 owned */
} dia_covariants;

DIA_MUST_USE dia_status dia_covariants_init(dia_covariants *of, const dia_images *images, dia_error *error);
void dia_covariants_free(dia_covariants *of);

#endif
