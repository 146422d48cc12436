/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the slopes at both ends of a pair of neighbours say of the change of the energies between them. */
#ifndef DIA_CHECK_DATA_EXPECT_H
#define DIA_CHECK_DATA_EXPECT_H

#include "check/data/test.h"

enum { DIA_EXPECT_PAIRS = DIA_DATASET_STATES * (DIA_DATASET_STATES - 1) / 2 };

typedef struct dia_slopes {                                    /* along dx from a to b, hartree; NaN: missing */
    double a[DIA_DATASET_STATES], b[DIA_DATASET_STATES];       /* of the energies, at a and at b */
    double ha[DIA_EXPECT_PAIRS + 1], hb[DIA_EXPECT_PAIRS + 1]; /* couplings h_ij . dx            */
} dia_slopes;

void dia_pair_slopes(const dia_checkup *x, int pair, dia_slopes *slopes);
/* residual (nstate): E_b - E_a minus what both ends expect on average,
 *   [(E_b - P_a(b)) - (E_a - P_b(a))] / 2,
 * P_a(b) the eigenvalues of the matrix with E_a + G_a.dx on its diagonal and h_a.dx beside it: right to third order in dx, also through an
 * intersection of these states, where a mean slope alone is not. Without couplings it is the mean slope. NaN: unknown. */
void dia_pair_residual(const dia_checkup *x, int pair, const dia_slopes *slopes, double *residual);

#endif
