/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intersections that are known in closed form, by every method and from several starting points; shapes of cones and
 * curvatures of seams likewise. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "diabolo/intersect.h"

enum { STARTS = 6, MOST = 12 };

static uint64_t seed;

static dia_model *parse(const char *yaml)
{
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    return model;
}

/* Searches by every method from random points about `near`; all must end at `expected` (to 1e-6 bohr) with that mean
 * energy (to 1e-6 Eh, the aim) and a gap below 1e-8 Eh. */
static void everywhere(const dia_model *model, int first, int count, const double *near, double spread,
                       const double *expected, double energy)
{
    const int n = dia_model_shape(model).ncart;
    for (int method = 0; method < DIA_SEARCH_METHODS; method++)
        for (int start = 0; start < STARTS; start++) {
            double R[MOST];
            dia_search_options options;
            dia_search_result result;
            dia_error error = {0};
            dia_search_defaults(&options);
            options.method = (dia_search_method)method;
            options.gradient = 1e-9; /* over curvatures of 0.003: 3e-7 bohr */
            for (int c = 0; c < n; c++)
                R[c] = near[c] + spread * dia_rng_normal(seed, (uint64_t)start, 0, DIA_PURPOSE_TEST, (uint32_t)c);
            assert_ok(dia_search(model, first, count, &options, R, &result, &error), &error);
            if (!result.converged)
                fail_msg("%s from start %d: %s", dia_search_method_names[method], start, result.why);
            assert_close(result.energy, energy, 0.0, 1e-6);
            assert_true(result.gap < 1e-8);
            for (int c = 0; c < n; c++)
                assert_close(R[c], expected[c], 0.0, 1e-6);
        }
}

static dia_branching_plane plane_at(const dia_model *model, int lower, const double *R)
{
    dia_error error = {0};
    dia_branching_plane plane;
    assert_ok(dia_branching_plane_make(&plane, model, lower, R, &error), &error);
    return plane;
}

/* ---- two coordinates ------------------------------------------------------------------------- */

static void test_ferretti(void **state)
{
    (void)state;
    dia_model *model = parse("{type: ferretti}");
    everywhere(model, 0, 2, (double[]){3.3, 0.0}, 0.3, (double[]){3.0, 0.0}, 0.01);
    /* slopes -0.02 and 0 along X, coupling slope gamma = 0.04 along Y: steeper along Y */
    dia_branching_plane p = plane_at(model, 0, (double[]){3.0, 0.0});
    assert_close(p.pitch, sqrt(0.5 * (1e-4 + 16e-4)), 1e-6, 0.0);
    assert_close(p.asymmetry, 15.0 / 17.0, 0.0, 1e-6);
    assert_close(p.tilt, 0.01 / p.pitch, 1e-6, 0.0);
    assert_close(p.heading, 0.5 * acos(-1.0), 0.0, 1e-6);
    dia_branching_plane_free(&p);
    dia_model_free(model);
}

/* Quadratic E x e: k = 0.02, g = 0.02: outer intersections at r = 2 k/g = 2 bohr, at 180 and +-60 degrees; energy m w^2
 * r^2/2. */
static void test_jahn_teller(void **state)
{
    (void)state;
    dia_model *model =
        parse("{type: jahn_teller, mass: 1822.888486209 me, frequency: 0.002 hartree, k: 0.02, g: 0.02}");
    const double spring = 1822.888486209 * 0.002 * 0.002, y = sqrt(3.0);
    everywhere(model, 0, 2, (double[]){0.0, 0.0}, 0.1, (double[]){0.0, 0.0}, 0.0);
    everywhere(model, 0, 2, (double[]){-2.1, 0.1}, 0.1, (double[]){-2.0, 0.0}, 2.0 * spring);
    everywhere(model, 0, 2, (double[]){1.1, 1.8}, 0.1, (double[]){1.0, y}, 2.0 * spring);
    everywhere(model, 0, 2, (double[]){1.0, -1.8}, 0.1, (double[]){1.0, -y}, 2.0 * spring);
    dia_model_free(model);
}

static void test_cones(void **state)
{
    (void)state;
    const double origin[2] = {0.0, 0.0};
    dia_model *model = parse("{type: jahn_teller, k: 0.03}");
    dia_branching_plane p = plane_at(model, 0, origin);
    assert_close(p.pitch, 0.03, 1e-6, 0.0);
    assert_close(p.asymmetry, 0.0, 0.0, 1e-6);
    assert_close(p.tilt, 0.0, 0.0, 1e-6);
    assert_close(p.P, 0.0, 0.0, 1e-6);
    dia_branching_plane_free(&p);
    dia_model_free(model);
    const double slopes[][2] = {{0.012, 0.009}, {-0.024, 0.032}}; /* tilts 0.5 and 4/3: peaked and sloped */
    for (int k = 0; k < 2; k++) {
        char yaml[200];
        double tilt = hypot(slopes[k][0], slopes[k][1]) / 0.03;
        snprintf(yaml, sizeof yaml, "{type: jahn_teller, k: 0.03, tilt_x: %g, tilt_y: %g}", slopes[k][0], slopes[k][1]);
        model = parse(yaml);
        p = plane_at(model, 0, origin);
        assert_close(p.pitch, 0.03, 1e-6, 0.0);
        assert_close(p.asymmetry, 0.0, 0.0, 1e-6);
        assert_close(p.tilt, tilt, 1e-6, 0.0);
        assert_close(p.P, tilt * tilt, 1e-6, 0.0); /* a round cone */
        assert_close(p.s[0], slopes[k][0], 0.0, 1e-12);
        assert_close(p.s[1], slopes[k][1], 0.0, 1e-12);
        dia_branching_plane_free(&p);
        dia_model_free(model);
    }
}

/* ---- linear vibronic models: the seam is flat, its minimum the solution of linear equations -- */

/* M x = b, order n, by elimination with pivoting; M and b are destroyed. */
static void solve(int n, double M[16][16], double *b, double *x)
{
    for (int k = 0; k < n; k++) {
        int pivot = k;
        for (int i = k + 1; i < n; i++)
            if (fabs(M[i][k]) > fabs(M[pivot][k]))
                pivot = i;
        for (int j = 0; j < n; j++) {
            double swap = M[k][j];
            M[k][j] = M[pivot][j];
            M[pivot][j] = swap;
        }
        double swap = b[k];
        b[k] = b[pivot];
        b[pivot] = swap;
        for (int i = k + 1; i < n; i++) {
            double factor = M[i][k] / M[k][k];
            for (int j = k; j < n; j++)
                M[i][j] -= factor * M[k][j];
            b[i] -= factor * b[k];
        }
    }
    for (int k = n - 1; k >= 0; k--) {
        x[k] = b[k];
        for (int j = k + 1; j < n; j++)
            x[k] -= M[k][j] * x[j];
        x[k] /= M[k][k];
    }
}

/* Three-mode pyrazine. Literature (5 digits): Q1 = 1.9483, Q6a = -1.8788, 4.43494 eV. */
static void test_pyrazine(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_load(&model, SOURCE_DIR "/examples/photochem/04_intersections/pyrazine.yaml", &error), &error);
    const double w[2] = {0.126, 0.074}, mean[2] = {-0.1455, 0.022}, change[2] = {-0.217, 0.254}; /* eV */
    double M[16][16] = {{w[0], 0, change[0]}, {0, w[1], change[1]}, {change[0], change[1], 0}};
    double b[3] = {-mean[0], -mean[1], -0.9}, x[3], Q[3];
    solve(3, M, b, x);
    double energy = 4.39 + 0.5 * (w[0] * x[0] * x[0] + w[1] * x[1] * x[1]) + mean[0] * x[0] + mean[1] * x[1];
    assert_close(x[0], 1.9483, 0.0, 5e-5);
    assert_close(x[1], -1.8788, 0.0, 5e-5);
    assert_close(energy, 4.43494, 0.0, 5e-6);
    Q[0] = x[0], Q[1] = x[1], Q[2] = 0.0;
    everywhere(model, 0, 2, (double[]){0.0, 0.0, 0.0}, 1.0, Q, energy * DIA_EV);
    /* Within the seam one direction is left, (c1, -c0) in Q; masses 1/w: frequency^2 = sum t^2 w^2/sum t^2 with t =
     * that direction over sqrt(w). */
    dia_seam_modes modes;
    assert_ok(dia_seam_modes_make(&modes, model, 0, 2, Q, &error), &error);
    double t0 = change[1] / sqrt(w[0]), t1 = -change[0] / sqrt(w[1]);
    double square = (t0 * t0 * w[0] * w[0] + t1 * t1 * w[1] * w[1]) / (t0 * t0 + t1 * t1);
    assert_int_equal(modes.nmode, 1);
    assert_int_equal(modes.negative, 0);
    assert_close(modes.frequency[0], sqrt(square) * DIA_EV, 1e-6, 0.0);
    dia_seam_modes_free(&modes);
    dia_model_free(model);
}

/* Three states, seven modes, every element of H linear in every mode. The five conditions (two differences of the
 * diagonal, three couplings) and the stationary mean are linear equations. */
static void test_three_states(void **state)
{
    (void)state;
    enum { MODES = 7, CONDITIONS = 5 };
    double w[MODES], A[6][MODES], c0[6] = {0.0, 0.003, 0.01, -0.002, 0.004, 0.018}; /* packed; hartree */
    char yaml[8000], *p = yaml;
    for (int m = 0; m < MODES; m++) {
        w[m] = 0.004 + 0.001 * m;
        for (int k = 0; k < 6; k++)
            A[k][m] = 0.008 * dia_rng_normal(seed, 77, (uint64_t)m, DIA_PURPOSE_TEST, (uint32_t)k);
    }
    p += sprintf(p, "{type: vibronic, epsilon: [0, 0.01 hartree, 0.018 hartree], modes: [");
    for (int m = 0; m < MODES; m++)
        p += sprintf(p, "{name: q%d, frequency: %.17g hartree, kappa: [%.17g hartree, %.17g hartree, %.17g hartree]}%s",
                     m, w[m], A[0][m], A[2][m], A[5][m], m < MODES - 1 ? ", " : "], lambda: [");
    static const int pairs[3][3] = {{0, 1, 1}, {0, 2, 3}, {1, 2, 4}};
    for (int k = 0; k < 3; k++)
        for (int m = 0; m < MODES; m++)
            p += sprintf(p, "{states: [%d, %d], modes: [q%d], value: %.17g hartree}, ", pairs[k][0], pairs[k][1], m,
                         A[pairs[k][2]][m]);
    p += sprintf(p - 2, "], eta: [");
    p -= 2;
    for (int k = 0; k < 3; k++)
        p += sprintf(p, "{states: [%d, %d], value: %.17g hartree}%s", pairs[k][0], pairs[k][1], c0[pairs[k][2]],
                     k < 2 ? ", " : "]}");
    dia_model *model = parse(yaml);
    double M[16][16] = {{0}}, b[16], x[16], energy = (c0[0] + c0[2] + c0[5]) / 3.0;
    for (int m = 0; m < MODES; m++) {
        double rows[CONDITIONS] = {A[2][m] - A[0][m], A[5][m] - A[0][m], A[1][m], A[3][m], A[4][m]};
        M[m][m] = w[m];
        b[m] = -(A[0][m] + A[2][m] + A[5][m]) / 3.0;
        for (int k = 0; k < CONDITIONS; k++)
            M[m][MODES + k] = M[MODES + k][m] = rows[k];
    }
    const double offset[CONDITIONS] = {c0[2] - c0[0], c0[5] - c0[0], c0[1], c0[3], c0[4]};
    double slope[MODES];
    for (int m = 0; m < MODES; m++)
        slope[m] = -b[m];
    for (int k = 0; k < CONDITIONS; k++)
        b[MODES + k] = -offset[k];
    solve(MODES + CONDITIONS, M, b, x);
    for (int m = 0; m < MODES; m++)
        energy += 0.5 * w[m] * x[m] * x[m] + slope[m] * x[m];
    everywhere(model, 0, 3, x, 0.5, x, energy);
    dia_error error = {0};
    dia_seam_modes modes;
    assert_ok(dia_seam_modes_make(&modes, model, 0, 3, x, &error), &error);
    assert_int_equal(modes.nmode, MODES - CONDITIONS);
    assert_int_equal(modes.negative, 0);
    dia_seam_modes_free(&modes);
    dia_model_free(model);
}

/* ---- a curved seam --------------------------------------------------------------------------- */

/* Modes a (tuning), b (coupling) and z, which only bends the seam: H00 = .. + k0 a + g0 z^2, H11 = e + .. + k1 a + g1
 * z^2. Along the seam a(z) = -(e + (g1 - g0) z^2)/(k1 - k0), and the energy is a polynomial in z^2. */
typedef struct curved {
    double wa, wb, wz, e, k0, k1, g0, g1;
    double q, c; /* a(z) = q + c z^2 */
} curved;

static curved bent = {
    .wa = 0.005, .wb = 0.004, .wz = 0.003, .e = 0.012, .k0 = 0.006, .k1 = -0.004, .g0 = -0.0004, .g1 = 0.0012};

static dia_model *curved_model(curved *s, double lambda)
{
    char yaml[1000];
    s->q = -s->e / (s->k1 - s->k0);
    s->c = -(s->g1 - s->g0) / (s->k1 - s->k0);
    snprintf(
        yaml, sizeof yaml,
        "{type: vibronic, epsilon: [0, %.17g hartree], modes: [{name: a, frequency: %.17g hartree, kappa: [%.17g "
        "hartree, %.17g hartree]}, {name: b, frequency: %.17g hartree}, {name: z, frequency: %.17g hartree}], "
        "lambda: [{states: [0, 1], modes: [b], value: %.17g hartree}], gamma: [{states: [0, 0], modes: [z, z], value: "
        "%.17g hartree}, {states: [1, 1], modes: [z, z], value: %.17g hartree}]}",
        s->e, s->wa, s->k0, s->k1, s->wb, s->wz, lambda, s->g0, s->g1);
    return parse(yaml);
}

static double curved_energy(const curved *s, double z)
{
    double a = s->q + s->c * z * z;
    return 0.5 * s->wa * a * a + s->k0 * a + (0.5 * s->wz + s->g0) * z * z;
}

/* A minimum of the seam that is none of the mean energy on a flat one: the curvature along z is that of the polynomial.
 */
static void test_curved_seam(void **state)
{
    (void)state;
    curved s = bent;
    dia_model *model = curved_model(&s, 0.005);
    const double expected[3] = {s.q, 0.0, 0.0};
    everywhere(model, 0, 2, expected, 0.4, expected, curved_energy(&s, 0.0));
    dia_error error = {0};
    dia_seam_modes modes;
    assert_ok(dia_seam_modes_make(&modes, model, 0, 2, expected, &error), &error);
    double curvature = 2.0 * ((s.wa * s.q + s.k0) * s.c + 0.5 * s.wz + s.g0);
    assert_int_equal(modes.nmode, 1);
    assert_close(modes.frequency[0], sqrt(s.wz * curvature), 1e-6, 0.0);
    assert_close(fabs(modes.vector[2]), 1.0, 1e-9, 0.0);
    dia_seam_modes_free(&modes);
    dia_model_free(model);
}

/* The same with a seam that bends more: z = 0 becomes a saddle between two minima. */
static void test_saddle(void **state)
{
    (void)state;
    curved s = bent;
    s.g0 = 0.001;
    s.g1 = -0.004;
    dia_model *model = curved_model(&s, 0.005);
    double along = (s.wa * s.q + s.k0) * s.c + 0.5 * s.wz + s.g0, z = sqrt(-along / (s.wa * s.c * s.c));
    assert_true(along < 0.0);
    for (int side = -1; side <= 1; side += 2) {
        const double expected[3] = {s.q + s.c * z * z, 0.0, side * z};
        everywhere(model, 0, 2, expected, 0.15, expected, curved_energy(&s, z));
    }
    /* Symmetry keeps a search at z = 0, and what it finds is recognised. */
    dia_error error = {0};
    dia_search_options options;
    dia_search_result result;
    dia_search_defaults(&options);
    double R[3] = {s.q + 0.3, 0.1, 0.0};
    assert_ok(dia_search(model, 0, 2, &options, R, &result, &error), &error);
    assert_true(result.converged);
    dia_seam_modes modes;
    assert_ok(dia_seam_modes_make(&modes, model, 0, 2, R, &error), &error);
    assert_int_equal(modes.negative, 1);
    assert_close(modes.frequency[0], -sqrt(-s.wz * 2.0 * along), 1e-6, 0.0);
    dia_seam_modes_free(&modes);
    /* A step off it ends in a minimum. */
    R[2] = 1e-3;
    assert_ok(dia_search(model, 0, 2, &options, R, &result, &error), &error);
    assert_true(result.converged);
    assert_close(fabs(R[2]), z, 1e-6, 0.0);
    dia_model_free(model);
}

/* ---- ethylene -------------------------------------------------------------------------------- */

static dia_model *ethylene(void)
{
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_load(&model, SOURCE_DIR "/models/ethylene/ethylene.h5", &error), &error);
    return model;
}

/* Where trajectories of a swarm hopped from S1 to S0, and places 0.1 bohr (each coordinate) off S2/S1 intersections.
 * bohr */
static const double starts[][18] = {
    {0.336, -0.125, -0.909, -0.228, 0.244, 2.054, -1.570, -0.025, -1.678, 0.610, 1.698, -2.314, 1.361, -1.449, -1.552,
     -0.510, -0.343, 4.399},
    {0.079, -0.032, -1.731, -0.154, -0.044, 1.062, -0.894, 1.930, -0.615, -1.582, -0.923, -2.461, 1.150, 0.848, 2.424,
     1.402, -1.780, 1.320},
    {0.141, 0.626, -1.632, 0.475, 0.148, 1.304, -1.555, 0.099, -2.831, 0.723, -1.438, -0.987, 1.824, 0.872, 2.823,
     -1.608, -0.307, 1.322},
    {0.475, -0.247, -0.897, -0.166, -0.276, 2.234, 1.257, -1.192, -2.437, -1.650, 0.434, -1.454, -1.620, -0.450, 3.581,
     1.704, 1.732, -1.026},
    {0.984, -0.099, -1.950, 0.901, -0.030, 2.015, -0.870, 1.329, -2.235, -0.418, -1.281, -2.131, -0.515, 1.870, 2.464,
     -0.081, -1.788, 1.837},
    {-0.000, -0.209, -1.745, 0.031, 0.160, 1.702, -1.001, 1.027, -2.543, 1.313, -1.291, -2.598, 1.302, 1.480, 2.653,
     -1.644, -1.168, 2.529},
    {0.116, 0.062, -1.549, 0.141, 0.076, 1.516, 1.415, 0.943, -2.523, -1.698, -1.175, -2.880, -0.986, 1.598, 2.721,
     1.012, -1.504, 2.715},
    {0.011, -0.147, -1.382, -0.038, 0.108, 1.162, -1.320, 1.117, -2.636, 1.404, -1.112, -2.675, 0.857, 0.925, 2.883,
     -0.915, -0.891, 2.647},
};

enum { NSTART = sizeof starts / sizeof starts[0], LOWEST = 5 };

/* Searches for `count` states from near R, which is at an intersection: every coordinate displaced by some 0.01 bohr,
 * near enough for methods that take different ways not to end at different minima of the seam. */
static dia_search_result return_to(const dia_model *model, dia_search_method method, int first, int count, int start,
                                   double *R)
{
    dia_error error = {0};
    dia_search_options options;
    dia_search_result result;
    dia_search_defaults(&options);
    options.method = method;
    for (int c = 0; c < 18; c++)
        R[c] += 0.01 * dia_rng_normal(seed, (uint64_t)start, (uint64_t)method, DIA_PURPOSE_TEST, (uint32_t)c);
    assert_ok(dia_search(model, first, count, &options, R, &result, &error), &error);
    if (!result.converged)
        fail_msg("%s near the point of start %d: %s", dia_search_method_names[method], start, result.why);
    assert_true(result.gap < 1e-8 && result.gradient < 1e-6);
    return result;
}

/* Newton's method finds an intersection from each hop; from near it, three methods with nothing in common but H and its
 * derivatives come back to it. The penalty function leaves the seam on its way, and may slide out of a shallow minimum of
 * a flat seam, as that of ethylidene is, to a lower one. */
static void test_ethylene(void **state)
{
    (void)state;
    dia_model *model = ethylene();
    int compared = 0;
    for (int k = 0; k < NSTART; k++) {
        const int lower = k >= LOWEST;
        double found[18];
        dia_error error = {0};
        dia_search_options options;
        dia_search_result result;
        dia_search_defaults(&options);
        memcpy(found, starts[k], sizeof found);
        assert_ok(dia_search(model, lower, 2, &options, found, &result, &error), &error);
        if (!result.converged)
            fail_msg("from start %d: %s", k, result.why);
        dia_seam_modes modes;
        assert_ok(dia_seam_modes_make(&modes, model, lower, 2, found, &error), &error);
        assert_int_equal(modes.nmode, 10); /* 18 - 6 rigid - 2 */
        const bool minimum = modes.negative == 0;
        dia_seam_modes_free(&modes);
        for (int method = 0; minimum && method < DIA_SEARCH_METHODS; method++) {
            double R[18];
            memcpy(R, found, sizeof R);
            const double change = return_to(model, (dia_search_method)method, lower, 2, k, R).energy - result.energy;
            compared += fabs(change) < 1e-6;
            assert_true(method == DIA_SEARCH_PENALTY ? change < 1e-6 : fabs(change) < 1e-6);
        }
        assert_true(minimum || lower == 1); /* those of S1/S0 all are */
    }
    assert_true(compared >= 18); /* 24, if all were minima and no method slid */
    dia_model_free(model);
}

/* All three states of the network at one energy: five conditions, seven internal coordinates left. */
static void test_ethylene_three_states(void **state)
{
    (void)state;
    dia_model *model = ethylene();
    int compared = 0;
    for (int k = 0; k < NSTART && compared == 0; k++) {
        double found[18], R[18];
        dia_error error = {0};
        dia_search_options options;
        dia_search_result result;
        dia_search_defaults(&options);
        memcpy(found, starts[k], sizeof found);
        assert_ok(dia_search(model, 0, 3, &options, found, &result, &error), &error);
        if (!result.converged)
            continue;
        assert_true(result.gap < 1e-8);
        dia_seam_modes modes;
        assert_ok(dia_seam_modes_make(&modes, model, 0, 3, found, &error), &error);
        assert_int_equal(modes.nmode, 7);
        const bool minimum = modes.negative == 0;
        dia_seam_modes_free(&modes);
        if (!minimum)
            continue;
        memcpy(R, found, sizeof R);
        assert_close(return_to(model, DIA_SEARCH_PROJECTION, 0, 3, k, R).energy, result.energy, 0.0, 1e-6);
        compared++;
    }
    assert_int_equal(compared, 1);
    dia_model_free(model);
}

/* Newton's order of convergence: the error of one step is about the square of that before. */
static void test_quadratic_order(void **state)
{
    (void)state;
    enum { STEPS = 40 };
    dia_model *model = ethylene();
    double error_at[STEPS], end[18], R[18], best = 0.0;
    int last = 0;
    dia_error error = {0};
    dia_search_options options;
    dia_search_result result;
    dia_search_defaults(&options);
    options.gap = options.gradient = 1e-13; /* to rounding: the end is not asked to be `converged` */
    memcpy(end, starts[0], sizeof end);
    assert_ok(dia_search(model, 0, 2, &options, end, &result, &error), &error);
    for (int k = 0; k < STEPS; k++, last = k) { /* the path does not depend on when it is stopped */
        options.iterations = k;
        memcpy(R, starts[0], sizeof R);
        assert_ok(dia_search(model, 0, 2, &options, R, &result, &error), &error);
        error_at[k] = 0.0;
        for (int c = 0; c < 18; c++)
            error_at[k] = fmax(error_at[k], fabs(R[c] - end[c]));
        if (error_at[k] < 1e-9)
            break;
    }
    assert_true(last < STEPS && error_at[last] < 1e-9);
    for (int k = 0; k < last; k++) /* where it is close but not yet at rounding */
        if (error_at[k] < 3e-2 && error_at[k + 1] > 1e-11)
            best = fmax(best, log(error_at[k + 1]) / log(error_at[k]));
    assert_true(
        best >
        1.6); /* e' = C e^2 has log e'/log e = 2 + log C/log e, with C of order 10; linear convergence has 1 + small */
    assert_true(error_at[last] < 30.0 * error_at[last - 1] * error_at[last - 1]);
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ferretti),        cmocka_unit_test(test_jahn_teller),
        cmocka_unit_test(test_cones),           cmocka_unit_test(test_pyrazine),
        cmocka_unit_test(test_three_states),    cmocka_unit_test(test_curved_seam),
        cmocka_unit_test(test_saddle),          cmocka_unit_test(test_ethylene),
        cmocka_unit_test(test_quadratic_order), cmocka_unit_test(test_ethylene_three_states),
    };
    seed = check_seed(7);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
