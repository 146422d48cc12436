/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#include "allocations.h"
#include "base/rng.h"
#include "diabolo/frame.h"
#include "diabolo/extend.h"
#include "model/object.h"
#include "parallel/team.h"

enum { BATCH = 19 }; /* odd and more than any lane count, so that every last, incomplete panel occurs */

typedef struct bench { /* a model with BATCH random geometries and its answers to one request a row */
    dia_model *model;
    const conform *settings;
    dia_shape shape;
    dia_tape *tape;
    uint64_t seed;
    uint32_t draws;
    double *R;             /* (BATCH, ncart)   */
    double *W;             /* (BATCH, npacked) */
    double *V;             /* (BATCH, ncart)   */
    double *H;             /* (BATCH, npacked) */
    double *G;             /* (BATCH, ncart)   */
    double *dH;            /* (BATCH, npacked) */
    double *H1, *G1, *dH1; /* the same, to compare */
    int row[BATCH];
} bench;

static double draw(bench *t)
{
    return dia_rng_normal(t->seed, 0, 0, DIA_PURPOSE_TEST, t->draws++);
}

static double *numbers(size_t n)
{
    double *made = calloc(n, sizeof *made);
    assert_non_null(made);
    return made;
}

static void random_geometry(bench *t, double *R)
{
    const double *reference = dia_model_molecule(t->model)->reference;
    for (int c = 0; c < t->shape.ncart; c++)
        R[c] = reference[c] + t->settings->spread * draw(t);
}

static void answer(bench *t)
{
    assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, t->R, t->H), DIA_OK);
    assert_int_equal(dia_model_contract(t->model, t->tape, BATCH, t->row, t->W, t->G), DIA_OK);
    assert_int_equal(dia_model_derivative(t->model, t->tape, BATCH, t->row, t->V, t->dH), DIA_OK);
}

static void bench_open(bench *t, dia_model *model, const conform *settings)
{
    *t = (bench){.model = model, .settings = settings, .shape = dia_model_shape(model)};
    t->seed = check_seed(settings->seed != 0 ? settings->seed : 20261122);
    size_t ncart = (size_t)t->shape.ncart, npacked = (size_t)t->shape.npacked;
    double **cartesian[] = {&t->R, &t->V, &t->G, &t->G1}, **packed[] = {&t->W, &t->H, &t->dH, &t->H1, &t->dH1};
    for (int i = 0; i < 4; i++)
        *cartesian[i] = numbers(BATCH * ncart);
    for (int i = 0; i < 5; i++)
        *packed[i] = numbers(BATCH * npacked);
    dia_error error = {0};
    assert_ok(dia_tape_create_hermitian(&t->tape, model, BATCH, BATCH, &error), &error);
    for (int b = 0; b < BATCH; b++) {
        t->row[b] = b;
        random_geometry(t, t->R + b * t->shape.ncart);
    }
    for (int i = 0; i < BATCH * t->shape.npacked; i++)
        t->W[i] = draw(t);
    for (int i = 0; i < BATCH * t->shape.ncart; i++)
        t->V[i] = draw(t);
    answer(t);
}

static void bench_close(bench *t)
{
    double *all[] = {t->R, t->W, t->V, t->H, t->G, t->dH, t->H1, t->G1, t->dH1};
    for (int i = 0; i < 9; i++)
        free(all[i]);
    dia_tape_free(t->tape);
}

/* <W, X> = sum over all i, j of the products of real parts, and of imaginary ones: what is off the diagonal counts twice. */
static double inner(const dia_shape *shape, const double *W, const double *X, double *scale)
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

static double largest(int n, const double *x)
{
    double most = 0.0;
    for (int i = 0; i < n; i++)
        if (fabs(x[i]) > most)
            most = fabs(x[i]);
    return most;
}

static bool all_finite(int n, const double *x)
{
    for (int i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

/* Bitwise, so that NaN equals the same NaN. */
static void assert_same(const double *a, const double *b, int n)
{
    assert_memory_equal(a, b, (size_t)n * sizeof *a);
}

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
    assert_true(all_finite(s.ncart, molecule->reference));
    assert_non_null(dia_model_name(t->model));
    assert_true(all_finite(BATCH * s.npacked, t->H));
    assert_true(all_finite(BATCH * s.ncart, t->G));
    assert_true(all_finite(BATCH * s.npacked, t->dH));
}

/* <W, dH.V> = <contract(W), V>: reverse and forward mode are transposes of each other; holds to rounding, without a
 * step size. */
static void check_adjoint(bench *t)
{
    for (int b = 0; b < BATCH; b++) {
        double scale = 0.0,
               forward = inner(&t->shape, t->W + b * t->shape.npacked, t->dH + b * t->shape.npacked, &scale);
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
    double *R = numbers((size_t)(4 * ncart)), *H = numbers((size_t)(4 * npacked));
    for (int b = 0; b < BATCH; b++) {
        for (int k = 0; k < 4; k++)
            for (int c = 0; c < ncart; c++)
                R[k * ncart + c] = t->R[b * ncart + c] + place[k] * step * t->V[b * ncart + c];
        assert_int_equal(dia_model_hamiltonian(t->model, t->tape, 4, R, H), DIA_OK);
        double scale = largest(npacked, t->dH + b * npacked) + largest(npacked, t->H + b * npacked);
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
    double *W = numbers((size_t)(N * npacked)), *V = numbers((size_t)(N * ncart));
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

/* ---- strange geometries ---------------------------------------------------------------------- */

enum {
    REFERENCE,
    MIRROR,
    HALF_TURN,
    COLLINEAR,
    PLANAR,
    FAR_AWAY, /* H and its derivatives are finite */
    COINCIDENT,
    TWO_COINCIDENT,
    EXPLODED,
    HUGE,
    INFINITE,
    NOT_A_NUMBER,
    STRANGE
}; /* no crash, no harm to others */

static void strange_geometry(bench *t, int kind, double *R)
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

static void check_strange(bench *t)
{
    int ncart = t->shape.ncart, npacked = t->shape.npacked;
    double *R = numbers((size_t)(BATCH * ncart));
    for (int kind = 0; kind < STRANGE; kind++) {
        int place = (5 * kind + 3) % BATCH;
        memcpy(R, t->R, (size_t)(BATCH * ncart) * sizeof *R);
        strange_geometry(t, kind, R + place * ncart);
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
            bool finite = all_finite(npacked, t->H1 + b * npacked) && all_finite(ncart, t->G1 + b * ncart) &&
                          all_finite(npacked, t->dH1 + b * npacked);
            if (kind < COINCIDENT && !finite)
                fail_msg("strange geometry %d: H or its derivatives are not finite", kind);
            if (kind == NOT_A_NUMBER && all_finite(npacked, t->H1 + b * npacked))
                fail_msg("a geometry with NaN gave a finite H: a lost trajectory would fly on");
        }
    }
    free(R);
}

/* ---- the rest -------------------------------------------------------------------------------- */

/* A rotation by a random unit quaternion. */
static void random_rotation(bench *t, double Q[3][3])
{
    double q[4], norm = 0.0;
    for (int i = 0; i < 4; i++) {
        q[i] = draw(t);
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

static void rotate(int natom, double Q[3][3], const double *from, double shift, double *to)
{
    for (int a = 0; a < natom; a++)
        for (int i = 0; i < 3; i++) {
            to[3 * a + i] = shift * (i + 1);
            for (int j = 0; j < 3; j++)
                to[3 * a + i] += Q[i][j] * from[3 * a + j];
        }
}

/* H does not know where the molecule is or how it is turned, and its gradients turn with it. */
static void check_invariance(bench *t)
{
    int ncart = t->shape.ncart, npacked = t->shape.npacked;
    if (dia_model_molecule(t->model)->dimension != 3 || t->settings->fixed_frame)
        return;
    double *R = numbers((size_t)(BATCH * ncart)), *turned = numbers((size_t)ncart);
    double Q[BATCH][3][3];
    for (int b = 0; b < BATCH; b++) {
        random_rotation(t, Q[b]);
        rotate(t->shape.natom, Q[b], t->R + b * ncart, 1.3, R + b * ncart);
    }
    assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, R, t->H1), DIA_OK);
    assert_int_equal(dia_model_contract(t->model, t->tape, BATCH, t->row, t->W, t->G1), DIA_OK);
    for (int b = 0; b < BATCH; b++) {
        /* rounding of coordinates of some 10 bohr, times the slope, with room for the condition of the model */
        double scale = largest(npacked, t->H + b * npacked) + largest(ncart, t->G + b * ncart);
        for (int p = 0; p < npacked; p++)
            assert_close(t->H1[b * npacked + p], t->H[b * npacked + p], 0, 1e-11 * scale);
        rotate(t->shape.natom, Q[b], t->G + b * ncart, 0.0, turned);
        for (int c = 0; c < ncart; c++)
            assert_close(t->G1[b * ncart + c], turned[c], 0, 1e-10 * scale);
    }
    free(R);
    free(turned);
}

/* Dipoles, if the model has them, turn with the molecule and do not move with it; a request's result is bitwise the same
 * in any list. A model without them says so. */
static void check_dipoles(bench *t)
{
    const int size = 3 * t->shape.npacked, ncart = t->shape.ncart;
    double *mu = numbers((size_t)(BATCH * size)), *other = numbers((size_t)(BATCH * size)), *R = numbers((size_t)ncart);
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
        assert_true(largest(BATCH * size, mu) > 0.0);
        for (int b = 0; b < BATCH; b++) {
            assert_int_equal(dia_model_dipole(t->model, t->tape, 1, t->row + b, other), DIA_OK);
            assert_same(other, mu + b * size, size);
        }
    }
    const bool turns = dia_model_molecule(t->model)->dimension == 3 && !t->settings->fixed_frame;
    for (int b = 0; b < BATCH && turns && dia_model_dipolar(t->model); b++) {
        random_rotation(t, Q);
        rotate(t->shape.natom, Q, t->R + t->row[b] * ncart, 1.3, R);
        assert_int_equal(dia_model_hamiltonian(t->model, t->tape, 1, R, t->H1), DIA_OK);
        assert_int_equal(dia_model_dipole(t->model, t->tape, 1, (int[]){0}, other), DIA_OK);
        for (int k = 0; k < t->shape.npacked; k++)
            for (int x = 0; x < 3; x++) {
                double turned = 0.0;
                for (int y = 0; y < 3; y++)
                    turned += Q[x][y] * mu[b * size + y * t->shape.npacked + k];
                /* as of H in check_invariance */
                assert_close(other[x * t->shape.npacked + k], turned, 0, 1e-11 * (1.0 + largest(size, mu + b * size)));
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
        sum += inner(&t->shape, W + x * t->shape.npacked, mu + x * t->shape.npacked, &ignored);
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
        const double scale = largest(size, W + b * size) * (1.0 + largest(4 * size, mu)) + fabs(slope);
        assert_close(slope, difference, 0, tolerance * scale);
    }
}

/* The molecule turned, and the weights with it: the gradients turn. */
static void check_dipole_turns(bench *t, const double *W, const double *G, double *R, double *turned_W)
{
    const int ncart = t->shape.ncart, np = t->shape.npacked, size = 3 * np;
    double Q[3][3], *turned = numbers((size_t)ncart);
    for (int b = 0; b < BATCH; b++) {
        random_rotation(t, Q);
        rotate(t->shape.natom, Q, t->R + b * ncart, 1.3, R);
        rotate(t->shape.natom, Q, G + b * ncart, 0.0, turned);
        for (int k = 0; k < np; k++)
            for (int x = 0; x < 3; x++) {
                turned_W[x * np + k] = 0.0;
                for (int y = 0; y < 3; y++)
                    turned_W[x * np + k] += Q[x][y] * W[b * size + y * np + k];
            }
        assert_int_equal(dia_model_hamiltonian(t->model, t->tape, 1, R, t->H1), DIA_OK);
        assert_int_equal(dia_model_dipole_contract(t->model, t->tape, 1, t->row, turned_W, t->G1), DIA_OK);
        for (int c = 0; c < ncart; c++) /* as of the gradients of H in check_invariance */
            assert_close(t->G1[c], turned[c], 0, 1e-10 * (1.0 + largest(ncart, turned)));
    }
    free(turned);
}

/* Contraction of the derivative of dipoles: differences, linear in W, bitwise the same in any list and batch and beside a
 * strange geometry, no allocation. */
static void check_dipole_contract(bench *t)
{
    if (!dia_model_dipole_differentiable(t->model))
        return;
    const int ncart = t->shape.ncart, size = 3 * t->shape.npacked, all = BATCH * size;
    double *W = numbers((size_t)all), *other = numbers((size_t)all), *sum = numbers((size_t)all),
           *G = numbers((size_t)(BATCH * ncart)), *G2 = numbers((size_t)(BATCH * ncart)),
           *R = numbers((size_t)(BATCH * ncart));
    for (int i = 0; i < all; i++) {
        W[i] = draw(t);
        other[i] = draw(t);
        sum[i] = 2.0 * W[i] - 3.0 * other[i];
    }
    assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, t->R, t->H1), DIA_OK);
    const long before = allocations_count();
    assert_int_equal(dia_model_dipole_contract(t->model, t->tape, BATCH, t->row, W, G), DIA_OK);
    assert_int_equal(allocations_count() - before, 0);
    assert_int_equal(dia_model_dipole_contract(t->model, t->tape, 1, (int[]){BATCH}, W, G2), DIA_ERROR_INPUT);
    assert_int_equal(dia_model_dipole_contract(t->model, t->tape, BATCH, t->row, other, G2), DIA_OK);
    assert_int_equal(dia_model_dipole_contract(t->model, t->tape, BATCH, t->row, sum, t->G1), DIA_OK);
    const double scale = largest(BATCH * ncart, G) + largest(BATCH * ncart, G2);
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
        strange_geometry(t, kind, R + place * ncart);
        assert_int_equal(dia_model_hamiltonian(t->model, t->tape, BATCH, R, t->H1), DIA_OK);
        assert_int_equal(dia_model_dipole_contract(t->model, t->tape, BATCH, t->row, W, t->G1), DIA_OK);
        for (int b = 0; b < BATCH; b++)
            if (b != place)
                assert_same(t->G1 + b * ncart, G + b * ncart, ncart);
        if (kind < COINCIDENT && !all_finite(ncart, t->G1 + place * ncart))
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

static void check_allocations(bench *t)
{
    double *volatile probe = malloc(8); /* the counter counts */
    long before = allocations_count();
    free(probe);
    probe = malloc(8);
    free(probe);
    assert_true(allocations_count() > before);
    before = allocations_count();
    answer(t);
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

/* ---- parameters ------------------------------------------------------------------------------ */

/* The rows of pullback_each, each as pullback gives it alone, whatever other requests there are; V or W0 may be left
 * out. `bar` is the sum of the rows. */
static void check_pullback_each(bench *t, const double *W1, const double *bar)
{
    const size_t nt = (size_t)t->shape.ntheta;
    const int np = t->shape.npacked, nc = t->shape.ncart;
    double *J = numbers(BATCH * nt), *alone = numbers(nt), *sum = numbers(nt);
    const double scale = largest(t->shape.ntheta, bar);
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
    answer(t);
    for (int b = 0; b < BATCH; b++) {
        sum += inner(&t->shape, t->W + b * t->shape.npacked, t->H + b * t->shape.npacked, &ignored);
        sum += inner(&t->shape, W1 + b * t->shape.npacked, t->dH + b * t->shape.npacked, &ignored);
    }
    return sum;
}

static void check_pullback(bench *t)
{
    int ntheta = t->shape.ntheta, npacked = t->shape.npacked;
    double *theta = dia_model_theta(t->model);
    if (theta == NULL) {
        double none = 0.0;
        answer(t);
        assert_int_equal(dia_model_pullback(t->model, t->tape, 1, t->row, t->W, NULL, NULL, &none),
                         DIA_ERROR_UNSUPPORTED);
        return;
    }
    size_t n = (size_t)ntheta;
    double *bar = numbers(n), *part = numbers(n), *old = numbers(n), *direction = numbers(n);
    double *W1 = numbers((size_t)(BATCH * npacked));
    for (int i = 0; i < BATCH * npacked; i++)
        W1[i] = draw(t);
    memcpy(old, theta, n * sizeof *old);
    answer(t);
    assert_int_equal(dia_model_pullback(t->model, t->tape, BATCH, t->row, t->W, t->V, W1, bar), DIA_OK);
    /* It adds, and the two parts are additive. */
    assert_int_equal(dia_model_pullback(t->model, t->tape, BATCH, t->row, t->W, NULL, NULL, part), DIA_OK);
    assert_int_equal(dia_model_pullback(t->model, t->tape, BATCH, t->row, NULL, t->V, W1, part), DIA_OK);
    double scale = largest(ntheta, bar);
    assert_true(all_finite(ntheta, bar) && scale > 0.0);
    for (int i = 0; i < ntheta; i++)
        assert_close(part[i], bar[i], 0, 1e-12 * scale); /* same terms, other order of summation */
    check_pullback_each(t, W1, bar);
    /* Random directions, then single parameters. */
    for (int trial = 0; trial < 24; trial++) {
        double slope = 0.0, step = 1e-3, difference = 0.0, size = 0.0;
        const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place[] = {-2, -1, 1, 2};
        int single = (int)dia_rng_integer(t->seed, 0, 1, DIA_PURPOSE_TEST, (uint32_t)trial, (uint64_t)ntheta);
        for (int i = 0; i < ntheta; i++) {
            direction[i] = trial < 4 ? draw(t) / sqrt((double)ntheta) : i == single;
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
    answer(t);
    double *all[] = {bar, part, old, direction, W1};
    for (int i = 0; i < 5; i++)
        free(all[i]);
}

/* All derivatives at once are those of contract, one element after the other; their pullback is that of as many requests. Scale: of the
 * numbers compared. */
static void check_gradients_once(bench *t)
{
    const int np = t->shape.npacked, nc = t->shape.ncart, real = t->shape.nstate * (t->shape.nstate + 1) / 2;
    const size_t size = (size_t)(BATCH * np * nc), nt = (size_t)t->shape.ntheta;
    double *G = numbers(size), *one = numbers((size_t)(BATCH * nc)), *W = numbers((size_t)(BATCH * np));
    double *bar = numbers(nt + 1), *other = numbers(nt + 1), *Gbar = numbers(size), *V = numbers((size_t)(BATCH * nc));
    for (size_t i = 0; i < size; i++)
        Gbar[i] = draw(t);
    answer(t);
    for (int first = 0; first < BATCH; first += DIA_LANES) {
        const int n = BATCH - first < DIA_LANES ? BATCH - first : DIA_LANES;
        assert_int_equal(dia_model_gradients(t->model, t->tape, first, n, G + first * np * nc), DIA_OK);
        const dia_status pulled =
            dia_model_gradients_pullback(t->model, t->tape, t->W + first * np, Gbar + first * np * nc, bar);
        assert_int_equal(pulled, nt > 0 ? DIA_OK : DIA_ERROR_UNSUPPORTED);
        if (nt > 0) /* it was for once */
            assert_int_equal(dia_model_gradients_pullback(t->model, t->tape, t->W, Gbar, bar), DIA_ERROR_INPUT);
    }
    assert_int_equal(dia_model_gradients(t->model, t->tape, 1, 1, G), DIA_ERROR_INPUT);
    assert_int_equal(dia_model_gradients(t->model, t->tape, 0, BATCH + 1, G), DIA_ERROR_INPUT);
    const double scale = largest((int)size, G);
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
        for (int b = 0; b < BATCH; b++) {
            W[b * np + k] = 1.0;
            memcpy(V + b * nc, Gbar + (b * np + k) * nc, sizeof *V * (size_t)nc);
        }
        if (nt > 0)
            assert_int_equal(dia_model_pullback(t->model, t->tape, BATCH, t->row, k == 0 ? t->W : NULL, V, W, other),
                             DIA_OK);
    }
    const double bar_scale = largest((int)nt, other);
    assert_true(nt == 0 || bar_scale > 0.0);
    for (size_t p = 0; p < nt; p++)
        assert_close(bar[p], other[p], 0, 1e-12 * bar_scale);
    double *const arrays[] = {G, one, W, bar, other, Gbar, V};
    for (size_t p = 0; p < sizeof arrays / sizeof arrays[0]; p++)
        free(arrays[p]);
}

/* By functions of the model's own, and without them. */
static void check_gradients(bench *t)
{
    const dia_model_type *type = t->model->type;
    dia_model_type plain = *type;
    plain.gradients = NULL;
    plain.gradients_pullback = NULL;
    check_gradients_once(t);
    t->model->type = &plain;
    check_gradients_once(t);
    t->model->type = type;
}

void conform_model(dia_model *model, const conform *settings)
{
    bench t;
    bench_open(&t, model, settings);
    check_shape(&t);
    check_adjoint(&t);
    check_finite_differences(&t);
    check_rows(&t);
    check_batches(&t);
    check_strange(&t);
    check_invariance(&t);
    check_dipoles(&t);
    check_dipole_contract(&t);
    check_allocations(&t);
    check_ranges(&t);
    check_threads(&t);
    check_pullback(&t);
    check_gradients(&t);
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
