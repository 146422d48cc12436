/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conform_bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "base/rng.h"

double bench_draw(bench *t)
{
    return dia_rng_normal(t->seed, 0, 0, DIA_PURPOSE_TEST, t->draws++);
}

double *bench_numbers(size_t n)
{
    double *made = calloc(n, sizeof *made);
    assert_non_null(made);
    return made;
}

void bench_geometry(bench *t, double *R)
{
    const double *reference = dia_model_molecule(t->model)->reference;
    for (int c = 0; c < t->shape.ncart; c++)
        R[c] = reference[c] + t->settings->spread * bench_draw(t);
}

void bench_answer(bench *t)
{
    assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, t->R, t->H), DIA_OK);
    assert_int_equal(dia_model_contract(t->model, t->tape, BATCH, t->row, t->W, t->G), DIA_OK);
    assert_int_equal(dia_model_derivative(t->model, t->tape, BATCH, t->row, t->V, t->dH), DIA_OK);
}

void bench_open(bench *t, dia_model *model, const conform *settings)
{
    *t = (bench){.model = model, .settings = settings, .shape = dia_model_shape(model)};
    t->seed = check_seed(settings->seed != 0 ? settings->seed : 20261122);
    size_t ncart = (size_t)t->shape.ncart, npacked = (size_t)t->shape.npacked;
    double **cartesian[] = {&t->R, &t->V, &t->G, &t->G1}, **packed[] = {&t->W, &t->H, &t->dH, &t->H1, &t->dH1};
    for (int i = 0; i < 4; i++)
        *cartesian[i] = bench_numbers(BATCH * ncart);
    for (int i = 0; i < 5; i++)
        *packed[i] = bench_numbers(BATCH * npacked);
    dia_error error = {0};
    assert_ok(dia_tape_create_hermitian(&t->tape, model, BATCH, BATCH, &error), &error);
    for (int b = 0; b < BATCH; b++) {
        t->row[b] = b;
        bench_geometry(t, t->R + b * t->shape.ncart);
    }
    for (int i = 0; i < BATCH * t->shape.npacked; i++)
        t->W[i] = bench_draw(t);
    for (int i = 0; i < BATCH * t->shape.ncart; i++)
        t->V[i] = bench_draw(t);
    bench_answer(t);
}

void bench_close(bench *t)
{
    double *all[] = {t->R, t->W, t->V, t->H, t->G, t->dH, t->H1, t->G1, t->dH1};
    for (int i = 0; i < 9; i++)
        free(all[i]);
    dia_tape_free(t->tape);
}

double bench_inner(const dia_shape *shape, const double *W, const double *X, double *scale)
{
    const int nstate = shape->nstate;
    const bool hermitian = dia_hermitian(shape);
    double sum = 0.0;
    for (int i = 0; i < nstate; i++)
        for (int j = 0; j <= i; j++) {
            double term = (i == j ? 1.0 : 2.0) * W[dia_packed(i, j)] * X[dia_packed(i, j)];
            sum += term;
            *scale += fabs(term);
        }
    for (int i = 1; hermitian && i < nstate; i++)
        for (int j = 0; j < i; j++) {
            const int at = dia_packed_imaginary(nstate, i, j);
            sum += 2.0 * W[at] * X[at];
            *scale += fabs(2.0 * W[at] * X[at]);
        }
    return sum;
}

double bench_largest(int n, const double *x)
{
    double most = 0.0;
    for (int i = 0; i < n; i++)
        if (fabs(x[i]) > most)
            most = fabs(x[i]);
    return most;
}

bool bench_finite(int n, const double *x)
{
    for (int i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

void assert_same(const double *a, const double *b, int n)
{
    assert_memory_equal(a, b, (size_t)n * sizeof *a);
}

void bench_rotation(bench *t, double Q[3][3])
{
    double q[4], norm = 0.0;
    for (int i = 0; i < 4; i++) {
        q[i] = bench_draw(t);
        norm += q[i] * q[i];
    }
    for (int i = 0; i < 4; i++)
        q[i] /= sqrt(norm);
    double w = q[0], x = q[1], y = q[2], z = q[3];
    const double made[3][3] = {{1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)},
                               {2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)},
                               {2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)}};
    memcpy(Q, made, sizeof made);
}

void bench_rotate(int natom, double Q[3][3], const double *from, double shift, double *to)
{
    for (int a = 0; a < natom; a++)
        for (int i = 0; i < 3; i++) {
            to[3 * a + i] = shift * (i + 1);
            for (int j = 0; j < 3; j++)
                to[3 * a + i] += Q[i][j] * from[3 * a + j];
        }
}

void bench_strange(bench *t, int kind, double *R)
{
    const dia_molecule *molecule = dia_model_molecule(t->model);
    int ncart = t->shape.ncart, d = molecule->dimension;
    memcpy(R, molecule->reference, (size_t)ncart * sizeof *R);
    for (int c = 0; c < ncart; c++) {
        int axis = c % d;
        double x = R[c], random = t->R[c];
        switch (kind) {
        case MIRROR:
            R[c] = axis == d - 1 ? -random : random;
            break;
        case HALF_TURN: /* exactly: the worst case of an alignment */
            R[c] = axis == 0 || d < 3 ? x : -x;
            break;
        case COLLINEAR:
            R[c] = axis == 0 ? 2.0 * (c / d) + 0.1 * random : 0.0;
            break;
        case PLANAR:
            R[c] = axis == 2 ? 0.0 : random;
            break;
        case FAR_AWAY:
            R[c] = d == 3 ? random + 1e3 : random;
            break;
        case COINCIDENT:
            R[c] = 0.0;
            break;
        case TWO_COINCIDENT:
            R[c] = c / d == 1 ? R[axis] : x;
            break;
        case EXPLODED:
            R[c] = 1e6 * random;
            break;
        case HUGE:
            R[c] = 1e300 * random;
            break;
        case INFINITE:
            R[c] = c == 0 ? INFINITY : x;
            break;
        case NOT_A_NUMBER:
            R[c] = c == ncart - 1 ? NAN : x;
            break;
        default:
            break;
        }
    }
}
