/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of initial conditions share: models, and the settings that an input gives. */
#ifndef DIA_TEST_START_H
#define DIA_TEST_START_H

#include "base/config.h"
#include "dynamics/initial.h"

extern const char start_tully[]; /* one coordinate, of mass 2000                            */
extern const char
    start_abstract[]; /* one state: the force constants w + 2 gamma and the minimum -kappa/(w + 2 gamma) are known */
extern const char start_water[]; /* three atoms, of whose vibrations the model knows one    */

typedef struct asked { /* a model and the settings an input gives */
    dia_model *model;
    dia_config *config;
    dia_initial_settings settings;
} asked;

void ask(asked *a, const char *model, const char *initial); /* the block `initial`; the caller calls answered */
void answered(asked *a);

#endif
