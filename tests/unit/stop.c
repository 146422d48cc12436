/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conditions that end a trajectory: their text, what they remember, and that a saved block remembers it too. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "dynamics/stop.h"

static dia_status parse(dia_dynamics *d, const char *stop, dia_error *error)
{
    char yaml[400];
    snprintf(yaml, sizeof yaml, "{timestep: 1 fs, duration: 1 ps, stop: %s}", stop);
    return dia_dynamics_parse(d, yaml, error);
}

static dia_model *model_of(const char *yaml)
{
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    return model;
}

static const char tully[] = "{type: tully, variant: single_crossing}";
static const char water[] =
    "type: vibronic\n"
    "molecule: {symbols: [O, H, H], geometry: [0, 0, 0.12, 0, 0.76, -0.47, 0, -0.76, -0.47]}\n"
    "epsilon: [0 eV, 7 eV]\n"
    "modes:\n"
    "  - {name: s, frequency: 0.46 eV, vector: [0, 0, 0.2008, 0, 0.5655, -0.4, 0, -0.5655, -0.4]}\n";

/* Each text is met on one side of its limit and not on the other. */
static void test_meets(void **state)
{
    (void)state;
    static const struct {
        const char *model, *text;
        int c; /* coordinate that changes */
        double no, yes;
    } cases[] = {
        {tully, "position 0 > 10 bohr", 0, 9.999, 10.001},
        {tully, "x > 10", 0, 9.999, 10.001},
        {tully, "x<-10bohr", 0, -9.999, -10.001},
        {tully, "|x| > 10 bohr", 0, 9.999, -10.001},
        {tully, "| position 0 | < 1", 0, -1.001, 0.999},
        {tully, "2 position 0 > 3", 0, 1.49, 1.51},
        {water, "distance 0 1 > 2 Angstrom", 4, 2.9 / 1.0, 4.0},
        {water, "distance 0 1 - distance 0 2 > 0.5", 4, 2.0, 4.0},
        {water, "position 4 > 2 Angstrom", 4, 3.77, 3.79},
        {water, "angle 1 0 2 < 90 deg", 4, 1.43, 0.2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dia_error error = {0};
        dia_dynamics d;
        dia_stop_test test;
        char stop[200];
        double R[9] = {0};
        dia_model *model = model_of(cases[i].model);
        const dia_molecule *molecule = dia_model_molecule(model);
        snprintf(stop, sizeof stop, "{here: \"%s\"}", cases[i].text);
        assert_ok(parse(&d, stop, &error), &error);
        assert_string_equal(dia_dynamics_stop(&d, 0), "here");
        assert_null(dia_dynamics_stop(&d, 1));
        assert_ok(dia_stop_resolve(&test, &d.stops->condition[0], model, &error), &error);
        memcpy(R, molecule->reference, (size_t)molecule->ncart * sizeof *R);
        R[cases[i].c] = cases[i].no;
        if (dia_stop_met(&test, R, 0, 0.0))
            fail_msg("'%s' is met at %g", cases[i].text, cases[i].no);
        R[cases[i].c] = cases[i].yes;
        if (!dia_stop_met(&test, R, 0, 0.0))
            fail_msg("'%s' is not met at %g", cases[i].text, cases[i].yes);
        dia_dynamics_close(&d);
        dia_model_free(model);
    }
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *model, *stop, *says;
    } cases[] = {
        {NULL, "[state 1]", "dynamics.stop: expected a block"},
        {NULL, "state 1", "dynamics.stop: expected a block"},
        {NULL, "{a: x}", "dynamics.stop.a: expected a condition such as"},
        {NULL, "{a: x >= 3}", "found 'x >= 3'"},
        {NULL, "{a: '> 3'}", "expected a coordinate, > and a limit"},
        {NULL, "{a: x >}", "expected a coordinate, > and a limit"},
        {NULL, "{a: state}", "dynamics.stop.a: expected a state"},
        {NULL, "{a: state -1}", "expected a state, counted from 0, found '-1'"},
        {NULL, "{a: state 1 during 3 fs}", "expected 'for' and a time"},
        {NULL, "{a: state 1 for 0 fs}", "expected a time above 0"},
        {NULL, "{a: state 1 for 3 bohr}", "bohr is a unit of length"},
        {NULL, "{a: [state 1]}", "found a list or block"},
        {NULL, "{inside: state 1}", "the name 'inside'"},
        {NULL, "{a b: state 1}", "the name 'a b'"},
        {tully, "{a: state 2}", "dynamics.stop.a: the model has the states 0 to 1, found 2"},
        {tully, "{a: y > 2}", "dynamics.stop.a: coordinate 'position 1'"},
        {tully, "{a: distance 0 1 > 2}", "a model system has no distance"},
        {tully, "{a: x > 2 eV}", "dynamics.stop.a: the limit: "},
        {water, "{a: x > 2}", "unknown kind 'x'"},
        {water, "{a: distance 0 1 > 90 deg}", "dynamics.stop.a: the limit: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dia_error error = {0};
        dia_dynamics d;
        dia_status status = parse(&d, cases[i].stop, &error);
        if (cases[i].model != NULL) {
            dia_model *model = model_of(cases[i].model);
            dia_block *block = NULL;
            assert_ok(status, &error);
            assert_int_equal(dia_stops_fit(&d, model, NULL), DIA_ERROR_INPUT);
            status = dia_block_create(&block, model, &d, 1, &error);
            assert_null(block);
            dia_model_free(model);
        }
        assert_int_equal(status, DIA_ERROR_INPUT);
        if (strstr(error.text, cases[i].says) == NULL)
            fail_msg("case %zu: '%s' should say '%s'", i, error.text, cases[i].says);
        dia_dynamics_close(&d);
    }
}

/* Flat, uncoupled states far from the crossing: particles of constant speed, 0.01 bohr an atomic unit, that never hop. */
static dia_block *fly_to(const dia_dynamics *d, const dia_model *model, const int *states, int steps)
{
    dia_error error = {0};
    dia_block *block = NULL;
    assert_ok(dia_block_create(&block, model, d, 2, &error), &error);
    assert_ok(
        dia_block_start(block, 2, (int64_t[]){0, 1}, (double[]){20.0, 22.0}, (double[]){0.01, -0.01}, states, &error),
        &error);
    for (int i = 0; i < steps; i++)
        assert_ok(dia_block_step(block), NULL);
    return block;
}

/* The first of two conditions in the order of the input, at the step that passes the limit; times count from the start, through a
 * save, and the trajectory keeps its last values. */
static void test_flight(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_dynamics d;
    dia_model *model = model_of(tully);
    const double a_step = 0.01 * DIA_FEMTOSECOND; /* bohr */
    char stop[200];
    snprintf(stop, sizeof stop, "{far: x > %.17g, near: x < %.17g, late: state 1 for 12 fs}", 20.0 + 9.5 * a_step,
             22.0 - 19.5 * a_step);
    assert_ok(parse(&d, stop, &error), &error);
    dia_block *block = fly_to(&d, model, (int[]){0, 0}, 25);
    assert_int_equal(block->fate[0], DIA_FATE_STOPPED);
    assert_int_equal(block->fate[1], DIA_FATE_STOPPED);
    assert_int_equal(dia_block_stop(block, 0), 0);
    assert_int_equal(dia_block_stop(block, 1), 1);
    assert_close(block->R[0], 20.0 + 10 * a_step, 1e-9, 0);
    assert_close(block->R[1], 22.0 - 20 * a_step, 1e-9, 0);
    dia_block_free(block);

    block = fly_to(&d, model, (int[]){0, 1}, 7);
    assert_int_equal(dia_block_stop(block, 1), -1);
    const size_t size = dia_block_save_size(block);
    void *bytes = malloc(size);
    dia_block_save(block, bytes);
    dia_block_free(block);
    block = fly_to(&d, model, (int[]){0, 0}, 0); /* another state, which the saved one replaces */
    assert_ok(dia_block_restore(block, bytes, size, &error), &error);
    for (int i = 7; i < 11; i++)
        assert_ok(dia_block_step(block), NULL);
    assert_int_equal(block->fate[1], DIA_FATE_FLYING);
    assert_ok(dia_block_step(block), NULL);
    assert_int_equal(block->fate[1], DIA_FATE_STOPPED);
    assert_int_equal(dia_block_stop(block, 1), 2);
    assert_int_equal(dia_block_stop(block, 0), 0);
    free(bytes);
    dia_block_free(block);

    /* at the start */
    dia_dynamics_close(&d);
    assert_ok(parse(&d, "{on: state 1}", &error), &error);
    block = fly_to(&d, model, (int[]){0, 1}, 0);
    assert_int_equal(block->fate[0], DIA_FATE_FLYING);
    assert_int_equal(block->fate[1], DIA_FATE_STOPPED);
    dia_block_free(block);
    dia_dynamics_close(&d);
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_meets),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
