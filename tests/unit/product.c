/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The basis of oscillator products: its matrix elements against products of matrices of Q, packets against quadrature,
 * time dependence against closed forms, and the reading of models. */
#include "check.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/model.h"
#include "exact/product.h"
#include "parallel/team.h"

static const char two_modes[] =
    "{type: vibronic, epsilon: [0 eV, 0.8 eV], modes: ["
    "{name: a, frequency: 0.1 eV, kappa: [0.05 eV, -0.12 eV]}, {name: b, frequency: 0.17 eV}],"
    "eta: [{states: [1, 0], value: 0.03 eV}], lambda: [{states: [0, 1], modes: [b], value: 0.2 eV}],"
    "gamma: [{states: [0, 0], modes: [a, a], value: 0.01 eV}, {states: [1, 1], modes: [a, a], value: -0.01 eV},"
    "{states: [1, 1], modes: [a, b], value: -0.02 eV}, {states: [0, 1], modes: [a, b], value: 0.015 eV},"
    "{states: [0, 1], modes: [b, b], value: 0.02 eV}]}"; /* the mean of the diagonal is that of the oscillators */

typedef struct system {
    dia_model *model;
    dia_polynomial polynomial;
    dia_basis basis;
    dia_product product;
} system_;

static void make_system(system_ *s, const char *yaml, double limit, int threads)
{
    dia_error error = {0};
    assert_ok(dia_model_parse(&s->model, yaml, ".", &error), &error);
    assert_ok(dia_polynomial_make(&s->polynomial, s->model, &error), &error);
    assert_ok(dia_basis_create(&s->basis, s->polynomial.nmode, s->polynomial.frequency, limit * DIA_EV, &error),
              &error);
    assert_ok(dia_product_create(&s->product, &s->polynomial, &s->basis, threads, &error), &error);
}

static void free_system(system_ *s)
{
    dia_product_free(&s->product);
    dia_basis_free(&s->basis);
    dia_polynomial_free(&s->polynomial);
    dia_model_free(s->model);
}

/* ---- the set of functions ---------------------------------------------------------------------- */

static void pruning(void **unused)
{
    (void)unused;
    const double w[] = {0.3, 0.5, 0.21};
    dia_basis b;
    dia_error error = {0};
    assert_ok(dia_basis_create(&b, 3, w, 4.2, &error), &error);
    int expected = 0;
    for (int i = 0; i <= 14; i++)
        for (int j = 0; j <= 8; j++)
            for (int k = 0; k <= 20; k++)
                expected += 0.3 * i + 0.5 * j + 0.21 * k < 4.2 + 1e-9;
    assert_int_equal(b.count, expected);
    assert_close(dia_basis_count(3, w, 4.2), expected, 0.0, 0.0);
    assert_int_equal(b.most[0], 14); /* 14 * 0.3 is 4.2 but for rounding */
    assert_int_equal(b.most[1], 8);
    assert_int_equal(b.most[2], 20);
    for (int f = 0; f < b.count; f++)
        for (int m = 0; m < 3; m++) {
            const int up = b.up[3 * f + m], down = b.down[3 * f + m];
            assert_true(b.quanta[3 * f + m] == 0 ? down == -1 : down >= 0 && b.up[3 * down + m] == f);
            for (int l = 0; l < 3 && up >= 0; l++)
                assert_int_equal(b.quanta[3 * up + l], b.quanta[3 * f + l] + (l == m));
        }
    dia_basis_free(&b);
    double many[24];
    for (int m = 0; m < 24; m++)
        many[m] = 1.0;
    double exact = 1.0; /* (24 + 12 choose 12) functions of at most 12 quanta in 24 modes */
    for (int k = 1; k <= 12; k++)
        exact *= (24.0 + k) / k;
    assert_close(dia_basis_count(24, many, 12.5), exact, 0.05, 0.0);
    many[0] = 1e15; /* a mode without quanta, whose steps no int counts */
    assert_close(dia_basis_count(24, many, 12.5), exact * 24.0 / 36.0, 0.05, 0.0);
    dia_error_clear(&error);
    assert_int_equal(dia_basis_create(&b, 24, many, 12.5, &error), DIA_ERROR_MEMORY);
    assert_non_null(strstr(error.text, "24 modes"));
}

/* ---- matrix elements --------------------------------------------------------------------------- */

enum { PAD = 60 };

/* <n|Q|l>; <n|Q^2|l> as the product of matrices that are larger than the basis. */
static double element(int power, int n, int l)
{
    if (power == 0)
        return n == l;
    if (power == 1)
        return abs(n - l) == 1 ? sqrt(0.5 * (n > l ? n : l)) : 0.0;
    double sum = 0.0;
    for (int k = 0; k < PAD; k++)
        sum += element(1, n, k) * element(1, k, l);
    return sum;
}

/* <f, i|H|g, j> of the model `two_modes` written anew. */
static double matrix_element(const system_ *s, int f, int i, int g, int j)
{
    const uint16_t *n = s->basis.quanta + 2 * f, *l = s->basis.quanta + 2 * g;
    const int e = 2 * i + j;
#define ELEMENT(a, b) (element(a, n[0], l[0]) * element(b, n[1], l[1]))
    double sum = i == j && f == g ? 0.1 * (n[0] + 0.5) + 0.17 * (n[1] + 0.5) : 0.0;
    const double epsilon[] = {0.0, 0.03, 0.03, 0.8}, kappa[] = {0.05, 0.0, 0.0, -0.12};
    const double lambda[] = {0.0, 0.2, 0.2, 0.0}, aa[] = {0.01, 0.0, 0.0, -0.01}, ab[] = {0.0, 0.015, 0.015, -0.02};
    const double bb[] = {0.0, 0.02, 0.02, 0.0};
    sum += epsilon[e] * ELEMENT(0, 0) + kappa[e] * ELEMENT(1, 0) + lambda[e] * ELEMENT(0, 1);
    sum += aa[e] * ELEMENT(2, 0) + ab[e] * ELEMENT(1, 1) + bb[e] * ELEMENT(0, 2);
    return sum * DIA_EV;
}

static void matrix_elements(void **unused)
{
    (void)unused;
    system_ s;
    make_system(&s, two_modes, 0.9, 2);
    const int n = 2 * s.basis.count;
    assert_true(n > 50 && n < 400);
    double *x = calloc((size_t)(2 * n), sizeof *x), *y = calloc((size_t)(2 * n), sizeof *y);
    for (int column = 0; column < n; column++) {
        memset(x, 0, (size_t)(2 * n) * sizeof *x);
        x[2 * column] = 1.0;
        x[2 * column + 1] = -0.5;
        for (int row = 0; row < 2 * n; row++)
            y[row] = row;
        dia_product_apply(&s.product, x, 3.0, 0.01, y, y);
        for (int row = 0; row < n; row++) {
            const double h = matrix_element(&s, row / 2, row % 2, column / 2, column % 2) - 0.01 * (row == column);
            assert_close(y[2 * row], 3.0 * h - 2 * row, 0.0, 1e-12); /* rounding of 2 row */
            assert_close(y[2 * row + 1], -1.5 * h - (2 * row + 1), 0.0, 1e-12);
        }
    }
    free(x);
    free(y);
    free_system(&s);
}

/* ---- packets ----------------------------------------------------------------------------------- */

/* Oscillator function n at Q, by the stable recursion. */
static double oscillator(int n, double Q)
{
    double before = 0.0, here = pow(DIA_PI, -0.25) * exp(-0.5 * Q * Q);
    for (int k = 0; k < n; k++) {
        const double next = sqrt(2.0 / (k + 1)) * Q * here - sqrt((double)k / (k + 1)) * before;
        before = here;
        here = next;
    }
    return here;
}

static void packets(void **unused)
{
    (void)unused;
    system_ s;
    make_system(&s, two_modes, 1.2, 1);
    const double centre[] = {0.8, -0.5}, momentum[] = {0.4, 1.1}, A[] = {1.5, 0.3, 0.3, 0.7},
                 amplitude[] = {0.6, 0.0, 0.0, 0.8};
    const double norm = pow((1.5 * 0.7 - 0.09) / (DIA_PI * DIA_PI), 0.25), h = 0.1;
    double *psi = malloc((size_t)(4 * s.basis.count) * sizeof *psi), missing;
    dia_error error = {0};
    assert_ok(
        dia_product_start(&s.product, &(dia_product_packet){centre, momentum, A}, amplitude, psi, &missing, &error),
        &error);
    assert_true(missing > 1e-9 && missing < 0.02);
    double sum = 0.0;
    for (int f = 0; f < s.basis.count; f++) {
        double complex c = 0.0; /* the trapezoidal rule is exact to rounding for such functions */
        for (int i = -100; i <= 100; i++)
            for (int j = -100; j <= 100; j++) {
                const double Q[] = {i * h, j * h}, q[] = {Q[0] - centre[0], Q[1] - centre[1]};
                c += h * h * oscillator(s.basis.quanta[2 * f], Q[0]) * oscillator(s.basis.quanta[2 * f + 1], Q[1]) *
                     norm *
                     cexp(-0.5 * (A[0] * q[0] * q[0] + 2.0 * A[1] * q[0] * q[1] + A[3] * q[1] * q[1]) +
                          I * (momentum[0] * q[0] + momentum[1] * q[1]));
            }
        assert_close(psi[4 * f], 0.6 * creal(c), 0.0, 1e-13);
        assert_close(psi[4 * f + 1], 0.6 * cimag(c), 0.0, 1e-13);
        assert_close(psi[4 * f + 2], -0.8 * cimag(c), 0.0, 1e-13);
        assert_close(psi[4 * f + 3], 0.8 * creal(c), 0.0, 1e-13);
        sum += creal(c) * creal(c) + cimag(c) * cimag(c);
    }
    assert_close(missing, 1.0 - sum, 0.0, 1e-12);
    free(psi);
    free_system(&s);
}

/* ---- time -------------------------------------------------------------------------------------- */

static void propagate(system_ *s, double t, double *psi, double *work)
{
    const size_t n = (size_t)s->basis.count * (size_t)s->polynomial.nstate;
    dia_bounds bounds;
    dia_chebyshev c;
    dia_error error = {0};
    assert_ok(dia_chebyshev_bounds(n, dia_product_apply, &s->product, 30, work, NULL, &bounds, &error), &error);
    assert_ok(dia_chebyshev_create(&c, bounds, 1, &t, 1e-14, &error), &error);
    memcpy(work, psi, 2 * n * sizeof *psi);
    dia_chebyshev_propagate(&c, n, dia_product_apply, &s->product, work, psi, NULL, NULL, work + 2 * n, NULL);
    dia_chebyshev_free(&c);
}

/* Two displaced oscillators: <0|exp(-iHt)|0> = exp(-i (e + w/2 - k^2/2w) t - (k/w)^2/2 (1 - exp(-iwt))), and the packet
 * moves as a classical particle with the width of the ground state. */
static void displaced_oscillators(void **unused)
{
    (void)unused;
    system_ s;
    make_system(&s,
                "{type: vibronic, epsilon: [0.4 eV], modes: [{name: a, frequency: 0.1 eV, kappa: [0.15 eV]}, {name: b, "
                "frequency: 0.23 eV, kappa: [-0.2 eV]}]}",
                5.0, 1);
    const size_t n = (size_t)s.basis.count;
    double *psi = calloc(2 * n, sizeof *psi), *work = malloc(6 * n * sizeof *work);
    for (double t = 20.0; t < 5000.0; t *= 2.1) {
        memset(psi, 0, 2 * n * sizeof *psi);
        psi[0] = 1.0;
        propagate(&s, t, psi, work);
        double complex expected = cexp(-I * 0.4 * DIA_EV * t);
        double Q[2], Q2[2], P[2], P2[2];
        dia_product_moments moments = {.Q = Q, .Q2 = Q2, .P = P, .P2 = P2};
        dia_product_measure(&s.product, psi, work, &moments);
        for (int m = 0; m < 2; m++) {
            const double w = (m == 0 ? 0.1 : 0.23) * DIA_EV, k = (m == 0 ? 0.15 : -0.2) * DIA_EV, d = k / w;
            expected *= cexp(-I * (0.5 * w - 0.5 * k * k / w) * t - 0.5 * d * d * (1.0 - cexp(-I * w * t)));
            assert_close(Q[m], -d * (1.0 - cos(w * t)), 0.0, 1e-10);
            assert_close(P[m], -d * sin(w * t), 0.0, 1e-10);
            assert_close(Q2[m] - Q[m] * Q[m], 0.5, 0.0, 1e-9);
            assert_close(P2[m] - P[m] * P[m], 0.5, 0.0, 1e-9);
        }
        assert_close(psi[0], creal(expected), 0.0, 1e-11); /* the functions above 4 eV are that empty */
        assert_close(psi[1], cimag(expected), 0.0, 1e-11);
        assert_close(moments.norm, 1.0, 0.0, 1e-12);
        assert_close(moments.energy, (0.4 + 0.05 + 0.115) * DIA_EV, 0.0, 1e-12); /* <Q> = 0 at the start */
    }
    free(psi);
    free(work);
    free_system(&s);
}

/* Pyrazine, three modes (Schneider, Domcke, Chem. Phys. Lett. 150, 235 (1988)): populations at 60 fs do not change when the
 * basis grows; norm and energy stay. */
static const char pyrazine[] =
    "{type: vibronic, epsilon: [3.94 eV, 4.84 eV], modes: [{name: v1, frequency: 0.126 eV, kappa: [-0.037 eV, -0.254 "
    "eV]},"
    "{name: v6a, frequency: 0.074 eV, kappa: [-0.105 eV, 0.149 eV]}, {name: v10a, frequency: 0.118 eV}],"
    "lambda: [{states: [0, 1], modes: [v10a], value: 0.262 eV}]}";

static double pyrazine_population(double limit)
{
    system_ s;
    make_system(&s, pyrazine, limit, 1);
    const size_t n = 2 * (size_t)s.basis.count;
    double *psi = calloc(2 * n, sizeof *psi), *work = malloc(6 * n * sizeof *work), density[8];
    double numbers[12];
    dia_product_moments moments = {.Q = numbers, .Q2 = numbers + 3, .P = numbers + 6, .P2 = numbers + 9};
    psi[2] = 1.0;
    dia_product_measure(&s.product, psi, work, &moments);
    const double energy = moments.energy;
    propagate(&s, 60.0 * 41.341373335, psi, work);
    dia_product_measure(&s.product, psi, work, &moments);
    assert_close(moments.norm, 1.0, 0.0, 1e-11);
    assert_close(moments.energy, energy, 1e-11, 0.0);
    dia_product_density(&s.product, psi, density);
    assert_close(density[0] + density[6], 1.0, 0.0, 1e-11);
    assert_close(density[2], density[4], 0.0, 1e-14);
    assert_close(density[3], -density[5], 0.0, 1e-14);
    print_message("%.1f eV: %d functions, population of S2 %.7f\n", limit, s.basis.count, density[6]);
    free(psi);
    free(work);
    free_system(&s);
    return density[6];
}

static void convergence(void **unused)
{
    (void)unused;
    const double small = pyrazine_population(3.6), large = pyrazine_population(4.2);
    assert_close(small, large, 0.0, 1e-4);
}

/* ---- models ------------------------------------------------------------------------------------ */

static void polynomials(void **unused)
{
    (void)unused;
    system_ s;
    make_system(
        &s,
        "{type: vibronic, epsilon: [0 eV, 0.8 eV], modes: [{name: a, frequency: 0.1 eV, kappa: [0.05 eV, -0.12 eV]},"
        "{name: b, frequency: 0.17 eV}], gamma: [{states: [0, 0], modes: [a, a], value: 0.01 eV},"
        "{states: [0, 1], modes: [a, b], value: 0.015 eV}]}",
        0.3, 1);
    const dia_polynomial *p = &s.polynomial;
    assert_int_equal(p->nquadratic, 2);
    /* the mean of the diagonal takes 0.01 Q_a^2 of state 0 in half: w^2/2 = w0 (w0/2 + 0.005), masses 1/w0 */
    assert_close(p->frequency[0], 0.1 * sqrt(1.1) * DIA_EV, 1e-12, 0.0);
    assert_close(p->length[0], pow(1.1, -0.25), 1e-12, 0.0);
    const double Q[] = {0.3, -1.2}, R[] = {Q[0] * p->length[0], Q[1] * p->length[1]};
    double H[3], expected[3];
    dia_tape *tape;
    dia_error error = {0};
    assert_ok(dia_tape_create(&tape, s.model, 1, 1, &error), &error);
    assert_ok(dia_model_hamiltonian(s.model, tape, 1, R, expected), NULL);
    dia_polynomial_value(p, Q, H);
    for (int e = 0; e < 3; e++)
        assert_close(H[e], expected[e], 0.0, 1e-14);
    dia_tape_free(tape);
    free_system(&s);
    static const char *const refused[][2] = {{"{type: tully, variant: 1}", "force constant"},
                                             {"{type: ferretti}", "polynomial"}};
    for (int i = 0; i < 2; i++) {
        dia_model *model;
        dia_polynomial polynomial;
        dia_error_clear(&error);
        assert_ok(dia_model_parse(&model, refused[i][0], ".", &error), &error);
        assert_int_equal(dia_polynomial_make(&polynomial, model, &error), DIA_ERROR_INPUT);
        assert_non_null(strstr(error.text, refused[i][1]));
        dia_model_free(model);
    }
}

int main(void)
{
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pruning),     cmocka_unit_test(matrix_elements),
        cmocka_unit_test(packets),     cmocka_unit_test(displaced_oscillators),
        cmocka_unit_test(convergence), cmocka_unit_test(polynomials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
