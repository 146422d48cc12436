/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The least-squares wrapper: a linear problem against its normal equations, a nonlinear one with a known minimum, and
 * what cannot be fitted. */
#include "check.h"

#include <math.h>

#include "math/fit.h"

enum { POINTS = 12 };

static double abscissa(int i)
{
    return 0.3 * i - 1;
}

/* ---- a straight line: the minimum is that of the normal equations ---------------------------- */

static double ordinate(int i)
{
    return 2 + 3 * abscissa(i) + (i % 3 - 1) * 0.25;
}

static void line_residual(const void *context, const double *p, double *r)
{
    (void)context;
    for (int i = 0; i < POINTS; i++)
        r[i] = p[0] + p[1] * abscissa(i) - ordinate(i);
}

static void line_jacobian(const void *context, const double *p, double *J)
{
    (void)context;
    (void)p;
    for (int i = 0; i < POINTS; i++) {
        J[2 * i] = 1;
        J[2 * i + 1] = abscissa(i);
    }
}

static void straight_line(void **state)
{
    (void)state;
    const dia_fit_problem problem = {.residual = line_residual, .jacobian = line_jacobian};
    dia_error error = {0};
    dia_fit *fit;
    assert_ok(dia_fit_create(&fit, POINTS, 2, &error), &error);
    double p[2] = {-40, 70};
    dia_fit_result result;
    assert_int_equal(dia_fit_solve(fit, &problem, 1e-10, 100, p, &result), DIA_OK);
    assert_true(result.converged);
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (int i = 0; i < POINTS; i++) {
        sx += abscissa(i);
        sy += ordinate(i);
        sxx += abscissa(i) * abscissa(i);
        sxy += abscissa(i) * ordinate(i);
    }
    const double slope = (POINTS * sxy - sx * sy) / (POINTS * sxx - sx * sx), offset = (sy - slope * sx) / POINTS;
    assert_close(p[0], offset, 1e-9, 0); /* the stated step tolerance, with a digit to spare */
    assert_close(p[1], slope, 1e-9, 0);
    double r[POINTS], sum = 0;
    line_residual(NULL, p, r);
    for (int i = 0; i < POINTS; i++)
        sum += r[i] * r[i];
    assert_close(result.sum, sum, 1e-12, 0);
    dia_fit_free(fit);
}

/* ---- Rosenbrock: a bent valley, minimum 0 at (1, 1); one workspace, several fits ------------- */

static void valley_residual(const void *context, const double *p, double *r)
{
    (void)context;
    r[0] = 10 * (p[1] - p[0] * p[0]);
    r[1] = 1 - p[0];
}

static void valley_jacobian(const void *context, const double *p, double *J)
{
    (void)context;
    J[0] = -20 * p[0];
    J[1] = 10;
    J[2] = -1;
    J[3] = 0;
}

static void bent_valley(void **state)
{
    (void)state;
    const dia_fit_problem problem = {.residual = valley_residual, .jacobian = valley_jacobian};
    const double starts[3][2] = {{-1.2, 1}, {3, -5}, {0, 0}};
    dia_error error = {0};
    dia_fit *fit;
    assert_ok(dia_fit_create(&fit, 2, 2, &error), &error);
    for (int i = 0; i < 3; i++) {
        double p[2] = {starts[i][0], starts[i][1]};
        dia_fit_result result;
        assert_int_equal(dia_fit_solve(fit, &problem, 1e-10, 200, p, &result), DIA_OK);
        assert_true(result.converged);
        assert_close(p[0], 1, 1e-8, 0);
        assert_close(p[1], 1, 1e-8, 0);
    }
    double exact[2] = {1, 1}; /* the guess is the minimum already */
    dia_fit_result at_once;
    assert_int_equal(dia_fit_solve(fit, &problem, 1e-10, 200, exact, &at_once), DIA_OK);
    assert_true(at_once.converged);
    assert_close(exact[0], 1, 1e-15, 0);
    double p[2] = {-1.2, 1}; /* too few iterations: says so, and is no error */
    dia_fit_result result;
    assert_int_equal(dia_fit_solve(fit, &problem, 1e-10, 2, p, &result), DIA_OK);
    assert_false(result.converged);
    dia_fit_free(fit);
}

static void bad_residual(const void *context, const double *p, double *r)
{
    valley_residual(context, p, r);
    r[1] = NAN;
}

static void not_a_number(void **state)
{
    (void)state;
    const dia_fit_problem problem = {.residual = bad_residual, .jacobian = valley_jacobian};
    dia_error error = {0};
    dia_fit *fit;
    assert_ok(dia_fit_create(&fit, 2, 2, &error), &error);
    double p[2] = {-1.2, 1};
    dia_fit_result result;
    assert_int_equal(dia_fit_solve(fit, &problem, 1e-10, 50, p, &result), DIA_ERROR_NUMERIC);
    assert_close(p[0], -1.2, 0, 0); /* the guess is left alone */
    dia_fit_free(fit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(straight_line), cmocka_unit_test(bent_valley),
                                       cmocka_unit_test(not_a_number)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
