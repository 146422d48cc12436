/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intersections of a complex Hermitian H: its smooth block, the number of conditions under which states meet, the searches, the space
 * in which states part, and the phase around a loop. */
#include "check.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "intersect/loop.h"
#include "intersect/space.h"
#include "math/eigen.h"
#include "math/vector.h"
#include "model/front.h"
#include "model/pointwise.h"

enum { N = 4, C = 8 };

/* H = sum_c k R_c^2/2 + A_0 + sum_c (R_c A_c + R_c^2 B_c), A and B Hermitian matrices drawn at random. */
typedef struct field {
    dia_pointwise base;
    int nstate, ncart;
    bool real; /* packed without imaginary parts */
    double spring;
    double complex A[1 + 2 * C][N * N];
} field;

static void pack(const field *f, const double complex *M, double factor, size_t stride, double *out)
{
    const int n = f->nstate;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            out[(size_t)dia_packed(i, j) * stride] += factor * creal(M[i * n + j]);
            if (i > j && !f->real)
                out[(size_t)dia_packed_imaginary(n, i, j) * stride] += factor * cimag(M[i * n + j]);
        }
}

static void field_point(const void *self, const double *R, double *H, double *D)
{
    const field *f = self;
    const size_t stride = (size_t)f->ncart;
    pack(f, f->A[0], 1.0, 1, H);
    for (int c = 0; c < f->ncart; c++) {
        pack(f, f->A[1 + c], R[c], 1, H);
        pack(f, f->A[1 + C + c], R[c] * R[c], 1, H);
        pack(f, f->A[1 + c], 1.0, stride, D + c);
        pack(f, f->A[1 + C + c], 2.0 * R[c], stride, D + c);
        for (int k = 0; k < f->nstate; k++) {
            H[dia_packed(k, k)] += 0.5 * f->spring * R[c] * R[c];
            D[(size_t)dia_packed(k, k) * stride + (size_t)c] += f->spring * R[c];
        }
    }
}

static const dia_model_type type = {.version = DIA_EXTEND_VERSION, .name = "field", DIA_POINTWISE};

static dia_model *adopt(field *self)
{
    dia_error error = {0};
    dia_model *model = NULL;
    dia_shape shape;
    dia_molecule molecule;
    const double mass[C] = {2000, 3000, 4500, 2500, 1800, 6000, 3500, 2200};
    assert_ok(dia_pointwise_open(&self->base, self->ncart, self->nstate, mass, field_point, &shape, &molecule, &error),
              &error);
    if (!self->real)
        dia_pointwise_hermitian(&self->base, &shape);
    assert_ok(dia_model_adopt(&model, &type, self, shape, &molecule, &error), &error);
    return model;
}

/* A unitary matrix that does not change with R, by Gram and Schmidt. */
static void unitary(double complex D[N][N])
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            D[i][j] = dia_rng_normal(7, (uint64_t)i, (uint64_t)j, DIA_PURPOSE_TEST, 0) +
                      dia_rng_normal(8, (uint64_t)i, (uint64_t)j, DIA_PURPOSE_TEST, 0) * I;
    for (int i = 0; i < N; i++) {
        double size = 0.0;
        for (int k = 0; k < i; k++) {
            double complex z = 0.0;
            for (int j = 0; j < N; j++)
                z += conj(D[k][j]) * D[i][j];
            for (int j = 0; j < N; j++)
                D[i][j] -= z * D[k][j];
        }
        for (int j = 0; j < N; j++)
            size += creal(D[i][j] * conj(D[i][j]));
        for (int j = 0; j < N; j++)
            D[i][j] /= sqrt(size);
    }
}

/* M <- D M D^H */
static void turn(double complex *M)
{
    double complex D[N][N], X[N * N];
    unitary(D);
    for (int i = 0; i < N * N; i++) {
        X[i] = 0.0;
        for (int k = 0; k < N; k++)
            for (int l = 0; l < N; l++)
                X[i] += D[i / N][k] * M[k * N + l] * conj(D[i % N][l]);
    }
    memcpy(M, X, sizeof X);
}

/* M <- (M + T M T^-1)/2 with the time reversal T of an odd number of electrons: T^2 = -1. */
static void reverse(double complex *M)
{
    static const int to[N] = {1, 0, 3, 2};
    static const double sign[N] = {1, -1, 1, -1};
    double complex X[N * N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            X[i * N + j] = 0.5 * (M[i * N + j] + sign[i] * sign[j] * conj(M[to[i] * N + to[j]]));
    memcpy(M, X, sizeof X);
}

enum { REAL, TURNED, GENERIC, KRAMERS };

static dia_model *make(int kind)
{
    field *f = calloc(1, sizeof *f);
    assert_non_null(f);
    *f = (field){.nstate = N, .ncart = C, .real = kind == REAL, .spring = 0.3};
    for (int m = 0; m < 1 + 2 * C; m++) {
        const double size = m == 0 ? 0.02 : m <= C ? 0.05 : 0.01;
        for (int i = 0; i < N; i++)
            for (int j = 0; j <= i; j++) {
                double complex z = size * dia_rng_normal(3, (uint64_t)m, (uint64_t)(N * i + j), DIA_PURPOSE_TEST, 0);
                if (i != j && kind >= GENERIC)
                    z += size * dia_rng_normal(4, (uint64_t)m, (uint64_t)(N * i + j), DIA_PURPOSE_TEST, 0) * I;
                f->A[m][i * N + j] = z;
                f->A[m][j * N + i] = conj(z);
            }
        for (int i = 0; i < N && m == 0 && kind != KRAMERS; i++) /* so that three do not meet at the lowest point */
            f->A[m][i * N + i] += 0.04 * i;
        if (kind == KRAMERS) {
            reverse(f->A[m]);
            f->A[m][0] += m == 0 ? -0.05 : 0.0; /* so that doublets do not meet at the start */
            f->A[m][N + 1] += m == 0 ? -0.05 : 0.0;
        }
        if (kind == TURNED || kind == KRAMERS)
            turn(f->A[m]);
    }
    return adopt(f);
}

/* ---- the block ------------------------------------------------------------------------------- */

/* First and second derivatives of mean + sum lambda_k c_k along a direction, from five values: errors of order h^4, and derivatives
 * of order 0.1 hartree here. */
static void check_derivatives(int kind, int first, int count)
{
    dia_error error = {0};
    dia_model *model = make(kind);
    dia_surface surface;
    dia_block_view block;
    assert_ok(dia_surface_open(&surface, model, &error), &error);
    assert_ok(dia_block_open(&block, &surface, first, count, &error), &error);
    assert_int_equal(block.ncondition, count * count - 1);
    const double h = 0.01;
    double R[C], v[C], x[C], hessian[C * C], lambda[DIA_BLOCK_CONDITIONS], L[5];
    for (uint64_t trial = 0; trial < 4; trial++) {
        for (uint64_t c = 0; c < C; c++) {
            R[c] = 0.3 * dia_rng_normal(11, trial, c, DIA_PURPOSE_TEST, 0);
            v[c] = dia_rng_normal(12, trial, c, DIA_PURPOSE_TEST, 0) / sqrt(C);
        }
        for (uint64_t k = 0; k < DIA_BLOCK_CONDITIONS; k++)
            lambda[k] = dia_rng_normal(13, trial, k, DIA_PURPOSE_TEST, 0);
        assert_true(dia_block_solve(&block, R));
        assert_true(dia_block_hessian(&block, R, lambda, hessian));
        for (int k = 0; k < 5; k++) {
            double c[DIA_BLOCK_CONDITIONS], gap, length = 0.0, spread = 0.0;
            for (int i = 0; i < C; i++)
                x[i] = R[i] + (k - 2) * h * v[i];
            assert_true(dia_block_conditions(&block, x, c, &L[k], &gap));
            for (int a = 0; a < count; a++)
                spread += pow(surface.E[first + a] - L[k], 2);
            for (int i = 0; i < block.ncondition; i++)
                length += c[i] * c[i];
            assert_close(length, spread, 1e-12, 1e-14); /* |c| knows energies only */
            for (int i = 0; i < block.ncondition; i++)
                L[k] += lambda[i] * c[i];
        }
        double slope = 0.0, curvature = 0.0;
        for (int i = 0; i < C; i++) {
            double g = block.gradient[i];
            for (int k = 0; k < block.ncondition; k++)
                g += lambda[k] * block.jacobian[k * C + i];
            slope += g * v[i];
            for (int j = 0; j < C; j++)
                curvature += v[i] * hessian[i * C + j] * v[j];
        }
        assert_close((L[0] - 8.0 * L[1] + 8.0 * L[3] - L[4]) / (12.0 * h), slope, 1e-5, 1e-6);
        assert_close((-L[0] + 16.0 * L[1] - 30.0 * L[2] + 16.0 * L[3] - L[4]) / (12.0 * h * h), curvature, 1e-4, 1e-5);
    }
    dia_block_close(&block);
    dia_surface_close(&surface);
    dia_model_free(model);
}

static void test_block(void **state)
{
    (void)state;
    for (int count = 1; count <= 3; count++)
        for (int first = 0; first + count <= N; first++)
            check_derivatives(GENERIC, first, count);
    check_derivatives(KRAMERS, 0, 4);
}

/* ---- searches -------------------------------------------------------------------------------- */

static dia_search_result search(const dia_model *model, dia_search_method method, int first, int count, double *R)
{
    dia_error error = {0};
    dia_search_options options;
    dia_search_result result;
    dia_search_defaults(&options);
    options.method = method;
    memset(R, 0, C * sizeof *R);
    assert_ok(dia_search(model, first, count, &options, R, &result, &error), &error);
    if (!result.converged)
        print_message("%s, states %d to %d: %s\n", dia_search_method_names[method], first, first + count - 1,
                      result.why);
    assert_true(result.converged);
    return result;
}

/* To first order the states part as the space says, in all directions: the error is as the step. */
static void check_space(const dia_model *model, int first, int count, const double *R, int directions)
{
    dia_error error = {0};
    dia_surface surface;
    dia_block_view block;
    double b[DIA_BLOCK_CONDITIONS * C], *work = malloc(dia_eigen_work(DIA_BLOCK_CONDITIONS) * sizeof *work);
    assert_non_null(work);
    assert_ok(dia_surface_open(&surface, model, &error), &error);
    assert_ok(dia_block_open(&block, &surface, first, count, &error), &error);
    assert_true(dia_block_solve(&block, R));
    assert_int_equal(dia_branching_space(&block, b, work), directions);
    for (int k = 1; k < directions; k++) {
        assert_true(dia_norm(C, b + k * C) <= dia_norm(C, b + (k - 1) * C));
        for (int l = 0; l < k; l++)
            assert_close(dia_dot(C, b + k * C, b + l * C), 0.0, 0.0, 1e-12);
    }
    for (uint64_t trial = 0; trial < 5; trial++) {
        const double step = 1e-4;
        double x[C], expected = 0.0, spread = 0.0, mean = 0.0;
        for (uint64_t c = 0; c < C; c++)
            x[c] = R[c] + step * dia_rng_normal(21, trial, c, DIA_PURPOSE_TEST, 0);
        for (int k = 0; k < directions; k++) {
            double along = 0.0;
            for (int c = 0; c < C; c++)
                along += b[k * C + c] * (x[c] - R[c]);
            expected += along * along;
        }
        assert_true(dia_surface_solve(&surface, x));
        for (int a = 0; a < count; a++)
            mean += surface.E[first + a] / count;
        for (int a = 0; a < count; a++)
            spread += pow(surface.E[first + a] - mean, 2) / count;
        /* slopes are of order 0.1 and curvatures of order 1: 1e-3 of the splitting for this step; 1e-9 is the gap left */
        assert_close(sqrt(spread), sqrt(expected), 0.01, 2e-9);
    }
    dia_block_close(&block);
    dia_surface_close(&surface);
    free(work);
}

/* All methods find one point; its seam has as many dimensions as there are coordinates beyond the conditions. */
static double check_point(int kind, int first, int count, int directions)
{
    dia_error error = {0};
    dia_model *model = make(kind);
    double R[C], energy = 0.0;
    for (int method = 0; method < DIA_SEARCH_METHODS; method++) {
        const dia_search_result result = search(model, method, first, count, R);
        if (method > 0)
            assert_close(result.energy, energy, 0.0, 1e-8); /* gap and gradient are left: 1e-9 and 1e-6 */
        energy = result.energy;
    }
    (void)search(model, DIA_SEARCH_LAGRANGE_NEWTON, first, count, R);
    check_space(model, first, count, R, directions);
    dia_seam_modes modes;
    assert_ok(dia_seam_modes_make(&modes, model, first, count, R, &error), &error);
    assert_int_equal(modes.nmode, C - directions);
    assert_int_equal(modes.negative, 0);
    dia_seam_modes_free(&modes);
    dia_model_free(model);
    return energy;
}

static void test_search(void **state)
{
    (void)state;
    (void)check_point(GENERIC, 0, 1, 0);
    (void)check_point(GENERIC, 0, 2, 3);
    (void)check_point(GENERIC, 1, 2, 3);
    (void)check_point(KRAMERS, 0, 4, 5);
    (void)check_point(KRAMERS, 0, 2, 0); /* one doublet: never apart */
}

/* A real H in a complex basis is a real H: two conditions, the same energies and modes and the same cone. */
static void test_turned(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model[2] = {make(REAL), make(TURNED)};
    for (int first = 0; first + 2 <= N; first++) {
        dia_branching_plane plane[2];
        dia_seam_modes modes[2];
        double R[2][C];
        for (int i = 0; i < 2; i++) {
            (void)search(model[i], DIA_SEARCH_LAGRANGE_NEWTON, first, 2, R[i]);
            assert_ok(dia_branching_plane_make(&plane[i], model[i], first, R[i], &error), &error);
            assert_ok(dia_seam_modes_make(&modes[i], model[i], first, 2, R[i], &error), &error);
            assert_int_equal(plane[i].directions, 2);
        }
        check_space(model[1], first, 2, R[1], 2);
        /* the searches end within 1e-6 of each other (the gradient that is left), and slopes change by 0.1 over a bohr */
        assert_close(plane[1].pitch, plane[0].pitch, 1e-5, 0.0);
        assert_close(plane[1].asymmetry, plane[0].asymmetry, 0.0, 1e-5);
        assert_close(plane[1].P, plane[0].P, 1e-4, 0.0);
        assert_close(plane[1].B, plane[0].B, 1e-4, 0.0);
        for (int c = 0; c < C; c++) {
            assert_close(plane[1].x[c], plane[0].x[c], 0.0, 1e-4);
            assert_close(plane[1].y[c], plane[0].y[c], 0.0, 1e-4);
        }
        assert_int_equal(modes[1].nmode, modes[0].nmode);
        for (int k = 0; k < modes[0].nmode; k++)
            assert_close(modes[1].frequency[k], modes[0].frequency[k], 1e-4, 0.0);
        for (int i = 0; i < 2; i++) {
            dia_branching_plane_free(&plane[i]);
            dia_seam_modes_free(&modes[i]);
        }
    }
    dia_model_free(model[0]);
    dia_model_free(model[1]);
}

/* ---- loops ----------------------------------------------------------------------------------- */

static dia_loop around(const dia_model *model, const double *centre, const double *x, const double *y, double radius)
{
    dia_error error = {0};
    dia_loop loop;
    const dia_loop_options options = {.x = x, .y = y, .radius = radius, .points = 24, .most = 20000};
    assert_ok(dia_loop_make(&loop, model, &options, centre, NULL, &error), &error);
    return loop;
}

/* H = x sx + y sy + z sz: the lower state gains half the solid angle that the loop subtends, the upper one loses it (Berry, Proc. R.
 * Soc. A 392, 45 (1984), eq. 19). */
static void test_solid_angle(void **state)
{
    (void)state;
    field *f = calloc(1, sizeof *f);
    assert_non_null(f);
    *f = (field){.nstate = 2, .ncart = 3};
    f->A[1][1] = f->A[1][2] = 1.0;
    f->A[2][1] = -I;
    f->A[2][2] = I;
    f->A[3][0] = 1.0;
    f->A[3][3] = -1.0;
    dia_model *model = adopt(f);
    const double x[3] = {1, 0, 0}, y[3] = {0, 1, 0};
    for (int i = 0; i <= 6; i++) {
        const double z = 0.4 * (i - 3), half = DIA_PI * (1.0 - z / hypot(1.0, z)), centre[3] = {0, 0, z};
        dia_loop loop = around(model, centre, x, y, 1.0);
        for (int k = 0; k < 2; k++) {
            assert_int_equal(loop.sign[k], 0);
            const double expected = k == 0 ? half : -half;
            assert_close(cos(loop.phase[k] - expected), 1.0, 0.0, 1e-12); /* 1e-6 of the phase */
            assert_true(fabs(sin(loop.phase[k] - expected)) < 1e-6);
        }
        dia_loop_free(&loop);
    }
    dia_model_free(model);
}

/* Around an intersection of a real H in a complex basis states come back with the phase pi, and the integral of the coupling is pi. */
static void test_loops(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model[2] = {make(REAL), make(TURNED)}, *doublets = make(KRAMERS);
    for (int first = 0; first + 2 <= N; first++) {
        dia_branching_plane plane;
        double R[C];
        (void)search(model[0], DIA_SEARCH_LAGRANGE_NEWTON, first, 2, R);
        assert_ok(dia_branching_plane_make(&plane, model[0], first, R, &error), &error);
        dia_loop real = around(model[0], R, plane.x, plane.y, 0.01),
                 turned = around(model[1], R, plane.x, plane.y, 0.01);
        for (int k = 0; k < N; k++) {
            assert_int_equal(real.sign[k], k == first || k == first + 1 ? -1 : 1);
            assert_close(real.phase[k], real.sign[k] < 0 ? DIA_PI : 0.0, 0.0, 0.0);
            assert_close(cos(turned.phase[k]), real.sign[k], 0.0, 1e-12);
        }
        for (int k = 0; k + 1 < N; k++)
            assert_close(turned.coupling[k], real.coupling[k], 0.0, 1e-6); /* 1e-7 for each of some intervals */
        dia_loop_free(&real);
        dia_loop_free(&turned);
        dia_branching_plane_free(&plane);
    }
    const double origin[C] = {0}, x[C] = {1}, y[C] = {0, 1};
    dia_loop lost = around(doublets, origin, x, y, 0.01);
    for (int k = 0; k < N; k++)
        assert_true(isnan(lost.phase[k]));  /* which of a doublet is which has no meaning */
    assert_int_equal(lost.path.npoint, 24); /* and nothing is refined for them */
    dia_loop_free(&lost);
    dia_model_free(doublets);
    dia_model_free(model[0]);
    dia_model_free(model[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_block),       cmocka_unit_test(test_search), cmocka_unit_test(test_turned),
        cmocka_unit_test(test_solid_angle), cmocka_unit_test(test_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
