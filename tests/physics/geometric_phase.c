/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sign of adiabatic states carried around loops of the E x e Jahn-Teller model, whose intersections are known: the
 * centre, and with the quadratic coupling g three more at the distance 2k/g, at (-2k/g, 0) and (k/g, +-sqrt(3) k/g). */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "intersect/loop.h"
#include "parallel/team.h"

static const double pi = 3.14159265358979323846;
static const double k = 0.02, g = 0.04; /* 2k/g = 1 bohr */

static dia_model *make_model(double quadratic)
{
    dia_error error = {0};
    dia_model *model;
    char text[200];
    snprintf(text, sizeof text, "type: jahn_teller\nfrequency: 0.1 eV\nk: %.17g\ng: %.17g\n", k, quadratic);
    assert_ok(dia_model_parse(&model, text, ".", &error), &error);
    return model;
}

static dia_loop make_loop(const dia_model *model, double x, double y, double radius, int points, double overlap)
{
    static const double ex[2] = {1, 0}, ey[2] = {0, 1};
    dia_error error = {0};
    dia_loop loop;
    const dia_loop_options options = {.x = ex, .y = ey, .radius = radius, .points = points, .overlap = overlap};
    assert_ok(dia_loop_make(&loop, model, &options, (const double[]){x, y}, NULL, &error), &error);
    assert_int_equal(loop.path.npoint >= points, 1);
    for (int i = 0; i < loop.path.npoint; i++) { /* on the circle, in order */
        assert_close(hypot(loop.path.R[2 * i] - x, loop.path.R[2 * i + 1] - y), radius, 1e-14, 0);
        assert_close(loop.path.R[2 * i] - x, radius * cos(loop.angle[i]), 0, 1e-14);
        if (i > 0)
            assert_true(loop.angle[i] > loop.angle[i - 1]);
    }
    return loop;
}

/* integral: what |d01| around the loop must be */
static void check_loop(const dia_model *model, double x, double y, double radius, int points, int sign, double integral)
{
    dia_loop loop = make_loop(model, x, y, radius, points, 0);
    assert_int_equal(loop.sign[0], sign);
    assert_int_equal(loop.sign[1], sign);
    assert_true(loop.overlap[0] >= 0.95);
    /* some tens of intervals, each good to 1e-7 by its worse rule, and to far less by the better */
    assert_close(loop.coupling[0], integral, 0, 1e-7);
    dia_loop_free(&loop);
}

/* In the linear model the coupling is exactly 1/(2r) along the circle, and pi around it whatever its shape and place.
 */
static void test_linear(void **state)
{
    (void)state;
    dia_model *model = make_model(0);
    check_loop(model, 0, 0, 1e-3, 12, -1, pi);
    check_loop(model, 0, 0, 1.0, 4, -1, pi);
    check_loop(model, 0.7, 0.2, 1.0, 12, -1, pi); /* not in the middle */
    check_loop(model, 1.5, 0.2, 1.0, 12, 1, 0);   /* outside           */
    check_loop(model, 0, 1.001, 1.0, 5, 1, 0);    /* just outside: a few points alone would miss it */
    check_loop(model, 0, 0.999, 1.0, 5, -1, pi);  /* just inside       */
    dia_model_free(model);
}

/* Two states of a real matrix: the angle of the eigenvectors turns by half the angle of (H11-H22, 2 H12), so the
 * integral is pi times the number of turns of that vector, with their signs: +1 around the centre, -1 around each of
 * the outer ones. */
static void test_quadratic(void **state)
{
    (void)state;
    dia_model *model = make_model(g);
    const double x3 = 0.5, y3 = sqrt(3) / 2;
    check_loop(model, 0, 0, 0.3, 16, -1, pi);
    check_loop(model, -1, 0, 0.1, 16, -1, pi);
    check_loop(model, x3, y3, 0.1, 16, -1, pi);
    check_loop(model, x3, -y3, 0.1, 16, -1, pi);
    check_loop(model, 0, 0, 0.9, 16, -1, pi);
    check_loop(model, 0, 0, 1.5, 16, 1, 2 * pi);    /* all four: 1 - 3 turns                      */
    check_loop(model, -0.5, 0, 0.7, 16, 1, 0);      /* the centre and one outer one: 1 - 1        */
    check_loop(model, x3, 0, 0.95, 16, -1, pi);     /* the centre and two outer ones: 1 - 2       */
    check_loop(model, 1.2, 0, 1.15, 16, 1, 2 * pi); /* two outer ones without the centre: -2      */
    check_loop(model, 0.3, 0.3, 0.1, 16, 1, 0);     /* none                                       */
    dia_model_free(model);
}

/* The eigenvectors turn by half the angle at the intersection, evenly if it lies in the middle: the halves of an interval overlap
 * by the cosine of pi/(2 points). Nothing needs refinement there, nor a tenth of the radius away from the middle: the coupling of
 * (1 + e cos t)/2/(1 + 2 e cos t + e^2) has a fourth derivative below 0.2, and Simpson's rule on intervals of h errs by less than
 * 0.2 h^5/2880 = 2e-8 of the 1e-7 that are asked for. */
static void test_smooth(void **state)
{
    (void)state;
    dia_model *model = make_model(0);
    for (int points = 8; points <= 32; points *= 2) {
        dia_loop loop = make_loop(model, 0, 0, 1.0, points, 0);
        assert_int_equal(loop.path.npoint, points);
        for (int s = 0; s < 2; s++)
            assert_close(loop.overlap[s], cos(pi / (2 * points)), 0, 1e-12);
        dia_loop_free(&loop);
    }
    dia_loop loop = make_loop(model, 0.1, 0, 1.0, 32, 0);
    assert_int_equal(loop.path.npoint, 32);
    dia_loop_free(&loop);
    dia_model_free(model);
}

/* Where the eigenvectors of the linear model point, at an angle of a circle. */
static double direction(double x, double y, double angle)
{
    return 0.5 * atan2(y + sin(angle), x + cos(angle));
}

/* A state overlaps with itself on the next point, and in the middle between two, by as much as was asked for, whichever half of an interval it
 * turns more in; the least overlap is that of the half in which it turns most. */
static void test_least_overlap(void **state)
{
    (void)state;
    dia_model *model = make_model(0);
    for (double asked = 0.9980; asked < 0.99995; asked += 1e-4) {
        dia_loop loop = make_loop(model, 0.1, 0.05, 1.0, 32, asked);
        assert_true(loop.overlap[0] >= asked && loop.overlap[1] >= asked);
        double least = 1.0;
        for (int i = 0; i < loop.path.npoint; i++) {
            const double left = loop.angle[i], right = i + 1 < loop.path.npoint ? loop.angle[i + 1] : 2 * pi,
                         middle = direction(0.1, 0.05, 0.5 * (left + right));
            least = fmin(least, fabs(cos(middle - direction(0.1, 0.05, left))));
            least = fmin(least, fabs(cos(direction(0.1, 0.05, right) - middle)));
        }
        assert_close(loop.overlap[0], least, 0, 1e-12);
        assert_close(loop.overlap[1], least, 0, 1e-12);
        assert_int_equal(loop.sign[0], -1);
        assert_int_equal(loop.sign[1], -1);
        dia_loop_free(&loop);
    }
    dia_model_free(model);
}

/* A loop through an intersection has no sign, and says so. */
static void test_on_the_loop(void **state)
{
    (void)state;
    dia_model *model = make_model(0);
    dia_loop loop = make_loop(model, 0.5, 0, 0.5, 8, 0);
    assert_int_equal(loop.sign[0], 0);
    assert_int_equal(loop.sign[1], 0);
    assert_true(isnan(loop.coupling[0]));
    dia_loop_free(&loop);
    dia_model_free(model);
}

/* A loop in two coordinates is the circle in the plane of the two. */
static void test_coordinates(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = make_model(0);
    dia_coordinate c[2];
    dia_loop loop;
    assert_ok(dia_coordinate_parse(&c[0], "position 0", dia_model_molecule(model), &error), &error);
    assert_ok(dia_coordinate_parse(&c[1], "position 1", dia_model_molecule(model), &error), &error);
    const dia_loop_options options = {.coordinate = {&c[0], &c[1]}, .radius = 0.5, .radius2 = 1.0, .points = 16};
    assert_ok(dia_loop_make(&loop, model, &options, (const double[]){0.2, 0.1}, NULL, &error), &error);
    assert_int_equal(loop.sign[0], -1);
    assert_close(loop.coupling[0], pi, 0, 1e-6); /* the tangent by differences of places found to 1e-10 */
    for (int i = 0; i < loop.path.npoint; i++)
        assert_close(hypot((loop.path.R[2 * i] - 0.2) / 0.5, loop.path.R[2 * i + 1] - 0.1), 1, 1e-9, 0);
    dia_loop_free(&loop);
    dia_model_free(model);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const double ex[2] = {1, 0}, ey[2] = {2, 0}, at[2] = {0, 0};
    dia_error error = {0};
    dia_model *model = make_model(0);
    dia_loop loop;
    dia_loop_options options = {.x = ex, .y = ey, .radius = 0.5, .points = 16};
    assert_int_equal(dia_loop_make(&loop, model, &options, at, NULL, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "must span a plane"));
    dia_error_clear(&error);
    options.radius = -1;
    assert_int_equal(dia_loop_make(&loop, model, &options, at, NULL, &error), DIA_ERROR_INPUT);
    dia_error_clear(&error);
    options.points = 3;
    assert_int_equal(dia_loop_make(&loop, model, &options, at, NULL, &error), DIA_ERROR_INPUT);
    assert_null(loop.angle);
    dia_model_free(model);
}

int main(void)
{
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread: else its team costs more than these matrices */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear),   cmocka_unit_test(test_quadratic),     cmocka_unit_test(test_on_the_loop),
        cmocka_unit_test(test_smooth),   cmocka_unit_test(test_least_overlap), cmocka_unit_test(test_coordinates),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
