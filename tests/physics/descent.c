/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steepest descent against closed forms. In mass-weighted coordinates on E = sum w_i^2 x_i^2/2 the path is
 * x_i(t) = x_i(0) exp(-w_i^2 t); on the lower cone of the linear E x e model it is a ray to r = k/(m w^2). */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intersect/descent.h"
#include "parallel/team.h"

static dia_model *parse_model(const char *yaml)
{
    dia_error error = {0};
    dia_model *model;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    return model;
}

/* One state, two modes; Q has mass 1/w, so x = Q/sqrt(w) and E = sum w^2 x^2/2: the slow mode decays as the fast to the
 * power of (w1/w2)^2, x1 = x1(0) (x2/x2(0))^((w1/w2)^2). Modes of 1:10 are stiff: 1:100 in the exponents. */
static void test_quadratic(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = parse_model("type: vibronic\nepsilon: [0 eV, 5 eV]\nmodes:\n"
                                   "  - {name: slow, frequency: 0.05 eV}\n  - {name: fast, frequency: 0.5 eV}\n");
    static const double start[2] = {6, 1};
    dia_descent_options options;
    dia_descent_path path;
    dia_descent_defaults(&options);
    options.spacing = 2;
    options.gradient = 1e-6;
    assert_ok(dia_descent_follow(&path, model, &options, start, &error), &error);
    assert_int_equal(path.end, DIA_DESCENT_MINIMUM);
    assert_true(path.path.npoint > 5);
    for (int p = 0; p + 1 < path.path.npoint; p++) {
        const double *R = path.path.R + 2 * p, slow = R[0] / start[0], fast = R[1] / start[1];
        /* Each step is exact on a quadratic surface; second derivatives come by differences, good to 1e-9. */
        assert_close(fast, pow(slow, 100), 0, 1e-6);
        assert_true(p == 0 || path.path.E[2 * p] < path.path.E[2 * p - 2]);
        assert_true(p == 0 || path.path.weighted[p] - path.path.weighted[p - 1] < 1.001 * options.spacing);
    }
    for (int k = 0; k < 2; k++) /* the search ends at a gradient of 1e-6 hartree/bohr, w >= 0.0018 hartree */
        assert_close(path.path.R[2 * (path.path.npoint - 1) + k], 0, 0, 1e-3);
    assert_true(path.steps < 200);
    dia_descent_path_free(&path);
    dia_model_free(model);
}

static void test_cone(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = parse_model("type: jahn_teller\nfrequency: 0.1 eV\nk: 0.02\n");
    const double w = 0.1 * DIA_EV, spring = DIA_DALTON * w * w, bottom = 0.02 / spring;
    static const double x[2] = {1, 0}, y[2] = {1, 1}, origin[2] = {0, 0}; /* y is made orthogonal */
    dia_descent_options options;
    dia_descent descent;
    dia_descent_defaults(&options);
    options.directions = 5;
    assert_ok(dia_descent_make(&descent, model, &options, origin, x, y, NULL, &error), &error);
    assert_int_equal(descent.npath, 5); /* no direction is special on a round cone */
    for (int i = 0; i < 5; i++) {
        const dia_descent_path *b = &descent.branch[i];
        assert_close(b->angle, 2 * 3.14159265358979323846 * i / 5, 1e-14, 0);
        /* the bottom is a valley around the cone, in which a search may slide: one downward mode there is none */
        assert_int_equal(b->end, DIA_DESCENT_MINIMUM);
        const double *R = b->path.R;
        assert_close(hypot(R[0], R[1]), options.radius, 1e-12, 0);
        for (int p = 0; p + 1 < b->path.npoint; p++) {
            assert_close(R[2 * p] * sin(b->angle) - R[2 * p + 1] * cos(b->angle), 0, 0, 1e-8); /* on the ray */
            assert_true(p == 0 || b->path.E[2 * p] < b->path.E[2 * p - 2]);
        }
        const double *end = R + 2 * (b->path.npoint - 1);
        assert_close(hypot(end[0], end[1]), bottom, 1e-4, 0); /* gradient 1e-6 over a spring of 0.025 */
        assert_close(b->path.E[2 * (b->path.npoint - 1)], -0.5 * 0.02 * bottom, 1e-8, 0);
    }
    dia_descent_free(&descent);
    dia_model_free(model);
}

/* A tilted cone with a quadratic part is lowest on the circle where its closed form is: E(t) of the lower state. */
static void test_special(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = parse_model("type: jahn_teller\nfrequency: 0.1 eV\nk: 0.02\ng: 0.01\n");
    static const double x[2] = {1, 0}, y[2] = {0, 1}, origin[2] = {0, 0};
    dia_descent_options options;
    dia_descent descent;
    dia_descent_defaults(&options);
    options.directions = 0;
    assert_ok(dia_descent_make(&descent, model, &options, origin, x, y, NULL, &error), &error);
    /* |(k x + g (x^2-y^2)/2, k y - g x y)|^2 = k^2 r^2 + k g r^3 cos 3t + ...: largest at t = 0, 120, 240 deg */
    assert_int_equal(descent.npath, 3);
    for (int i = 0; i < 3; i++) {
        assert_close(descent.branch[i].angle, 2 * 3.14159265358979323846 * i / 3, 0, 1e-4); /* root of rounding */
        assert_true(descent.branch[i].special);
        assert_int_equal(descent.branch[i].end, DIA_DESCENT_MINIMUM);
    }
    options.directions = 6; /* three of them the special ones */
    dia_descent_free(&descent);
    assert_ok(dia_descent_make(&descent, model, &options, origin, x, y, NULL, &error), &error);
    assert_int_equal(descent.npath, 6);
    for (int i = 0; i < 6; i++)
        assert_int_equal(descent.branch[i].special, i % 2 == 0);
    /* Along the ridge between two minima. That of x is kept by symmetry; off the others rounding may slip. */
    assert_int_equal(descent.branch[3].end, DIA_DESCENT_SADDLE);
    assert_non_null(strstr(descent.branch[3].why, "1 downward mode:"));
    dia_descent_free(&descent);
    dia_model_free(model);
}

/* Down the upper cone into the intersection. */
static void test_into_cone(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = parse_model("type: jahn_teller\nfrequency: 0.1 eV\nk: 0.02\n");
    dia_descent_options options;
    dia_descent_path path;
    dia_descent_defaults(&options);
    options.state = 1;
    assert_ok(dia_descent_follow(&path, model, &options, (const double[]){0.5, 0.3}, &error), &error);
    assert_int_equal(path.end, DIA_DESCENT_INTERSECTION);
    assert_non_null(strstr(path.why, "S1 meets S0"));
    dia_descent_path_free(&path);
    options.state = 2;
    assert_int_equal(dia_descent_follow(&path, model, &options, (const double[]){0.5, 0.3}, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "no state 2: the model has states 0 to 1"));
    dia_model_free(model);
}

/* On a curved surface the end after a given length must converge with the tolerance. The lower state of two coupled
 * modes; the reference is the same with a tolerance of 1e-7. */
static double end_after(const dia_model *model, double tolerance, int *steps)
{
    dia_error error = {0};
    dia_descent_options options;
    dia_descent_path path;
    dia_descent_defaults(&options);
    options.tolerance = tolerance;
    options.gradient = 1e-12;
    options.length = options.spacing = 12;
    assert_ok(dia_descent_follow(&path, model, &options, (const double[]){0.1, 0.4}, &error), &error);
    assert_int_equal(path.end, DIA_DESCENT_LENGTH);
    const double *R = path.path.R + 2 * (path.path.npoint - 1), angle = atan2(R[1], R[0]);
    *steps = path.steps;
    dia_descent_path_free(&path);
    return angle;
}

static void test_order(void **state)
{
    (void)state;
    dia_model *model = parse_model("type: jahn_teller\nfrequency: 0.1 eV\nk: 0.02\ng: 0.03\n");
    int steps, many;
    const double exact = end_after(model, 1e-7, &many);
    double before = INFINITY;
    for (double tolerance = 1e-1; tolerance > 1e-5; tolerance /= 8) {
        const double error = fabs(end_after(model, tolerance, &steps) - exact);
        print_message("tolerance %8.1e: %4d steps, error %.2e\n", tolerance, steps, error);
        assert_true(error < before);
        if (tolerance <
            1e-2) /* 8^(2/3) = 4: second order in the step, which goes with the third root of the tolerance */
            assert_close(before / error, 4, 0.3, 0);
        before = error;
    }
    print_message("reference %d steps\n", many);
    dia_model_free(model);
}

int main(void)
{
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread: else its team costs more than these matrices */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quadratic), cmocka_unit_test(test_cone),  cmocka_unit_test(test_special),
        cmocka_unit_test(test_into_cone), cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
