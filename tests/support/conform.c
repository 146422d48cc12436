/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#include "allocations.h"
#include "conform_bench.h"
#include "diabolo/frame.h"
#include "parallel/team.h"

static void check_shape(bench *t)
{
    const dia_molecule *molecule = dia_model_molecule(t->model);
    dia_shape s = t->shape;
    assert_true(s.nstate >= 1 && s.natom >= 1 && s.ntheta >= 0);
    assert_int_equal(s.npacked, dia_hermitian(&s) ? s.nstate * s.nstate : s.nstate * (s.nstate + 1) / 2);
    assert_int_equal(s.natom, molecule->natom);
    assert_int_equal(s.ncart, molecule->ncart);
    assert_int_equal(s.ncart, molecule->natom * molecule->dimension);
    assert_true((s.ntheta > 0) == (dia_model_theta(t->model) != NULL));
    for (int a = 0; a < s.natom; a++)
        assert_true(molecule->masses[a] > 0.0);
    assert_true(bench_finite(s.ncart, molecule->reference));
    assert_non_null(dia_model_name(t->model));
    assert_true(bench_finite(BATCH * s.npacked, t->H));
    assert_true(bench_finite(BATCH * s.ncart, t->G));
    assert_true(bench_finite(BATCH * s.npacked, t->dH));
}

/* <W, dH.V> = <contract(W), V>: reverse and forward mode are transposes of each other; holds to rounding, without a
 * step size. */
static void check_adjoint(bench *t)
{
    for (int b = 0; b < BATCH; b++) {
        double scale = 0.0,
               forward = bench_inner(&t->shape, t->W + b * t->shape.npacked, t->dH + b * t->shape.npacked, &scale);
        double reverse = 0.0;
        for (int c = 0; c < t->shape.ncart; c++) {
            double term = t->G[b * t->shape.ncart + c] * t->V[b * t->shape.ncart + c];
            reverse += term;
            scale += fabs(term);
        }
        assert_close(forward, reverse, 0, 1e-12 * scale);
    }
}

/* dH.V against the five-point formula, error O(step^4). */
static void check_finite_differences(bench *t)
{
    int ncart = t->shape.ncart, npacked = t->shape.npacked;
    double step = t->settings->step > 0 ? t->settings->step : 1e-3;
    double tolerance = t->settings->tolerance > 0 ? t->settings->tolerance : 1e-8;
    const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place[] = {-2, -1, 1, 2};
    double *R = bench_numbers((size_t)(4 * ncart)), *H = bench_numbers((size_t)(4 * npacked));
    for (int b = 0; b < BATCH; b++) {
        for (int k = 0; k < 4; k++)
            for (int c = 0; c < ncart; c++)
                R[k * ncart + c] = t->R[b * ncart + c] + place[k] * step * t->V[b * ncart + c];
        assert_int_equal(dia_model_hamiltonian(t->model, t->tape, 4, R, H), DIA_OK);
        double scale = bench_largest(npacked, t->dH + b * npacked) + bench_largest(npacked, t->H + b * npacked);
        for (int p = 0; p < npacked; p++) {
            double difference = 0.0;
            for (int k = 0; k < 4; k++)
                difference += weight[k] * H[k * npacked + p] / step;
            assert_close(t->dH[b * npacked + p], difference, 0, tolerance * scale);
        }
    }
    free(R);
    free(H);
}

/* A request list may repeat, leave out and reorder rows. */
static void check_rows(bench *t)
{
    int ncart = t->shape.ncart, npacked = t->shape.npacked;
    const int row[] = {5, 5, 0, BATCH - 1, 3, 5, 3};
    enum { N = sizeof row / sizeof row[0] };
    double *W = bench_numbers((size_t)(N * npacked)), *V = bench_numbers((size_t)(N * ncart));
    for (int q = 0; q < N; q++) {
        memcpy(W + q * npacked, t->W + row[q] * npacked, (size_t)npacked * sizeof *W);
        memcpy(V + q * ncart, t->V + row[q] * ncart, (size_t)ncart * sizeof *V);
    }
    assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, t->R, t->H1), DIA_OK);
    assert_same(t->H, t->H1, BATCH * npacked);
    assert_int_equal(dia_model_contract(t->model, t->tape, N, row, W, t->G1), DIA_OK);
    assert_int_equal(dia_model_derivative(t->model, t->tape, N, row, V, t->dH1), DIA_OK);
    for (int q = 0; q < N; q++) {
        assert_same(t->G1 + q * ncart, t->G + row[q] * ncart, ncart);
        assert_same(t->dH1 + q * npacked, t->dH + row[q] * npacked, npacked);
    }
    assert_int_equal(dia_model_contract(t->model, t->tape, 0, row, W, t->G1), DIA_OK); /* nobody wants to hop */
    free(W);
    free(V);
}

/* Nor do gaps in it matter: all rows but one, but two, ... and single ones. */
static void check_gaps(bench *t)
{
    int ncart = t->shape.ncart, npacked = t->shape.npacked, row[BATCH];
    double *W = bench_numbers((size_t)(BATCH * npacked)), *V = bench_numbers((size_t)(BATCH * ncart));
    assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, t->R, t->H1), DIA_OK);
    for (int every = 1; every <= BATCH; every++) {
        int n = 0;
        for (int b = 0; b < BATCH; b++) {
            if (every < BATCH / 2 ? b % (every + 1) == 1 : b % (every - BATCH / 2 + 1) != 0)
                continue;
            memcpy(W + n * npacked, t->W + b * npacked, (size_t)npacked * sizeof *W);
            memcpy(V + n * ncart, t->V + b * ncart, (size_t)ncart * sizeof *V);
            row[n++] = b;
        }
        assert_int_equal(dia_model_contract(t->model, t->tape, n, row, W, t->G1), DIA_OK);
        assert_int_equal(dia_model_derivative(t->model, t->tape, n, row, V, t->dH1), DIA_OK);
        for (int q = 0; q < n; q++) {
            assert_same(t->G1 + q * ncart, t->G + row[q] * ncart, ncart);
            assert_same(t->dH1 + q * npacked, t->dH + row[q] * npacked, npacked);
        }
    }
    free(W);
    free(V);
}

/* Batches of 1, 2, 3, ... all give the bits of the whole batch. */
static void check_batches(bench *t)
{
    int ncart = t->shape.ncart, npacked = t->shape.npacked;
    for (int size = 1; size < BATCH; size++)
        for (int first = 0; first + size <= BATCH; first += size) {
            assert_int_equal(dia_model_hamiltonian(t->model, t->tape, size, t->R + first * ncart, t->H1), DIA_OK);
            assert_same(t->H1, t->H + first * npacked, size * npacked);
            assert_int_equal(dia_model_contract(t->model, t->tape, size, t->row, t->W + first * npacked, t->G1),
                             DIA_OK);
            assert_same(t->G1, t->G + first * ncart, size * ncart);
            assert_int_equal(dia_model_derivative(t->model, t->tape, size, t->row, t->V + first * ncart, t->dH1),
                             DIA_OK);
            assert_same(t->dH1, t->dH + first * npacked, size * npacked);
        }
}

static void check_allocations(bench *t)
{
    double *volatile probe = malloc(8); /* the counter counts */
    long before = allocations_count();
    free(probe);
    probe = malloc(8);
    free(probe);
    assert_true(allocations_count() > before);
    before = allocations_count();
    bench_answer(t);
    assert_int_equal(allocations_count() - before, 0);
}

static void check_ranges(bench *t)
{
    int row[BATCH + 1] = {0};
    assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH + 1, t->R, t->H1), DIA_ERROR_INPUT);
    assert_int_equal(dia_model_hamiltonian(t->model, t->tape, 2, t->R, t->H1), DIA_OK);
    row[1] = 2; /* a row beyond the batch of the last hamiltonian */
    assert_int_equal(dia_model_contract(t->model, t->tape, 2, row, t->W, t->G1), DIA_ERROR_INPUT);
    assert_int_equal(dia_model_derivative(t->model, t->tape, 2, row, t->V, t->dH1), DIA_ERROR_INPUT);
    row[1] = -1;
    assert_int_equal(dia_model_contract(t->model, t->tape, 2, row, t->W, t->G1), DIA_ERROR_INPUT);
    row[1] = 0;
    assert_int_equal(dia_model_contract(t->model, t->tape, BATCH + 1, row, t->W, t->G1), DIA_ERROR_INPUT);
}

typedef struct crowd { /* threads that share the model, each with its own tape */
    bench *t;
    dia_tape *tape[2];
    bool wrong[8];
} crowd;

static void crowd_task(void *context, int task, int thread)
{
    crowd *c = context;
    bench *t = c->t;
    double *H = calloc((size_t)(BATCH * t->shape.npacked), sizeof *H);
    double *G = calloc((size_t)(BATCH * t->shape.ncart), sizeof *G);
    c->wrong[task] = H == NULL || G == NULL ||
                     dia_model_hamiltonian(t->model, c->tape[thread], BATCH, t->R, H) != DIA_OK ||
                     dia_model_contract(t->model, c->tape[thread], BATCH, t->row, t->W, G) != DIA_OK ||
                     memcmp(H, t->H, (size_t)(BATCH * t->shape.npacked) * sizeof *H) != 0 ||
                     memcmp(G, t->G, (size_t)(BATCH * t->shape.ncart) * sizeof *G) != 0;
    free(H);
    free(G);
}

static void check_threads(bench *t)
{
    crowd c = {.t = t};
    dia_error error = {0};
    for (int i = 0; i < 2; i++)
        assert_ok(dia_tape_create_hermitian(&c.tape[i], t->model, BATCH, BATCH, &error), &error);
    dia_team_run(2, 8, crowd_task, &c);
    for (int i = 0; i < 8; i++)
        assert_false(c.wrong[i]);
    for (int i = 0; i < 2; i++)
        dia_tape_free(c.tape[i]);
}

void conform_model(dia_model *model, const conform *settings)
{
    bench t;
    bench_open(&t, model, settings);
    check_shape(&t);
    check_adjoint(&t);
    check_finite_differences(&t);
    check_rows(&t);
    check_gaps(&t);
    check_batches(&t);
    conform_strange(&t);
    conform_invariance(&t);
    conform_dipole_values(&t);
    conform_dipole_gradients(&t);
    check_allocations(&t);
    check_ranges(&t);
    check_threads(&t);
    conform_pullback(&t);
    conform_gradients(&t);
    bench_close(&t);
}

dia_model *conform_open(const char *yaml)
{
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    return model;
}

void conform_block(const char *yaml, double spread)
{
    print_message("%s\n", yaml);
    dia_model *model = conform_open(yaml);
    conform_model(model, &(conform){.spread = spread});
    dia_model_free(model);
}

void conform_point(const dia_model *model, const double *R, double *H, double *E)
{
    enum { MOST = 4, WORK = 1000 };
    double U[MOST * MOST], work[WORK];
    dia_error error = {0};
    dia_tape *tape = NULL;
    const int n = dia_model_shape(model).nstate;
    assert_true(n <= MOST && dia_frame_work(n) <= WORK);
    assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
    assert_ok(dia_model_hamiltonian(model, tape, 1, R, H), NULL);
    dia_frame frame = {.batch = 1, .nstate = n, .H = H, .E = E, .U = U};
    assert_ok(dia_frame_solve(&frame, work), NULL);
    dia_tape_free(tape);
}
