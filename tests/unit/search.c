/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The front of the searches: mistakes, what is said when nothing is found, constraints, models that are odd. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/frame.h"
#include "diabolo/intersect.h"
#include "flight.h"

static dia_model *parse(const char *yaml)
{
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    return model;
}

static dia_search_options defaults(dia_search_method method)
{
    dia_search_options options;
    dia_search_defaults(&options);
    options.method = method;
    return options;
}

static dia_search_result search(const dia_model *model, int first, int count, const dia_search_options *options,
                                double *R)
{
    dia_error error = {0};
    dia_search_result result;
    assert_ok(dia_search(model, first, count, options, R, &result, &error), &error);
    assert_int_equal(result.converged, result.why[0] == 0);
    return result;
}

static void refuse(const dia_model *model, int first, int count, const dia_search_options *options, const char *says)
{
    dia_error error = {0};
    dia_search_result result;
    double R[2] = {0.1, 0.2};
    assert_int_equal(dia_search(model, first, count, options, R, &result, &error), DIA_ERROR_INPUT);
    if (strstr(error.text, says) == NULL)
        fail_msg("'%s' does not say '%s'", error.text, says);
    assert_close(R[0], 0.1, 0.0, 0.0);
}

static double held(const void *context, const double *R, double *gradient)
{
    const double *what = context; /* coordinate number, value */
    int n = (int)what[2];
    memset(gradient, 0, (size_t)n * sizeof *gradient);
    gradient[(int)what[0]] = 1.0;
    return R[(int)what[0]] - what[1];
}

static void test_mistakes(void **state)
{
    (void)state;
    dia_model *model = parse("{type: ferretti}");
    dia_search_options options = defaults(DIA_SEARCH_LAGRANGE_NEWTON);
    refuse(model, 1, 2, &options, "the model has states 0 to 1");
    refuse(model, -1, 1, &options, "the model has states 0 to 1");
    refuse(model, 0, 3, &options, "the model has states 0 to 1");
    refuse(model, 0, 0, &options, "expected 1 to 4 states");
    refuse(model, 0, 5, &options, "expected 1 to 4 states");
    options.gap = 0.0;
    refuse(model, 0, 2, &options, "must be positive");
    const double what[3] = {0, 2.9, 2};
    const dia_constraint constraint = {held, what};
    for (int method = 0; method < DIA_SEARCH_METHODS; method++)
        if (method != DIA_SEARCH_LAGRANGE_NEWTON) {
            options = defaults((dia_search_method)method);
            options.nconstraint = 1;
            options.constraint = &constraint;
            refuse(model, 0, 2, &options, dia_search_method_names[method]);
        }
    options = defaults((dia_search_method)17);
    refuse(model, 0, 2, &options, "number 17");
    dia_model_free(model);
}

/* An uncoupled pair of displaced oscillators: the minima are at -kappa/w, energy epsilon - kappa^2/(2 w). */
static void test_minima(void **state)
{
    (void)state;
    dia_model *model = parse(
        "{type: vibronic, epsilon: [0, 0.1 hartree], modes: [{name: a, frequency: 0.01 hartree, kappa: [0.012 hartree, "
        "-0.004 hartree]}, {name: b, frequency: 0.02 hartree, kappa: [0, 0.01 hartree]}]}");
    const double expected[2][3] = {{-1.2, 0.0, -0.0072}, {0.4, -0.5, 0.1 - 0.0008 - 0.0025}};
    for (int method = 0; method < DIA_SEARCH_METHODS; method++)
        for (int k = 0; k < 2; k++) {
            dia_search_options options = defaults((dia_search_method)method);
            double R[2] = {0.7, 0.3};
            dia_search_result result = search(model, k, 1, &options, R);
            assert_true(result.converged);
            assert_close(result.gap, 0.0, 0.0, 0.0);
            assert_close(result.energy, expected[k][2], 0.0, 1e-9); /* (1e-6)^2/(2 x 0.01) = 5e-11 */
            assert_close(R[0], expected[k][0], 0.0, 1.1e-4);        /* 1e-6 over 0.01 */
            assert_close(R[1], expected[k][1], 0.0, 1.1e-4);
        }
    dia_model_free(model);
}

/* States of three spins without spin-orbit coupling: on the way to where the lowest two meet, at a = 1.5, the upper one is crossed by
 * another at 0.28, so that the states of two geometries may have nothing in common. */
static void test_uncoupled(void **state)
{
    (void)state;
    dia_model *model = parse(
        "{type: vibronic, epsilon: [0, 0.05 hartree, 0.06 hartree], modes: [{name: a, frequency: 0.01 hartree, kappa: "
        "[0, -0.004 hartree, -0.04 hartree]}, {name: b, frequency: 0.02 hartree}]}");
    for (int method = 0; method < DIA_SEARCH_METHODS; method++) {
        dia_search_options options = defaults((dia_search_method)method);
        double R[2] = {0.0, 0.3};
        dia_search_result result = search(model, 0, 2, &options, R);
        assert_true(result.converged);
        assert_close(result.energy, 0.5 * 0.01 * 1.5 * 1.5, 0.0, 1e-8); /* half a gap of 1e-9, and 0.015 per bohr */
        assert_close(R[0], 1.5, 0.0, 1e-6);
        assert_close(R[1], 0.0, 0.0, 1e-4);
    }
    dia_model_free(model);
}

/* A molecule-like model whose H changes when it is moved or turned: nothing may be projected out, all nine components
 * of the gradient vanish. Beyond a wall H is NaN: the search stays where it can see. */
static void test_not_invariant(void **state)
{
    (void)state;
    for (int walled = 0; walled < 2; walled++)
        for (int method = 0; method < DIA_SEARCH_METHODS; method++) {
            dia_model *model = flight_model(walled ? 0.2 : INFINITY);
            dia_search_options options = defaults((dia_search_method)method);
            double R[FLIGHT_NCART] = {0.1, 0.3, -0.2, 0.5, 0.1, 0.0, 0.2, -0.4, 0.3}, H[6], E[3], U[9], W[6],
                   G[FLIGHT_NCART];
            dia_search_result result = search(model, 0, 1, &options, R);
            for (int c = 0; c < FLIGHT_NCART; c++)
                assert_true(isfinite(R[c]));
            if (!walled || result.converged) {
                assert_true(result.converged);
                dia_error error = {0};
                dia_tape *tape = NULL;
                double *work = malloc(dia_frame_work(3) * sizeof *work);
                assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
                dia_frame frame = {.batch = 1, .nstate = 3, .H = H, .E = E, .U = U};
                assert_int_equal(dia_model_hamiltonian(model, tape, 1, R, H), DIA_OK);
                assert_int_equal(dia_frame_solve(&frame, work), DIA_OK);
                dia_weight_pair(&frame, 0, 0, 0, W);
                assert_int_equal(dia_model_contract(model, tape, 1, (int[]){0}, W, G), DIA_OK);
                for (int c = 0; c < FLIGHT_NCART; c++)
                    assert_close(G[c], 0.0, 0.0, 1e-6);
                free(work);
                dia_tape_free(tape);
            }
            dia_model_free(model);
        }
}

/* Not finding anything is no error: what is left to do stands in the result, and the point is no worse than the start.
 */
static void test_no_convergence(void **state)
{
    (void)state;
    dia_model *model = parse("{type: ferretti}");
    for (int method = 0; method < DIA_SEARCH_METHODS; method++) {
        dia_search_options options = defaults((dia_search_method)method);
        options.iterations = 1;
        double R[2] = {4.4, 0.5};
        dia_search_result result = search(model, 0, 2, &options, R);
        assert_false(result.converged);
        assert_int_equal(result.iterations, 1);
        assert_non_null(strstr(result.why, "not done after 1 iteration"));
        assert_non_null(strstr(result.why, "wanted 1e-09"));
        assert_true(fabs(R[0] - 4.4) <= options.max_step && fabs(R[1] - 0.5) <= options.max_step);
        assert_true(R[0] != 4.4);
        double nowhere[2] = {NAN, 0.0};
        result = search(model, 0, 2, &options, nowhere);
        assert_false(result.converged);
        assert_non_null(strstr(result.why, "not finite where the search starts"));
    }
    dia_model_free(model);
    /* States that never meet, and a well without bottom (curvature w + 2 gamma < 0). */
    const char *const models[2] = {
        "{type: vibronic, epsilon: [0, 0.1 hartree], modes: [{name: a, frequency: 0.01 hartree}]}",
        "{type: vibronic, epsilon: [0, 0.1 hartree], modes: [{name: a, frequency: 0.01 hartree}], gamma: "
        "[{states: [0, 0], modes: [a, a], value: -0.02 hartree}]}"};
    for (int k = 0; k < 2; k++)
        for (int method = 0; method < DIA_SEARCH_METHODS; method++) {
            model = parse(models[k]);
            dia_search_options options = defaults((dia_search_method)method);
            options.iterations = 60;
            double R[1] = {0.3};
            dia_search_result result = search(model, 0, 2 - k, &options, R);
            assert_false(result.converged);
            assert_true(isfinite(R[0]) && isfinite(result.energy));
            dia_model_free(model);
        }
}

/* Pyrazine's seam (linear: see tests/physics/intersections.c) with Q1 held: the seam fixes Q6a, the energy is known.
 * And from the seam alone, whose slope against the value held is the difference quotient of the energies. */
static void test_constraints(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_load(&model, SOURCE_DIR "/examples/photochem/04_intersections/pyrazine.yaml", &error), &error);
    for (int k = 0; k < 5; k++) {
        double what[3] = {0, -1.0 + k, 3}, R[3] = {0.2, 0.1, 0.3};
        const dia_constraint constraint = {held, what};
        dia_search_options options = defaults(DIA_SEARCH_LAGRANGE_NEWTON);
        options.nconstraint = 1;
        options.constraint = &constraint;
        dia_search_result result = search(model, 0, 2, &options, R);
        double Q1 = what[1], Q6a = -(0.9 - 0.217 * Q1) / 0.254;
        double energy = 4.39 + 0.063 * Q1 * Q1 + 0.037 * Q6a * Q6a - 0.1455 * Q1 + 0.022 * Q6a; /* eV */
        assert_true(result.converged);
        assert_close(R[0], Q1, 0.0, 1e-8);
        assert_close(R[1], Q6a, 0.0, 1e-6);
        assert_close(R[2], 0.0, 0.0, 1e-6);
        assert_close(result.energy, energy * DIA_EV, 0.0, 1e-8);
    }
    dia_model_free(model);
}

/* A curved constraint: the distance of the carbons in ethylene's S1/S0 seam. */
static double carbons(const void *context, const double *R, double *gradient)
{
    double d[3], length = 0.0;
    for (int i = 0; i < 3; i++) {
        d[i] = R[3 + i] - R[i];
        length += d[i] * d[i];
    }
    length = sqrt(length);
    memset(gradient, 0, 18 * sizeof *gradient);
    for (int i = 0; i < 3; i++) {
        gradient[i] = -d[i] / length;
        gradient[3 + i] = d[i] / length;
    }
    return length - *(const double *)context;
}

static void test_distance(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_load(&model, SOURCE_DIR "/models/ethylene/ethylene.h5", &error), &error);
    double R[18] = {0}, zero = 0.0, scratch[18], free_energy, length, energies[3];
    /* twisted and pyramidalised by hand: a start that leads to the S1/S0 seam */
    const double start[18] = {0.0,  0.0,   0.0, 2.65, 0.0, 0.0, -1.0, 1.75, 0.0,
                              -1.0, -1.75, 0.0, 3.3,  0.6, 1.7, 3.3,  0.6,  -1.7};
    dia_search_options options = defaults(DIA_SEARCH_LAGRANGE_NEWTON);
    options.gradient = 1e-8;
    memcpy(R, start, sizeof R);
    dia_search_result result = search(model, 0, 2, &options, R);
    assert_true(result.converged);
    free_energy = result.energy;
    length = carbons(&zero, R, scratch);
    for (int k = 0; k < 3; k++) {
        const double value = length + 0.05 * (k - 1), step = 1e-4;
        double across[2];
        for (int side = 0; side < 2; side++) { /* two close values: their quotient is the slope of the profile */
            double target = value + (side ? step : -step), x[18];
            const dia_constraint constraint = {carbons, &target};
            options.nconstraint = 1;
            options.constraint = &constraint;
            memcpy(x, R, sizeof x);
            result = search(model, 0, 2, &options, x);
            assert_true(result.converged);
            assert_close(carbons(&zero, x, scratch), target, 0.0, 1e-8);
            across[side] = result.energy;
        }
        energies[k] = 0.5 * (across[0] + across[1]);
        double slope = (across[1] - across[0]) / (2.0 * step);
        if (k == 1)
            assert_close(slope, 0.0, 0.0, 1e-6); /* the free minimum is one of the profile too */
        else
            assert_true((k - 1) * slope > 1e-4);
    }
    assert_close(energies[1], free_energy, 0.0, 1e-8);
    assert_true(energies[0] > free_energy && energies[2] > free_energy);
    dia_model_free(model);
}

/* The same start, the same bits. */
static void test_repeatable(void **state)
{
    (void)state;
    dia_model *model = parse("{type: jahn_teller, g: 0.01}");
    for (int method = 0; method < DIA_SEARCH_METHODS; method++) {
        dia_search_options options = defaults((dia_search_method)method);
        double R[2][2] = {{0.3, -0.2}, {0.3, -0.2}};
        for (int k = 0; k < 2; k++)
            assert_true(search(model, 0, 2, &options, R[k]).converged);
        assert_memory_equal(R[0], R[1], sizeof R[0]);
    }
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),      cmocka_unit_test(test_minima),         cmocka_unit_test(test_uncoupled),
        cmocka_unit_test(test_not_invariant), cmocka_unit_test(test_no_convergence), cmocka_unit_test(test_constraints),
        cmocka_unit_test(test_distance),      cmocka_unit_test(test_repeatable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
