/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plug-in of the documentation: built as a stranger would, loaded at run time, and held to what every model
 * promises. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "conform.h"
#include "diabolo/frame.h"
#include "diabolo/model.h"

static dia_model *load(const char *options)
{
    char yaml[1000];
    snprintf(yaml, sizeof yaml, "{plugin: \"%s\"%s}", PLUGIN, options);
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    return model;
}

static void test_conforms(void **state)
{
    (void)state;
    dia_model *model = load("");
    conform_model(model, &(conform){.spread = 1.0, .fixed_frame = true});
    dia_model_free(model);
}

/* E = m w^2 r^2/2 -+ k r. */
static void test_cone(void **state)
{
    (void)state;
    dia_model *model = load(", mass: 3 me, frequency: 0.5 hartree, k: 0.07");
    dia_error error = {0};
    dia_tape *tape = NULL;
    double R[2] = {0.3, -0.4}, r = 0.5, H[3], E[2], U[4], work[256];
    assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
    assert_ok(dia_model_hamiltonian(model, tape, 1, R, H), NULL);
    dia_frame frame = {.batch = 1, .nstate = 2, .H = H, .E = E, .U = U};
    assert_true(dia_frame_work(2) <= 256);
    assert_ok(dia_frame_solve(&frame, work), NULL);
    /* A few roundings of numbers below one. */
    assert_close(E[0], 0.5 * 3 * 0.25 * r * r - 0.07 * r, 0, 1e-15);
    assert_close(E[1], 0.5 * 3 * 0.25 * r * r + 0.07 * r, 0, 1e-15);
    dia_tape_free(tape);
    dia_model_free(model);
}

/* Without a block: the shared object itself as the model, with its defaults. */
static void test_file(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_load(&model, PLUGIN, &error), &error);
    assert_string_equal(dia_model_name(model), "mexican_hat");
    assert_int_equal(dia_model_shape(model).ncart, 2);
    dia_model_free(model);
}

/* Built for headers older or newer than this program's: refused with both versions and the cure, never called. */
static void test_versions(void **state)
{
    (void)state;
    const struct {
        const char *file, *says;
    } others[] = {{OTHERS "/version_none/other_version.so", "built for headers without a version"},
                  {OTHERS "/version_1/other_version.so", "built for version 1 of"},
                  {OTHERS "/version_999/other_version.so", "built for version 999 of"}};
    for (int i = 0; i < 3; i++) {
        dia_error error = {0};
        dia_model *model = NULL;
        assert_int_equal(dia_model_load(&model, others[i].file, &error), DIA_ERROR_INPUT);
        assert_null(model);
        if (strstr(error.text, others[i].says) == NULL || strstr(error.text, others[i].file) == NULL ||
            strstr(error.text, "build the plug-in again") == NULL)
            fail_msg("%s", error.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conforms),
        cmocka_unit_test(test_cone),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
