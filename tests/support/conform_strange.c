/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Geometries that no molecule has, and the molecule turned and moved. */
#include "conform_bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

void conform_strange(bench *t)
{
    int ncart = t->shape.ncart, npacked = t->shape.npacked;
    double *R = bench_numbers((size_t)(BATCH * ncart));
    for (int kind = 0; kind < STRANGE; kind++) {
        int place = (5 * kind + 3) % BATCH;
        memcpy(R, t->R, (size_t)(BATCH * ncart) * sizeof *R);
        bench_strange(t, kind, R + place * ncart);
        assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, R, t->H1), DIA_OK);
        assert_int_equal(dia_model_contract(t->model, t->tape, BATCH, t->row, t->W, t->G1), DIA_OK);
        assert_int_equal(dia_model_derivative(t->model, t->tape, BATCH, t->row, t->V, t->dH1), DIA_OK);
        for (int b = 0; b < BATCH; b++) {
            if (b != place) {
                assert_same(t->H1 + b * npacked, t->H + b * npacked, npacked);
                assert_same(t->G1 + b * ncart, t->G + b * ncart, ncart);
                assert_same(t->dH1 + b * npacked, t->dH + b * npacked, npacked);
                continue;
            }
            bool finite = bench_finite(npacked, t->H1 + b * npacked) && bench_finite(ncart, t->G1 + b * ncart) &&
                          bench_finite(npacked, t->dH1 + b * npacked);
            if (kind < COINCIDENT && !finite)
                fail_msg("strange geometry %d: H or its derivatives are not finite", kind);
            if (kind == NOT_A_NUMBER && bench_finite(npacked, t->H1 + b * npacked))
                fail_msg("a geometry with NaN gave a finite H: a lost trajectory would fly on");
        }
    }
    free(R);
}

/* H does not know where the molecule is or how it is turned, and its gradients turn with it. */
void conform_invariance(bench *t)
{
    int ncart = t->shape.ncart, npacked = t->shape.npacked;
    if (dia_model_molecule(t->model)->dimension != 3 || t->settings->fixed_frame)
        return;
    double *R = bench_numbers((size_t)(BATCH * ncart)), *turned = bench_numbers((size_t)ncart);
    double Q[BATCH][3][3];
    for (int b = 0; b < BATCH; b++) {
        bench_rotation(t, Q[b]);
        bench_rotate(t->shape.natom, Q[b], t->R + b * ncart, 1.3, R + b * ncart);
    }
    assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, R, t->H1), DIA_OK);
    assert_int_equal(dia_model_contract(t->model, t->tape, BATCH, t->row, t->W, t->G1), DIA_OK);
    for (int b = 0; b < BATCH; b++) {
        /* rounding of coordinates of some 10 bohr, times the slope, with room for the condition of the model */
        double scale = bench_largest(npacked, t->H + b * npacked) + bench_largest(ncart, t->G + b * ncart);
        for (int p = 0; p < npacked; p++)
            assert_close(t->H1[b * npacked + p], t->H[b * npacked + p], 0, 1e-11 * scale);
        bench_rotate(t->shape.natom, Q[b], t->G + b * ncart, 0.0, turned);
        for (int c = 0; c < ncart; c++)
            assert_close(t->G1[b * ncart + c], turned[c], 0, 1e-10 * scale);
    }
    free(R);
    free(turned);
}
