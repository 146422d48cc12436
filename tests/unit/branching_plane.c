/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The branching plane of linear two-state models, of which everything is known: H = (s.Q) 1 + (g.Q) sigma_z + (h.Q)
 * sigma_x, here with vectors g, h, s at any angle. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "diabolo/frame.h"
#include "diabolo/intersect.h"

enum { N = 4 };

static uint64_t seed;

/* The vibronic model with these vectors, its diabatic states turned by `turn` (which no result may notice). */
static dia_model *cone(const double *g, const double *h, const double *s, double turn)
{
    char yaml[4000], *p = yaml;
    double c = cos(2.0 * turn), d = sin(2.0 * turn);
    p += sprintf(p, "{type: vibronic, epsilon: [0, 0], modes: [");
    for (int i = 0; i < N; i++) {
        double G = c * g[i] + d * h[i];
        p += sprintf(p, "{name: q%d, frequency: 0.01 hartree, kappa: [%.17g hartree, %.17g hartree]}%s", i, s[i] - G,
                     s[i] + G, i < N - 1 ? ", " : "], lambda: [");
    }
    for (int i = 0; i < N; i++)
        p += sprintf(p, "{states: [0, 1], modes: [q%d], value: %.17g hartree}%s", i, c * h[i] - d * g[i],
                     i < N - 1 ? ", " : "]}");
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    return model;
}

static dia_branching_plane make(const double *g, const double *h, const double *s, double turn, const double *R)
{
    dia_error error = {0};
    dia_branching_plane plane;
    dia_model *model = cone(g, h, s, turn);
    assert_ok(dia_branching_plane_make(&plane, model, 0, R, &error), &error);
    dia_model_free(model);
    return plane;
}

static void draw(int trial, int which, double scale, double *v)
{
    for (int i = 0; i < N; i++)
        v[i] = scale * dia_rng_normal(seed, (uint64_t)trial, (uint64_t)which, DIA_PURPOSE_TEST, (uint32_t)i);
}

static double dot(const double *a, const double *b)
{
    double sum = 0.0;
    for (int i = 0; i < N; i++)
        sum += a[i] * b[i];
    return sum;
}

static const double origin[N] = {0.0, 0.0, 0.0, 0.0};

/* Orthogonal g along q0, h along q1: the closed forms are the definitions. 1e-12: rounding. */
static void test_closed_form(void **state)
{
    (void)state;
    const double g[N] = {0.03}, h[N] = {0.0, 0.02}, s[N] = {-0.01, 0.006, 0.004};
    dia_branching_plane p = make(g, h, s, 0.0, origin);
    double pitch = sqrt(0.5 * (9e-4 + 4e-4)), sx = 0.01 / pitch, sy = 0.006 / pitch;
    assert_close(p.pitch, pitch, 1e-12, 0.0);
    assert_close(p.asymmetry, 5.0 / 13.0, 1e-12, 0.0);
    assert_close(p.tilt, hypot(sx, sy), 1e-12, 0.0);
    assert_close(p.heading, atan2(sy, sx), 1e-12, 0.0);
    assert_close(p.x[0], -1.0, 0.0, 1e-12); /* along falling energy it would be +1 */
    assert_close(p.y[1], 1.0, 0.0, 1e-12);
    for (int i = 0; i < N; i++)
        assert_close(p.s[i], s[i], 0.0, 1e-15);
    dia_branching_plane_free(&p);
    p = make(h, g, s, 0.0, origin); /* the steeper comes first, whichever it was */
    assert_close(p.asymmetry, 5.0 / 13.0, 1e-12, 0.0);
    assert_close(p.x[0], -1.0, 0.0, 1e-12);
    dia_branching_plane_free(&p);
}

/* What the header says the energies are to first order, against the model's own at a small distance. */
static void test_energies(void **state)
{
    (void)state;
    for (int trial = 0; trial < 20; trial++) {
        double g[N], h[N], s[N];
        draw(trial, 0, 0.03, g);
        draw(trial, 1, 0.02, h);
        draw(trial, 2, 0.02, s);
        dia_error error = {0};
        dia_branching_plane p;
        dia_model *model = cone(g, h, s, 0.3);
        dia_tape *tape = NULL;
        assert_ok(dia_branching_plane_make(&p, model, 0, origin, &error), &error);
        assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
        for (int k = 0; k < 12; k++) {
            double R[N], H[3], r = 1e-5, theta = 0.1 + k * acos(-1.0) / 6.0;
            for (int i = 0; i < N; i++)
                R[i] = r * (cos(theta) * p.x[i] + sin(theta) * p.y[i]);
            assert_int_equal(dia_model_hamiltonian(model, tape, 1, R, H), DIA_OK);
            double half = hypot(0.5 * (H[2] - H[0]), H[1]), mean = 0.5 * (H[0] + H[2]);
            double common = p.tilt * cos(theta - p.heading), root = sqrt(1.0 + p.asymmetry * cos(2.0 * theta));
            /* second order: 0.5 * 0.01 * r^2 = 5e-13, a 1e-6 of the pitch times r */
            assert_close(mean - half, p.pitch * r * (common - root), 0.0, 2e-12);
            assert_close(mean + half, p.pitch * r * (common + root), 0.0, 2e-12);
        }
        dia_tape_free(tape);
        dia_branching_plane_free(&p);
        dia_model_free(model);
    }
}

static void check_same(const dia_branching_plane *p, const dia_branching_plane *q)
{
    assert_close(p->pitch, q->pitch, 1e-9, 0.0);
    assert_close(p->asymmetry, q->asymmetry, 0.0, 1e-9);
    assert_close(p->tilt, q->tilt, 1e-9, 0.0);
    assert_close(p->heading, q->heading, 0.0, 1e-8);
    assert_close(p->P, q->P, 1e-8, 0.0);
    assert_close(p->B, q->B, 1e-8, 0.0);
    for (int i = 0; i < N; i++) {
        assert_close(p->x[i], q->x[i], 0.0, 1e-8);
        assert_close(p->y[i], q->y[i], 0.0, 1e-8);
    }
}

/* Neither the diabatic basis nor the mixture of the degenerate states that the eigensolver happens to give may matter.
 * The second is had by coming to the point from several sides: a distance of 1e-11 decides the states, and shifts the
 * numbers by 1e-11 of themselves. */
static void test_invariance(void **state)
{
    (void)state;
    for (int trial = 0; trial < 20; trial++) {
        double g[N], h[N], s[N];
        draw(trial, 3, 0.03, g);
        draw(trial, 4, 0.02, h);
        draw(trial, 5, 0.02, s);
        dia_branching_plane p = make(g, h, s, 0.0, origin);
        for (int k = 0; k < 5; k++) {
            double R[N];
            draw(trial, 6 + k, 1e-11, R);
            dia_branching_plane q = make(g, h, s, 0.37 * k, R);
            check_same(&p, &q);
            dia_branching_plane_free(&q);
        }
        dia_branching_plane_free(&p);
    }
}

/* How many minima has the lower cone on a circle, and is the apex the upper cone's minimum? Counted on a grid; P and B
 * must say the same unless they are within 1e-3 of 1, where the grid cannot tell. */
static void test_types(void **state)
{
    (void)state;
    enum { GRID = 4000, TRIALS = 400 };
    static double lower[GRID];
    int peaked = 0, bifurcating = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double u[4];
        for (uint32_t i = 0; i < 4; i++)
            u[i] = dia_rng_uniform(seed, (uint64_t)trial, 99, DIA_PURPOSE_TEST, i);
        double g[N] = {0.02 + 0.02 * u[0]}, h[N] = {0.0, 0.02}, s[N] = {0.06 * u[1], 0.06 * u[2]};
        dia_branching_plane p = make(g, h, s, u[3], origin);
        double least = INFINITY;
        int minima = 0;
        for (int k = 0; k < GRID; k++) {
            double theta = 2.0 * acos(-1.0) * k / GRID;
            double common = s[0] * cos(theta) + s[1] * sin(theta), half = hypot(g[0] * cos(theta), h[1] * sin(theta));
            lower[k] = common - half;
            least = fmin(least, common + half);
        }
        for (int k = 0; k < GRID; k++)
            minima += lower[k] < lower[(k + 1) % GRID] && lower[k] < lower[(k + GRID - 1) % GRID];
        if (fabs(p.P - 1.0) > 1e-3)
            assert_int_equal(p.P<1.0, least> 0.0);
        if (fabs(p.B - 1.0) > 1e-3)
            assert_int_equal(p.B < 1.0, minima == 2);
        peaked += p.P < 1.0;
        bifurcating += p.B < 1.0;
        dia_branching_plane_free(&p);
    }
    assert_in_range(peaked, TRIALS / 20, TRIALS * 19 / 20); /* the trials hold all types */
    assert_in_range(bifurcating, TRIALS / 40, TRIALS * 39 / 40);
}

/* A seam of N-1 dimensions (states that do not couple), a round cone, a point without any gap gradient: no NaN. */
static void test_degenerate_shapes(void **state)
{
    (void)state;
    const double g[N] = {0.03}, h[N] = {0.0, 0.03}, none[N] = {0.0}, s[N] = {0.0, 0.0, 0.01};
    dia_branching_plane p = make(g, none, s, 0.0, origin);
    assert_close(p.asymmetry, 1.0, 0.0, 1e-12);
    assert_close(p.pitch, 0.03 / sqrt(2.0), 1e-12, 0.0);
    assert_close(p.tilt, 0.0, 0.0, 1e-12);
    assert_close(p.P, 0.0, 0.0, 1e-12);
    assert_close(p.B, 0.0, 0.0, 1e-12);
    assert_close(dot(p.y, p.y), 0.0, 0.0, 0.0);
    dia_branching_plane_free(&p);
    p = make(g, h, g, 0.0, origin);
    assert_close(p.asymmetry, 0.0, 0.0, 1e-12);
    assert_close(p.tilt, 1.0, 1e-12, 0.0);
    assert_close(p.P, 1.0, 1e-12, 0.0);
    assert_true(isinf(p.B) && p.B > 0.0);
    dia_branching_plane_free(&p);
    p = make(none, none, s, 0.0, origin);
    assert_close(p.pitch, 0.0, 0.0, 0.0);
    assert_close(p.tilt, 0.0, 0.0, 0.0);
    assert_false(isnan(p.asymmetry) || isnan(p.heading) || isnan(p.P) || isnan(p.B));
    dia_branching_plane_free(&p);
}

static void test_mistakes(void **state)
{
    (void)state;
    const double g[N] = {0.03}, h[N] = {0.0, 0.03}, hole[N] = {NAN};
    dia_model *model = cone(g, h, g, 0.0);
    dia_branching_plane p;
    for (int lower = -1; lower <= 1; lower += 2) {
        dia_error error = {0};
        assert_int_equal(dia_branching_plane_make(&p, model, lower, origin, &error), DIA_ERROR_INPUT);
        assert_non_null(strstr(error.text, "the model has states 0 to 1"));
        assert_null(p.g);
    }
    dia_error error = {0};
    assert_int_equal(dia_branching_plane_make(&p, model, 0, hole, &error), DIA_ERROR_NUMERIC);
    assert_null(p.g);
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_form), cmocka_unit_test(test_energies), cmocka_unit_test(test_invariance),
        cmocka_unit_test(test_types),       cmocka_unit_test(test_mistakes), cmocka_unit_test(test_degenerate_shapes),
    };
    seed = check_seed(11);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
