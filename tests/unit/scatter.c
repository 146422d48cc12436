/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scattering against closed forms, the conservation laws, first-order perturbation theory and the order of the method. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/model.h"
#include "exact/scatter.h"
#include "parallel/team.h"

static const double mass = 2000.0;

typedef void potential(const void *context, double x, double *H);

typedef struct problem {
    int n;
    potential *potential;
    const void *context;
    double left, right;
} problem;

/* Solved on points that are multiples of 2^-level bohr. */
static dia_scatter solve_at(const problem *p, int level, double energy)
{
    const int npacked = p->n * (p->n + 1) / 2;
    dia_scatter_grid grid = {.n = p->n, .mass = mass, .left = p->left, .step = ldexp(1.0, -level)};
    grid.npoint = (int)lround((p->right - p->left) / grid.step) + 1;
    double *H = malloc((size_t)(grid.npoint * npacked) * sizeof *H);
    assert_non_null(H);
    for (int i = 0; i < grid.npoint; i++)
        p->potential(p->context, grid.left + i * grid.step, H + i * npacked);
    grid.H = H;
    dia_scatter result;
    dia_error error = {0};
    assert_ok(dia_scatter_solve(&grid, energy, &result, &error), &error);
    /* rounding grows with the number of points and with 1/(k step) */
    assert_true(result.flux < 1e-11 && result.unitarity < 3e-10 && result.symmetry < 1e-9);
    free(H);
    return result;
}

static double share(const dia_scatter *s, int to, int from)
{
    const double a = cabs(s->S[to * 2 * s->n + from]);
    return a * a;
}

/* ---- closed forms: Landau, Lifshitz, Quantum Mechanics, section 25, problems 3 and 4 ----------- */

static const double height = 0.005;

static void smooth_step(const void *context, double x, double *H) /* V0 / (1 + exp(-x/a)), a = 0.3 */
{
    (void)context;
    H[0] = height / (1.0 + exp(-x / 0.3));
}

static void eckart(const void *context, double x, double *H) /* V0 / cosh(x/b)^2, b = 0.5 */
{
    (void)context;
    H[0] = height / pow(cosh(x / 0.5), 2);
}

static double step_reflection(double energy)
{
    const double k = sqrt(2.0 * mass * energy), K = sqrt(2.0 * mass * (energy - height));
    return pow(sinh(DIA_PI * 0.3 * (k - K)) / sinh(DIA_PI * 0.3 * (k + K)), 2);
}

static double eckart_transmission(double energy)
{
    const double k = sqrt(2.0 * mass * energy), s = pow(sinh(DIA_PI * k * 0.5), 2);
    const double c = 8.0 * mass * height * 0.25 - 1.0;
    return s / (s + pow(cosh(0.5 * DIA_PI * sqrt(c)), 2)); /* c > 0 here */
}

static void one_state(void **unused)
{
    (void)unused;
    const problem step = {1, smooth_step, NULL, -16.0, 16.0}, barrier = {1, eckart, NULL, -16.0, 16.0};
    for (double e = 1.02; e < 4.0; e *= 1.3) {
        dia_scatter s = solve_at(&step, 10, e * height);
        assert_close(share(&s, 0, 0), step_reflection(e * height), 1e-6, 1e-11); /* flux: rounding */
        assert_close(share(&s, 1, 1), share(&s, 0, 0), 0.0, 1e-10);
        dia_scatter_free(&s);
    }
    for (double e = 0.1; e < 3.0; e *= 1.3) { /* from 1e-9 by tunnelling to 1 */
        dia_scatter s = solve_at(&barrier, 10, e * height);
        assert_close(share(&s, 1, 0), eckart_transmission(e * height), 1e-7, 0.0);
        dia_scatter_free(&s);
    }
    dia_scatter s = solve_at(&step, 8, 0.7 * height); /* below the step: only the left side is open */
    assert_close(share(&s, 0, 0), 1.0, 0.0, 1e-12);
    assert_close(s.momentum[0], sqrt(2.0 * mass * 0.7 * height), 1e-12, 0.0);
    assert_true(s.momentum[1] == 0.0 && share(&s, 1, 0) == 0.0 && share(&s, 1, 1) == 0.0);
    dia_scatter_free(&s);
}

/* Step and barrier on two uncoupled states, turned by a fixed angle: adiabatic channels know nothing of the angle. */
static void turned(const void *context, double x, double *H)
{
    const double angle = *(const double *)context, c = cos(angle), s = sin(angle);
    double a, b;
    smooth_step(NULL, x, &a);
    eckart(NULL, x, &b);
    b -= 0.5 * height;
    H[0] = c * c * a + s * s * b;
    H[1] = c * s * (a - b);
    H[2] = s * s * a + c * c * b;
}

static void constant_rotation(void **unused)
{
    (void)unused;
    const double angle = 0.7;
    const problem p = {2, turned, &angle, -16.0, 16.0};
    for (double e = 1.1; e < 3.0; e *= 1.4) { /* states by energy: 0 the barrier, 1 the step */
        dia_scatter s = solve_at(&p, 10, e * height);
        assert_close(share(&s, 1, 1), step_reflection(e * height), 1e-6, 1e-11);
        assert_close(share(&s, 2, 0), eckart_transmission((e + 0.5) * height), 1e-7, 0.0);
        assert_true(share(&s, 1, 0) + share(&s, 3, 0) + share(&s, 0, 1) + share(&s, 2, 1) < 1e-18);
        dia_scatter_free(&s);
    }
}

/* Two flat states with a weak Gaussian coupling: T(0 -> 1) = (m^2 / k0 k1) |integral V01 exp(i (k0 - k1) x)|^2. */
static void weakly_coupled(const void *context, double x, double *H)
{
    H[0] = 0.0;
    H[1] = *(const double *)context * exp(-0.5 * x * x);
    H[2] = 0.002;
}

static void first_born(void **unused)
{
    (void)unused;
    const double coupling = 1e-6;
    const problem p = {2, weakly_coupled, &coupling, -12.0, 12.0};
    for (double energy = 0.0025; energy < 0.02; energy *= 1.5) {
        const double k = sqrt(2.0 * mass * energy), K = sqrt(2.0 * mass * (energy - 0.002));
        const double born = mass * mass / (k * K) * pow(coupling, 2) * 2.0 * DIA_PI * exp(-pow(k - K, 2));
        dia_scatter s = solve_at(&p, 9, energy);
        assert_close(share(&s, 3, 0), born, 1e-5, 1e-18); /* second order: born itself, below 4e-7; step 1e-6 */
        dia_scatter_free(&s);
    }
}

/* ---- Tully's problems -------------------------------------------------------------------------- */

static void tully(const void *context, double x, double *H)
{
    const dia_model *model = ((const void *const *)context)[0];
    dia_tape *tape = ((dia_tape *const *)context)[1];
    assert_int_equal(dia_model_hamiltonian(model, tape, 1, &x, H), DIA_OK);
}

/* Each halving of the step divides the error by 16, at the kinks of the models as well. */
static void order_of_convergence(void **unused)
{
    (void)unused;
    static const char *const variants[] = {"{type: tully, variant: 1}", "{type: tully, variant: 2}",
                                           "{type: tully, variant: 3}"};
    static const double momenta[3][3] = {{7.0, 12.0, 30.0}, {12.0, 20.0, 60.0}, {10.0, 27.0, 32.0}};
    for (int v = 0; v < 3; v++) {
        dia_error error = {0};
        dia_model *model;
        dia_tape *tape;
        assert_ok(dia_model_parse(&model, variants[v], ".", &error), &error);
        assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
        void *context[] = {model, tape};
        const problem p = {2, tully, context, -20.0, 20.0};
        for (int q = 0; q < 3; q++) {
            double H[3], change[3];
            tully(context, -20.0, H);
            const double lowest = 0.5 * (H[0] + H[2]) - sqrt(0.25 * pow(H[0] - H[2], 2) + H[1] * H[1]);
            const double energy = lowest + momenta[v][q] * momenta[v][q] / (2.0 * mass);
            dia_scatter before = solve_at(&p, 7, energy);
            assert_close(before.momentum[0], momenta[v][q], 1e-12, 0.0);
            for (int i = 0; i < 3; i++) {
                dia_scatter after = solve_at(&p, 8 + i, energy);
                change[i] = dia_scatter_change(&before, &after);
                dia_scatter_free(&before);
                before = after;
            }
            dia_scatter_free(&before);
            for (int i = 0; i < 2; i++)
                if (change[i + 1] > 3e-9) /* above rounding */
                    assert_close(change[i] / change[i + 1], 16.0, 0.02, 0.0);
            assert_true(change[2] < (momenta[v][q] < 50.0 ? 1e-7 : 1e-5));
        }
        dia_tape_free(tape);
        dia_model_free(model);
    }
}

static void refusals(void **unused)
{
    (void)unused;
    double H[3 * 4] = {0};
    dia_scatter s;
    dia_error error = {0};
    dia_scatter_grid grid = {.n = 2, .npoint = 2, .mass = mass, .left = 0.0, .step = 0.1, .H = H};
    assert_int_equal(dia_scatter_solve(&grid, 0.01, &s, &error), DIA_ERROR_INPUT);
    grid.npoint = 4;
    grid.step = 10.0;
    dia_error_clear(&error);
    assert_int_equal(dia_scatter_solve(&grid, 0.01, &s, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "10 bohr"));
    grid.step = 0.01;
    for (int i = 0; i < 12; i += 4) {
        dia_error_clear(&error);
        H[i] = NAN;
        assert_int_equal(dia_scatter_solve(&grid, 0.01, &s, &error), DIA_ERROR_NUMERIC);
        assert_null(s.S);
        H[i] = 0.0;
    }
}

int main(void)
{
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_state),  cmocka_unit_test(constant_rotation),
        cmocka_unit_test(first_born), cmocka_unit_test(order_of_convergence),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
