/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include "conform.h"

static void run(const char *yaml)
{
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    conform_model(model, &(conform){.spread = 1.0});
    dia_model_free(model);
}

static void test_linear(void **state)
{
    (void)state;
    run("{type: jahn_teller}");
}

static void test_quadratic_tilted(void **state)
{
    (void)state;
    run("{type: jahn_teller, mass: 2 u, frequency: 0.15 eV, k: 0.03, g: 0.02, tilt_x: 0.01, tilt_y: -0.005}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_quadratic_tilted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
