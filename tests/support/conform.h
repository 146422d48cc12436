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

/* The model of a YAML block; freed by the caller. */
dia_model *conform_open(const char *yaml);

/* conform_model of the model of a YAML block, whose name is printed first. */
void conform_block(const char *yaml, double spread);

/* H (npacked) and adiabatic energies E (nstate) at R (ncart), atomic units; of up to 4 states. */
void conform_point(const dia_model *model, const double *R, double *H, double *E);

#endif
