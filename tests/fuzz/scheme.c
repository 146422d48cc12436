/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/kinetics/scheme.h"

/* What is rejected is explained; the rate matrix of what is accepted conserves the population: its columns add up to
 * nothing (to rounding: at most 24 rates of 1). */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char text[701];
    if (size > sizeof text - 1)
        return 0;
    memcpy(text, bytes, size);
    text[size] = '\0';
    dia_error error = {0};
    dia_scheme scheme;
    if (dia_scheme_parse(&scheme, text, &error) != DIA_OK) {
        if (error.status == DIA_OK || error.text[0] == '\0')
            abort();
        return 0;
    }
    double k[DIA_SCHEME_STEPS], K[DIA_SCHEME_SPECIES * DIA_SCHEME_SPECIES];
    for (int i = 0; i < scheme.nstep; i++)
        k[i] = 1.0;
    dia_scheme_matrix(&scheme, k, K);
    for (int j = 0; j < scheme.nspecies; j++) {
        double sum = 0.0;
        for (int i = 0; i < scheme.nspecies; i++)
            sum += K[i * scheme.nspecies + j];
        if (!(fabs(sum) < 1e-12))
            abort();
    }
    char name[20];
    for (int i = 0; i < scheme.nstep; i++)
        dia_scheme_step_name(&scheme, i, sizeof name, name);
    return 0;
}
