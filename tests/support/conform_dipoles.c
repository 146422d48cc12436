/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dipoles, and their derivatives. */
#include "conform_bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#include "allocations.h"

/* Dipoles, if the model has them, turn with the molecule and do not move with it; a request's result is bitwise the same
 * in any list. A model without them says so. */
void conform_dipole_values(bench *t)
{
    const int size = 3 * t->shape.npacked, ncart = t->shape.ncart;
    double *mu = bench_numbers((size_t)(BATCH * size)), *other = bench_numbers((size_t)(BATCH * size)),
           *R = bench_numbers((size_t)ncart);
    double Q[3][3];
    assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, t->R, t->H1), DIA_OK);
    if (!dia_model_dipole_differentiable(t->model))
        assert_int_equal(dia_model_dipole_contract(t->model, t->tape, 1, (int[]){0}, other, mu), DIA_ERROR_UNSUPPORTED);
    if (!dia_model_dipolar(t->model)) {
        assert_false(dia_model_dipole_differentiable(t->model));
        assert_int_equal(dia_model_dipole(t->model, t->tape, 1, (int[]){0}, mu), DIA_ERROR_UNSUPPORTED);
    } else {
        assert_int_equal(dia_model_dipole(t->model, t->tape, 1, (int[]){BATCH}, mu), DIA_ERROR_INPUT);
        assert_int_equal(dia_model_dipole(t->model, t->tape, BATCH, t->row, mu), DIA_OK);
        assert_true(bench_largest(BATCH * size, mu) > 0.0);
        for (int b = 0; b < BATCH; b++) {
            assert_int_equal(dia_model_dipole(t->model, t->tape, 1, t->row + b, other), DIA_OK);
            assert_same(other, mu + b * size, size);
        }
    }
    const bool turns = dia_model_molecule(t->model)->dimension == 3 && !t->settings->fixed_frame;
    for (int b = 0; b < BATCH && turns && dia_model_dipolar(t->model); b++) {
        bench_rotation(t, Q);
        bench_rotate(t->shape.natom, Q, t->R + t->row[b] * ncart, 1.3, R);
        assert_int_equal(dia_model_hamiltonian(t->model, t->tape, 1, R, t->H1), DIA_OK);
        assert_int_equal(dia_model_dipole(t->model, t->tape, 1, (int[]){0}, other), DIA_OK);
        for (int k = 0; k < t->shape.npacked; k++)
            for (int x = 0; x < 3; x++) {
                double turned = 0.0;
                for (int y = 0; y < 3; y++)
                    turned += Q[x][y] * mu[b * size + y * t->shape.npacked + k];
                /* as of H in check_invariance */
                assert_close(other[x * t->shape.npacked + k], turned, 0,
                             1e-11 * (1.0 + bench_largest(size, mu + b * size)));
            }
    }
    free(mu);
    free(other);
    free(R);
}

/* <W, mu> summed over the components. */
static double inner_dipole(const bench *t, const double *W, const double *mu)
{
    double sum = 0.0, ignored = 0.0;
    for (int x = 0; x < 3; x++)
        sum += bench_inner(&t->shape, W + x * t->shape.npacked, mu + x * t->shape.npacked, &ignored);
    return sum;
}

/* W (BATCH, 3, npacked) and its G (BATCH, ncart) along V against the five-point formula of the dipoles, as for H. */
static void check_dipole_slopes(bench *t, const double *W, const double *G, double *R, double *mu)
{
    const int ncart = t->shape.ncart, size = 3 * t->shape.npacked, rows[] = {0, 1, 2, 3};
    const double step = t->settings->step > 0 ? t->settings->step : 1e-3,
                 tolerance = t->settings->tolerance > 0 ? t->settings->tolerance : 1e-8;
    const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place[] = {-2, -1, 1, 2};
    for (int b = 0; b < BATCH; b++) {
        double slope = 0.0, difference = 0.0;
        for (int c = 0; c < ncart; c++)
            slope += G[b * ncart + c] * t->V[b * ncart + c];
        for (int k = 0; k < 4; k++)
            for (int c = 0; c < ncart; c++)
                R[k * ncart + c] = t->R[b * ncart + c] + place[k] * step * t->V[b * ncart + c];
        assert_int_equal(dia_model_hamiltonian(t->model, t->tape, 4, R, t->H1), DIA_OK);
        assert_int_equal(dia_model_dipole(t->model, t->tape, 4, rows, mu), DIA_OK);
        for (int k = 0; k < 4; k++)
            difference += weight[k] * inner_dipole(t, W + b * size, mu + k * size) / step;
        const double scale = bench_largest(size, W + b * size) * (1.0 + bench_largest(4 * size, mu)) + fabs(slope);
        assert_close(slope, difference, 0, tolerance * scale);
    }
}

/* The molecule turned, and the weights with it: the gradients turn. */
static void check_dipole_turns(bench *t, const double *W, const double *G, double *R, double *turned_W)
{
    const int ncart = t->shape.ncart, np = t->shape.npacked, size = 3 * np;
    double Q[3][3], *turned = bench_numbers((size_t)ncart);
    for (int b = 0; b < BATCH; b++) {
        bench_rotation(t, Q);
        bench_rotate(t->shape.natom, Q, t->R + b * ncart, 1.3, R);
        bench_rotate(t->shape.natom, Q, G + b * ncart, 0.0, turned);
        for (int k = 0; k < np; k++)
            for (int x = 0; x < 3; x++) {
                turned_W[x * np + k] = 0.0;
                for (int y = 0; y < 3; y++)
                    turned_W[x * np + k] += Q[x][y] * W[b * size + y * np + k];
            }
        assert_int_equal(dia_model_hamiltonian(t->model, t->tape, 1, R, t->H1), DIA_OK);
        assert_int_equal(dia_model_dipole_contract(t->model, t->tape, 1, t->row, turned_W, t->G1), DIA_OK);
        for (int c = 0; c < ncart; c++) /* as of the gradients of H in check_invariance */
            assert_close(t->G1[c], turned[c], 0, 1e-10 * (1.0 + bench_largest(ncart, turned)));
    }
    free(turned);
}

/* Contraction of the derivative of dipoles: differences, linear in W, bitwise the same in any list and batch and beside a
 * strange geometry, no allocation. */
void conform_dipole_gradients(bench *t)
{
    if (!dia_model_dipole_differentiable(t->model))
        return;
    const int ncart = t->shape.ncart, size = 3 * t->shape.npacked, all = BATCH * size;
    double *W = bench_numbers((size_t)all), *other = bench_numbers((size_t)all), *sum = bench_numbers((size_t)all),
           *G = bench_numbers((size_t)(BATCH * ncart)), *G2 = bench_numbers((size_t)(BATCH * ncart)),
           *R = bench_numbers((size_t)(BATCH * ncart));
    for (int i = 0; i < all; i++) {
        W[i] = bench_draw(t);
        other[i] = bench_draw(t);
        sum[i] = 2.0 * W[i] - 3.0 * other[i];
    }
    assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, t->R, t->H1), DIA_OK);
    const long before = allocations_count();
    assert_int_equal(dia_model_dipole_contract(t->model, t->tape, BATCH, t->row, W, G), DIA_OK);
    assert_int_equal(allocations_count() - before, 0);
    assert_int_equal(dia_model_dipole_contract(t->model, t->tape, 1, (int[]){BATCH}, W, G2), DIA_ERROR_INPUT);
    assert_int_equal(dia_model_dipole_contract(t->model, t->tape, BATCH, t->row, other, G2), DIA_OK);
    assert_int_equal(dia_model_dipole_contract(t->model, t->tape, BATCH, t->row, sum, t->G1), DIA_OK);
    const double scale = bench_largest(BATCH * ncart, G) + bench_largest(BATCH * ncart, G2);
    for (int c = 0; c < BATCH * ncart; c++)
        assert_close(t->G1[c], 2.0 * G[c] - 3.0 * G2[c], 0, 1e-12 * scale); /* other order of summation */
    for (int b = BATCH - 1; b >= 0; b--) {
        const int two[] = {b, (b + 7) % BATCH};
        memcpy(sum, W + two[0] * size, (size_t)size * sizeof *sum);
        memcpy(sum + size, W + two[1] * size, (size_t)size * sizeof *sum);
        assert_int_equal(dia_model_dipole_contract(t->model, t->tape, 2, two, sum, t->G1), DIA_OK);
        assert_same(t->G1, G + two[0] * ncart, ncart);
        assert_same(t->G1 + ncart, G + two[1] * ncart, ncart);
    }
    for (int kind = 0; kind < STRANGE; kind++) {
        const int place = (5 * kind + 3) % BATCH;
        memcpy(R, t->R, (size_t)(BATCH * ncart) * sizeof *R);
        bench_strange(t, kind, R + place * ncart);
        assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, R, t->H1), DIA_OK);
        assert_int_equal(dia_model_dipole_contract(t->model, t->tape, BATCH, t->row, W, t->G1), DIA_OK);
        for (int b = 0; b < BATCH; b++)
            if (b != place)
                assert_same(t->G1 + b * ncart, G + b * ncart, ncart);
        if (kind < COINCIDENT && !bench_finite(ncart, t->G1 + place * ncart))
            fail_msg("strange geometry %d: derivatives of dipoles are not finite", kind);
    }
    for (int b = 0; b < BATCH; b++) { /* alone */
        assert_int_equal(dia_model_hamiltonian(t->model, t->tape, 1, t->R + b * ncart, t->H1), DIA_OK);
        assert_int_equal(dia_model_dipole_contract(t->model, t->tape, 1, t->row, W + b * size, t->G1), DIA_OK);
        assert_same(t->G1, G + b * ncart, ncart);
    }
    check_dipole_slopes(t, W, G, R, other);
    if (dia_model_molecule(t->model)->dimension == 3 && !t->settings->fixed_frame)
        check_dipole_turns(t, W, G, R, sum);
    double *made[] = {W, other, sum, G, G2, R};
    for (int i = 0; i < 6; i++)
        free(made[i]);
}
