/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "math/minimise.h"
#include "math/vector.h"

static bool rosenbrock(void *context, const double *x, double *f, double *g)
{
    ++*(int *)context;
    double a = 1 - x[0], b = x[1] - x[0] * x[0];
    *f = a * a + 100 * b * b;
    g[0] = -2 * a - 400 * x[0] * b;
    g[1] = 200 * b;
    return true;
}

static void test_rosenbrock(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_minimum found;
    int calls = 0;
    double x[2] = {-1.2, 1.0};
    assert_ok(dia_minimise(2, x, NULL, rosenbrock, &calls, 1e-9, 0.5, 500, &found, &error), &error);
    assert_close(x[0], 1.0, 0, 1e-8); /* gradient 1e-9 over the softest curvature 0.4 */
    assert_close(x[1], 1.0, 0, 1e-8);
    assert_true(found.gradient <= 1e-9);
    assert_true(calls < 100);
}

/* Constants of very different size, far from the first guess of the Hessian. */
static bool stiff(void *context, const double *x, double *f, double *g)
{
    (void)context;
    *f = 1e6;
    for (int i = 0; i < 6; i++) {
        double k = pow(10.0, i - 3);
        *f += 0.5 * k * x[i] * x[i];
        g[i] = k * x[i];
    }
    return true;
}

static void test_stiff(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_minimum found;
    double x[6] = {1, -1, 1, -1, 1, -1};
    assert_ok(dia_minimise(6, x, NULL, stiff, NULL, 1e-8, 1.0, 500, &found, &error), &error);
    assert_close(found.f, 1e6, 1e-15, 0); /* f itself is lost in 1e6: the gradient leads */
}

/* So many variables that the inverse Hessian is followed: coupled, anharmonic, with force constants from 0.01 to 10 and a known
 * minimum at x_i = sin i. */
enum { MANY = 2 * DIA_MINIMISE_MANY };
static bool chain(void *context, const double *x, double *f, double *g)
{
    int *calls = context;
    ++*calls;
    *f = 0.0;
    memset(g, 0, MANY * sizeof *g);
    for (int i = 0; i < MANY; i++) {
        const double k = pow(10.0, 3.0 * i / MANY - 2.0), u = x[i] - sin(i),
                     v = i > 0 ? u - (x[i - 1] - sin(i - 1)) : 0.0;
        *f += 0.5 * k * u * u + 0.25 * u * u * u * u + 0.5 * v * v;
        g[i] += k * u + u * u * u + v;
        if (i > 0)
            g[i - 1] -= v;
    }
    return true;
}

static void test_many(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_minimum found;
    double x[MANY] = {0};
    int calls = 0;
    assert_ok(dia_minimise(MANY, x, NULL, chain, &calls, 1e-9, 1.0, 500, &found, &error), &error);
    for (int i = 0; i < MANY; i++)
        assert_close(x[i], sin(i), 0.0, 1e-7); /* 1e-9 over the least force constant */
    assert_true(calls < 2 * MANY);             /* steepest descent takes some ten thousand */
}

/* The quadratic part of the chain, from which a search with its Hessian differs by the anharmonic rest alone; and its negative along
 * the first variable, where the search begins at a saddle point of the rest. */
static void chain_hessian(double first, double *hessian)
{
    memset(hessian, 0, MANY * MANY * sizeof *hessian);
    for (int i = 0; i < MANY; i++) {
        hessian[i * MANY + i] += pow(10.0, 3.0 * i / MANY - 2.0) + (i > 0);
        if (i == 0)
            continue;
        hessian[(i - 1) * MANY + i - 1] += 1.0;
        hessian[(i - 1) * MANY + i] = hessian[i * MANY + i - 1] = -1.0;
    }
    hessian[0] *= first;
}

static void test_hessian(void **state)
{
    (void)state;
    static double hessian[MANY * MANY];
    dia_error error = {0};
    dia_minimum found;
    int without = 0, with = 0, wrong = 0;
    double x[MANY] = {0}, y[MANY] = {0}, z[MANY] = {0};
    assert_ok(dia_minimise(MANY, x, NULL, chain, &without, 1e-9, 1.0, 500, &found, &error), &error);
    chain_hessian(1.0, hessian);
    assert_ok(dia_minimise(MANY, y, hessian, chain, &with, 1e-9, 1.0, 500, &found, &error), &error);
    chain_hessian(-1.0, hessian); /* downhill all the same */
    assert_ok(dia_minimise(MANY, z, hessian, chain, &wrong, 1e-9, 1.0, 500, &found, &error), &error);
    for (int i = 0; i < MANY; i++) {
        assert_close(y[i], sin(i), 0.0, 1e-7);
        assert_close(z[i], sin(i), 0.0, 1e-7);
    }
    print_message("%d steps without, %d with the Hessian, %d with a wrong one\n", without, with, wrong);
    assert_true(2 * with < without);
    /* of few variables: a quadratic is solved by the first step */
    double u[6] = {1, -1, 1, -1, 1, -1}, diagonal[36] = {0};
    for (int i = 0; i < 6; i++)
        diagonal[7 * i] = pow(10.0, i - 3);
    assert_ok(dia_minimise(6, u, diagonal, stiff, NULL, 1e-8, 10.0, 500, &found, &error), &error);
    assert_in_range(found.iterations, 1, 2);
}

static bool slope(void *context, const double *x, double *f, double *g)
{
    (void)context;
    *f = x[0];
    g[0] = 1.0;
    return true;
}

/* f grows without bound towards x = 1, where it ends: steps into the unknown are shortened. */
static bool walled(void *context, const double *x, double *f, double *g)
{
    (void)context;
    if (x[0] >= 1.0)
        return false;
    *f = 1.0 / (1.0 - x[0]) + 4.0 * (1.0 - x[0]);
    g[0] = 1.0 / ((1.0 - x[0]) * (1.0 - x[0])) - 4.0;
    return true;
}

static bool nowhere(void *context, const double *x, double *f, double *g)
{
    (void)context, (void)x;
    *f = g[0] = NAN;
    return true;
}

static bool half_defined(void *context, const double *x, double *f, double *g)
{
    (void)context, (void)x;
    *f = g[1] = 0.0;
    g[0] = NAN;
    return true;
}

static void test_trouble(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_minimum found;
    double x = 0.0;
    assert_int_equal(dia_minimise(1, &x, NULL, slope, NULL, 1e-6, 0.5, 50, &found, &error), DIA_ERROR_NUMERIC);
    assert_non_null(strstr(error.text, "50 steps"));
    dia_error_clear(&error);
    x = 0.0;
    assert_int_equal(dia_minimise(1, &x, NULL, nowhere, NULL, 1e-6, 0.5, 50, &found, &error), DIA_ERROR_NUMERIC);
    dia_error_clear(&error);
    double y[2] = {0.0, 0.0}; /* NaN before a number: no gradient that vanishes */
    assert_true(isnan(dia_largest(3, (double[]){1.0, NAN, 2.0})));
    assert_int_equal(dia_minimise(2, y, NULL, half_defined, NULL, 1e-6, 0.5, 50, &found, &error), DIA_ERROR_NUMERIC);
    dia_error_clear(&error);
    x = -20.0;
    assert_ok(dia_minimise(1, &x, NULL, walled, NULL, 1e-9, 100.0, 100, &found, &error), &error);
    assert_close(x, 0.5, 0, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rosenbrock), cmocka_unit_test(test_many),    cmocka_unit_test(test_hessian),
        cmocka_unit_test(test_stiff),      cmocka_unit_test(test_trouble),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
