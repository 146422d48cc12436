/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Derivatives by the parameters, and derivatives of all elements at once. */
#include "conform_bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#include "base/rng.h"
#include "diabolo/extend.h"
#include "model/object.h"

/* The rows of pullback_each, each as pullback gives it alone, whatever other requests there are; V or W0 may be left
 * out. `bar` is the sum of the rows. */
static void check_pullback_each(bench *t, const double *W1, const double *bar)
{
    const size_t nt = (size_t)t->shape.ntheta;
    const int np = t->shape.npacked, nc = t->shape.ncart;
    double *J = bench_numbers(BATCH * nt), *alone = bench_numbers(nt), *sum = bench_numbers(nt);
    const double scale = bench_largest(t->shape.ntheta, bar);
    for (int part = 0; part < 3; part++) {
        const double *W0 = part != 1 ? t->W : NULL, *V = part != 2 ? t->V : NULL, *W = part != 2 ? W1 : NULL;
        for (size_t i = 0; i < BATCH * nt; i++)
            J[i] = NAN; /* it overwrites */
        assert_int_equal(dia_model_pullback_each(t->model, t->tape, BATCH, t->row, W0, V, W, J), DIA_OK);
        for (int q = 0; q < BATCH; q++) {
            memset(alone, 0, nt * sizeof *alone);
            assert_int_equal(dia_model_pullback(t->model, t->tape, 1, t->row + q, W0 != NULL ? W0 + q * np : NULL,
                                                V != NULL ? V + q * nc : NULL, W != NULL ? W + q * np : NULL, alone),
                             DIA_OK);
            for (size_t i = 0; i < nt; i++) {
                assert_close(J[(size_t)q * nt + i], alone[i], 0, 1e-12 * scale); /* other order of summation */
                sum[i] += part == 0 ? alone[i] : 0.0;
            }
        }
    }
    for (size_t i = 0; i < nt; i++)
        assert_close(sum[i], bar[i], 0, 1e-11 * scale);
    free(J);
    free(alone);
    free(sum);
}

/* sum_q <W0_q, H> + <W1_q, dH.V_q> over all rows, W0 = W, W1 = W of the next row. */
static double objective(bench *t, const double *W1)
{
    double sum = 0.0, ignored = 0.0;
    bench_answer(t);
    for (int b = 0; b < BATCH; b++) {
        sum += bench_inner(&t->shape, t->W + b * t->shape.npacked, t->H + b * t->shape.npacked, &ignored);
        sum += bench_inner(&t->shape, W1 + b * t->shape.npacked, t->dH + b * t->shape.npacked, &ignored);
    }
    return sum;
}

void conform_pullback(bench *t)
{
    int ntheta = t->shape.ntheta, npacked = t->shape.npacked;
    double *theta = dia_model_theta(t->model);
    if (theta == NULL) {
        double none = 0.0;
        bench_answer(t);
        assert_int_equal(dia_model_pullback(t->model, t->tape, 1, t->row, t->W, NULL, NULL, &none),
                         DIA_ERROR_UNSUPPORTED);
        return;
    }
    size_t n = (size_t)ntheta;
    double *bar = bench_numbers(n), *part = bench_numbers(n), *old = bench_numbers(n), *direction = bench_numbers(n);
    double *W1 = bench_numbers((size_t)(BATCH * npacked));
    for (int i = 0; i < BATCH * npacked; i++)
        W1[i] = bench_draw(t);
    memcpy(old, theta, n * sizeof *old);
    bench_answer(t);
    assert_int_equal(dia_model_pullback(t->model, t->tape, BATCH, t->row, t->W, t->V, W1, bar), DIA_OK);
    /* It adds, and the two parts are additive. */
    assert_int_equal(dia_model_pullback(t->model, t->tape, BATCH, t->row, t->W, NULL, NULL, part), DIA_OK);
    assert_int_equal(dia_model_pullback(t->model, t->tape, BATCH, t->row, NULL, t->V, W1, part), DIA_OK);
    double scale = bench_largest(ntheta, bar);
    assert_true(bench_finite(ntheta, bar) && scale > 0.0);
    for (int i = 0; i < ntheta; i++)
        assert_close(part[i], bar[i], 0, 1e-12 * scale); /* same terms, other order of summation */
    check_pullback_each(t, W1, bar);
    /* Random directions, then single parameters. */
    for (int trial = 0; trial < 24; trial++) {
        double slope = 0.0, step = 1e-3, difference = 0.0, size = 0.0;
        const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place[] = {-2, -1, 1, 2};
        int single = (int)dia_rng_integer(t->seed, 0, 1, DIA_PURPOSE_TEST, (uint32_t)trial, (uint64_t)ntheta);
        for (int i = 0; i < ntheta; i++) {
            direction[i] = trial < 4 ? bench_draw(t) / sqrt((double)ntheta) : i == single;
            slope += direction[i] * bar[i];
        }
        for (int k = 0; k < 4; k++) {
            for (int i = 0; i < ntheta; i++)
                theta[i] = old[i] + place[k] * step * direction[i];
            dia_model_refresh(t->model);
            double f = objective(t, W1);
            difference += weight[k] * f / step;
            size = fmax(size, fabs(f));
        }
        memcpy(theta, old, n * sizeof *old);
        dia_model_refresh(t->model);
        /* truncation ~ step^4; rounding ~ 1e-15 size/step */
        assert_close(slope, difference, 0, 1e-7 * scale + 1e-10 * size);
    }
    bench_answer(t);
    double *all[] = {bar, part, old, direction, W1};
    for (int i = 0; i < 5; i++)
        free(all[i]);
}

/* All derivatives at once are those of contract, one element after the other; their pullback is that of as many requests, of other elements
 * at a time, since a model may know what an element needs. Scale: of the
 * numbers compared. */
static void check_gradients_once(bench *t)
{
    const int np = t->shape.npacked, nc = t->shape.ncart, real = t->shape.nstate * (t->shape.nstate + 1) / 2;
    const size_t size = (size_t)(BATCH * np * nc), nt = (size_t)t->shape.ntheta;
    double *G = bench_numbers(size), *one = bench_numbers((size_t)(BATCH * nc)),
           *W = bench_numbers((size_t)(BATCH * np));
    double *bar = bench_numbers(nt + 1), *other = bench_numbers(nt + 1), *Gbar = bench_numbers(size),
           *V = bench_numbers((size_t)(BATCH * nc)), *H = bench_numbers((size_t)(BATCH * np));
    for (size_t i = 0; i < size; i++)
        Gbar[i] = bench_draw(t);
    assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, t->R, NULL), DIA_OK);
    for (int first = 0; first < BATCH; first += DIA_LANES) {
        const int n = BATCH - first < DIA_LANES ? BATCH - first : DIA_LANES;
        assert_int_equal(dia_model_gradients(t->model, t->tape, first, n, H + first * np, G + first * np * nc), DIA_OK);
        const dia_status pulled =
            dia_model_gradients_pullback(t->model, t->tape, t->W + first * np, Gbar + first * np * nc, bar);
        assert_int_equal(pulled, nt > 0 ? DIA_OK : DIA_ERROR_UNSUPPORTED);
        if (nt > 0) /* it was for once */
            assert_int_equal(dia_model_gradients_pullback(t->model, t->tape, t->W, Gbar, bar), DIA_ERROR_INPUT);
    }
    assert_int_equal(dia_model_gradients(t->model, t->tape, 1, 1, NULL, G), DIA_ERROR_INPUT);
    assert_int_equal(dia_model_gradients(t->model, t->tape, 0, BATCH + 1, NULL, G), DIA_ERROR_INPUT);
    bench_answer(t); /* H, and what contract needs */
    const double scale = bench_largest((int)size, G), level = bench_largest(BATCH * np, t->H);
    for (int k = 0; k < BATCH * np; k++)
        assert_close(H[k], t->H[k], 0, 1e-12 * level); /* images are summed in another order */
    for (int k = 0, diagonal = 0, i = 0; k < np; k++) {
        const bool on = k == diagonal && k < real;
        diagonal += on ? ++i + 1 : 0;
        memset(W, 0, sizeof *W * (size_t)(BATCH * np));
        for (int b = 0; b < BATCH; b++)
            W[b * np + k] = on ? 1.0 : 0.5;
        assert_int_equal(dia_model_contract(t->model, t->tape, BATCH, t->row, W, one), DIA_OK);
        for (int b = 0; b < BATCH; b++)
            for (int c = 0; c < nc; c++)
                assert_close(G[(b * np + k) * nc + c], one[b * nc + c], 0,
                             1e-12 * scale); /* other order of summation */
        for (int b = 0; b < BATCH;
             b++) { /* elements k and k + 1 at once: sum_k G_k.e_k = sum_k V_k.(e_k + e_k+1), V_k = G_k - V_k-1 */
            W[b * np + k] = 1.0;
            if (k < np - 1)
                W[b * np + k + 1] = 1.0;
            for (int c = 0; c < nc; c++)
                V[b * nc + c] = Gbar[(b * np + k) * nc + c] - (k > 0 ? V[b * nc + c] : 0.0);
        }
        if (nt > 0)
            assert_int_equal(dia_model_pullback(t->model, t->tape, BATCH, t->row, k == 0 ? t->W : NULL, V, W, other),
                             DIA_OK);
    }
    const double bar_scale = bench_largest((int)nt, other);
    assert_true(nt == 0 || bar_scale > 0.0);
    for (size_t p = 0; p < nt; p++)
        assert_close(bar[p], other[p], 0, 1e-12 * bar_scale);
    double *const arrays[] = {G, one, W, bar, other, Gbar, V, H};
    for (size_t p = 0; p < sizeof arrays / sizeof arrays[0]; p++)
        free(arrays[p]);
}

/* By functions of the model's own, and without them. */
void conform_gradients(bench *t)
{
    const dia_model_type *type = t->model->type;
    dia_model_type plain = *type;
    plain.gradients = NULL;
    plain.gradients_pullback = NULL;
    check_gradients_once(t);
    dia_tape *tape = t->tape;
    dia_error error = {0};
    t->model->type = &plain;
    assert_ok(dia_tape_create_hermitian(&t->tape, t->model, BATCH, BATCH, &error), &error);
    check_gradients_once(t);
    dia_tape_free(t->tape);
    t->tape = tape;
    t->model->type = type;
}
