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

static void test_defaults(void **state)
{
    (void)state;
    run("{type: ferretti}");
}

static void test_every_option(void **state)
{
    (void)state;
    run("{type: ferretti, kx: 0.03, ky: 0.08, delta: 0.5 eV, x1: 3.5, x2: 2.5, x3: 2.8, alpha: 2, beta: 1, gamma: "
        "0.02, "
        "mass_x: 10 u, mass_y: 4 u}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
