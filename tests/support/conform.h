/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One harness for every model: what model.h promises, checked by identities before numbers. */
#ifndef DIA_TEST_CONFORM_H
#define DIA_TEST_CONFORM_H

#include <stdint.h>

#include "diabolo/model.h"

typedef struct conform {
    double spread;    /* bohr: standard deviation of random geometries about the reference                   */
    double step;      /* bohr: of finite differences; 0: 1e-3                                                  */
    double tolerance; /* of finite differences, relative to the largest |H| and |dH|; 0: 1e-8                   */
    bool fixed_frame; /* H may change if the molecule is turned or moved (never so in dimension 1)             */
    uint64_t seed;    /* of the random numbers, unless TEST_SEED is set                                       */
} conform;

/* Runs every check on the model; a failure fails the cmocka test. Parameters (theta) come back as they were. */
void conform_model(dia_model *model, const conform *conform);

#endif
